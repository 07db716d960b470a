"""A person with rights in one namespace only: everything works there, and what was not looked at is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._errors import ClusterError

EVERYTHING = [{"apiGroups": ["", "apps", "batch"], "resources": ["*"], "verbs": ["*"]}]
READING = [{"apiGroups": [""], "resources": ["secrets", "pods", "events"], "verbs": ["get", "list", "watch"]}]


def bound(cluster: Cluster, kubeconfig: Path, namespace: str, rules: list[dict[str, Any]]) -> Cluster:
    """A connection of a user who has these rights in the namespace and none elsewhere."""
    rbac = "rbac.authorization.k8s.io"
    user = f"user-{namespace}"
    metadata = {"name": "tester", "namespace": namespace}
    role = {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": rules}
    binding = {
        "apiVersion": f"{rbac}/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "tester"},
        "subjects": [{"apiGroup": rbac, "kind": "User", "name": user}],
    }
    for obj in (role, binding):
        cluster.create(cluster.resource(obj["apiVersion"], obj["kind"]), obj)
    return connect(Connection(kubeconfig=str(kubeconfig), impersonate_user=user, impersonate_groups=("system:authenticated",)))


@pytest.fixture
def confined(cluster: Cluster, cluster_kubeconfig: Path, namespace: str) -> Iterator[Cluster]:
    """All rights in one namespace."""
    connection = bound(cluster, cluster_kubeconfig, namespace, EVERYTHING)
    yield connection
    connection.close()


@pytest.fixture
def reader(cluster: Cluster, cluster_kubeconfig: Path, namespace: str) -> Iterator[Cluster]:
    """Rights to read a few kinds."""
    connection = bound(cluster, cluster_kubeconfig, namespace, READING)
    yield connection
    connection.close()


def test_rights_in_one_namespace_must_be_enough_and_the_limit_be_told(
    world: Any, make: Any, confined: Cluster, namespace: str, eventually: Any
) -> None:
    eventually(lambda: allowed(confined, namespace))
    wanted = world.desired(world.instance("api", namespace=namespace), make.config(mode="1"), make.workload())
    result = world.up(wanted, cluster=confined)
    assert make.outcome(result) == {"api": "Running"}
    assert any(f"only {namespace} was searched" in notice for notice in result.notices)
    assert not world.up(wanted, cluster=confined).changed
    pruned = world.up(world.desired(world.instance("api", namespace=namespace), make.workload()), cluster=confined)
    assert make.actions(pruned)["ConfigMap/settings"] == "delete"


def allowed(cluster: Cluster, namespace: str) -> bool:
    """Whether the roles have arrived at the API server's authorizer."""
    try:
        cluster.list(cluster.resource("v1", "Secret"), namespace)
    except ClusterError:
        return False
    return True


def test_a_missing_right_must_be_told_in_one_sentence_with_the_way_out(
    world: Any, make: Any, reader: Cluster, namespace: str, eventually: Any
) -> None:
    eventually(lambda: allowed(reader, namespace))
    with pytest.raises(ClusterError) as caught:
        world.up(world.desired(world.instance("api", namespace=namespace), make.config()), cluster=reader)
    assert f"you may not list configmaps in namespace {namespace}" in str(caught.value)
    assert "Ask for the verbs" in str(caught.value)
