# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered text -> documents: multi-document YAML or JSON, lists flattened, empty documents skipped, every object with its place."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from .._errors import Problem
from .._json_values import NOT_IN_YAML
from .files import format_of
from .types import RenderedFile
from .yaml_text import Mark, YamlProblem, load_documents, load_json, mark_of

Path_ = Sequence[str | int]


@dataclass(frozen=True)
class Document:
    """One object of a rendered text. line: where it begins there. number: of its YAML document in the text, from 0.
    path: where it is inside that document (("items", 0) in a List)."""

    object: dict[str, Any]
    rendered: RenderedFile
    line: int
    number: int
    path: tuple[str | int, ...] = ()

    def where(self, path: Path_ = ()) -> str:
        """The template's place of a field of this object (of the nearest one above it that is there), for a message."""
        nodes = _nodes(self.rendered.text, self.rendered.repeats)
        if self.number >= len(nodes):
            return place(self.rendered, Mark(self.line, 1))
        return place(self.rendered, mark_of(_descend(nodes[self.number], (*self.path, *path))))


def place(rendered: RenderedFile, mark: Mark | None) -> str:
    """`file:line` of the template for a place in the rendered text; says so when only the rendered line is known."""
    if mark is None:
        return str(rendered.file)
    origin = rendered.locate(mark.line, mark.column)
    if origin is None:
        return f"{rendered.file} (line {mark.line} of the rendered text)"
    return f"{origin.file}:{origin.line}"


def parse(rendered: RenderedFile, is_secret: Callable[[str], bool] = lambda line: False) -> tuple[list[Document], list[Problem]]:
    """The objects of one rendered file, and what is wrong with its syntax. is_secret: whether a line holds what no message may show."""
    reader = _Reading(rendered)
    try:
        reader.read()
    except YamlProblem as error:
        reader.problems.append(_syntax(error, rendered, is_secret))
    return reader.documents, reader.problems


class _Reading:
    """Collects the objects and problems of one rendered file."""

    def __init__(self, rendered: RenderedFile) -> None:
        self.rendered = rendered
        self.documents: list[Document] = []
        self.problems: list[Problem] = []

    def read(self) -> None:
        """Raises YamlProblem; what came before the fault is kept."""
        text = self.rendered.text
        if format_of(self.rendered.file) == "json":
            if text.strip():
                self._add(load_json(text), None, Document({}, self.rendered, 1, 0))
            return
        if (known := _json_that_is_no_yaml(text)) is not None:
            self._add(known, None, Document({}, self.rendered, 1, 0))
            return
        for number, (value, node) in enumerate(load_documents(text, repeats=self.rendered.repeats)):
            self._add(value, node, Document({}, self.rendered, mark_of(node).line, number))

    def _add(self, value: Any, root: Node | None, at: Document) -> None:
        if value is None or value == {}:
            return
        if not isinstance(value, dict):
            what = "a list" if isinstance(value, list) else "plain text"
            hint = "Begin it with apiVersion, kind and metadata; separate objects by `---`."
            self.problems.append(Problem(f"a manifest must be a map, this is {what}", at.where(), hint))
            return
        kind = value.get("kind")
        if not isinstance(kind, str) or not (kind == "List" or (kind.endswith("List") and isinstance(value.get("items"), list))):
            self.documents.append(replace(at, object=value))
            return
        items = value.get("items") or []
        if not isinstance(items, list):
            hint = "Write each object as an item that begins with `- `."
            self.problems.append(Problem("items of a List must be a list", at.where(("items",)), hint))
            return
        for index, item in enumerate(items):
            path = (*at.path, "items", index)
            line = mark_of(_descend(root, path)).line if root is not None else at.line
            self._add(item, root, replace(at, path=path, line=line))


def _json_that_is_no_yaml(text: str) -> Any:
    """The object of a JSON text with characters that YAML does not have; None where it is anything else. kubectl reads what begins with a
    brace as JSON, whatever the file is called."""
    if not text.lstrip().startswith("{") or not NOT_IN_YAML.search(text):
        return None
    try:
        return load_json(text)
    except YamlProblem:
        return None


def _syntax(error: YamlProblem, rendered: RenderedFile, is_secret: Callable[[str], bool]) -> Problem:
    form = format_of(rendered.file).upper()
    shown = _offending_line(rendered.text, error.mark, is_secret) if error.mark else None
    hint = f"The rendered line is: {shown}" if shown else "Show the rendered text with `roro config --render`."
    if shown and ("{{" in shown or "{%" in shown):
        hint += "\n  It looks like a template: name the file *.j2, or set `manifests.engine`."
    return Problem(f"the rendered text is not valid {form}: {error.message}", place(rendered, error.mark), hint)


def _offending_line(text: str, mark: Mark | None, is_secret: Callable[[str], bool]) -> str | None:
    """The line, unless its document is a Secret (or cannot be told not to be one) or the line holds a secret: as the line may be cut,
    nobody could hide the beginning of one later."""
    lines = text.split("\n")
    if mark is None or mark.line > len(lines):
        return None
    line = lines[mark.line - 1].strip()
    if not line or re.search(r"""["']?kind["']?\s*:\s*["']?(?:Secret|List)""", text) or is_secret(line):
        return None
    return line if len(line) <= 120 else f"{line[:120]}..."


@lru_cache(maxsize=1)
def _nodes(text: str, repeats: bool) -> tuple[Node, ...]:
    """The text composed once more, for positions; only asked after something was found wrong. Nearly all JSON is YAML too."""
    found: list[Node] = []
    with contextlib.suppress(YamlProblem):  # positions before the fault are kept
        for _value, node in load_documents(text, repeats=repeats):
            found.append(node)
    return tuple(found)


def _descend(root: Node, path: Path_) -> Node:
    """The key (or item) at the path, or the deepest one above it that is there."""
    found: Node = root
    node: Any = root
    for step in path:
        if isinstance(node, MappingNode):
            pair = next(((key, value) for key, value in node.value if isinstance(key, ScalarNode) and key.value == step), None)
            if pair is None:
                break
            found, node = pair
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = node = node.value[step]
        else:
            break
    return found
