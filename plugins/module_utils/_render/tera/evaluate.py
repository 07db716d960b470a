# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluates expressions, with the rules of the Rust crate, its oddities included.

Three meanings are kept apart where the crate does: `value` gives what an expression prints, `condition` what it means in an `if`, `number`
what it means in arithmetic; a filter may count in one and not in another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..limits import Meter
from .arguments import Arguments
from .filters import FILTERS
from .frames import Scope
from .names import CHANGING, FUNCTIONS, TESTS, UNDEFINED, changing, run_test
from .nodes import Array, Call, Concat, Expr, Ident, In, Literal, Logic, MacroCall, Math, Test
from .numbers import Infinite, calculate
from .values import Crash, Fault, float_text, is_number, kind, same, to_json, truthy

_DUMP = "__tera_context"


class UnknownName(Fault):
    """A filter, test or function that Tera 1 does not have. what: which of these."""

    def __init__(self, what: str, unknown: str, at: int) -> None:
        super().__init__(f"there is no {what} {unknown}")
        self.what = what
        self.unknown = unknown
        self.at = at


def _has_default(expr: Expr) -> bool:
    return bool(expr.filters) and expr.filters[0].name == "default"


class Evaluator:
    """Expressions over a scope. macro: renders a macro that is called. may_change: whether `now` and `get_random` are allowed."""

    def __init__(self, scope: Scope, meter: Meter, macro: Callable[[MacroCall], str], may_change: bool) -> None:
        self._may_change = may_change
        self._scope = scope
        self._meter = meter
        self._macro = macro

    def value(self, expr: Expr) -> Any:
        """What `{{ expr }}` prints, before it is made text."""
        value = expr.value
        if isinstance(value, Ident):
            found, there = self._defined(value, expr)
            if not there:
                return found
        else:
            found = self._plain(expr)
        for call in expr.filters:
            if call.name not in ("safe", "default"):
                found = self.filtered(found, call)
        return not truthy(found) if expr.negated else found

    def _defined(self, ident: Ident, expr: Expr) -> tuple[Any, bool]:
        """(the variable or its default, whether filters still apply)."""
        try:
            found: Any = self._variable(ident)
        except Crash:
            raise
        except Fault:
            if not _has_default(expr):
                if not expr.negated:
                    raise
                return True, False
            return self._default(expr), True
        return (self._default(expr) if found is None and _has_default(expr) else found), True

    def _default(self, expr: Expr) -> Any:
        for name, argument in expr.filters[0].arguments:
            if name == "value":
                return self.value(argument)
        raise Fault("filter default: the argument value is missing", "Write `default(value=...)`.")

    def _variable(self, ident: Ident) -> Any:
        if ident.path == _DUMP:
            context = self._scope.everything()
            self._meter.measure(context)
            return self._meter.made(to_json(context, pretty=True))
        try:
            found, there = self._scope.look_up(ident.path)
        except Fault as fault:
            fault.at = ident.at
            raise
        if not there:
            raise Fault(f"variable {ident.path} is not defined", name=ident.path, at=ident.at)
        return found

    def _plain(self, expr: Expr) -> Any:
        value = expr.value
        match value:
            case Literal(content):
                return content
            case Call():
                return self._called(value)
            case Math():
                number = self.number(value)
                return "NaN" if number is None else number
            case Logic():
                return self.condition(expr)
            case Concat():
                return self._concat(value)
            case Test():
                return self._test(value)
            case In():
                return self._in(value)
            case Array(items):
                return self._meter.made([self.value(item) for item in items])
            case MacroCall():
                return self._macro(value)
        raise AssertionError(type(value))

    def _concat(self, node: Concat) -> str:
        pieces: list[str] = []
        for part in node.parts:
            if isinstance(part, Ident):
                found = self._variable(part)
            elif isinstance(part, Call):
                found = self._called(part)
            else:
                found = part.value  # type: ignore[union-attr]
            if isinstance(part, Literal) and type(found) is float:
                pieces.append(float_text(found))
            elif type(found) is str:
                pieces.append(found)
            elif is_number(found):
                pieces.append(to_json(found))
            else:
                raise Fault(f"`~` joins texts and numbers, this is {kind(found)}", "Use the filter `as_str`, `set` to a variable first.")
        self._meter.produce(sum(map(len, pieces)))
        return "".join(pieces)

    def _arguments(self, what: str, call: Call) -> Arguments:
        self._meter.step()
        return Arguments(what, {name: self.value(argument) for name, argument in call.arguments}, self._meter)

    def _called(self, call: Call) -> Any:
        function = FUNCTIONS.get(call.name)
        if function is None:
            raise UnknownName("function", call.name, call.at)
        if call.name in CHANGING and not self._may_change:
            raise changing(call.name)
        return self._at(call.at, lambda: self._meter.made(function(self._arguments(f"function {call.name}", call))))

    def filtered(self, value: Any, call: Call) -> Any:
        """The value after one filter. Raises Fault."""
        change = FILTERS.get(call.name)
        if change is None:
            raise UnknownName("filter", call.name, call.at)
        return self._at(call.at, lambda: self._meter.made(change(value, self._arguments(f"filter {call.name}", call))))

    def _at(self, at: int, job: Callable[[], Any]) -> Any:
        try:
            return job()
        except Fault as fault:
            if fault.at is None:
                fault.at = at
            raise

    def _test(self, test: Test) -> bool:
        self._meter.step()
        if test.name not in TESTS:
            raise UnknownName("test", test.name, test.at)
        arguments = tuple(self.value(argument) for argument in test.arguments)
        try:
            value = self._variable(Ident(test.path, test.at))
        except Crash:
            raise
        except Fault:
            value = UNDEFINED
        return self._at(test.at, lambda: run_test(test.name, value, arguments, self._meter)) is not test.negated

    def condition(self, expr: Expr) -> bool:
        """What an expression means in `if`, `and`, `or`. Filters count only after a variable or `~`."""
        value = expr.value
        if isinstance(value, Logic) and value.operator in ("==", "!="):
            left, right = self.value(value.left), self.value(value.right)
            if is_number(left) != is_number(right):
                return False  # for `!=` and after `not` as well
            result = self._equal(left, right) is (value.operator == "==")
        else:
            result = self._means(expr)
        return not result if expr.negated else result

    def _means(self, expr: Expr) -> bool:
        value = expr.value
        match value:
            case Logic():
                return self._logic(value)
            case Ident():
                try:
                    result = truthy(self.value(expr))
                except Crash:
                    raise
                except Fault:
                    result = False
                return not result if expr.negated else result
            case Math():
                number = self.number(value)
                return number is not None and number != 0
            case Literal(content):
                return bool(content)
            case In():
                return self._in(value)
            case Test():
                return self._test(value)
            case Call():
                answer = self._called(value)
                if type(answer) is not bool:
                    raise Fault(f"function {value.name} does not give a boolean")
                return answer
            case Concat():
                text = self.value(expr)
                if type(text) is not str:
                    raise Crash("Tera fails on this condition: it is no text after its filters")
                return text != ""
            case MacroCall():
                return self._macro(value) != ""
        raise Crash("Tera fails on this condition")

    def _logic(self, logic: Logic) -> bool:
        if logic.operator == "or":
            return self.condition(logic.left) or self.condition(logic.right)
        if logic.operator == "and":
            return self.condition(logic.left) and self.condition(logic.right)
        left, right = self._operand(logic.left), self._operand(logic.right)
        if left is None or right is None:
            raise Fault("a comparison with NaN")
        one, two = float(left), float(right)
        return {"<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}[logic.operator]

    def _equal(self, left: Any, right: Any) -> bool:
        if is_number(left):
            return float(left) == float(right)
        self._meter.measure(left)
        self._meter.measure(right)
        return same(left, right)

    def _in(self, node: In) -> bool:
        left, right = self.value(node.left), self.value(node.right)
        if type(right) is list:
            self._meter.measure(left)
            self._meter.measure(right)
            found = any(same(item, left) for item in right)
        elif type(right) in (str, dict):
            if type(left) is not str:
                raise Fault(f"only text can be in {kind(right)}, this is {kind(left)}")
            found = left in right
        else:
            raise Fault(f"`in` needs text, a list or a map on its right, this is {kind(right)}")
        return found is not node.negated

    def _operand(self, expr: Expr) -> int | float | None:
        """A side of arithmetic or of `<`."""
        if not expr.filters:
            return self.number(expr.value)
        found = self.value(expr)
        if not is_number(found):
            raise Fault(f"arithmetic needs numbers, this is {kind(found)}")
        number: int | float = found
        return number

    def number(self, value: Any) -> int | float | None:
        """A value in arithmetic; None for NaN."""
        match value:
            case Ident() | Call():
                found = self._variable(value) if isinstance(value, Ident) else self._called(value)
                if is_number(found):
                    return found  # type: ignore[no-any-return]
                name = value.path if isinstance(value, Ident) else f"{value.name}()"
                raise Fault(f"arithmetic needs numbers, {name} is {kind(found)}", name=name, at=value.at)
            case Literal(content) if is_number(content):
                return content  # type: ignore[return-value]
            case Math(left, operator, right, at):
                one, two = self._operand(left), self._operand(right)
                if one is None or two is None:
                    return None
                try:
                    return calculate(one, operator, two)
                except Infinite:
                    raise Crash("the result of this arithmetic is infinite, Tera fails on it") from None
                except Fault as fault:
                    fault.at = at
                    raise
            case MacroCall() | In() | Logic() | Array():
                raise Crash("Tera fails on arithmetic with this")
        raise Fault("arithmetic needs numbers")
