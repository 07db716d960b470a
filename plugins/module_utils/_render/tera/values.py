# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Tera prints, compares and looks up values: JSON as Rust's serde_json has it (a whole number is no float, a boolean no number)."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

I64 = range(-(2**63), 2**63)
U64 = range(2**64)
_PLAIN_POINTER = re.compile(r"[^\"'\\\[\]]*")


class Fault(Exception):
    """A template did what Tera refuses. A condition takes some of them for `false`, as Tera does.

    hint: what to do. name: what the message is about, when it is a variable's path. at, file: where, else filled in on the way up.
    """

    def __init__(self, message: str, hint: str | None = None, name: str | None = None, at: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.name = name
        self.at = at
        self.file: str | None = None


class Crash(Fault):
    """What makes the Rust crate panic: never taken for `false`."""


def data(value: Any) -> Any:
    """A variable as Tera's context holds it: numbers that fit no 64 bits become floats, what is no number becomes null."""
    kind = type(value)
    if kind is int:
        return value if value in I64 or value in U64 else float(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is dict:
        return {_key(key): data(item) for key, item in value.items()}
    if kind is list:
        return [data(item) for item in value]
    return value


def _key(key: Any) -> str:
    return key if isinstance(key, str) else to_json(key)


def is_number(value: Any) -> bool:
    """Whether this is a whole number or a float."""
    return type(value) is int or type(value) is float


def kind(value: Any) -> str:
    """The name of a value's type, for messages."""
    return {str: "text", int: "a number", float: "a number", bool: "a boolean", list: "a list", dict: "a map"}.get(type(value), "null")


def float_text(value: float) -> str:
    """A float without an exponent, and without `.0`."""
    if math.isnan(value):
        return "NaN"
    shortest = Decimal(repr(value))
    if len(shortest.as_tuple().digits) >= 15:
        shortest = _tie_away(value, shortest)
    return format(shortest, "f").removesuffix(".0")


def _tie_away(value: float, shortest: Decimal) -> Decimal:
    """Of two shortest texts that are equally near, Python takes the even one, Rust the one away from zero."""
    unit = Decimal((int(shortest.is_signed()), (1,), int(shortest.as_tuple().exponent)))
    other = shortest + unit
    return other if (Decimal(value) - shortest) * 2 == unit and float(other) == value else shortest


def show(value: Any) -> str:
    """What `{{ value }}` prints."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float:
        return float_text(value)
    if type(value) is list:
        return f"[{', '.join([show(item) for item in value])}]"
    return "[object]" if type(value) is dict else str(value)


def truthy(value: Any) -> bool:
    """Not null, false, zero or empty."""
    return bool(value)


def same(left: Any, right: Any) -> bool:
    """Equal and of one type, all the way down."""
    if type(left) is not type(right):
        return False
    if type(left) is list:
        return len(left) == len(right) and all(same(one, two) for one, two in zip(left, right, strict=True))
    if type(left) is dict:
        return left.keys() == right.keys() and all(same(item, right[key]) for key, item in left.items())
    return bool(left == right)


def float_json(value: float) -> str:
    """A float in JSON: the shortest digits, always marked as a float."""
    text = repr(value)
    mantissa, _e, exponent = text.partition("e")
    power = int(exponent) if exponent else 0
    if not exponent:
        digits = mantissa.lstrip("-").replace(".", "").lstrip("0")
        if abs(value) >= 1e-5 or not digits:
            return text
        number = Decimal(text).normalize()
        power = number.adjusted()
        mantissa = f"{'-' if value < 0 else ''}{digits[0]}{'.' + digits[1:].rstrip('0') if digits[1:].rstrip('0') else ''}"
    elif -5 <= power < 16:
        text = format(Decimal(text), "f")
        return text if "." in text else f"{text}.0"
    return f"{mantissa.removesuffix('.0')}e{power:+}" if power > 0 else f"{mantissa.removesuffix('.0')}e{power}"


def to_json(value: Any, pretty: bool = False) -> str:
    """JSON with sorted keys; pretty: two spaces a level."""
    pieces: list[str] = []
    _write(value, pieces, "\n" if pretty else "")
    return "".join(pieces)


def _write(value: Any, pieces: list[str], newline: str) -> None:
    if type(value) is float:
        pieces.append(float_json(value))
    elif type(value) is list and value:
        _write_items(((None, item) for item in value), pieces, newline, "[]")
    elif type(value) is dict and value:
        _write_items(sorted(value.items()), pieces, newline, "{}")
    else:
        pieces.append(json.dumps(value, ensure_ascii=False))


def _write_items(items: Any, pieces: list[str], newline: str, brackets: str) -> None:
    inner = f"{newline}  " if newline else ""
    before = brackets[0]
    for key, item in items:
        pieces.append(before + inner)
        if key is not None:
            pieces.append(json.dumps(key, ensure_ascii=False) + (": " if newline else ":"))
        _write(item, pieces, inner)
        before = ","
    pieces.append(newline + brackets[1])


def look_up(value: Any, pointer: str) -> tuple[Any, bool]:
    """(what a dotted pointer leads to, whether it leads anywhere). Raises Crash where the crate would panic."""
    if pointer == "":
        return value, True
    tokens = pointer.split(".") if _PLAIN_POINTER.fullmatch(pointer) else _tokens(pointer)
    for token in tokens:
        if token == "":
            continue
        step = token.replace("~1", "/").replace("~0", "~")
        if type(value) is dict:
            if step not in value:
                return None, False
            value = value[step]
        elif type(value) is list:
            index = _index(step)
            if index is None or index >= len(value):
                return None, False
            value = value[index]
        else:
            return None, False
    return value, True


def _index(step: str) -> int | None:
    if not (step.isascii() and step.isdigit()) or (step[0] == "0" and step != "0") or len(step) > 20:
        return None
    return int(step)


def _tokens(pointer: str) -> list[str]:
    """The steps of a pointer with quotes or brackets. Offsets are counted in characters and used in bytes, as the crate does it."""
    whole = pointer.encode()
    tokens: list[str] = []
    last = 0
    quoted = {'"': False, "'": False}
    escaped = False
    try:
        while True:
            offset, found = 0, None
            for index, char in enumerate(whole[last:].decode()):
                free = not escaped and not quoted['"'] and not quoted["'"]
                if char == "\\":
                    escaped = True
                    continue
                if char in quoted and not escaped:
                    quoted[char] = not quoted[char]
                    free = True
                    skip = index == offset
                elif char == "." and free:
                    skip = index == offset
                elif char == "[" and free:
                    skip = False
                elif char == "]" and free:
                    skip = True
                else:
                    free = False
                if free and skip:
                    offset += 1
                elif free:
                    piece = whole[last + offset : last + index].decode()
                    last += index + 1
                    if piece:
                        found = piece
                        break
                escaped = False
            escaped = False if found else escaped
            if found is None:
                break
            tokens.append(found)
        if last + offset < len(whole):
            tokens.append(whole[last + offset :].decode())
    except UnicodeDecodeError:
        raise Crash("this path with letters beyond ASCII in quotes makes Tera fail", "Use the filter `get(key=...)`.") from None
    return tokens
