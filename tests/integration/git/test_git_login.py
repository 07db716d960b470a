"""Logging in by the device flow (RFC 8628) at a server that answers as GitHub and GitLab do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from ansible_collections.roro.kube.plugins.module_utils._errors import GitError, Interrupted
from ansible_collections.roro.kube.plugins.module_utils._git import (
    PROVIDERS,
    Held,
    Invitation,
    Reach,
    Stored,
    access_for,
    keep_credential,
    list_credentials,
    log_in,
    read_address,
    references,
)
from ansible_collections.roro.kube.plugins.module_utils._git.credentials import open_credential
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.certificates import Authority
from ansible_collections.roro.kube.plugins.module_utils._secrets import SecretText
from connect_proxy import ConnectProxy
from git_scene import Scene
from https_server import HttpsServer

GITLAB, GITHUB = PROVIDERS["gitlab"], PROVIDERS["github"]
TOKEN = {"access_token": "token-one", "refresh_token": "refresh-one", "expires_in": 7200, "token_type": "bearer"}


class LoginServer:
    """answers: what the token endpoint says, in turn; the last for ever. asked: the fields of each request to it."""

    def __init__(self, *answers: dict[str, object]) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, str]] = []
        self.device: dict[str, object] = {
            "device_code": "device-one",
            "user_code": "WDJB-MJHT",
            "verification_uri": "https://localhost/activate",
            "expires_in": 900,
            "interval": 0.01,
        }

    async def answer(self, request: web.Request) -> web.StreamResponse | None:
        """For `HttpsServer.before`."""
        if request.path not in (GITLAB.device_path, GITLAB.token_path, GITHUB.device_path, GITHUB.token_path):
            return None
        fields = {name: values[0] for name, values in parse_qs((await request.read()).decode()).items()}
        if request.path in (GITLAB.device_path, GITHUB.device_path):
            return web.json_response(self.device)
        self.asked.append(fields)
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        # GitLab answers an error with 400, GitHub with 200.
        return web.json_response(said, status=400 if "error" in said and request.path == GITLAB.token_path else 200)


@pytest.fixture
def server(served: Scene, authority: Authority) -> Iterator[HttpsServer]:
    with HttpsServer(served.folder.parent, authority, users={"oauth2": "token-two"}) as started:
        yield started


def logged_in(server: HttpsServer, login: LoginServer, provider: str = "gitlab", cancel: threading.Event | None = None) -> Stored:
    server.before = login.answer
    shown: list[Invitation] = []
    ca_file = server.authority.pair.certificate
    stored = log_in(PROVIDERS[provider], "client", url=server.origin, name="it", show=shown.append, ca_file=ca_file, cancel=cancel)
    assert [(one.address, one.code) for one in shown] == [("https://localhost/activate", "WDJB-MJHT")]
    return stored


@pytest.mark.parametrize("provider", ["gitlab", "github"])
def test_a_login_must_wait_for_the_person_and_keep_the_token(server: HttpsServer, provider: str) -> None:
    login = LoginServer({"error": "authorization_pending"}, {"error": "authorization_pending"}, TOKEN)
    stored = logged_in(server, login, provider)
    assert (stored.origin, stored.user, stored.kind) == (server.origin, PROVIDERS[provider].user, "login")
    assert str.__str__(open_credential(list_credentials()[0]).secret) == "token-one"
    assert len(login.asked) == 3
    assert login.asked[0]["device_code"] == "device-one"


def test_slow_down_must_make_the_pauses_longer(server: HttpsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._git.login._SLOWER", 0.4)
    began = time.monotonic()
    logged_in(server, LoginServer({"error": "slow_down"}, {"error": "authorization_pending"}, TOKEN))
    assert time.monotonic() - began > 0.8


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"error": "access_denied"}, "LoginDenied"),
        ({"error": "expired_token"}, "LoginExpired"),
        ({"error": "unauthorized_client", "error_description": "no device flow \x1b[31mhere"}, "LoginRefused"),
        ({"access_token": ["not", "a", "text"]}, "LoginRefused"),
    ],
)
def test_each_end_without_a_token_must_have_its_reason(server: HttpsServer, answer: dict[str, object], reason: str) -> None:
    with pytest.raises(GitError) as caught:
        logged_in(server, LoginServer(answer))
    assert caught.value.reason == reason
    assert "\x1b" not in str(caught.value)
    assert list_credentials() == []


def test_a_code_that_nobody_types_must_expire_by_itself(server: HttpsServer) -> None:
    login = LoginServer({"error": "authorization_pending"})
    login.device["expires_in"] = 0.3
    with pytest.raises(GitError) as caught:
        logged_in(server, login)
    assert caught.value.reason == "LoginExpired"


def test_a_login_must_pass_a_proxy(server: HttpsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with ConnectProxy(credentials="pat:let me through") as proxy:
        monkeypatch.setenv("https_proxy", f"http://pat:let%20me%20through@{proxy.address}")
        logged_in(server, LoginServer(TOKEN))
        assert set(proxy.targets) == {f"localhost:{server.port}"}


def test_a_login_must_be_cancelled_at_once(server: HttpsServer) -> None:
    cancel = threading.Event()
    login = LoginServer({"error": "authorization_pending"})
    login.device["interval"] = 600
    threading.Timer(0.3, cancel.set).start()
    with pytest.raises(Interrupted):
        logged_in(server, login, cancel=cancel)


def test_a_page_that_is_not_https_must_not_be_shown(server: HttpsServer) -> None:
    login = LoginServer(TOKEN)
    login.device["verification_uri"] = "http://localhost/activate"
    with pytest.raises(GitError) as caught:
        logged_in(server, login)
    assert caught.value.reason == "LoginRefused"


def test_an_expired_login_must_be_refreshed_before_git_needs_it(server: HttpsServer) -> None:
    login = LoginServer(TOKEN, {**TOKEN, "access_token": "token-two", "refresh_token": "refresh-two"})
    stored = logged_in(server, login)
    keep_credential(replace(stored, expires=time.time() - 1), open_credential(stored))
    address, reach = read_address(server.url("shop.git"))[0], Reach(ca_file=str(server.authority.pair.certificate))
    assert "HEAD" in references(address, access_for(address, reach))
    assert login.asked[-1] == {"grant_type": "refresh_token", "refresh_token": "refresh-one", "client_id": "client"}
    [kept] = list_credentials()
    assert not kept.expired
    assert str.__str__(open_credential(kept).refresh) == "refresh-two"


def test_a_login_that_was_revoked_must_be_told_with_what_to_do(server: HttpsServer) -> None:
    login = LoginServer(TOKEN, {"error": "invalid_grant"})
    stored = logged_in(server, login)
    keep_credential(replace(stored, expires=time.time() - 1), open_credential(stored))
    with pytest.raises(GitError) as caught:
        access_for(read_address(server.url("shop.git"))[0], Reach(ca_file=str(server.authority.pair.certificate)))
    assert caught.value.reason == "LoginExpired"
    assert "roro git login gitlab --url" in (caught.value.problems[0].hint or "")
    assert "refresh-one" not in str(caught.value)


def test_a_refresh_must_never_go_to_another_server(server: HttpsServer) -> None:
    login = LoginServer(TOKEN)
    server.before = login.answer
    stored = Stored("it", "https://git.example.com", kind="login", provider="gitlab", expires=1.0, token_url=f"{server.origin}/oauth/token")
    keep_credential(stored, Held(SecretText("old token"), SecretText("refresh-one")))
    with pytest.raises(GitError) as caught:
        access_for(read_address("https://git.example.com/x")[0])
    assert caught.value.reason == "LoginRefused"
    assert server.asked == []
