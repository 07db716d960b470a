"""A git that is missing or too old must be told with what to install, before anything is done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import GitError
from ansible_collections.roro.kube.plugins.module_utils._git import git_version, open_repository
from git_scene import Scene


def as_version(folder: Path, said: str) -> None:
    """A git in a folder that says it is this version, and is the real one else."""
    folder.mkdir()
    real = subprocess.check_output(["which", "git"], text=True).strip()
    program = folder / "git"
    program.write_text(f'#!/bin/sh\n[ "$1" = version ] && echo "{said}" && exit\nexec {real} "$@"\n')
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("git version 2.39.5", (2, 39, 5)),
        ("git version 2.39.3 (Apple Git-146)", (2, 39, 3)),
        ("git version 2.44.0.windows.1", (2, 44, 0)),
        ("git version 2.50.0-rc1", (2, 50, 0)),
    ],
)
def test_every_way_of_writing_a_version_must_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, version: tuple[int, ...]
) -> None:
    as_version(tmp_path / "bin", said)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert git_version() == version


def test_an_old_git_must_be_refused_for_what_it_cannot_do(repository: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit({"a": "1"})
    path = os.environ["PATH"]
    as_version(tmp_path / "older", "git version 2.37.4")
    monkeypatch.setenv("PATH", f"{tmp_path}/older:{path}")
    opened = open_repository(repository.folder)
    with pytest.raises(GitError) as caught:
        opened.merge_tree("main", "main")
    assert (caught.value.reason, "2.38" in str(caught.value)) == ("GitTooOld", True)
    as_version(tmp_path / "oldest", "git version 2.20.1")
    monkeypatch.setenv("PATH", f"{tmp_path}/oldest:{path}")
    with pytest.raises(GitError) as caught:
        open_repository(repository.folder)
    assert (caught.value.reason, "2.31" in str(caught.value)) == ("GitTooOld", True)


def test_a_missing_git_must_be_told_by_the_command_and_by_doctor(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    cloned = subprocess.run(
        [sys.executable, "-m", "roro", "clone", "https://localhost/x"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (cloned.returncode, "Install git" in cloned.stderr) == (1, True), cloned.stderr
    doctor = subprocess.run([sys.executable, "-m", "roro", "doctor"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "git: not found" in doctor.stdout
