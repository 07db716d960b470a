# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tera's tests (`is odd`) and functions (`range(end=3)`)."""

from __future__ import annotations

import datetime
import math
import secrets
from collections.abc import Callable
from typing import Any

from .arguments import Arguments
from .regex import NotSupported, Regex
from .values import I64, Crash, Fault, is_number, kind, same

_MAX_RANGE = 100_000
_MAX_MATCH = 1_000_000


class NotThere:
    """Stands for an undefined variable in a test."""


UNDEFINED = NotThere()
Test = Callable[[Any, tuple[Any, ...], Any], bool]


def _wrong(name: str, message: str) -> Fault:
    return Fault(f"test {name}: {message}")


def _string_argument(name: str, arguments: tuple[Any, ...]) -> str:
    if not arguments or type(arguments[0]) is not str:
        raise _wrong(name, "the argument must be text")
    text: str = arguments[0]
    return text


def _of_text(name: str, decide: Callable[[str, str], bool]) -> Test:
    def test(value: Any, arguments: tuple[Any, ...], _meter: Any) -> bool:
        if type(value) is not str:
            raise _wrong(name, f"the variable must be text, it is {kind(value)}")
        return decide(value, _string_argument(name, arguments))

    return test


def _number(name: str, value: Any) -> float:
    if not is_number(value):
        raise _wrong(name, "the variable must be a number")
    return float(value)


def _divisible(value: Any, arguments: tuple[Any, ...], _meter: Any) -> bool:
    number = _number("divisibleby", value)
    if not arguments or not is_number(arguments[0]):
        raise _wrong("divisibleby", "the argument must be a number")
    return arguments[0] != 0 and math.fmod(number, float(arguments[0])) == 0


def _containing(value: Any, arguments: tuple[Any, ...], meter: Any) -> bool:
    if type(value) is str:
        return _string_argument("containing", arguments) in value
    if type(value) is list:
        if not arguments:
            raise _wrong("containing", "the argument is missing")
        meter.measure(value)
        return any(same(item, arguments[0]) for item in value)
    if type(value) is dict:
        return _string_argument("containing", arguments) in value
    raise _wrong("containing", "the variable must be text, a list or a map")


def _matching(value: Any, arguments: tuple[Any, ...], meter: Any) -> bool:
    if type(value) is not str:
        raise _wrong("matching", "the variable must be text")
    pattern = _string_argument("matching", arguments)
    try:
        regex = Regex(pattern)
    except NotSupported as error:
        raise _wrong("matching", f"{error} in the regular expression") from None
    if len(value) * regex.size > _MAX_MATCH * 10:
        raise _wrong("matching", "the text and the regular expression are too long")
    meter.step(len(value) * regex.size // 100 + 1)
    return regex.matches(value)


TESTS: dict[str, tuple[Test, int]] = {
    "defined": (lambda value, _a, _m: value is not UNDEFINED, 0),
    "undefined": (lambda value, _a, _m: value is UNDEFINED, 0),
    "odd": (lambda value, _a, _m: math.fmod(_number("odd", value), 2) != 0, 0),
    "even": (lambda value, _a, _m: math.fmod(_number("even", value), 2) == 0, 0),
    "string": (lambda value, _a, _m: type(value) is str, 0),
    "number": (lambda value, _a, _m: is_number(value), 0),
    "divisibleby": (_divisible, 1),
    "iterable": (lambda value, _a, _m: type(value) in (list, dict), 0),
    "object": (lambda value, _a, _m: type(value) is dict, 0),
    "starting_with": (_of_text("starting_with", str.startswith), 1),
    "ending_with": (_of_text("ending_with", str.endswith), 1),
    "containing": (_containing, 1),
    "matching": (_matching, 1),
}
"""Every test by name, with the most arguments it takes."""


def run_test(name: str, value: Any, arguments: tuple[Any, ...], meter: Any) -> bool:
    """Whether the value (UNDEFINED for an undefined variable) passes a test that is in TESTS. Raises Fault."""
    test, most = TESTS[name]
    if len(arguments) > most:
        raise _wrong(name, f"it takes {most or 'no'} argument{'s' if most != 1 else ''}, {len(arguments)} are given")
    if value is UNDEFINED and name not in ("defined", "undefined"):
        raise _wrong(name, "the variable is not defined")
    return test(value, arguments, meter)


def _range(arguments: Arguments) -> list[int]:
    start, step, end = arguments.whole("start", 0), arguments.whole("step_by", 1), arguments.whole("end")
    if start > end:
        raise arguments.wrong("start is greater than end")
    if step == 0:
        raise arguments.refused("step_by must not be 0")
    numbers = range(start, end, step)
    if len(numbers) > _MAX_RANGE:
        raise arguments.refused(f"more than {_MAX_RANGE:,} numbers")
    return list(numbers)


def _now(arguments: Arguments) -> str | int:
    utc, timestamp = arguments.boolean("utc", False), arguments.boolean("timestamp", False)
    moment = datetime.datetime.now(datetime.UTC)
    if timestamp:
        return int(moment.timestamp())
    return (moment if utc else moment.astimezone()).isoformat()


def _get_random(arguments: Arguments) -> int:
    start, end = arguments.whole("start", 0, I64), arguments.whole("end", allowed=I64)
    if start >= end:
        raise arguments.wrong("start must be less than end")
    return start + secrets.randbelow(end - start)


def changing(name: str) -> Crash:
    """What is said to a function whose result is another one each time, unless the app's option allows it."""
    return Crash(
        f"{name} is not allowed: a second `up` would change something",
        'Give the value as a variable, or allow it: {"changing": true} in `manifests.options` of the app document.',
    )


def _throw(arguments: Arguments) -> Any:
    message = arguments.text("message")
    raise Fault(message, "The template itself says so by `throw`.")


def _get_env(arguments: Arguments) -> Any:
    raise Crash(
        "get_env is not allowed: a template of a repository must not read the environment of the machine",
        "Name the variable under `systemEnvironment` of the app document and use it as a variable.",
    )


FUNCTIONS: dict[str, Callable[[Arguments], Any]] = {
    "range": _range,
    "now": _now,
    "throw": _throw,
    "get_random": _get_random,
    "get_env": _get_env,
}
"""Every function by name."""
CHANGING = frozenset({"now", "get_random"})
"""Functions that give something else each time."""
