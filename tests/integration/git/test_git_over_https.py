"""Git over HTTPS: passwords reach the server that they are for and nothing else, and every way in which it fails has its own word."""

from __future__ import annotations

import os
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from ansible_collections.roro.kube.plugins.module_utils._errors import GitError, Interrupted, UsageError
from ansible_collections.roro.kube.plugins.module_utils._git import (
    Access,
    Address,
    Credential,
    Reach,
    access_for,
    clone,
    complete,
    fetch,
    push,
    read_address,
    references,
)
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.certificates import Authority
from ansible_collections.roro.kube.plugins.module_utils._secrets import SecretText
from connect_proxy import ConnectProxy
from git_scene import Scene
from https_server import HttpsServer

PASSWORD = "open sesame+%/"


def address_of(server: HttpsServer, name: str = "shop.git") -> Address:
    return read_address(server.url(name))[0]


def access_to(server: HttpsServer, password: str = PASSWORD) -> Access:
    credential = Credential(server.origin, "ada", SecretText(password))
    return Access(credential=credential, ca_file=server.authority.pair.certificate)


def reason_of(address: Address, access: Access) -> str:
    with pytest.raises(GitError) as caught:
        references(address, access)
    assert PASSWORD not in str(caught.value)
    return caught.value.reason


def test_a_repository_must_be_cloned_fetched_and_pushed_with_a_password(https: HttpsServer, tmp_path: Path) -> None:
    address, access = address_of(https), access_to(https)
    seen = []
    mine = clone(address, tmp_path / "mine", access, on_progress=seen.append)
    other = clone(address, tmp_path / "other", access)
    assert {progress.phase for progress in seen} >= {"Receiving objects"}
    assert (mine.root / "workspace.json").exists()
    (mine.root / "workspace.json").write_text("{}")
    saved = mine.save("changed") or ""
    assert push(mine, address, access, branch="main", commit=saved).state == "updated"
    fetch(other, address, access)
    assert other.resolve("origin/main") == saved
    assert other.ahead_behind("HEAD", "origin/main") == (0, 1)
    assert https.authorizations == {"", f"ada:{PASSWORD}"}


def test_a_password_in_an_address_must_go_no_further_than_the_server(https: HttpsServer, tmp_path: Path) -> None:
    address, password = read_address(f"https://ada:open%20sesame%2B%25%2F@localhost:{https.port}/shop.git")
    assert address.url == f"https://ada@localhost:{https.port}/shop.git"
    access = Access(ca_file=https.authority.pair.certificate).with_password(address, password)
    clone(address, tmp_path / "mine", access)
    for file in (tmp_path / "mine").rglob("*"):
        assert not file.is_file() or b"sesame" not in file.read_bytes(), file


def test_a_push_that_would_lose_what_others_did_must_be_refused(https: HttpsServer, tmp_path: Path) -> None:
    address, access = address_of(https), access_to(https)
    mine, other = (clone(address, tmp_path / name, access) for name in ("mine", "other"))
    for one, text in ((other, "theirs"), (mine, "mine")):
        (one.root / "workspace.json").write_text(text)
    push(other, address, access, branch="main", commit=other.save("theirs") or "")
    with pytest.raises(GitError) as caught:
        push(mine, address, access, branch="main", commit=mine.save("mine") or "")
    assert caught.value.reason == "Rejected"


def test_a_wrong_password_must_be_told_and_never_asked_for_on_a_terminal(https: HttpsServer) -> None:
    address = address_of(https)
    assert reason_of(address, access_to(https, "wrong one")) == "AuthenticationFailed"
    assert reason_of(address, replace(access_to(https), credential=None)) == "AuthenticationFailed"


def test_a_credential_must_never_reach_another_host(https: HttpsServer, served: Scene, tmp_path: Path) -> None:
    elsewhere = Authority(tmp_path / "authority", "ca")
    with HttpsServer(served.folder.parent, elsewhere, users={"ada": PASSWORD}) as other:
        assert reason_of(address_of(other), access_to(https)) == "AuthenticationFailed"
        assert other.authorizations == {""}
        # Nor where the right server sends git on to another.
        https.before = lambda request: web.Response(status=302, headers={"Location": f"https://127.0.0.1:{other.port}{request.path_qs}"})
        assert reason_of(address_of(https), access_to(https)) == "AuthenticationFailed"
        assert len(other.asked) > 1
        assert other.authorizations == {""}


def test_a_server_that_nobody_vouches_for_must_not_be_trusted(https: HttpsServer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other", "ca")
    address, access = address_of(https), access_to(https)
    assert reason_of(address, replace(access, ca_file=stranger.pair.certificate)) == "CertificateNotTrusted"
    assert reason_of(address, replace(access, ca_file=None)) == "CertificateNotTrusted"
    assert https.asked == []


def test_a_client_certificate_with_a_passphrase_must_open_the_door(served: Scene, authority: Authority, tmp_path: Path) -> None:
    pair = authority.issue("client", "ada")
    locked = tmp_path / "locked key.pem"
    words = ["openssl", "ec", "-in", str(pair.key), "-aes256", "-passout", "pass:the passphrase", "-out", str(locked)]
    subprocess.run(words, check=True, capture_output=True)
    with HttpsServer(served.folder.parent, authority, wants_certificate=True) as server:
        address = address_of(server)
        trusting = Access(ca_file=authority.pair.certificate)
        assert reason_of(address, trusting) in ("CertificateNotTrusted", "Unreachable")
        mine = replace(trusting, client_certificate=pair.certificate, client_key=locked)
        assert "HEAD" in references(address, replace(mine, client_key_passphrase=SecretText("the passphrase")))
        assert reason_of(address, replace(mine, client_key_passphrase=SecretText("another"))) == "KeyUnusable"


def test_a_proxy_with_a_password_must_be_passed(https: HttpsServer) -> None:
    with ConnectProxy(credentials="pat:let me through") as proxy:
        through = replace(access_to(https), proxy=f"http://pat@{proxy.address}", proxy_password=SecretText("let me through"))
        assert "HEAD" in references(address_of(https), through)
        assert proxy.targets == [f"localhost:{https.port}"] * len(proxy.targets) != []
        assert reason_of(address_of(https), replace(through, proxy_password=SecretText("wrong"))) == "ProxyFailed"


@pytest.mark.parametrize(
    ("status", "reason"), [(403, "Forbidden"), (404, "RepositoryNotFound"), (500, "Unreachable"), (503, "Unreachable")]
)
def test_each_refusal_of_a_server_must_have_its_reason(https: HttpsServer, status: int, reason: str) -> None:
    https.before = lambda request: web.Response(status=status)
    assert reason_of(address_of(https), access_to(https)) == reason


def test_a_server_that_is_not_there_must_be_told_from_one_that_refuses(https: HttpsServer) -> None:
    gone = Address("https", "localhost", 1, "", "/shop.git")
    assert reason_of(gone, access_to(https)) == "Unreachable"
    assert reason_of(Address("https", "no-such-host.invalid", None, "", "/shop.git"), access_to(https)) == "Unreachable"


def test_a_branch_that_is_not_there_must_be_told(https: HttpsServer, tmp_path: Path) -> None:
    with pytest.raises(GitError) as caught:
        clone(address_of(https), tmp_path / "mine", access_to(https), branch="nowhere")
    assert caught.value.reason == "BranchNotFound"


def test_a_clone_that_is_cancelled_must_leave_nothing_behind(https: HttpsServer, tmp_path: Path) -> None:
    https.stall()
    cancel, ends = threading.Event(), []

    def work() -> None:
        with pytest.raises(Interrupted) as caught:
            clone(address_of(https), tmp_path / "work/mine", access_to(https), cancel=cancel)
        ends.append(caught.value)

    worker = threading.Thread(target=work)
    worker.start()
    assert https.reached.wait(30)
    cancel.set()
    worker.join(30)
    assert len(ends) == 1
    assert list((tmp_path / "work").iterdir()) == []


def test_a_clone_into_a_folder_with_something_in_it_must_be_refused(https: HttpsServer, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter").write_text("dear")
    with pytest.raises(UsageError):
        clone(address_of(https), tmp_path / "mine", access_to(https))
    assert (tmp_path / "mine/letter").read_text() == "dear"
    assert https.asked == []


def test_shallow_and_partial_clones_must_read_what_they_have(https: HttpsServer, tmp_path: Path) -> None:
    address, access = address_of(https), access_to(https)
    whole = clone(address, tmp_path / "whole", access)
    (whole.root / "workspace.json").write_text("2")
    push(whole, address, access, branch="main", commit=whole.save("second") or "")
    shallow = clone(address, tmp_path / "shallow", access, depth=1)
    assert shallow.shallow
    assert len(shallow.commits("HEAD")) == 1
    partial = clone(address, tmp_path / "partial", access, filtered="blob:none")
    assert len(partial.commits("HEAD")) == 2
    assert partial.read("HEAD", "workspace.json") == b"2"
    asked = len(https.asked)
    with pytest.raises(GitError) as caught:
        partial.read("HEAD~1", "workspace.json")
    assert caught.value.reason in ("NotFetched", "NotFound", "ProtocolNotAllowed")
    assert len(https.asked) == asked
    assert complete(partial, address, access, "HEAD~1") == 1
    assert partial.read("HEAD~1", "workspace.json") == b'{"version": 1, "name": "shop"}\n'
    assert complete(partial, address, access, "HEAD~1") == 0


def test_a_partial_clone_must_leave_the_files_of_older_commits_on_the_server(https: HttpsServer, tmp_path: Path) -> None:
    address, access = address_of(https), access_to(https)
    whole = clone(address, tmp_path / "whole", access)
    for _ in range(10):
        (whole.root / "big").write_bytes(os.urandom(200_000))
        whole.save("another")
    push(whole, address, access, branch="main", commit=whole.head().commit or "")
    sent = []
    for name, filtered in (("full", None), ("partial", "blob:none")):
        before = https.sent
        clone(address, tmp_path / name, access, filtered=filtered)
        sent.append(https.sent - before)
    assert sent[1] < 0.2 * sent[0]


def test_a_password_in_a_file_must_reach_the_server_and_may_be_exchanged(https: HttpsServer, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    address = read_address(https.url("shop.git").replace("https://", "https://ada@"))[0]
    reach = Reach(password_file=str(file), ca_file=str(https.authority.pair.certificate))
    assert references(address, access_for(address, reach))
    file.write_text("an old one\n")
    assert reason_of(address, access_for(address, reach)) == "AuthenticationFailed"
