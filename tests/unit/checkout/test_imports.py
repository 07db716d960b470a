# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms stand in one order, which ARCHITECTURE.md has, and nothing imports in a circle."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from import_rules import Files, Import, breaches, circles, imports, read_rooms, room_of, sources

TOP = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def files() -> Files:
    return sources(TOP)


@pytest.fixture(scope="module")
def found(files: Files) -> list[Import]:
    return imports(TOP, files)


def test_no_imports_must_go_in_a_circle(files: Files, found: list[Import]) -> None:
    told = ["; ".join(map(str, around)) for around in circles(found, files)]
    rule = "no circle of imports, be it inside functions or below TYPE_CHECKING: what both need goes into a file below them"
    assert not told, "\n".join([rule, *told])


def test_a_room_must_import_only_what_its_row_allows(files: Files, found: list[Import]) -> None:
    told = breaches(found, files, read_rooms((TOP / "ARCHITECTURE.md").read_text(encoding="utf-8")))
    assert not told, "\n".join(told)


def test_every_room_must_have_a_row_and_every_row_a_room(files: Files) -> None:
    rooms = read_rooms((TOP / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    there = {room_of(name) for name in files if name.startswith(("plugins.", "roro.", "roro_server."))} - {""}
    assert there - set(rooms) == set(), "no row in ARCHITECTURE.md"
    assert set(rooms) - there == {"roles", "playbooks"}, "a row for what is not there"
    named = {name for room in rooms.values() for name in room.may}
    assert named - set(rooms) == set(), "a row names what is no room"


TABLES = """
| room | holds | may import |
|---|---|---|
| `roro/` | the command | the engine |
| `plugins/action` | twins | the engine |
| `plugins/module_utils/_high` | much | `_low` |
| `plugins/module_utils/_beside` | little | nothing |
| `plugins/module_utils/_low` | less | nothing |

| room | holds | may import |
|---|---|---|
| `plugins/module_utils/_errors.py`, `_state` | what everybody needs | nothing |
"""
ROOMS = (
    *("_high/a.py", "_high/b.py", "_high/__init__.py", "_beside/__init__.py"),
    *("_low/__init__.py", "_low/x.py", "_state/__init__.py", "_errors.py"),
)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A checkout of empty files."""
    for name in (*(f"plugins/module_utils/{room}" for room in ROOMS), "roro/cli.py", "plugins/action/up.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def told(house: Path, texts: dict[str, str]) -> list[str]:
    """What is said of a house with these texts; a path without a folder's name of the top is the engine's."""
    for place, text in texts.items():
        file = house / (place if place.startswith(("roro", "plugins")) else f"plugins/module_utils/{place}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    files = sources(house)
    found = imports(house, files)
    return breaches(found, files, read_rooms(TABLES)) + [" ".join(map(str, around)) for around in circles(found, files)]


def test_what_is_allowed_must_pass(house: Path) -> None:
    collection = "from ansible_collections.roro.kube.plugins.module_utils import _high"
    texts = {
        "_high/a.py": "from .._low import x\nfrom .._errors import E\nfrom . import b",
        "_errors.py": "from ._state import S",
        "_low/x.py": "import json\nfrom .. import _errors",
        "roro/cli.py": collection,
        "plugins/action/up.py": collection,
    }
    assert told(house, texts) == []


@pytest.mark.parametrize(
    ("file", "text", "line", "rule"),
    [
        ("_low/x.py", "\nfrom .._high import a", 2, "_high stands above _low in ARCHITECTURE.md, and rooms import only what is below"),
        ("_low/x.py", "def f():\n    from .._high.a import A", 2, "_high stands above _low"),
        ("_low/x.py", "import importlib\nimportlib.import_module('.._high.a', __package__)", 2, "_high stands above _low"),
        ("_high/a.py", "from .._beside import x", 1, "the row of _high in ARCHITECTURE.md does not allow _beside"),
        ("_errors.py", "from ._low import x", 1, "_low stands above _errors"),
        ("_low/x.py", "from ansible.module_utils.basic import AnsibleModule", 1, "the engine imports nothing of Ansible"),
        ("_low/x.py", "import ansible_collections.kubernetes.core.plugins", 1, "the engine imports nothing of Ansible"),
        ("_low/x.py", "from ansible_collections.roro.kube.plugins.action import up", 1, "action stands above _low"),
        ("_low/x.py", "from roro import cli", 1, "roro stands above _low"),
        ("roro/cli.py", "from ansible_collections.roro.kube.plugins.action import up", 1, "the row of roro in ARCHITECTURE.md"),
        ("_new/a.py", "from .._low import x", 1, "_new has no row in ARCHITECTURE.md; put it above all that it imports"),
    ],
)  # fmt: skip
def test_what_is_not_must_be_told_with_file_line_and_rule(house: Path, file: str, text: str, line: int, rule: str) -> None:
    (words,) = told(house, {file: text})
    assert f"{file}:{line} imports " in words
    assert rule in words


@pytest.mark.parametrize(
    "back",
    [
        "from .a import A",
        "def f():\n    from . import a",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .a import A",
        "import importlib\nimportlib.import_module('.a', __package__)",
        "from ansible_collections.roro.kube.plugins.module_utils._high.a import A",
        "import ansible_collections.roro.kube.plugins.module_utils._high.a",
    ],
)
def test_a_circle_must_be_told_however_it_is_hidden(house: Path, back: str) -> None:
    (words,) = told(house, {"_high/a.py": "\nfrom . import b", "_high/b.py": back})
    assert "_high/a.py:2 imports _high.b" in words
    assert f"_high/b.py:{len(back.splitlines())} imports _high.a" in words


def test_a_circle_by_way_of_a_packages_own_file_must_be_told(house: Path) -> None:
    texts = {"_low/inner/__init__.py": "from ..x import X", "_low/inner/y.py": "", "_low/x.py": "from .inner import y"}
    (words,) = told(house, texts)
    assert "_low/x.py:1" in words and "_low/inner/__init__.py:1" in words
