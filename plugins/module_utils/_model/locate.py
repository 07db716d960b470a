# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a place in a document to its line and column, and how files are shown.

Only used when something is to be shown: files are read again.

Parsed by ruamel.yaml, which reads JSON as well (YAML 1.2), into nodes that carry their marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from .._errors import RoroError
from .files import SUFFIXES, Refused, read_text
from .types import Instance, Origin, Place, Position, Variable


class Locator:
    """Positions in the documents below `root`; each file is parsed at most once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parsed: dict[Path, tuple[Any, str]] = {}

    def position(self, place: Place, *, key: bool = False) -> Position:
        """Where the value at `place` begins (key: where its key begins). What is not there: the nearest thing around it."""
        return self.find(place, key=key)[0]

    def find(self, place: Place, *, key: bool = False) -> tuple[Position, Place]:
        """The position, and the place as the document has it: an item of a list that was named by its name has its index."""
        if place.document.suffix not in SUFFIXES and place.path:
            return _line_of(place), place
        if place.document not in self._parsed:
            self._parsed[place.document] = _compose(place.document)
        node, text = self._parsed[place.document]
        if node is None:
            return Position(place.document, 1, 1), place
        path = list(place.path)
        mark = node.start_mark
        for number, step in enumerate(place.path):
            child = _child(node, step)
            if child is None:
                break
            path[number], key_node, node = child
            mark = key_node.start_mark if key and number == len(path) - 1 else node.start_mark
        return within(place.document, text, mark.line + 1, mark.column + 1), Place(place.document, tuple(path))

    def show(self, position: Position) -> str:
        """A position with its file relative to the workspace."""
        return below(self._root, str(position))


def below(root: Path, text: str) -> str:
    """A text with the files below `root`, the workspace's folder, relative to it: the one way in which files are shown. Where a folder is
    named with its machine (`/srv/shop on host`), it is to be told from others, and stays."""
    begins = rf"(?<![\w/.~-]){re.escape(str(root))}"
    return re.sub(rf"{begins}(?![\w/-]|\.\w| on \S)", "the workspace's folder", re.sub(rf"{begins}/(?=[^\s])", "", text))


@contextmanager
def told_below(root: Path | None) -> Iterator[None]:
    """Errors that pass tell their files as `below` does; as they are where there is no workspace."""
    try:
        yield
    except RoroError as error:
        if root is not None:
            error.retell(partial(below, root))
        raise


def within(file: Path, text: str, line: int, column: int) -> Position:
    """A position inside the text: parsers may stop after the last line, and YAML has more kinds of line ends than editors."""
    lines = text.removesuffix("\n").split("\n")
    if line > len(lines):
        return Position(file, len(lines), len(lines[-1]) + 1)
    return Position(file, line, min(column, len(lines[line - 1]) + 1))


def _line_of(place: Place) -> Position:
    """Where a file of variables has the name at the end of the path, the last time."""
    try:
        text = read_text(place.document)
    except Refused:
        return Position(place.document, 1, 1)
    found = list(re.finditer(rf"^[ \t]*(?:export[ \t]+)?{re.escape(str(place.path[-1]))}[ \t]*=", text, re.MULTILINE))
    return Position(place.document, text.count("\n", 0, found[-1].start()) + 1 if found else 1, 1)


def _compose(file: Path) -> tuple[Any, str]:
    """The node tree of a document and its text, or None and "" where they cannot be had."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError, YAMLStreamError

    try:
        text = read_text(file)
        return YAML(typ="rt").compose(text), text
    except (YAMLError, YAMLStreamError, Refused, RecursionError, ValueError):
        return None, ""


def _child(node: Any, step: str | int) -> tuple[str | int, Any, Any] | None:
    """(step, key node, value node) of one step down: the last one where a key occurs twice. An item of a list is its own key; it may
    also be found by its `name`, or by being the step itself."""
    children = node.value
    if not isinstance(children, list) or not children:
        return None
    if isinstance(children[0], tuple):
        return next(((step, key, value) for key, value in reversed(children) if key.value == step), None)
    if isinstance(step, int):
        return (step, children[step], children[step]) if step < len(children) else None
    for index, item in enumerate(children):
        name = _child(item, "name") if isinstance(item.value, list) else None
        if item.value == step or (name is not None and name[2].value == step):
            return index, item, item
    return None


def locate(origin: Origin, root: Path | None = None) -> Origin:
    """The same origin with line and column filled in, read from the document; unchanged where there is none. root: the workspace's folder,
    where the file is to be told below it."""
    if origin.place is None:
        return origin
    return _located(origin, Locator(origin.place.document.parent), root)


def _located(origin: Origin, locator: Locator, root: Path | None) -> Origin:
    if origin.place is None:
        return origin
    position = locator.position(origin.place, key=True)
    if root is not None and position.file.is_relative_to(root):
        position = replace(position, file=position.file.relative_to(root))
    return replace(origin, position=position)


def explain(instance: Instance, root: Path | None = None) -> dict[str, Variable]:
    """The instance's variables with `origin.position` filled in, and those of what they overrode. Each document is read once. root: as
    for `locate`."""
    locator = Locator(instance.folder)

    def located(origin: Origin) -> Origin:
        return _located(origin, locator, root)

    return {
        name: replace(
            variable,
            origin=located(variable.origin),
            overridden=tuple((value, located(origin)) for value, origin in variable.overridden),
        )
        for name, variable in instance.variables.items()
    }
