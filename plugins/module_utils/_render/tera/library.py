# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates by name: parsed once, with their macros, blocks and parents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from .nodes import Block, Extends, Import, Macro, Node
from .values import Fault

Macros = dict[str, Macro]
Namespaces = dict[str, tuple["Template", Macros]]
_MAX_PARENTS = 50


class Source(Protocol):
    """Where templates come from. A key is a template's full name."""

    def resolve(self, name: str, asking: str | None) -> str | None:
        """The key of the template that `asking` (a key) calls by this name; None when there is none."""

    def nodes(self, key: str) -> tuple[Node, ...]:
        """The parsed template. Raises NotTera."""


@dataclass
class Template:
    """One template. parents: nearest first. blocks: those of the body and of blocks in it, by name."""

    key: str
    nodes: tuple[Node, ...]
    macros: Macros = field(default_factory=dict)
    imports: list[tuple[Template, str]] = field(default_factory=list)
    parents: list[Template] = field(default_factory=list)
    blocks: dict[str, Block] = field(default_factory=dict)


class Library:
    """Loads templates when they are asked for. step: counts each of them."""

    def __init__(self, source: Source, step: Callable[[], None]) -> None:
        self._source = source
        self._step = step
        self._templates: dict[str, Template] = {}
        self._loading: list[str] = []
        self._namespaces: dict[str, Namespaces] = {}

    def find(self, name: str, asking: str) -> Template | None:
        """The template of this name, None when there is none. Raises Fault and NotTera."""
        key = self._source.resolve(name, asking)
        return self.get(key) if key is not None else None

    def get(self, key: str) -> Template:
        """The template of a key that exists."""
        found = self._templates.get(key)
        if found is None:
            if key in self._loading or len(self._loading) > _MAX_PARENTS:
                raise Fault("templates import or extend each other in a circle")
            self._step()
            self._loading.append(key)
            try:
                found = self._load(key)
            finally:
                self._loading.pop()
            self._templates[key] = found
        return found

    def _load(self, key: str) -> Template:
        template = Template(key, self._source.nodes(key))
        _collect_blocks(template.nodes, template.blocks)
        for node in template.nodes:
            try:
                self._relate(template, node)
            except Fault as fault:
                if fault.at is None:
                    fault.at, fault.file = node.at, key  # type: ignore[union-attr]  # only nodes with a place raise
                raise
        return template

    def _relate(self, template: Template, node: Node) -> None:
        if isinstance(node, Macro):
            if node.name in template.macros:
                raise Fault(f"macro {node.name} is there twice")
            template.macros[node.name] = node
        elif isinstance(node, Import):
            template.imports.append((self._needed(node.name, template.key), node.namespace))
        elif isinstance(node, Extends):
            parent = self._needed(node.name, template.key)
            template.parents = [parent, *parent.parents]

    def _needed(self, name: str, asking: str) -> Template:
        found = self.find(name, asking)
        if found is None:
            raise Fault(f"there is no template {name} in the app's folder", name=name)
        return found

    def namespaces(self, template: Template) -> Namespaces:
        """The macros a template can call by namespace: its own as `self`, what it imports, then what those and its parents have."""
        known = self._namespaces.get(template.key)
        if known is not None:
            return known
        found: Namespaces = {"self": (template, template.macros)} if template.macros else {}
        for imported, namespace in template.imports:
            found[namespace] = (imported, imported.macros)
            for name, entry in self.namespaces(imported).items():
                found.setdefault(name, entry)
        for parent in template.parents:
            for name, entry in self.namespaces(parent).items():
                found.setdefault(name, entry)
        self._namespaces[template.key] = found
        return found


def _collect_blocks(nodes: tuple[Node, ...], found: dict[str, Block]) -> None:
    for node in nodes:
        if isinstance(node, Block):
            if node.name in found:
                raise Fault(f"block {node.name} is there twice", at=node.at)
            found[node.name] = node
            _collect_blocks(node.body, found)
