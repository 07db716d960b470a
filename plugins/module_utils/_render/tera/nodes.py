# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Tera template is parsed into. Every `at` is an offset in the template's text (0-based, in characters)."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias


class Trim(NamedTuple):
    """Whether a tag has a `-` at its left and right end."""

    left: bool = False
    right: bool = False


class Literal(NamedTuple):
    """Text, a whole number, a float or a boolean."""

    value: str | int | float | bool


class Ident(NamedTuple):
    """A variable's path as written: `a.b[0]["c"]`."""

    path: str
    at: int


class Call(NamedTuple):
    """A function or filter: its name and named arguments."""

    name: str
    arguments: tuple[tuple[str, Expr], ...]
    at: int


class MacroCall(NamedTuple):
    """`namespace::name(arguments)`."""

    namespace: str
    name: str
    arguments: tuple[tuple[str, Expr], ...]
    at: int


class Test(NamedTuple):
    """`path is name(arguments)`, `path is not name(arguments)`."""

    path: str
    negated: bool
    name: str
    arguments: tuple[Expr, ...]
    at: int


class Math(NamedTuple):
    """One of `+ - * / %`."""

    left: Expr
    operator: str
    right: Expr
    at: int


class Logic(NamedTuple):
    """One of `and or == != < <= > >=`."""

    left: Expr
    operator: str
    right: Expr
    at: int


class In(NamedTuple):
    """`left in right`, `left not in right`."""

    left: Expr
    right: Expr
    negated: bool
    at: int


class Concat(NamedTuple):
    """`a ~ b ~ c`."""

    parts: tuple[Value, ...]
    at: int


class Array(NamedTuple):
    """`[a, b]`."""

    items: tuple[Expr, ...]


Value: TypeAlias = Literal | Ident | Call | MacroCall | Test | Math | Logic | In | Concat | Array


class Expr(NamedTuple):
    """A value, the filters applied to it, and whether `not` stands before it."""

    value: Value
    negated: bool = False
    filters: tuple[Call, ...] = ()


class Text(NamedTuple):
    """Text between tags, and what stands in `{% raw %}` (never joined: whitespace control looks at each)."""

    text: str
    at: int


class Raw(NamedTuple):
    """`{% raw %}text{% endraw %}`."""

    start: Trim
    text: str
    end: Trim
    at: int


class Output(NamedTuple):
    """`{{ expression }}`."""

    trim: Trim
    expr: Expr
    at: int


class Assign(NamedTuple):
    """`{% set name = expression %}` or `set_global`."""

    trim: Trim
    name: str
    expr: Expr
    everywhere: bool
    at: int


class Include(NamedTuple):
    """`{% include "name" %}`, `{% include ["a", "b"] ignore missing %}`."""

    trim: Trim
    names: tuple[str, ...]
    ignore_missing: bool
    at: int


class Comment(NamedTuple):
    """Kept for its effect on the whitespace around it."""

    trim: Trim


class Jump(NamedTuple):
    """`break` or `continue`."""

    trim: Trim
    kind: str
    at: int


class Super(NamedTuple):
    """`{{ super() }}` in a block."""

    at: int


class FilterSection(NamedTuple):
    """`{% filter call %}body{% endfilter %}`."""

    start: Trim
    filter: Call
    body: tuple[Node, ...]
    end: Trim
    at: int


class For(NamedTuple):
    """`{% for key, value in container %}body{% else %}otherwise{% endfor %}`; otherwise None where there is no `else`."""

    start: Trim
    key: str | None
    value: str
    container: Expr
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...] | None
    end: Trim
    at: int


class Branch(NamedTuple):
    """One arm of an `if`: its condition (None: `else`) and body."""

    trim: Trim
    condition: Expr | None
    body: tuple[Node, ...]


class If(NamedTuple):
    """`if`, `elif`s and `else`, in order."""

    branches: tuple[Branch, ...]
    end: Trim
    at: int


class Block(NamedTuple):
    """`{% block name %}body{% endblock %}`."""

    start: Trim
    name: str
    body: tuple[Node, ...]
    end: Trim
    at: int


class Macro(NamedTuple):
    """`{% macro name(a, b=1) %}body{% endmacro %}`; a parameter without a default has None."""

    start: Trim
    name: str
    parameters: tuple[tuple[str, Expr | None], ...]
    body: tuple[Node, ...]
    end: Trim
    at: int


class Import(NamedTuple):
    """`{% import "name" as namespace %}`."""

    trim: Trim
    name: str
    namespace: str
    at: int


class Extends(NamedTuple):
    """`{% extends "name" %}`."""

    trim: Trim
    name: str
    at: int


Node: TypeAlias = (
    Text | Raw | Output | Assign | Include | Comment | Jump | Super | FilterSection | For | If | Block | Macro | Import | Extends
)

_CLASSES: tuple[Any, ...] = (
    *(Trim, Literal, Ident, Call, MacroCall, Test, Math, Logic, In, Concat, Array, Expr, Text, Raw, Output, Assign, Include, Comment),
    *(Jump, Super, FilterSection, For, Branch, If, Block, Macro, Import, Extends),
)
_NUMBERS = {kind: number for number, kind in enumerate(_CLASSES)}


def pack(tree: Any) -> Any:
    """The tree as plain tuples that `marshal` can write: a node becomes (its class's number, fields ...), a tuple (-1, items ...)."""
    if isinstance(tree, tuple):
        return (_NUMBERS.get(type(tree), -1), *map(pack, tree))
    return tree


def unpack(packed: Any) -> Any:
    """The tree that `pack` was given."""
    if not isinstance(packed, tuple):
        return packed
    items = map(unpack, packed[1:])
    return tuple(items) if packed[0] < 0 else _CLASSES[packed[0]](*items)
