# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tera's expression grammar, read the way its parser generator does: ordered choice, no look back once an alternative matched.

A method of `Expressions` named after a rule takes an offset and gives (what was read, the offset after it), or None. Whitespace may stand
between the parts of a rule, never before or after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from .nodes import Array, Call, Concat, Expr, Ident, In, Literal, Logic, MacroCall, Math, Test, Value

T = TypeVar("T")
Read: TypeAlias = "tuple[T, int] | None"

SPACE = re.compile(r"[ \t\r\n]*")
IDENT = re.compile(r"[a-zA-Z_][a-zA-Z_0-9]*")
STRING = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
_DOTTED = re.compile(r"[a-zA-Z_][a-zA-Z_0-9]*(?:\.[a-zA-Z_0-9]+)*")
_DOT_PART = re.compile(r"\.[a-zA-Z_0-9]+")
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_BOOLEAN = re.compile(r"true|false|True|False")
_NOT = re.compile(r"not[ \t\r\n]")
_AND_OR = re.compile(r"(or|and)[ \t\r\n]")
_MATH = re.compile(r"[-+*/%]")
_COMPARE = re.compile(r"<=|>=|>|<|==|!=")
_BINDING = {"or": 0, "and": 1, "+": 0, "-": 0, "*": 1, "/": 1, "%": 1}
_INT_RANGE = range(-(2**63), 2**63)


class NotTera(Exception):
    """The template is no Tera 1. message: a sentence; at: the offset where it was noticed."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


def remembered(method: Callable[[Any, int], T]) -> Callable[[Any, int], T]:
    """Reads a rule at an offset only once: without it nested parentheses and arguments take exponential time."""
    name = method.__name__

    def wrapper(self: Any, at: int) -> T:
        key = (name, at)
        if key not in self.memory:
            self.memory[key] = method(self, at)
        result: T = self.memory[key]
        return result

    return wrapper


class Expressions:
    """Reads expressions of one text. furthest, expected: where reading got stuck at last, and what could have stood there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.memory: dict[tuple[str, int], Any] = {}
        self.furthest = 0
        self.expected: dict[str, None] = {}

    def skip(self, at: int) -> int:
        """The offset after whitespace."""
        return SPACE.match(self.text, at).end()  # type: ignore[union-attr]  # it matches the empty text too

    def stuck(self, at: int, what: str) -> None:
        """Note that something was expected here and not found."""
        if at > self.furthest:
            self.furthest, self.expected = at, {}
        if at == self.furthest:
            self.expected[what] = None

    def literal(self, text: str, at: int) -> int | None:
        """The offset after exactly this text, after whitespace."""
        at = self.skip(at)
        if self.text.startswith(text, at):
            return at + len(text)
        self.stuck(at, f"`{text}`")
        return None

    def match(self, pattern: re.Pattern[str], at: int, what: str) -> re.Match[str] | None:
        """A token at exactly this offset."""
        found = pattern.match(self.text, at)
        if found is None:
            self.stuck(at, what)
        return found

    # logic: or, and, not

    @remembered
    def logic_expr(self, at: int) -> Read[Expr]:
        """`a or b and not c`."""
        return self._chain(at, self.logic_val, _AND_OR, "`and` or `or`", Logic)

    @remembered
    def logic_val(self, at: int) -> Read[Expr]:
        """A comparison or `in`, with or without `not`; or parentheses around logic, which forget a `not` that stands first in them."""
        negation = _NOT.match(self.text, at)
        start = self.skip(negation.end()) if negation else at
        read = self.in_cond(start) or self.comparison_expr(start)
        if read is not None:
            return read[0]._replace(negated=negation is not None), read[1]
        if not self.text.startswith("(", at):
            return None
        inner = self.logic_expr(self.skip(at + 1))
        end = inner and self.literal(")", inner[1])
        return (inner[0]._replace(negated=False), end) if inner and end else None

    def in_cond(self, at: int) -> Read[Expr]:
        """`a in b`, `a not in b`."""
        left = self.string_expr_filter(at) or self.basic_expr_filter(at)
        if left is None:
            return None
        end = self.skip(left[1])
        negation = _NOT.match(self.text, end)
        end = self.skip(negation.end()) if negation else end
        if not self.text.startswith("in", end):
            return None
        start = self.skip(end + 2)
        right = self.string_expr_filter(start) or self.array_filter(start) or self._plain_ident(start)
        if right is None:
            return None
        return Expr(In(left[0], right[0], negation is not None, at)), right[1]

    def _plain_ident(self, at: int) -> Read[Expr]:
        read = self.path(at)
        return (Expr(Ident(read[0], at)), read[1]) if read else None

    def comparison_expr(self, at: int) -> Read[Expr]:
        """One comparison at most: `a < b`."""
        left = self.string_expr_filter(at) or self.comparison_val(at)
        if left is None:
            return None
        operator = self.match(_COMPARE, self.skip(left[1]), "an operator")
        if operator is None:
            return left
        start = self.skip(operator.end())
        right = self.string_expr_filter(start) or self.comparison_val(start)
        if right is None:
            return left
        return Expr(Logic(left[0], operator[0], right[0], operator.start())), right[1]

    # arithmetic: a filter binds looser than what stands before it, tighter than what comes after

    @remembered
    def comparison_val(self, at: int) -> Read[Expr]:
        """Arithmetic over filtered arithmetic: `a + b | round * 2`."""
        return self._chain(at, self.basic_expr_filter, _MATH, "an operator", Math)

    @remembered
    def basic_expr_filter(self, at: int) -> Read[Expr]:
        """Arithmetic, then filters over all of it."""
        read = self.basic_expr(at)
        if read is None:
            return None
        filters, end = self.filters(read[1])
        return read[0]._replace(filters=filters), end

    @remembered
    def basic_expr(self, at: int) -> Read[Expr]:
        """Arithmetic without filters."""
        return self._chain(at, self._basic_operand, _MATH, "an operator", Math)

    def _basic_operand(self, at: int) -> Read[Expr]:
        if self.text.startswith("(", at):
            inner = self.basic_expr(self.skip(at + 1))
            end = inner and self.literal(")", inner[1])
            if inner and end:
                return inner[0], end
            return None
        read = self.basic_val(at)
        return (Expr(read[0]), read[1]) if read else None

    def _chain(
        self, at: int, operand: Callable[[int], Read[Expr]], operators: re.Pattern[str], what: str, node: type[Math] | type[Logic]
    ) -> Read[Expr]:
        """`operand (operator operand)*`, left-associative in two levels of binding."""
        first = operand(at)
        if first is None:
            return None
        operands, signs, end = [first[0]], [], first[1]
        while True:
            sign = self.match(operators, self.skip(end), what)
            following = operand(self.skip(sign.end())) if sign else None
            if sign is None or following is None:
                break
            signs.append((sign[1] if sign.lastindex else sign[0], sign.start()))
            operands.append(following[0])
            end = following[1]
        for level in (1, 0):
            operands, signs = _fold(operands, signs, level, node)
        return operands[0], end

    # values

    @remembered
    def string_expr_filter(self, at: int) -> Read[Expr]:
        """`a ~ b` or text, with filters."""
        read: Read[Any] = self._concat(at) or self._string(at)
        if read is None:
            return None
        filters, end = self.filters(read[1])
        return Expr(read[0], False, filters), end

    def _string(self, at: int) -> Read[Literal]:
        found = STRING.match(self.text, at)
        return (Literal(found[0][1:-1]), found.end()) if found else None

    def _concat(self, at: int) -> Read[Concat | Literal]:
        first = self._concat_part(at)
        if first is None:
            return None
        parts, end = [first[0]], first[1]
        while self.text.startswith("~", self.skip(end)):
            part = self._concat_part(self.skip(self.skip(end) + 1))
            if part is None:
                self.stuck(self.skip(self.skip(end) + 1), "a text, number, variable or function")
                break
            parts.append(part[0])
            end = part[1]
        if len(parts) == 1:
            return None
        texts = [part.value for part in parts if isinstance(part, Literal) and isinstance(part.value, str)]
        if len(texts) == len(parts):
            return Literal("".join(texts)), end
        return Concat(tuple(parts), at), end

    def _concat_part(self, at: int) -> Read[Value]:
        call = self.fn_call(at)
        if call is not None:
            return call
        read = self._number(at) or self._string(at)
        if read is not None:
            return read
        path = self.path(at)
        return (Ident(path[0], at), path[1]) if path else None

    def _number(self, at: int) -> Read[Literal]:
        found = _FLOAT.match(self.text, at)
        if found is not None:
            value = float(found[0])
            if value in (float("inf"), float("-inf")):
                raise NotTera(f"the number {found[0][:20]}... is too big", at)
            return Literal(value), found.end()
        found = _INT.match(self.text, at)
        if found is None:
            return None
        if len(found[0]) > 20 or int(found[0]) not in _INT_RANGE:
            raise NotTera("this whole number does not fit in 64 bits", at)
        return Literal(int(found[0])), found.end()

    def basic_val(self, at: int) -> Read[Value]:
        """A boolean, test, macro or function call, variable or number."""
        number = self._number(at)
        if number is not None:
            return number
        boolean = _BOOLEAN.match(self.text, at)
        if boolean is not None:
            return Literal(boolean[0] in ("true", "True")), boolean.end()
        path = self.path(at)
        if path is None:
            self.stuck(at, "a value")
            return None
        test = self._test(path, at)
        return test or self._macro_call(at) or self.fn_call(at) or (Ident(path[0], at), path[1])

    @remembered
    def path(self, at: int) -> Read[str]:
        """`a.b[0]["c"][d.e].f`."""
        found = _DOTTED.match(self.text, at)
        if found is None:
            return None
        end = found.end()
        while True:
            part = _DOT_PART.match(self.text, end)
            following = part.end() if part else self._square_brackets(end)
            if following is None:
                return self.text[at:end], end
            end = following

    def _square_brackets(self, at: int) -> int | None:
        if not self.text.startswith("[", at):
            return None
        inner = _INT.match(self.text, at + 1) or STRING.match(self.text, at + 1)
        path = None if inner else self.path(at + 1)
        end = inner.end() if inner else path[1] if path else None
        if end is None or not self.text.startswith("]", end):
            self.stuck(end or at + 1, "`]`" if end else "a number, text or variable")
            return None
        return end + 1

    def _test(self, path: tuple[str, int], at: int) -> Read[Test]:
        end = self.skip(path[1])
        if not self.text.startswith("is", end):
            return None
        end = self.skip(end + 2)
        if self.text.startswith("not", end):
            read = self._test_call(self.skip(end + 3))
            if read is not None:
                return Test(path[0], True, *read[0], at), read[1]
        read = self._test_call(end)
        return (Test(path[0], False, *read[0], at), read[1]) if read else None

    def _test_call(self, at: int) -> Read[tuple[str, tuple[Expr, ...]]]:
        name = self.match(IDENT, at, "the name of a test")
        if name is None:
            return None
        end = self.skip(name.end())
        if not self.text.startswith("(", end):
            return (name[0], ()), name.end()
        arguments: list[Expr] = []
        while True:
            read = self.logic_expr(self.skip(end + 1)) or self.array_filter(self.skip(end + 1))
            if read is None:
                return (name[0], ()), name.end()
            if isinstance(read[0].value, Array):
                raise NotTera("Tera 1 takes no array as the argument of a test: `set` it to a variable first", at)
            arguments.append(read[0])
            end = self.skip(read[1])
            if self.text.startswith(")", end):
                return (name[0], tuple(arguments)), end + 1
            if not self.text.startswith(",", end):
                self.stuck(end, "`,` or `)`")
                return (name[0], ()), name.end()

    def _macro_call(self, at: int) -> Read[MacroCall]:
        namespace = IDENT.match(self.text, at)
        end = self.skip(namespace.end()) if namespace else at
        if namespace is None or not self.text.startswith("::", end):
            return None
        name = self.match(IDENT, self.skip(end + 2), "the name of a macro")
        opened = name and self.literal("(", name.end())
        arguments = self._kwargs(opened) if opened else None
        if name is None or arguments is None:
            return None
        return MacroCall(namespace[0], name[0], arguments[0], at), arguments[1]

    @remembered
    def fn_call(self, at: int) -> Read[Call]:
        """`name(argument=value, ...)`."""
        name = IDENT.match(self.text, at)
        if name is None or not self.text.startswith("(", self.skip(name.end())):
            return None
        arguments = self._kwargs(self.skip(name.end()) + 1)
        return (Call(name[0], arguments[0], at), arguments[1]) if arguments else None

    def _kwargs(self, at: int) -> Read[tuple[tuple[str, Expr], ...]]:
        """Arguments and the closing parenthesis; of two with one name the last counts."""
        arguments: dict[str, Expr] = {}
        end = self.skip(at)
        while (read := self._kwarg(end)) is not None:
            arguments[read[0][0]] = read[0][1]
            comma = self.literal(",", read[1])
            end = read[1] if comma is None else self.skip(comma)
            if comma is None:
                break
        closed = self.literal(")", end)
        return (tuple(arguments.items()), closed) if closed else None

    def _kwarg(self, at: int) -> Read[tuple[str, Expr]]:
        name = self.match(IDENT, at, "an argument `name=value`")
        equal = name and self.literal("=", name.end())
        if name is None or equal is None:
            return None
        start = self.skip(equal)
        value = self.logic_expr(start) or self.array_filter(start)
        return ((name[0], value[0]), value[1]) if value else None

    def filters(self, at: int) -> tuple[tuple[Call, ...], int]:
        """`| a | b(c=1)`, perhaps none."""
        found: list[Call] = []
        while self.text.startswith("|", self.skip(at)):
            read = self.call_or_name(self.skip(self.skip(at) + 1))
            if read is None:
                break
            found.append(read[0])
            at = read[1]
        return tuple(found), at

    def call_or_name(self, at: int) -> Read[Call]:
        """A filter: `name(...)` or `name`."""
        call = self.fn_call(at)
        if call is not None:
            return call
        name = self.match(IDENT, at, "the name of a filter")
        return (Call(name[0], (), at), name.end()) if name else None

    @remembered
    def array_filter(self, at: int) -> Read[Expr]:
        """`[a, b] | filter`."""
        if not self.text.startswith("[", at):
            return None
        items: list[Expr] = []
        end = at + 1
        while (read := self.logic_val(self.skip(end))) is not None:
            items.append(read[0])
            comma = self.literal(",", read[1])
            end = read[1] if comma is None else comma
            if comma is None:
                break
        closed = self.literal("]", end)
        if closed is None:
            return None
        filters, end = self.filters(closed)
        return Expr(Array(tuple(items)), False, filters), end


def _fold(
    operands: list[Expr], signs: list[tuple[str, int]], level: int, node: type[Math] | type[Logic]
) -> tuple[list[Expr], list[tuple[str, int]]]:
    """Join the operands around the operators of one level of binding."""
    joined, left = [operands[0]], []
    for (sign, at), operand in zip(signs, operands[1:], strict=True):
        if _BINDING[sign] == level:
            joined[-1] = Expr(node(joined[-1], sign, operand, at))
        else:
            joined.append(operand)
            left.append((sign, at))
    return joined, left
