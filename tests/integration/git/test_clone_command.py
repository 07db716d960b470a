"""`roro clone` and `roro git` as a person types them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pexpect
from git_scene import Scene, make_repository
from https_server import HttpsServer
from ssh_server import SshServer

PASSWORD = "open sesame+%/"


def roro(*words: str, cwd: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run it to its end, away from any terminal."""
    return subprocess.run([sys.executable, "-m", "roro", *words], cwd=cwd, input=typed, capture_output=True, text=True, timeout=120)


def test_a_workspace_must_be_cloned_with_a_kept_password_and_the_next_step_told(https: HttpsServer, tmp_path: Path) -> None:
    kept = roro("git", "credentials", "add", https.origin, "--user", "ada", cwd=tmp_path, typed=f"{PASSWORD}\n")
    assert kept.returncode == 0, kept.stderr
    made = roro("clone", https.url("shop.git"), "--ca-file", str(https.authority.pair.certificate), cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "branch main at" in made.stdout
    assert "cd shop && roro up dev" in made.stdout
    assert (tmp_path / "shop/workspace.json").exists()
    assert "sesame" not in kept.stdout + kept.stderr + made.stdout + made.stderr
    # How the server is reached is known from then on.
    assert roro("clone", https.url("shop.git"), "again", cwd=tmp_path).returncode == 0


def test_a_workspace_in_a_folder_of_the_repository_must_be_found(tmp_path: Path) -> None:
    scene = make_repository(tmp_path / "source")
    scene.commit({"deploy/shop/workspace.json": '{"version": 1, "name": "shop"}', "deploy/shop/environments/test/environment.json": "{}"})
    made = roro("clone", str(scene.folder), "mine", "-o", "json", cwd=tmp_path)
    assert json.loads(made.stdout)["workspaces"] == ["mine/deploy/shop"]
    told = roro("clone", str(scene.folder), "other", cwd=tmp_path)
    assert "cd other/deploy/shop && roro up test" in told.stdout


def test_submodules_and_pointers_of_lfs_must_be_told(tmp_path: Path) -> None:
    inner, scene = make_repository(tmp_path / "inner"), make_repository(tmp_path / "source")
    inner.commit({"a": "1"})
    scene.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "lib/inner")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12\n"
    # As somebody has it who has no git-lfs: the pointer goes in as it is.
    scene.commit({"workspace.json": "{}", "big.bin": pointer, ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"})
    made = roro("clone", str(scene.folder), "mine", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "submodules are not fetched: lib/inner" in made.stderr
    assert "pointers here: big.bin" in made.stderr


def test_a_host_must_be_accepted_by_its_fingerprint_once(ssh: SshServer, served: Scene, tmp_path: Path) -> None:
    url, key = ssh.url(served.folder), str(tmp_path / "key")
    refused = roro("clone", url, "--key-file", key, cwd=tmp_path)
    assert refused.returncode == 1
    assert f"--accept-host {ssh.fingerprint}" in refused.stderr
    assert not (tmp_path / "shop").exists()
    made = roro("clone", url, "--key-file", key, "--accept-host", ssh.fingerprint, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert roro("clone", url, "again", cwd=tmp_path).returncode == 0


def test_an_interrupted_clone_must_leave_nothing_behind(https: HttpsServer, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    for number in (signal.SIGINT, signal.SIGTERM):
        https.asked.clear()
        https.reached.clear()
        https.stall()
        words = [sys.executable, "-m", "roro", "clone", https.url("shop.git"), "--ca-file", str(https.authority.pair.certificate)]
        process = subprocess.Popen(words, cwd=work, stderr=subprocess.PIPE, text=True)
        assert https.reached.wait(60)
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
        assert (process.returncode, "Traceback" in told) == (130, False), told
        assert list(work.iterdir()) == []


def test_a_clone_that_was_killed_must_be_cleared_away_by_the_next(tmp_path: Path) -> None:
    scene = make_repository(tmp_path / "source")
    scene.commit({"workspace.json": "{}"})
    left, others = tmp_path / ".mine.roro-clone-4194304-abc", tmp_path / f".mine.roro-clone-{os.getpid()}-abc"
    for folder in (left, others):
        folder.mkdir()
    assert roro("clone", str(scene.folder), "mine", cwd=tmp_path).returncode == 0
    assert (left.exists(), others.exists()) == (False, True)


def test_credentials_must_be_listed_by_name_and_removed(tmp_path: Path) -> None:
    asked = pexpect.spawn(
        sys.executable, ["-m", "roro", "git", "credentials", "add", "https://git.example.com", "--token"], cwd=str(tmp_path)
    )
    asked.expect("Secret for git.example.com")
    asked.waitnoecho()
    asked.sendline("glpat-123456")
    asked.expect(pexpect.EOF)
    assert b"glpat" not in asked.before
    listed = roro("git", "credentials", "list", "-o", "json", cwd=tmp_path)
    [one] = json.loads(listed.stdout)["credentials"]
    assert (one["name"], one["origin"], one["kind"]) == ("git.example.com", "https://git.example.com", "token")
    assert "glpat" not in listed.stdout + roro("git", "credentials", "list", cwd=tmp_path).stdout
    assert roro("git", "credentials", "remove", "git.example.com", cwd=tmp_path).returncode == 0
    assert roro("git", "credentials", "remove", "git.example.com", cwd=tmp_path).returncode == 2


def test_an_address_that_cannot_be_must_leave_with_2(tmp_path: Path) -> None:
    for address in ("http://git.example.com/x", "ext::sh", "ssh://ada:sesame@git.example.com/x"):
        refused = roro("clone", address, cwd=tmp_path)
        assert refused.returncode == 2
        assert "Error: " in refused.stderr
        assert "sesame" not in refused.stderr


def test_a_login_without_an_application_must_say_how_to_get_one(tmp_path: Path) -> None:
    refused = roro("git", "login", "github", "--url", "https://github.example.com", cwd=tmp_path)
    assert refused.returncode == 2
    assert "https://github.example.com/settings/applications/new" in refused.stderr
