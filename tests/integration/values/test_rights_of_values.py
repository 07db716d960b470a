"""Which rights reading a value needs, on a real API server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._model import ValueSource
from ansible_collections.roro.kube.plugins.module_utils._values import Wanted, read_values


@pytest.fixture
def reader(scene: Any) -> Iterator[Cluster]:
    """A user who may get the ConfigMaps `one` and `two`, and nothing else."""
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["one", "two"], "verbs": ["get"]}]
    scene.create("Role", "reader", "rbac.authorization.k8s.io/v1", rules=rules)
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": scene.name}
    scene.create("RoleBinding", "reader", "rbac.authorization.k8s.io/v1", roleRef=role, subjects=[subject])
    with connect(Connection(kubeconfig=str(scene.kubeconfig), impersonate_user=scene.name)) as cluster:
        yield cluster


def wanted(scene: Any, name: str | None, selector: str | None = None) -> Wanted:
    return Wanted("api", scene.namespace, ValueSource("x", "v1", "ConfigMap", name, selector, None, "$.data.x"))


def test_the_right_to_get_an_object_must_be_enough_for_its_values(scene: Any, reader: Cluster, eventually: Any) -> None:
    for name in ("one", "two", "three"):
        scene.create("ConfigMap", name, data={"x": name})
    eventually(lambda: read_values(reader, [wanted(scene, "one")])[0].reason is None)
    assert [answer.value for answer in read_values(reader, [wanted(scene, "one"), wanted(scene, "two")])] == ["one", "two"]
    (other,) = read_values(reader, [wanted(scene, "three")])
    assert other.reason == "Forbidden"
    assert f'user "{scene.name}" may not get configmaps' in other.message
    (selected,) = read_values(reader, [wanted(scene, None, "a=b")])
    assert selected.reason == "Forbidden" and "may not list configmaps" in selected.message
