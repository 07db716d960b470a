"""Credentials of Git as AWX hands them to a job: variables of the environment and files, of one server, that nothing keeps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from git_scene import Scene
from https_server import HttpsServer
from ssh_server import SshServer, make_key

PASSWORD, PASSPHRASE = "pa55word-of-ada", "pa55phrase-of-the-key"


@pytest.fixture
def server(https: HttpsServer) -> HttpsServer:
    https.users = {"ada": PASSWORD}
    return https


def job(folder: Path, environ: dict[str, str], module: str, **options: str) -> tuple[int, str]:
    """A job of AWX: one task, its credentials in the environment."""
    folder.mkdir(exist_ok=True)
    task = {f"roro.kube.{module}": options}
    (folder / "play.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", "-vvv", "play.yml"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("RORO_", "ANSIBLE_"))}
    ran = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env={**clean, **environ, "ANSIBLE_NOCOLOR": "1"}, timeout=180, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


def of(server: HttpsServer, **more: str) -> dict[str, str]:
    return {
        "RORO_GIT_URL": server.url("").rstrip("/"),
        "RORO_GIT_USERNAME": "ada",
        "RORO_GIT_CA_FILE": str(server.authority.pair.certificate),
        **more,
    }


def holding(folder: Path, text: str) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes()]


def test_a_password_of_the_environment_must_open_its_server_and_be_kept_nowhere(server: HttpsServer, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    given = of(server, RORO_GIT_PASSWORD=PASSWORD)
    code, said = job(tmp_path / "job", given, "clone", url=server.url("shop.git"), dest=str(shop))
    assert code == 0, said
    code, again = job(tmp_path / "job", given, "sync", workspace=str(shop))
    assert code == 0, again
    assert PASSWORD not in said + again and not holding(tmp_path, PASSWORD)
    code, later = job(tmp_path / "job", {"RORO_GIT_CA_FILE": ""}, "sync", workspace=str(shop))
    assert code != 0 and PASSWORD not in later


def test_a_password_file_that_is_exchanged_must_count_for_the_next_task(server: HttpsServer, tmp_path: Path) -> None:
    (tmp_path / "awx").mkdir()
    file = tmp_path / "awx/password"
    file.write_text("of yesterday\n")
    given = of(server, RORO_GIT_PASSWORD_FILE=str(file))
    assert "AuthenticationFailed" in job(tmp_path / "job", given, "clone", url=server.url("shop.git"), dest=str(tmp_path / "shop"))[1]
    file.write_text(PASSWORD)
    code, said = job(tmp_path / "job", given, "clone", url=server.url("shop.git"), dest=str(tmp_path / "shop"))
    assert code == 0, said
    assert holding(tmp_path, PASSWORD) == [file]


def test_a_password_must_not_be_sent_to_another_server(server: HttpsServer, tmp_path: Path) -> None:
    given = {**of(server, RORO_GIT_PASSWORD=PASSWORD), "RORO_GIT_URL": "https://git.example.com"}
    code, said = job(
        tmp_path / "job", given, "clone", url=server.url("shop.git"), dest=str(tmp_path / "shop"), ca_file=given["RORO_GIT_CA_FILE"]
    )
    assert code != 0 and "AuthenticationFailed" in said
    assert server.authorizations == {""}


def test_a_password_that_does_not_say_whose_it_is_must_be_refused(tmp_path: Path) -> None:
    code, said = job(
        tmp_path / "job", {"RORO_GIT_PASSWORD": PASSWORD}, "clone", url="https://127.0.0.1:1/shop.git", dest=str(tmp_path / "x")
    )
    assert code == 2 and "RORO_GIT_URL is not: nobody knows which server it is for" in said and PASSWORD not in said


def test_what_a_task_says_must_be_stronger(server: HttpsServer, tmp_path: Path) -> None:
    given = of(server, RORO_GIT_PASSWORD="of another")
    code, said = job(tmp_path / "job", given, "clone", url=server.url("shop.git"), dest=str(tmp_path / "shop"), password=PASSWORD)
    assert code == 0, said


@pytest.mark.parametrize("written", ["without an end", "readable by others", "with carriage returns"])
def test_a_key_as_awx_writes_it_must_open_an_ssh_server(ssh: SshServer, served: Scene, tmp_path: Path, written: str) -> None:
    key = tmp_path / "awx-key"
    make_key(key, PASSPHRASE)
    ssh.authorize(key)
    text = key.read_text()
    key.write_text({"without an end": text.rstrip(), "with carriage returns": text.replace("\n", "\r\n")}.get(written, text), newline="")
    key.chmod(0o644 if written == "readable by others" else 0o600)
    url = ssh.url(served.folder)
    given = {
        "RORO_GIT_URL": url,
        "RORO_GIT_KEY_FILE": str(key),
        "RORO_GIT_KEY_PASSPHRASE": PASSPHRASE,
        "RORO_GIT_ACCEPT_HOST": ssh.fingerprint,
    }
    code, said = job(tmp_path / "job", given, "clone", url=url, dest=str(tmp_path / "shop"))
    assert code == 0, said
    assert PASSPHRASE not in said and not holding(tmp_path, PASSPHRASE)
    assert not [file for file in holding(tmp_path, "OPENSSH PRIVATE KEY") if file.parent.parent.name == "git"]


def test_git_must_not_see_the_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._git.environment import remote_environment

    monkeypatch.setenv("RORO_GIT_PASSWORD", PASSWORD)
    assert PASSWORD not in str(remote_environment((), ("https",), {}))
