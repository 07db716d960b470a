# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders parsed templates, node by node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..limits import MAX_OUTPUT, LimitReached, Meter
from .evaluate import Evaluator
from .frames import Frame, Scope, loop_over
from .library import Library, Template
from .nodes import (
    Array,
    Assign,
    Block,
    Call,
    Extends,
    FilterSection,
    For,
    Ident,
    If,
    Include,
    Jump,
    MacroCall,
    Node,
    Output,
    Raw,
    Super,
    Text,
)
from .values import Crash, Fault, show

_MAX_DEPTH = 60
Mark = Callable[[Template, int], str]
Out = list[str]


class Run:
    """One rendering of one template. may_change: whether `now` and `get_random` are allowed.

    mark: gives what is written before each line of text and each output, to find lines again.
    """

    def __init__(
        self,
        library: Library,
        template: Template,
        context: Mapping[str, Any],
        meter: Meter,
        *,
        mark: Mark | None = None,
        may_change: bool = False,
    ) -> None:
        self._library = library
        self._template = template
        self._scope = Scope(context, template)
        self._meter = meter
        self._mark = mark
        self._expressions = Evaluator(self._scope, meter, self._macro, may_change)
        self._blocks: list[tuple[str, Template, int]] = []
        self._source = template
        self._depth = 0
        self._size = 0
        self._nodes: dict[type, Callable[[Any, Out], None]] = {
            Text: self._text,
            Raw: self._text,
            Output: self._output,
            Assign: self._assign,
            FilterSection: self._filter_section,
            If: self._if,
            For: self._for,
            Jump: self._jump,
            Block: lambda node, out: self._block(node, 0, out),
            Super: self._super,
            Include: self._include,
            Extends: self._extends,
        }

    @property
    def names(self) -> set[str]:
        """The variables that were visible where rendering stopped."""
        return self._scope.names()

    def render(self) -> str:
        """The text. Raises Fault with place, NotTera and LimitReached."""
        root = self._template.parents[-1] if self._template.parents else self._template
        self._source = root
        out: Out = []
        for node in root.nodes:
            self._node(node, out)
        text = "".join(out)
        self._meter.produce(len(text))
        return text

    # nodes

    def _body(self, nodes: tuple[Node, ...], out: Out) -> None:
        for node in nodes:
            self._node(node, out)
            loop = self._scope.current.loop
            if loop is not None and loop.state:
                break

    def _node(self, node: Node, out: Out) -> None:
        render = self._nodes.get(type(node))
        if render is None:
            return
        try:
            render(node, out)
        except Fault as fault:
            if fault.at is None:
                fault.at = node.at  # type: ignore[union-attr]  # every node that renders has a place
            if fault.file is None:
                fault.file = self._source.key
            raise

    def _write(self, text: str, out: Out) -> None:
        self._size += len(text)
        if self._size > MAX_OUTPUT:
            raise LimitReached(f"an output longer than {MAX_OUTPUT:,} characters")
        self._meter.tick()
        out.append(text)

    def _text(self, node: Text | Raw, out: Out) -> None:
        if self._mark is None:
            self._write(node.text, out)
            return
        at = node.at
        pieces = []
        for line in node.text.split("\n"):
            pieces.append(self._mark(self._source, at) + line if line.strip() else line)
            at += len(line) + 1
        out.append("\n".join(pieces))

    def _output(self, node: Output, out: Out) -> None:
        if self._mark is not None:
            out.append(self._mark(self._source, node.at))
        value = self._expressions.value(node.expr)
        if type(value) is list:
            self._meter.measure(value)
        self._write(show(value), out)

    def _assign(self, node: Assign, _out: Out) -> None:
        self._meter.step()
        self._scope.assign(node.name, self._expressions.value(node.expr), node.everywhere)

    def _captured(self, nodes: tuple[Node, ...]) -> str:
        out: Out = []
        self._body(nodes, out)
        text = "".join(out)
        self._meter.produce(len(text))
        return text

    def _filter_section(self, node: FilterSection, out: Out) -> None:
        text = self._captured(node.body)
        value = text if node.filter.name == "safe" else self._expressions.filtered(text, node.filter)
        if type(value) is list:
            self._meter.measure(value)
        self._write(show(value), out)

    def _if(self, node: If, out: Out) -> None:
        for branch in node.branches:
            if branch.condition is None or self._expressions.condition(branch.condition):
                self._body(branch.body, out)
                return

    def _for(self, node: For, out: Out) -> None:
        value = node.container.value
        if not isinstance(value, (Ident, Call, Array)):
            raise Fault("only a variable, a function or a list can be looped over", "`set` the expression to a variable first.")
        name = value.path if isinstance(value, Ident) else f"{value.name}()" if isinstance(value, Call) else "this list"
        loop = loop_over(node.key, node.value, self._expressions.value(node.container), name)
        self._meter.step(len(loop.values) + 1)
        if not loop.values:
            self._body(node.otherwise or (), out)
            return
        frame = Frame("loop", self._scope.current.template, loop=loop)
        self._scope.frames.append(frame)
        for _ in loop.values:
            self._meter.tick()
            self._body(node.body, out)
            if loop.state == "break":
                break
            frame.variables.clear()
            loop.current += 1
            loop.state = ""
        self._scope.frames.pop()

    def _jump(self, node: Jump, _out: Out) -> None:
        loop = self._scope.current.loop
        if loop is None:
            raise Fault(f"{node.kind} outside of a loop")
        loop.state = node.kind

    def _inside(self, template: Template, nodes: tuple[Node, ...], out: Out) -> None:
        """Render nodes that stand in another template."""
        self._depth += 1
        self._meter.step()
        if self._depth > _MAX_DEPTH:
            raise LimitReached(f"macros, blocks and includes nested deeper than {_MAX_DEPTH}: look for one that reaches itself")
        outside, self._source = self._source, template
        try:
            self._body(nodes, out)
        finally:
            self._source = outside
            self._depth -= 1

    def _block(self, node: Block, level: int, out: Out) -> None:
        active = self._scope.current.template
        for number, template in enumerate((active, *active.parents)):
            block = template.blocks.get(node.name)
            if number >= level and block is not None:
                self._blocks.append((node.name, template, number))  # never taken off again: macros are looked up by it
                self._inside(template, block.body, out)
                return
        self._body(node.body, out)

    def _super(self, _node: Super, out: Out) -> None:
        if not self._blocks:
            raise Crash("super() outside of a block that is inherited")
        name, _template, level = self._blocks[-1]
        parents = self._template.parents
        for number in range(level + 1, len(parents) + 1):
            template = parents[number - 1]
            block = template.blocks.get(name)
            if block is not None:
                self._blocks.append((name, template, number))
                self._inside(template, block.body, out)
                self._blocks.pop()
                if number >= len(parents):
                    self._blocks.pop()
                return
        raise Fault("super() in a block that no parent has")

    def _include(self, node: Include, out: Out) -> None:
        for name in node.names:
            template = self._library.find(name, self._source.key)
            if template is not None:
                self._scope.frames.append(Frame("include", template))
                self._inside(template, template.nodes, out)
                self._scope.frames.pop()
                return
        if not node.ignore_missing:
            names = " or ".join(node.names)
            raise Fault(f"there is no template {names} in the app's folder", name=node.names[0] if node.names else None)

    def _extends(self, node: Extends, _out: Out) -> None:
        raise Fault(f"an included template cannot extend another one ({node.name})", "Include a template that stands alone.")

    def _macro(self, call: MacroCall) -> str:
        owner = (
            self._blocks[-1][1] if self._blocks else self._template.parents[-1] if self._template.parents else self._scope.current.template
        )
        namespaces = self._library.namespaces(owner)
        if call.namespace not in namespaces:
            raise Fault(f"there are no macros {call.namespace} here", 'Import them: {% import "file" as ' + call.namespace + " %}.")
        template, macros = namespaces[call.namespace]
        macro = macros.get(call.name)
        if macro is None:
            raise Fault(f"there is no macro {call.namespace}::{call.name}", f"Its template has {', '.join(sorted(macros)) or 'none'}.")
        given = dict(call.arguments)
        variables: dict[str, Any] = {}
        for name, default in macro.parameters:
            argument = given.get(name, default)
            if argument is None:
                raise Fault(f"macro {call.name} needs the argument {name}")
            variables[name] = self._expressions.value(argument)
        self._scope.frames.append(Frame("macro", template, variables))
        out: Out = []
        self._inside(template, macro.body, out)
        self._scope.frames.pop()
        text = "".join(out)
        self._meter.produce(len(text))
        return text
