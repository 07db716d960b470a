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
