"""A real ServiceAccount with a Role in one namespace and no right in the cluster: the whole life of an instance, with one notice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._errors import ClusterError
from ansible_collections.roro.kube.plugins.module_utils._events import Event, Notice, ignore
from ansible_collections.roro.kube.plugins.module_utils._release import Options, go_back, history, remove, status

RBAC = "rbac.authorization.k8s.io"
EDIT = {"apiGroups": ["", "apps"], "resources": ["*"], "verbs": ["get", "list", "watch", "create", "patch", "update", "delete"]}
LEASES = {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "create", "patch", "delete"]}


@pytest.fixture
def deployer(
    cluster: Cluster, cluster_kubeconfig: Path, namespace: str, tmp_path: Path, eventually: Any
) -> Iterator[Callable[..., Cluster]]:
    """Connections of a ServiceAccount of the namespace with these rules there, by a token of its own."""
    made: list[Cluster] = []

    def connection(*rules: dict[str, Any]) -> Cluster:
        metadata = {"name": "deployer", "namespace": namespace}
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
        role = {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": metadata, "rules": list(rules)}
        binding = {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "deployer"},
            "subjects": [{"kind": "ServiceAccount", "name": "deployer", "namespace": namespace}],
        }
        for obj in (account, role, binding):
            cluster.create(cluster.resource(str(obj["apiVersion"]), str(obj["kind"])), obj)
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/deployer/token"
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}}
        token = cluster.request("POST", path, body=asked)["status"]["token"]
        document = yaml.safe_load(cluster_kubeconfig.read_text())
        current = next(item["context"] for item in document["contexts"] if item["name"] == document["current-context"])
        document["users"] = [{"name": current["user"], "user": {"token": token}}]
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(yaml.safe_dump(document))
        kubeconfig.chmod(0o600)
        made.append(connect(Connection(kubeconfig=str(kubeconfig))))
        eventually(lambda: allowed(made[-1], namespace))
        return made[-1]

    yield connection
    for one in made:
        one.close()


def allowed(cluster: Cluster, namespace: str) -> bool:
    """Whether the role has arrived at the API server's authorizer."""
    try:
        cluster.list(cluster.resource("v1", "Secret"), namespace)
    except ClusterError:
        return False
    return True


def test_the_whole_life_of_an_instance_must_need_no_right_in_the_cluster_and_tell_one_notice(
    world: Any, make: Any, deployer: Callable[..., Cluster], namespace: str
) -> None:
    mine = deployer(EDIT, LEASES)
    instance = world.instance("api", namespace=namespace)
    wanted = world.desired(instance, make.config("settings", mode="1"), make.config("old"), make.workload(replicas=0))
    limit = f"you may not list secrets in all namespaces: only {namespace} was searched for what is deployed"
    first = world.up(wanted, cluster=mine)
    assert (make.outcome(first), first.notices) == ({"api": "Running"}, [limit])
    again = world.up(wanted, cluster=mine)
    assert (again.changed, again.notices) == (False, [limit])
    newer = world.desired(instance, make.config("settings", mode="2"), make.workload(replicas=0))
    pruned = world.up(newer, cluster=mine)
    assert make.actions(pruned)["ConfigMap/old"] == "delete"
    told: list[Event] = []
    assert [item.status for item in status(mine, world.name, "dev", world.selection([newer]), told.append)] == ["Running"]
    assert [item.revision for item in history(mine, world.name, "dev", None, [namespace], told.append)] == [1, 2]
    assert told == [Notice("", "warning", limit)] * 2
    back = go_back(mine, world.selection([newer]), [instance], 1, Options(), ignore, threading.Event())
    assert not back.failed
    gone = remove(mine, world.name, "dev", None, Options(), ignore, threading.Event(), homes=[namespace])
    assert (gone.failed, gone.notices) == (False, [limit])
    left = world.cluster.list(world.cluster.resource("v1", "Secret"), namespace).items
    assert [item["metadata"]["name"] for item in left] == []


def test_without_the_right_to_leases_a_run_must_go_on_without_a_lock_and_say_so_once(
    world: Any, make: Any, deployer: Callable[..., Cluster], namespace: str
) -> None:
    mine = deployer(EDIT)
    wanted = [world.desired(world.instance(name, namespace=namespace), make.config(name)) for name in ("api", "web")]
    assert make.outcome(world.up(*wanted, cluster=mine)) == {"api": "Running", "web": "Running"}
    told = [event.message for event in world.events if isinstance(event, Notice) and "lock" in event.message]
    assert told == [f"no lock in namespace {namespace}, you may not create leases there: a second run is noticed by the records only"]
