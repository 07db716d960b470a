# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Methods that were compiled in an earlier run are the same methods, and a file of them that is of no use does no harm."""

from __future__ import annotations

import dataclasses
import sys

import pytest
from ansible_collections.roro.kube.plugins.plugin_utils import _compiled_methods as methods


@pytest.fixture
def file(tmp_path, monkeypatch):
    file = tmp_path / "__pycache__/methods"
    monkeypatch.setattr(methods, "kept_file", lambda: file)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return file


def point():
    @dataclasses.dataclass(frozen=True)
    class Point:
        x: int
        y: int = 2

    return Point


def made():
    with methods.methods_compiled():
        return point()


def behaves(cls):
    one = cls(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.x = 3
    return (
        repr(one).rpartition(".")[2],
        one == cls(1, 2),
        hash(one) == hash(cls(1)),
        dataclasses.asdict(one),
        dataclasses.replace(one, y=5).y,
    )


def test_a_class_must_be_the_same_the_first_time_the_second_and_without(file):
    first, second = made(), made()
    assert behaves(first) == behaves(second) == behaves(point())
    assert file.exists() and "exec" not in vars(dataclasses)


def test_the_second_time_nothing_must_be_compiled(file, monkeypatch):
    made()
    monkeypatch.setattr(methods, "compile", lambda *_: pytest.fail("compiled again"), raising=False)
    assert behaves(made())


@pytest.mark.parametrize("content", [b"", b"\x00", b"no marshal", b"\xe3" * 40])
def test_a_damaged_file_must_be_made_anew(file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    assert behaves(made())
    assert file.read_bytes() != content


def test_nothing_must_be_kept_where_python_keeps_nothing(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert behaves(made())
    assert not file.exists()


def test_a_folder_that_cannot_be_written_must_do_no_harm(file):
    file.parent.touch()
    assert behaves(made())
