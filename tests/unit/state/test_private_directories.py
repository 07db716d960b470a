"""Local files must be the user's alone, whatever the umask and whoever was in /tmp first."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._state import cache_directory, runtime_directory, state_directory, write_private


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for what in ("CACHE_HOME", "STATE_HOME", "RUNTIME_DIR"):
        monkeypatch.setenv(f"XDG_{what}", str(tmp_path / what))
    return tmp_path


@pytest.mark.parametrize("make", [cache_directory, state_directory, runtime_directory])
def test_every_directory_of_ours_must_be_private_even_without_a_umask(make: object, places: Path, open_umask: None) -> None:
    made = make("one/two")  # type: ignore[operator]
    write_private(made / "file", b"secret")
    assert stat.S_IMODE((made / "file").stat().st_mode) == 0o600
    for folder in (made, made.parent, made.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    assert made.parent.parent.name == "roro"


def test_a_directory_that_was_open_must_be_closed(places: Path) -> None:
    (places / "CACHE_HOME" / "roro").mkdir(parents=True, mode=0o755)
    cache_directory("templates")
    assert stat.S_IMODE((places / "CACHE_HOME" / "roro").stat().st_mode) == 0o700


def test_a_link_in_the_place_of_a_directory_must_be_refused(places: Path) -> None:
    (places / "elsewhere").mkdir()
    (places / "RUNTIME_DIR").mkdir()
    (places / "RUNTIME_DIR" / "roro").symlink_to(places / "elsewhere")
    with pytest.raises(RoroError, match="is a link"):
        runtime_directory("runs")


@pytest.fixture
def poor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No home that can be made, no XDG variable, a directory for temporary files."""
    for what in ("CACHE_HOME", "STATE_HOME", "RUNTIME_DIR"):
        monkeypatch.delenv(f"XDG_{what}", raising=False)
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("make", "kind"), [(cache_directory, "cache"), (state_directory, "state")])
def test_without_a_home_files_must_be_in_the_runtime_directory(make: object, kind: str, poor: Path) -> None:
    made = make("one")  # type: ignore[operator]
    assert made == poor / f"roro-{os.getuid()}" / kind / "one"
    assert stat.S_IMODE(made.stat().st_mode) == stat.S_IMODE(made.parent.stat().st_mode) == 0o700


def test_a_home_that_nobody_knows_must_not_matter(poor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user id without a name, as containers have it."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert state_directory().parent == poor / f"roro-{os.getuid()}"


def test_a_state_directory_that_cannot_be_written_must_not_be_used(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = state_directory()
    before = os.access
    monkeypatch.setattr("os.access", lambda path, mode: path != kept and before(path, mode))
    assert state_directory() == runtime_directory("state")


def test_a_session_directory_of_another_user_must_not_be_used(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`su` and `sudo -E` keep the variable; what root would make there would be in its owner's way."""
    (places / "RUNTIME_DIR").mkdir()
    monkeypatch.setattr("os.getuid", lambda: (places / "RUNTIME_DIR").stat().st_uid + 1)
    monkeypatch.setattr("tempfile.tempdir", str(places))
    with pytest.raises(RoroError, match="belongs to another user"):  # made by us, while we pretend to be somebody else
        runtime_directory()
    assert not (places / "RUNTIME_DIR" / "roro").exists()


def test_no_place_at_all_must_be_told(poor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError

    monkeypatch.setattr("tempfile.gettempdir", none)
    with pytest.raises(RoroError, match="no directory for temporary files"):
        state_directory()
