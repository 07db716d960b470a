"""Whatever a repository, a user's configuration or the environment names as a program must not run, and git must not outlive its work."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import GitError, Interrupted, UsageError
from ansible_collections.roro.kube.plugins.module_utils._git import (
    Access,
    Limits,
    clone,
    fetch,
    open_repository,
    push,
    read_address,
    references,
)
from ansible_collections.roro.kube.plugins.module_utils._git.command import run
from git_scene import Scene, make_repository

PROGRAMS = (
    "core.fsmonitor",
    "core.sshCommand",
    "core.askPass",
    "core.editor",
    "core.pager",
    "core.gitProxy",
    "core.alternateRefsCommand",
    "credential.helper",
    "credential.https://localhost.helper",
    "diff.external",
    "diff.json.textconv",
    "diff.json.command",
    "filter.json.clean",
    "filter.json.smudge",
    "filter.json.process",
    "filter.we ird.Name.clean",
    "merge.json.driver",
    "gpg.program",
    "gpg.ssh.program",
    "gc.recentObjectsHook",
    "uploadpack.packObjectsHook",
    "sequence.editor",
    "trailer.x.command",
)
HOOKS = ("pre-commit", "commit-msg", "post-commit", "post-checkout", "reference-transaction", "pre-push", "post-index-change")
VARIABLES = (
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "GIT_EDITOR",
    "GIT_PAGER",
    "GIT_EXTERNAL_DIFF",
    "GIT_PROXY_COMMAND",
)
ATTRIBUTES = "*.json filter=json diff=json merge=json\n*.txt filter=we\\ ird.Name\n"


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A program that leaves `ran` beside it."""
    program = tmp_path / "marker"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> {tmp_path}/ran\nexit 1\n')
    program.chmod(0o755)
    return program


def ran(marker: Path) -> str:
    record = marker.with_name("ran")
    return record.read_text() if record.exists() else ""


def armed(folder: Path, marker: Path) -> Scene:
    """A repository with two branches whose own configuration, attributes and hooks name the program wherever Git takes one."""
    scene = make_repository(folder)
    base = scene.commit({"a.json": "1\n", "b.txt": "1\n", ".gitattributes": ATTRIBUTES})
    scene.commit({"a.json": "2\n"})
    scene.git("checkout", "-q", "-b", "other", base)
    scene.commit({"a.json": "3\n", "b.txt": "3\n"})
    scene.git("checkout", "-q", "main")
    for key in PROGRAMS:
        scene.git("config", key, str(marker))
    for key in ("commit.gpgSign", "log.showSignature", "filter.json.required", "push.gpgSign"):
        scene.git("config", key, "true")
    hooks = folder / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for hook in HOOKS:
        (hooks / hook).symlink_to(marker)
    return scene


def everything(folder: Path, far: Path) -> None:
    """Every kind of work that the room does."""
    repository = open_repository(folder)
    repository.status()
    repository.commits("HEAD")
    repository.read("other", "a.json")
    repository.merge_tree("main", "other")
    (folder / "a.json").write_text("4\n")
    (folder / "b.txt").write_text("4\n")
    saved = repository.save("changed")
    assert saved is not None
    repository.move_to("main~1", why="test")
    repository.move_to(saved, why="test")
    address, access = read_address(str(far))[0], Access(files=True)
    push(repository, address, access, branch="main", commit=saved)
    fetch(repository, address, access)
    assert "HEAD" in references(address, access)


def test_nothing_that_a_repository_names_must_run(tmp_path: Path, marker: Path) -> None:
    scene = armed(tmp_path / "it", marker)
    Scene(tmp_path).git("init", "-q", "--bare", "-b", "main", "far.git")
    # A merge driver of the repository's own cannot say that all is well.
    assert [conflict.path for conflict in scene.open().merge_tree("main", "other").conflicts] == ["a.json"]
    everything(scene.folder, tmp_path / "far.git")
    assert ran(marker) == ""


def test_nothing_that_the_user_or_the_environment_names_must_run(tmp_path: Path, marker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_repository(tmp_path / "it")
    scene.commit({"a.json": "1\n", "b.txt": "1\n", ".gitattributes": ATTRIBUTES})
    scene.git("branch", "other")
    scene.commit({"a.json": "2\n"})
    Scene(tmp_path).git("init", "-q", "--bare", "-b", "main", "far.git")
    for key in PROGRAMS:
        subprocess.run(["git", "config", "--file", str(tmp_path / "home/.gitconfig"), key, str(marker)], check=True)
    subprocess.run(["git", "config", "--file", str(tmp_path / "home/.gitconfig"), "core.hooksPath", str(tmp_path)], check=True)
    for name in VARIABLES:
        monkeypatch.setenv(name, str(marker))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor={marker}'")
    everything(scene.folder, tmp_path / "far.git")
    assert ran(marker) == ""


def test_another_repository_in_the_environment_must_not_be_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = make_repository(tmp_path / "mine"), make_repository(tmp_path / "other")
    commit = mine.commit({"a": "mine"})
    other.commit({"a": "other"})
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.folder))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.folder / ".git/index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.folder / ".git/objects"))
    monkeypatch.setenv("GIT_COMMON_DIR", str(other.folder / ".git"))
    repository = open_repository(mine.folder)
    assert (repository.root, repository.head().commit) == (mine.folder, commit)
    assert repository.commits("HEAD")[0].name == commit
    assert repository.read("HEAD", "a") == b"mine"
    assert not repository.status().dirty


@pytest.mark.parametrize(
    "key",
    [
        "url.https://git.example.org/.insteadOf",
        "url.https://git.example.org/.pushInsteadOf",
        "remote.origin.uploadpack",
        "remote.origin.vcs",
        "http.proxy",
        "http.https://localhost/.sslCAInfo",
    ],
)
def test_a_setting_that_leads_elsewhere_must_stop_what_asks_a_server_and_nothing_else(repository: Scene, tmp_path: Path, key: str) -> None:
    repository.commit({"a": "1"})
    repository.git("config", key, "https://localhost/")
    opened = repository.open()
    assert not opened.status().dirty
    with pytest.raises(GitError) as caught:
        fetch(opened, read_address(str(tmp_path / "far.git"))[0], Access(files=True))
    assert caught.value.reason == "ConfigurationRefused"
    assert key.lower().split(".")[0] in str(caught.value)


def test_a_work_tree_that_is_elsewhere_must_be_refused(repository: Scene, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    repository.commit({"a": "1"})
    repository.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    with pytest.raises(GitError) as caught:
        repository.open()
    assert caught.value.reason == "ConfigurationRefused"


def test_a_folder_of_this_machine_must_be_asked_for(repository: Scene, tmp_path: Path) -> None:
    repository.commit({"a": "1"})
    with pytest.raises(UsageError):
        clone(read_address(str(repository.folder))[0], tmp_path / "mine", Access())


def test_work_must_end_at_its_limits(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"]}
    with pytest.raises(GitError) as caught:
        run(["sleep", "600"], what="it", folder=tmp_path, environment=environment, limits=Limits(seconds=0.2))
    assert caught.value.reason == "Timeout"
    with pytest.raises(GitError) as caught:
        run(["yes"], what="it", folder=tmp_path, environment=environment, limits=Limits(output=1000))
    assert caught.value.reason == "TooMuch"
    assert not [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]


def test_what_is_cancelled_must_take_its_whole_group_along(tmp_path: Path) -> None:
    cancel = threading.Event()
    script = f"trap '' TERM; sleep 600 & echo $! > {tmp_path}/child; wait"
    threading.Thread(target=lambda: (_appears(tmp_path / "child"), cancel.set())).start()
    with pytest.raises(Interrupted):
        run(["sh", "-c", script], what="it", folder=tmp_path, environment={"PATH": os.environ["PATH"]}, cancel=cancel)
    _ends(int((tmp_path / "child").read_text()))


def test_what_waits_for_a_server_must_end_with_the_process_that_started_it(tmp_path: Path) -> None:
    work = (
        f"['sh', '-c', 'echo $$ > {tmp_path}/child; exec sleep 600'], what='it', folder=Path('/'), environment=dict(os.environ), tied=True"
    )
    room = "ansible_collections.roro.kube.plugins.module_utils._git.command"
    program = f"import os\nfrom pathlib import Path\nfrom {room} import run\nrun({work})\n"
    parent = subprocess.Popen([sys.executable, "-c", program])
    child = int(_appears(tmp_path / "child"))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _ends(child)


def test_nothing_of_the_room_must_be_readable_by_others(tmp_path: Path, repository: Scene) -> None:
    repository.commit({"a": "1"})
    clone(read_address(str(repository.folder))[0], tmp_path / "mine", Access(files=True))
    ours = (tmp_path / "home/XDG_RUNTIME_DIR/roro/git", tmp_path / "home/XDG_RUNTIME_DIR/roro")
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in ours] == [0o700, 0o700]
    assert list(ours[0].iterdir()) == []


def _appears(file: Path) -> str:
    deadline = time.monotonic() + 20
    while not (file.exists() and file.read_text().strip()):
        assert time.monotonic() < deadline
    return file.read_text().strip()


def _ends(number: int) -> None:
    deadline = time.monotonic() + 10
    while psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
