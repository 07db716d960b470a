"""Tokens that expire in the middle of a run: a credential plugin is asked once for a new one, everything else goes on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from fault_proxy import refuse

EXPIRED = refuse(401, "Unauthorized", "Unauthorized")
PLUGIN = """
import json, os, pathlib
runs = pathlib.Path(os.environ["RUNS"])
count = len(runs.read_text()) + 1 if runs.exists() else 1
runs.write_text("x" * count)
status = {"token": f"token-{count}"}
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}))
"""


class Plugin:
    """A credential plugin that gives token-1, then token-2, and so on."""

    def __init__(self, folder: Path) -> None:
        self._script, self._runs = folder / "plugin.py", folder / "runs"
        self._script.write_text(PLUGIN)

    @property
    def runs(self) -> int:
        """How often it was asked."""
        return len(self._runs.read_text()) if self._runs.exists() else 0

    def connection(self, server: str) -> Connection:
        """A kubeconfig whose user has this plugin."""
        told = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": ["-S", str(self._script)],
            "env": [{"name": "RUNS", "value": str(self._runs)}],
            "interactiveMode": "Never",
        }
        return Connection(
            kubeconfig={
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "faulty", "cluster": {"server": server}}],
                "users": [{"name": "somebody", "user": {"exec": told}}],
                "contexts": [{"name": "faulty", "context": {"cluster": "faulty", "user": "somebody"}}],
                "current-context": "faulty",
            }
        )


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    """A plugin of the test's own."""
    return Plugin(tmp_path)


@pytest.mark.parametrize("first", [1, 12])
def test_a_token_that_expires_at_the_kth_request_must_be_renewed_once(scene: Any, plugin: Plugin, first: int) -> None:
    expired = scene.proxy.on(".*", ".*", EXPIRED, first=first, times=10_000, token="token-1")
    result = scene.up(cluster=scene.again(plugin.connection(scene.proxy.url)))
    assert expired.done >= 1
    assert plugin.runs == 2
    scene.assert_whole(result)


@pytest.mark.parametrize("request_of", [("POST", r"/leases\?"), ("POST", r"/secrets\?"), ("PUT", r"/secrets/"), ("GET", r"watch=true")])
def test_a_token_that_expires_there_must_be_renewed(scene: Any, plugin: Plugin, request_of: tuple[str, str]) -> None:
    expired = scene.proxy.on(*request_of, EXPIRED, times=10_000, token="token-1")
    result = scene.up(cluster=scene.again(plugin.connection(scene.proxy.url)))
    assert (expired.hit.is_set(), plugin.runs) == (True, 2)
    scene.assert_whole(result)


def test_a_token_that_is_refused_from_the_start_must_be_told_before_anything_is_written(scene: Any, plugin: Plugin) -> None:
    scene.proxy.on(".*", ".*", EXPIRED, times=10_000)
    with pytest.raises(ApiError, match='does not accept the credentials of user "somebody"') as caught:
        scene.up(cluster=scene.again(plugin.connection(scene.proxy.url)))
    assert caught.value.status == 401
    assert [seen.method for seen in scene.proxy.requests if seen.method != "GET"] == []
    assert "token-" not in str(caught.value)
    scene.proxy.faults.clear()
    scene.assert_whole(scene.up())


def test_a_token_that_cannot_be_renewed_must_be_told_and_the_lock_that_is_left(scene: Any) -> None:
    scene.proxy.on("PATCH|PUT|DELETE", r"/namespaces/[^/]*/", EXPIRED, times=10_000)
    result = scene.up()
    assert "does not accept the credentials" in scene.message(result)
    assert "The token is wrong or expired" in scene.message(result)
    told = [getattr(event, "message", "") for event in scene.world.events]
    assert any("the lock of instance store is left and breaks in 15 s" in words for words in told)
    leases = scene.world.cluster.resource("coordination.k8s.io/v1", "Lease")
    assert scene.world.cluster.delete(leases, scene.world.name, "roro.store") is not None
    scene.proxy.faults.clear()
    scene.assert_whole(scene.up(), revision=2)
