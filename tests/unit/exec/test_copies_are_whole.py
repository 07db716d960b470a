# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is copied into a container is there as a whole or not at all. The container's shell is one of this machine."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ReleaseError
from ansible_collections.roro.kube.plugins.module_utils._exec import Ending, Wanted, copying
from ansible_collections.roro.kube.plugins.module_utils._exec.choose import Place
from ansible_collections.roro.kube.plugins.module_utils._exec.copying import Copied, Copier

TOOLS = ("sh", "dirname", "head", "wc", "chmod", "mv", "rm", "cat")


class Container:
    """Runs commands in a folder that has only some programs. breaks: how many bytes of stdin arrive, None for all."""

    def __init__(self, programs: Path) -> None:
        self._path, self.breaks = programs, None

    def pipe(
        self, _cluster: Any, wanted: Wanted, *, source: Iterator[bytes] | None = None, sink: Callable[[bytes], None] | None = None
    ) -> tuple[Ending, str]:
        given = b"".join(source or ())[: self.breaks]
        done = subprocess.run(wanted.command, input=given, capture_output=True, env={"PATH": str(self._path)}, check=False)
        if sink:
            sink(done.stdout)
        return Ending(done.returncode), done.stderr.decode().strip()

    def ask(self, cluster: Any, wanted: Wanted) -> tuple[Ending, str]:
        said: list[bytes] = []
        ending, _ = self.pipe(cluster, wanted, sink=said.append)
        return ending, b"".join(said).decode()


@pytest.fixture(params=["tar", "no tar"])
def container(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Container:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in (*TOOLS, *(("tar",) if request.param == "tar" else ())):
        (programs / name).symlink_to(shutil.which(name) or name)
    found = Container(programs)
    monkeypatch.setattr(copying, "pipe", found.pipe)
    monkeypatch.setattr(copying, "ask", found.ask)
    return found


@pytest.fixture
def copier() -> Copier:
    return Copier(None, Place("shop", "api-0", "main"), lambda _: None, lambda _: None)  # type: ignore[arg-type]


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """A folder of the container that holds a file."""
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "data").write_text("old")
    return folder


@pytest.fixture
def new(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.write_bytes(b"new" * 10_000)
    made.chmod(0o640)
    return made


def test_a_file_must_take_the_place_of_the_old_one_at_once_and_keep_its_mode(
    container: Container, copier: Copier, inside: Path, new: Path
) -> None:
    with (inside / "data").open() as reader:
        assert copier.into(new, str(inside)) == Copied(1, 30_000)
        assert reader.read() == "old", "whoever reads meanwhile has a whole file"
    assert ((inside / "data").read_bytes(), (inside / "data").stat().st_mode & 0o777) == (new.read_bytes(), 0o640)
    assert [item.name for item in inside.iterdir()] == ["data"]


@pytest.mark.parametrize("arrives", [0, 1_000, 20_000])
def test_a_copy_that_breaks_off_must_leave_the_old_file_and_nothing_else(
    container: Container, copier: Copier, inside: Path, new: Path, arrives: int
) -> None:
    container.breaks = arrives
    with pytest.raises(ReleaseError, match="the copy is not complete"):
        copier.into(new, str(inside / "data"))
    assert {item.name: item.read_text() for item in inside.iterdir()} == {"data": "old"}


def test_a_file_must_not_go_where_a_folder_of_its_name_is(container: Container, copier: Copier, inside: Path, new: Path) -> None:
    (inside / "data").unlink()
    (inside / "data").mkdir()
    with pytest.raises(ReleaseError, match="data is a folder there"):
        copier.into(new, str(inside))
    assert list((inside / "data").iterdir()) == []


@pytest.mark.parametrize("name", ["-n", "a b", "$(touch x)", "x" * 255])
def test_a_name_must_be_a_name_whatever_it_is(container: Container, copier: Copier, inside: Path, tmp_path: Path, name: str) -> None:
    source = tmp_path / "of" / name
    source.parent.mkdir()
    source.write_text("it")
    copier.into(source, str(inside))
    assert {item.name: item.read_text() for item in inside.iterdir()} == {"data": "old", name: "it"}
