"""Forwards through a proxy, and as whoever the kubeconfig says, on the real cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import ConnectionFailed
from connect_proxy import ConnectProxy
from forward_scene import SECONDS, ForwardScene, get

Eventually = Callable[..., Any]


def _user(scene: ForwardScene, **more: Any) -> dict[str, Any]:
    """The user of the tests' kubeconfig, and what else is said of it."""
    return {
        **yaml.safe_load(scene.kubeconfig.read_text())["users"][0]["user"],
        **{key.replace("_", "-"): value for key, value in more.items()},
    }


@pytest.mark.parametrize("credentials", ["", "someone:p4ss,word"])
def test_a_forward_must_go_through_the_proxy_of_the_kubeconfig(shared: ForwardScene, tmp_path: Path, credentials: str) -> None:
    with ConnectProxy(credentials) as proxy:
        url = f"http://{credentials}@{proxy.address}" if credentials else f"http://{proxy.address}"
        connection = shared.kubeconfig_of(tmp_path / "kubeconfig", _user(shared), proxy_url=url, tls_server_name="kubernetes")
        forward = shared.forward("service/tool", 80, connection=connection)
        assert get(forward.local_port) == forward.pod
        server = yaml.safe_load(shared.kubeconfig.read_text())["clusters"][0]["cluster"]["server"].removeprefix("https://")
        assert set(proxy.targets) == {server} and len(proxy.targets) >= 3, "watches and tunnels alike"
        assert credentials not in str(forward) or not credentials


def test_a_proxy_of_the_environment_must_be_pinned_for_the_daemon(shared: ForwardScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon runs already, and knows nothing of this process's environment."""
    assert shared.daemon().is_running()
    with ConnectProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        forward = shared.forward("service/tool", "http", connection=Connection(kubeconfig=str(shared.kubeconfig)))
        monkeypatch.delenv("HTTPS_PROXY")
        assert get(forward.local_port) == forward.pod
        assert proxy.targets


def test_a_proxy_that_wants_credentials_must_be_told_and_one_that_came_back_be_used(
    shared: ForwardScene, tmp_path: Path, eventually: Eventually
) -> None:
    with ConnectProxy() as proxy:
        place = f"http://{proxy.address}"
        connection = shared.kubeconfig_of(tmp_path / "kubeconfig", _user(shared), proxy_url=place)
        forward = shared.forward("deployment/tool", "http", connection=connection)
        assert get(forward.local_port) == forward.pod
    eventually(lambda: shared.status(forward.id).state == "Reconnecting", SECONDS)
    assert "the proxy on the way to the API server cannot be reached" in shared.status(forward.id).message
    with ConnectProxy("someone:secret", port=proxy.port) as wants:
        eventually(lambda: "wants credentials (HTTP 407)" in shared.status(forward.id).message, SECONDS)
        wants.credentials = ""
        eventually(lambda: shared.status(forward.id).state == "Active", SECONDS)
        assert get(forward.local_port) == forward.pod


def test_a_proxy_that_cannot_be_used_must_be_refused_at_once(shared: ForwardScene, tmp_path: Path) -> None:
    connection = shared.kubeconfig_of(tmp_path / "kubeconfig", _user(shared), proxy_url="socks5://127.0.0.1:1080")
    with pytest.raises(ConnectionFailed, match="`socks5` is not supported"):
        shared.spec("service/tool", 80, connection=connection)


def test_a_forward_must_act_as_the_user_that_is_impersonated(shared: ForwardScene, tmp_path: Path) -> None:
    nobody = shared.kubeconfig_of(tmp_path / "nobody", _user(shared, **{"as": "nobody", "as_groups": ["guests"]}))
    refused = shared.open(shared.spec("service/tool", 80, connection=nobody), state="Failed")[0]
    assert (refused.reason, '"nobody"' in refused.message) == ("Forbidden", True), refused
    somebody = shared.kubeconfig_of(tmp_path / "somebody", _user(shared, **{"as": "somebody", "as_groups": ["system:masters"]}))
    forward = shared.forward("service/tool", 80, connection=somebody, bind=("127.0.0.1",))
    assert get(forward.local_port) == forward.pod
