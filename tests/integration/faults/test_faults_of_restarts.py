"""A real API server that is killed in the middle of an `up` and started again."""

from __future__ import annotations

import json
import os
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, Resource, connect
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import Scope
from ansible_collections.roro.kube.plugins.module_utils._cluster.retry import Limits
from ansible_collections.roro.kube.plugins.module_utils._cluster.watch import WatchLimits
from fault_proxy import FaultProxy, Handler, Seen
from fault_scene import gauges_on
from follow_users import LIST, WATCH, User, Writer

PATIENT = Limits(connect=2.0, read=10.0, total=60.0, backoff=0.05, backoff_cap=0.2, settle=15.0)


def tell(phase: str, message: str) -> None:
    """Progress ends up in what pytest shows of a failed test."""
    print(f"{phase}: {message}")


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local.LocalClusterSpec]:
    """A cluster of this module alone: an API server with its store, and nodes that only seem to be there. Needs no root."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        name = f"t{uuid.uuid4().hex[:8]}"
        spec = local.LocalClusterSpec(name=name, provider="native", only_simulated=True, simulated_nodes=1)
        try:
            local.up(spec, tell)
            yield spec
        finally:
            local.down(name, tell)


@pytest.fixture(scope="module")
def cluster_kubeconfig(fragile: local.LocalClusterSpec) -> Path:
    """In place of the tests' shared cluster."""
    return local.kubeconfig_path(fragile.name)


@pytest.fixture(scope="module")
def cluster(cluster_kubeconfig: Path) -> Iterator[Cluster]:
    """As the shared one, for the cluster of this module."""
    with connect(Connection(kubeconfig=str(cluster_kubeconfig))) as connection:
        yield connection


@pytest.fixture(scope="module")
def gauges(cluster: Cluster) -> Iterator[Resource]:
    """As the shared ones, on the cluster of this module."""
    with gauges_on(cluster) as resource:
        yield resource


def killing(fragile: local.LocalClusterSpec) -> threading.Thread:
    """Kill the API server; the thread that starts it again."""
    run = local.kubeconfig_path(fragile.name).parent / "run" / "kube-apiserver.json"
    os.kill(json.loads(run.read_text())["pid"], signal.SIGKILL)
    healing = threading.Thread(target=local.up, args=(fragile, tell))
    healing.start()
    return healing


def test_five_users_of_a_server_that_is_killed_must_each_hear_every_change_once(
    fragile: local.LocalClusterSpec, proxy: FaultProxy, through: Any, follow: Callable[..., User], writer: Writer, scope: Scope
) -> None:
    cluster = through(limits=PATIENT, watch_limits=WatchLimits())
    users = [follow(cluster, scope) for _ in range(5)]
    for turn in range(5):
        writer.put(f"c{turn}", "before")
    users[0].wait(lambda: len(users[0].told) == 5)
    killing(fragile).join()
    # Whether users are told that the server is away depends on how soon it is back: one watch that ends is no trouble yet. A server that
    # starts may answer 410 to whoever goes on from before, which costs one LIST, for all five together: what happened before a LIST is
    # told as one change. So what has to be heard one by one begins once the server is followed again.
    writer.put("back", "after")
    users[0].wait(lambda: writer.expected[-1] in users[0].told)
    for turn in range(5):
        writer.put(f"c{turn}", "after")
    writer.remove("c0", "after")
    for user in users:
        user.wait(lambda user=user: len(user.told) >= len(writer.expected))
        assert user.told == writer.expected
    assert len(proxy.sent("GET", WATCH)) > 1, "the server was not killed under a watch"
    assert [seen.answered for seen in proxy.sent("GET", LIST)].count(200) <= 2


def test_an_api_server_that_is_killed_and_started_again_must_not_be_noticed(scene: Any, fragile: local.LocalClusterSpec) -> None:
    started: list[local.LocalCluster] = []
    healing = threading.Thread(target=lambda: started.append(local.up(fragile, tell)))

    def kill(handler: Handler, seen: Seen) -> None:
        run = local.kubeconfig_path(fragile.name).parent / "run" / "kube-apiserver.json"
        os.kill(json.loads(run.read_text())["pid"], signal.SIGKILL)
        healing.start()
        handler.reset()

    scene.proxy.on("PATCH", r"/configmaps/c4\?", kill)
    result = scene.up(cluster=scene.again(limits=PATIENT, watch_limits=WatchLimits()))
    healing.join()
    assert started[0].changed
    scene.assert_whole(result)
