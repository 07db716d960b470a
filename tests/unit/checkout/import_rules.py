# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who imports whom, read from the sources, and the rules for it, read from the tables of ARCHITECTURE.md.

Every import counts: inside functions, below TYPE_CHECKING, and by import_module with a name that is written there.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

COLLECTION = "ansible_collections.roro.kube."
ENGINE = "plugins.module_utils."
NO_SOURCES = {"build", "dist", "node_modules", "__pycache__"}
Files = Mapping[str, Path]
"""Dotted name -> path in the checkout; the name of a package is that of its folder."""


@dataclass(frozen=True)
class Import:
    """source: `plugins.module_utils._model.merge`. target: the same for a file of ours, else as it is written."""

    source: str
    target: str
    line: int
    file: Path

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.target.removeprefix(ENGINE)}"


@dataclass(frozen=True)
class Room:
    """A row of ARCHITECTURE.md has one room or several. row: 0 is the highest. may: names of rooms below that it may import.
    foundation: in the second table, whose rooms everybody may import."""

    name: str
    row: int
    may: frozenset[str]
    foundation: bool

    def forbids(self, target: Room) -> str:
        """Why the room may not import another, or ""."""
        if target.row < self.row and not (self.foundation and target.foundation):
            return f"{target.name} stands above {self.name} in ARCHITECTURE.md, and rooms import only what is below"
        if target.row == self.row or target.foundation or target.name in self.may:
            return ""
        return f"the row of {self.name} in ARCHITECTURE.md does not allow {target.name}"


def sources(top: Path) -> Files:
    """Every Python file of the checkout."""
    folders = [folder for folder in sorted(top.iterdir()) if folder.is_dir() and folder.name[0] != "." and folder.name not in NO_SOURCES]
    files = [file.relative_to(top) for folder in folders for file in sorted(folder.rglob("*.py"))]
    return {_module(file): file for file in files if not NO_SOURCES & set(file.parts)}


def imports(top: Path, files: Files) -> list[Import]:
    """All imports of all files, each once a line."""
    return [Import(name, *found, file) for name, file in files.items() for found in dict.fromkeys(_targets(name, top / file, files))]


def circles(found: Iterable[Import], files: Files) -> list[list[Import]]:
    """A shortest circle for each file that is in one, each circle once.

    Whoever imports a file of a package runs the package's own file too; that counts, but not for the files inside that package.
    """
    edges: dict[str, dict[str, Import]] = {}
    for each in found:
        for target in _with_packages(each.target):
            if target in files and target != each.source and not each.source.startswith(f"{target}."):
                edges.setdefault(each.source, {}).setdefault(target, each)
    ways = {frozenset(map(str, way)): way for start in edges if (way := _way_back(start, edges))}
    return sorted(ways.values(), key=lambda way: (len(way), str(way[0])))


def read_rooms(text: str) -> dict[str, Room]:
    """The rooms of the tables `room | holds | may import`, highest first."""
    tables = re.findall(r"^\| room \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = [(number > 0, *_cells(line)) for number, table in enumerate(tables) for line in table.splitlines()]
    engine = {_room_name(name) for _, names, _ in rows for name in names if name.startswith(("plugins/module_utils/", "_"))}
    rooms: dict[str, Room] = {}
    for row, (foundation, names, may) in enumerate(rows):
        allowed = {_room_name(name) for name in re.findall(r"`([^`]+)`", may)} | (
            engine if re.search("the engine|every room below", may) else set()
        )
        rooms |= {name: Room(name, row, frozenset(allowed), foundation) for name in map(_room_name, names)}
    return rooms


def room_of(module: str) -> str:
    """`_model` of `plugins.module_utils._model.merge`, `action` of `plugins.action.up`, `roro` of `roro.cli`, "" of what is in no room."""
    parts = module.removeprefix(ENGINE).removeprefix("plugins.").split(".")
    return "" if module in ("plugins", "plugins.module_utils") else parts[0]


def breaches(found: Iterable[Import], files: Files, rooms: Mapping[str, Room]) -> list[str]:
    """What breaks a rule between rooms, a line each: file, line, and the rule."""
    lines = []
    for each in found:
        source, target = room_of(each.source), room_of(each.target)
        if not each.source.startswith(("plugins", "roro")) or not source:
            continue
        if each.target not in files:
            if each.source.startswith(ENGINE) and target in ("ansible", "ansible_collections"):
                lines.append(f"{each}: the engine imports nothing of Ansible")
        elif source not in rooms or (target and target not in rooms):
            missing = source if source not in rooms else target
            lines.append(f"{each}: {missing} has no row in ARCHITECTURE.md; put it above all that it imports")
        elif target and source != target and (why := rooms[source].forbids(rooms[target])):
            lines.append(f"{each}: {why}")
    return lines


def _module(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _targets(name: str, path: Path, files: Files) -> Iterator[tuple[str, int]]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = _absolute(node.module or "", node.level, package)
            for alias in node.names:
                inner = _ours(f"{base}.{alias.name}", package, files)
                yield inner if inner in files else _ours(base, package, files), node.lineno
        elif isinstance(node, ast.Import):
            yield from ((_ours(alias.name, package, files), node.lineno) for alias in node.names)
        elif written := _written(node):
            level = len(written) - len(written.lstrip("."))
            yield _ours(_absolute(written[level:], level, package), package, files), node.lineno


def _written(node: ast.AST) -> str:
    """The name in a call of import_module, "" where it is no such call or the name is not there."""
    if not isinstance(node, ast.Call) or not node.args or ast.unparse(node.func).rpartition(".")[2] != "import_module":
        return ""
    return str(node.args[0].value) if isinstance(node.args[0], ast.Constant) else ""


def _absolute(module: str, level: int, package: str) -> str:
    above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
    return ".".join([*above, *([module] if module else [])])


def _ours(written: str, package: str, files: Files) -> str:
    """Our name of a module: without the collection's, and beside the importing file where tests and scripts put its folder on the path."""
    short = written.removeprefix(COLLECTION)
    beside = f"{package}.{short}"
    return beside if short not in files and beside in files and short not in sys.stdlib_module_names else short


def _with_packages(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _way_back(start: str, edges: Mapping[str, Mapping[str, Import]]) -> list[Import]:
    """The shortest way from a file to itself, [] where there is none."""
    came: dict[str, tuple[str, Import]] = {}
    queue = [start]
    for here in queue:
        for target, each in edges.get(here, {}).items():
            if target == start:
                way = [each]
                while here != start:
                    here, each = came[here]
                    way.append(each)
                return way[::-1]
            if target not in came:
                came[target] = here, each
                queue.append(target)
    return []


def _cells(line: str) -> tuple[list[str], str]:
    first, *_, last = (cell.strip() for cell in line.strip().strip("|").split(" | "))
    return re.findall(r"`([^`]+)`", first), last


def _room_name(written: str) -> str:
    return written.rstrip("/").removesuffix(".py").rpartition("/")[2]
