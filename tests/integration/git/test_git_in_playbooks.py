"""Workspaces and their Git servers as playbooks have them: `roro.kube.clone`, `roro.kube.sync`, the role and the playbook."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from git_scene import Scene
from https_server import HttpsServer
from ssh_server import SshServer, make_key

DEV = "environments/dev/environment.json"
PASSWORD, PASSPHRASE = "pa55word-of-ada", "pa55phrase-of-the-key"


@dataclass
class Ran:
    """What a play left. results: what its tasks returned, in their order."""

    code: int
    output: str
    results: list[dict[str, Any]]


class Plays:
    """Plays of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0

    def run(self, *tasks: dict[str, Any], words: tuple[str, ...] = (), **variables: str) -> Ran:
        """Run tasks one after the other; `name` of a module to its options, and what else stands in a task."""
        self._count += 1
        results = self._folder / f"results-{self._count}"
        listed: list[dict[str, Any]] = []
        for number, task in enumerate(tasks):
            listed.append({**task, "register": f"r{number}"})
            said = f"{{{{ r{number} | to_json }}}}\n"
            copied = {"content": said, "dest": f"{results}-{number}", "mode": "0600"}
            listed.append({"ansible.builtin.copy": copied, "no_log": True, "check_mode": False, "diff": False})
        play = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": listed}]
        (self._folder / "play.yml").write_text(json.dumps(play))
        given = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
        code, output = ansible("play.yml", *words, *given, cwd=self._folder)
        read = [Path(f"{results}-{number}") for number in range(len(tasks))]
        return Ran(code, output, [json.loads(file.read_text()) for file in read if file.exists()])


def ansible(*words: str, cwd: Path) -> tuple[int, str]:
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", *words]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("RORO_", "ANSIBLE_"))}
    clean |= {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_PYTHON_INTERPRETER": sys.executable, "ANSIBLE_ASYNC_DIR": str(cwd / "async")}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=clean, timeout=180, check=False)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def plays(tmp_path: Path) -> Iterator[Plays]:
    (tmp_path / "plays").mkdir()
    yield Plays(tmp_path / "plays")


@pytest.fixture
def server(https: HttpsServer) -> HttpsServer:
    """A server that wants a password that no other text has."""
    https.users = {"ada": PASSWORD}
    return https


def of(server: HttpsServer) -> dict[str, Any]:
    """The options with which it is reached."""
    return {"ca_file": str(server.authority.pair.certificate), "username": "ada", "password": "{{ password }}"}


def colleague_says(served: Scene, text: str, subject: str = "from Ann") -> str:
    """Another clone's push; the commit."""
    ann = Scene(served.folder.parent.parent / f"ann-{len(list(served.folder.parent.parent.glob('ann-*')))}")
    served.git("clone", "-q", str(served.folder), str(ann.folder))
    commit = ann.commit({DEV: text}, subject)
    ann.git("push", "-q", "origin", "main")
    return commit


def variables(**values: Any) -> str:
    return json.dumps({"variables": values}, indent=2) + "\n"


def test_a_clone_must_be_made_once_and_then_be_left_as_it_is(plays: Plays, server: HttpsServer, tmp_path: Path) -> None:
    wanted = {"url": server.url("shop.git"), "dest": str(tmp_path / "srv/shop"), **of(server)}

    checked = plays.run({"roro.kube.clone": wanted}, words=("--check", "--diff"), password=PASSWORD)

    assert checked.code == 0, checked.output
    assert not (tmp_path / "srv").exists()
    assert "+main" in checked.output
    done = plays.run({"roro.kube.clone": wanted}, {"roro.kube.clone": wanted}, words=("-vvv",), password=PASSWORD)
    assert done.code == 0, done.output
    first, second = done.results
    assert (checked.results[0]["changed"], first["changed"], second["changed"]) == (True, True, False)
    assert [r["commit"] for r in (checked.results[0], first, second)] == [Scene(tmp_path / "srv/shop").git("rev-parse", "HEAD")] * 3
    assert (second["branch"], second["workspaces"]) == ("main", [str(tmp_path / "srv/shop")])
    assert PASSWORD not in done.output.replace("password=" + PASSWORD, "")
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and PASSWORD.encode() in file.read_bytes()]


def test_a_folder_with_something_else_must_be_refused_and_stay(plays: Plays, server: HttpsServer, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("mine")
    wanted = {"url": server.url("shop.git"), **of(server)}

    ran = plays.run(
        {"roro.kube.clone": {**wanted, "dest": str(tmp_path / "full")}, "ignore_errors": True},
        {"roro.kube.clone": {**wanted, "dest": str(tmp_path / "new"), "branch": "nowhere"}, "ignore_errors": True},
        {"roro.kube.clone": {**wanted, "dest": str(tmp_path / "new"), "password": "another"}, "ignore_errors": True},
        password=PASSWORD,
    )

    full, branch, password = ran.results
    assert (full["exit_code"], full["msg"].splitlines()[0]) == (2, f"{tmp_path / 'full'} is there and is no clone")
    assert branch["reason"] == "BranchNotFound"
    assert password["reason"] == "AuthenticationFailed"
    assert ((tmp_path / "full/file").read_text(), (tmp_path / "new").exists()) == ("mine", False)


def test_what_check_says_must_be_what_the_sync_then_does(plays: Plays, server: HttpsServer, served: Scene, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    plays.run({"roro.kube.clone": {"url": server.url("shop.git"), "dest": str(shop), **of(server)}}, password=PASSWORD)
    colleague_says(served, variables(replicas=2))
    (shop / "apps/web").mkdir(parents=True)
    (shop / "apps/web/app.json").write_text("{}")
    wanted = {"roro.kube.sync": {"workspace": str(shop), "commit_message": "The web", "push": True, **of(server)}}
    before = Scene(shop).git("rev-parse", "HEAD")

    checked = plays.run(wanted, words=("--check", "--diff"), password=PASSWORD)

    assert checked.code == 0, checked.output
    assert Scene(shop).git("rev-parse", "HEAD") == before
    assert re.search(r"^\+create apps/web/app.json$", checked.output, re.MULTILINE)
    done = plays.run(wanted, wanted, password=PASSWORD)
    assert done.code == 0, done.output
    [said], [first, second] = checked.results, done.results
    for key in ("changed", "state", "pulled", "files", "pushed", "ahead", "conflicts"):
        assert said[key] == first[key], key
    assert (first["state"], first["pushed"], first["pulled"][0]["subject"]) == ("Rebased", 1, "from Ann")
    assert {"file": "apps/web/app.json", "action": "create"} in first["files"]
    assert (second["changed"], second["state"], second["files"]) == (False, "UpToDate", [])
    assert served.git("log", "-1", "--format=%s", "main") == "The web"


def test_a_conflict_must_fail_the_task_with_the_words_of_the_command(
    plays: Plays, server: HttpsServer, served: Scene, tmp_path: Path
) -> None:
    shop = Scene(tmp_path / "shop")
    plays.run({"roro.kube.clone": {"url": server.url("shop.git"), "dest": str(shop.folder), **of(server)}}, password=PASSWORD)
    colleague_says(served, variables(replicas=2, dbPassword="trout-of-ann"))
    shop.commit({DEV: variables(replicas=3, dbPassword="swordfish-of-bob")}, "from Bob")
    before, sync = shop.git("rev-parse", "HEAD"), {"workspace": str(shop.folder), **of(server)}

    ran = plays.run({"roro.kube.sync": sync, "ignore_errors": True}, words=("--diff",), password=PASSWORD)

    [result] = ran.results
    assert result["failed"] and result["exit_code"] == 1 and result["reason"] == "Conflict"
    assert f"{DEV} at $.variables.replicas: both sides changed it\n  here:   3   (Ada, from Bob)" in result["msg"]
    conflict = next(one for one in result["conflicts"] if one["path"] == "$.variables.replicas")
    assert (conflict["ours"], conflict["theirs"], conflict["theirs_by"]) == (3, 2, "Ada, from Ann")
    assert {problem["where"] for problem in result["problems"]} == {one["name"] for one in result["conflicts"]}
    assert not re.search("trout-of-ann|swordfish-of-bob", ran.output + json.dumps(result))
    assert shop.git("rev-parse", "HEAD") == before
    settled = {**sync, "resolve": {one["name"]: "theirs" for one in result["conflicts"]}}
    assert plays.run({"roro.kube.sync": settled}, password=PASSWORD).results[0]["changed"]
    assert json.loads((shop.folder / DEV).read_text())["variables"]["replicas"] == 2


def test_an_ssh_server_must_be_trusted_by_the_fingerprint_of_the_task_alone(
    plays: Plays, ssh: SshServer, served: Scene, home: Path, tmp_path: Path
) -> None:
    key = make_key(tmp_path / "locked", PASSPHRASE)
    ssh.authorize(key)
    wanted = {"url": ssh.url(served.folder), "dest": str(tmp_path / "shop"), "key_file": str(key), "key_passphrase": "{{ passphrase }}"}

    unknown = plays.run({"roro.kube.clone": wanted, "ignore_errors": True}, passphrase=PASSPHRASE)
    known = plays.run(
        {"roro.kube.clone": {**wanted, "accept_host": ssh.fingerprint}},
        {"roro.kube.sync": {"workspace": str(tmp_path / "shop"), "key_file": str(key)}, "ignore_errors": True},
        passphrase=PASSPHRASE,
    )

    assert unknown.results[0]["reason"] == "HostKeyUnknown"
    assert known.results[0]["changed"], known.output
    assert known.results[1]["reason"] == "HostKeyUnknown"
    assert PASSPHRASE not in unknown.output + known.output
    assert not [file for file in home.rglob("*") if file.is_file() and PASSPHRASE.encode() in file.read_bytes()]


def test_the_module_must_do_elsewhere_what_the_action_plugin_does_here(
    plays: Plays, server: HttpsServer, served: Scene, tmp_path: Path
) -> None:
    """`async` sends the module, packed with the engine, into a process of its own, as another host would run it."""
    there = {"async": 120, "poll": 1}
    shop = str(tmp_path / "shop")
    colleague_says(served, variables(replicas=2))
    ran = plays.run(
        {"roro.kube.clone": {"url": server.url("shop.git"), "dest": shop, **of(server)}, **there},
        {"roro.kube.sync": {"workspace": shop, **of(server)}, **there},
        password=PASSWORD,
    )
    assert ran.code == 0, ran.output
    assert [result["changed"] for result in ran.results] == [True, False]
    assert ran.results[1]["state"] == "UpToDate"


def test_the_playbook_must_bring_what_the_server_has(server: HttpsServer, served: Scene, plays: Plays, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    plays.run({"roro.kube.clone": {"url": server.url("shop.git"), "dest": str(shop), **of(server)}}, password=PASSWORD)
    commit = colleague_says(served, variables(replicas=2))
    (tmp_path / "given.yml").write_text(
        json.dumps(
            {
                "roro_workspace": str(shop),
                "roro_git_username": "ada",
                "roro_git_password": PASSWORD,
                "roro_git_ca_file": str(server.authority.pair.certificate),
            }
        )
    )

    code, output = ansible("roro.kube.sync", "-e", "@given.yml", "-vv", cwd=tmp_path)

    assert code == 0, output
    assert "Pulled 1 commit of main." in output and "Ada: from Ann" in output
    assert PASSWORD not in output
    assert Scene(shop).git("rev-parse", "HEAD") == commit
