# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of a filter or function, each taken out with its type, as Tera demands it. A wrong one raises Fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..limits import Meter
from .values import I64, U64, Crash, Fault, is_number, kind

_NONE: Any = object()


class Arguments:
    """Named arguments of one call. what: `filter join` or `function range`, for messages. meter: counts what is made."""

    def __init__(self, what: str, values: Mapping[str, Any], meter: Meter) -> None:
        self.what = what
        self.values = values
        self.meter = meter

    def wrong(self, message: str) -> Fault:
        """A fault of this call."""
        return Fault(f"{self.what}: {message}")

    def refused(self, message: str) -> Crash:
        """What is refused here and not by Tera: never taken for `false` by a condition."""
        return Crash(f"{self.what}: {message}")

    def _get(self, name: str, default: Any) -> Any:
        value = self.values.get(name, _NONE)
        if value is not _NONE:
            return value
        if default is _NONE:
            raise self.wrong(f"the argument {name} is missing")
        return default

    def any(self, name: str) -> Any:
        """An argument of any type."""
        return self._get(name, _NONE)

    def text(self, name: str, default: Any = _NONE) -> str:
        """A text."""
        return self.as_text(self._get(name, default), f"the argument {name}")

    def pattern(self, name: str, default: Any = _NONE) -> str:
        """A text in which a written `\\n` and `\\t` mean newline and tab, because strings of Tera have no escapes."""
        return self.text(name, default).replace("\\n", "\n").replace("\\t", "\t")

    def boolean(self, name: str, default: bool) -> bool:
        """A boolean."""
        value = self._get(name, default)
        if type(value) is not bool:
            raise self.wrong(f"the argument {name} must be a boolean, it is {kind(value)}")
        return value

    def whole(self, name: str, default: Any = _NONE, allowed: range = U64) -> int:
        """A whole number in a range; a float is refused, also 2.0."""
        return self.as_whole(self._get(name, default), f"the argument {name}", allowed)

    def number(self, name: str, default: Any = _NONE) -> float:
        """A number as a float."""
        return self.as_number(self._get(name, default), f"the argument {name}")

    def as_text(self, value: Any, what: str = "the value") -> str:
        """The value itself when it is text."""
        if type(value) is not str:
            raise self.wrong(f"{what} must be text, it is {kind(value)}")
        return value

    def as_list(self, value: Any) -> list[Any]:
        """The value itself when it is a list."""
        if type(value) is not list:
            raise self.wrong(f"the value must be a list, it is {kind(value)}")
        return value

    def as_number(self, value: Any, what: str = "the value") -> float:
        """The value as a float when it is a number."""
        if not is_number(value):
            raise self.wrong(f"{what} must be a number, it is {kind(value)}")
        return float(value)

    def as_whole(self, value: Any, what: str = "the value", allowed: range = I64) -> int:
        """The value itself when it is a whole number in a range."""
        if type(value) is not int or value not in allowed:
            low = "not negative" if allowed.start == 0 else f"between {allowed.start} and {allowed.stop - 1}"
            raise self.wrong(f"{what} must be a whole number, {low}")
        return value
