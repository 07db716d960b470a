# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered text -> documents: multi-document YAML or JSON, lists flattened, empty documents skipped, every object with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from .._errors import Problem
from .files import format_of
from .types import RenderedFile
from .yaml_text import Mark, YamlProblem, load_documents, load_json, mark_of

Path_ = Sequence[str | int]


@dataclass(frozen=True)
class Document:
    """One object of a rendered text. path: where it is inside its YAML document (("items", 0) in a List)."""

    object: dict[str, Any]
    rendered: RenderedFile
    node: Node | None
    path: tuple[str | int, ...] = ()

    @cached_property
    def line(self) -> int:
        """Line of the rendered text where the object begins."""
        node = _descend(self.node, self.path)
        return mark_of(node).line if node is not None else 1

    def where(self, path: Path_ = ()) -> str:
        """The template's place of a field of this object (of the nearest one above it that is there), for a message."""
        node = _descend(self.node or _node_of(self.rendered), (*self.path, *path))
        return place(self.rendered, mark_of(node) if node is not None else None)


def place(rendered: RenderedFile, mark: Mark | None) -> str:
    """`file:line` of the template for a place in the rendered text; says so when only the rendered line is known."""
    if mark is None:
        return str(rendered.file)
    origin = rendered.locate(mark.line, mark.column)
    if origin is None:
        return f"{rendered.file} (line {mark.line} of the rendered text)"
    return f"{origin.file}:{origin.line}"


def parse(rendered: RenderedFile, secrets: frozenset[str] = frozenset()) -> tuple[list[Document], list[Problem]]:
    """The objects of one rendered file, and what is wrong with its syntax. secrets: texts that no message may contain."""
    documents: list[Document] = []
    problems: list[Problem] = []
    try:
        for value, node in _values(rendered):
            _flatten(value, Document({}, rendered, node), documents, problems)
    except YamlProblem as error:
        problems.append(_syntax(error, rendered, secrets))
    return documents, problems


def _values(rendered: RenderedFile) -> Iterator[tuple[Any, Node | None]]:
    if format_of(rendered.file) == "json":
        if rendered.text.strip():
            yield load_json(rendered.text), None
        return
    yield from load_documents(rendered.text)


def _flatten(value: Any, at: Document, documents: list[Document], problems: list[Problem]) -> None:
    if value is None or value == {}:
        return
    if not isinstance(value, dict):
        kind = "a list" if isinstance(value, list) else "plain text"
        problems.append(
            Problem(
                f"a manifest must be a map, this is {kind}",
                at.where(),
                "Begin it with apiVersion, kind and metadata; separate objects by `---`.",
            )
        )
        return
    listed = value.get("kind")
    if isinstance(listed, str) and listed.endswith("List") and (listed == "List" or isinstance(value.get("items"), list)):
        items = value.get("items") or []
        if not isinstance(items, list):
            problems.append(
                Problem("items of a List must be a list", at.where(("items",)), "Write each object as an item that begins with `- `.")
            )
            return
        for index, item in enumerate(items):
            _flatten(item, Document({}, at.rendered, at.node, (*at.path, "items", index)), documents, problems)
        return
    documents.append(Document(value, at.rendered, at.node, at.path))


def _syntax(error: YamlProblem, rendered: RenderedFile, secrets: frozenset[str]) -> Problem:
    form = format_of(rendered.file).upper()
    shown = _offending_line(rendered.text, error.mark, secrets) if error.mark else None
    hint = f"The rendered line is: {shown}" if shown else "Show the rendered text with `roro config --render`."
    if shown and ("{{" in shown or "{%" in shown):
        hint += "\n  It looks like a template: name the file *.j2, or set `manifests.engine`."
    return Problem(f"the rendered text is not valid {form}: {error.message}", place(rendered, error.mark), hint)


def _offending_line(text: str, mark: Mark | None, secrets: frozenset[str]) -> str | None:
    """The line, unless its document is a Secret (or cannot be told not to be one) or the line holds a secret variable's text."""
    lines = text.split("\n")
    if mark is None or mark.line > len(lines):
        return None
    line = lines[mark.line - 1].strip()
    if not line or re.search(r"""["']?kind["']?\s*:\s*["']?(?:Secret|List)""", text) or any(secret in line for secret in secrets):
        return None
    return line if len(line) <= 120 else f"{line[:120]}..."


def _node_of(rendered: RenderedFile) -> Node | None:
    """Positions for a JSON text: nearly all JSON is YAML too."""
    try:
        return next((node for _value, node in load_documents(rendered.text)), None)
    except YamlProblem:
        return None


def _descend(node: Node | None, path: Path_) -> Node | None:
    """The key (or item) at the path, or the deepest one above it that is there."""
    found = node
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
