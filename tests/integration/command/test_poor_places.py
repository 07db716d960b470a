"""No home, no name, no rights to write: whatever `up` can do there, reads and `down` must do as well."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_workspace import Workspace

NAMELESS = ("unshare", "--user", "--map-user=54321", "--map-group=54321")
"""A user id without a name, which may still read what belongs to whoever runs the test."""


def can_be_nameless() -> bool:
    done = subprocess.run([*NAMELESS, "true"], capture_output=True, check=False) if shutil.which("unshare") else None
    return done is not None and done.returncode == 0


def all_of(notes: Workspace, *program: str, **environ: str) -> None:
    """Up, and everything that follows it."""
    for words, text in (
        (("up", "dev"), "3 of 3 instances running"),
        (("ps", "dev"), "Running"),
        (("diff", "dev"), "no differences"),
        (("history", "dev"), "deployed"),
        (("forward",), ""),
        (("down", "dev"), "3 of 3 instances removed"),
    ):
        ran = notes.roro.start(*words, program=(*program, sys.executable, "-m", "roro"), **environ).wait()
        assert ran.code == 0 and text in ran.stdout + ran.stderr, ran.told


def poor(folder: Path) -> dict[str, str]:
    """No XDG directory, a home that cannot be made, a place for temporary files."""
    nothing = {f"XDG_{what}": "" for what in ("CACHE_HOME", "STATE_HOME", "RUNTIME_DIR", "CONFIG_HOME")}
    (folder / "tmp").mkdir()
    return {**nothing, "HOME": "/proc/nowhere", "TMPDIR": str(folder / "tmp")}


def test_without_a_home_everything_must_work(notes: Workspace, tmp_path: Path) -> None:
    all_of(notes, **poor(tmp_path))


@pytest.mark.skipif(not can_be_nameless(), reason="no user namespaces here")
def test_a_user_without_a_name_and_a_home_must_be_able_to_do_everything(notes: Workspace, tmp_path: Path) -> None:
    environ = poor(tmp_path)
    all_of(notes, *NAMELESS, "env", "-u", "HOME", "-u", "USER", "-u", "LOGNAME", **environ)


def test_a_workspace_that_cannot_be_written_must_stay_the_same_workspace(notes: Workspace) -> None:
    (notes.root / ".roro").write_text("a file in the way of the identity")
    all_of(notes)


def test_a_new_copy_in_the_same_folder_must_be_the_same_workspace(notes: Workspace, tmp_path: Path) -> None:
    assert notes.roro("up", "dev").code == 0
    shutil.copytree(notes.root, tmp_path / "copy", ignore=shutil.ignore_patterns(".roro"))
    shutil.rmtree(notes.root)
    (tmp_path / "copy").rename(notes.root)
    again = notes.roro("up", "dev")
    assert again.code == 0 and "no change" in again.stdout, again.told
    ran = notes.roro("down", "dev")
    assert ran.code == 0, ran.told


def test_two_places_in_a_refusal_must_differ(notes: Workspace, tmp_path: Path) -> None:
    assert notes.roro("up", "dev").code == 0
    shutil.copytree(notes.root, tmp_path / "elsewhere", ignore=shutil.ignore_patterns(".roro"))
    refused = notes.roro("-w", str(tmp_path / "elsewhere"), "down", "dev")
    assert refused.code == 2, refused.told
    one, other = refused.stderr.partition("was deployed from ")[2].splitlines()[0].split(", and this workspace is ")
    assert (one != other, str(notes.root) in one, "elsewhere" in other) == (True, True, True), refused.told
