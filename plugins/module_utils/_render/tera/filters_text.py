# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tera's filters on text and numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from . import text as unicode
from .arguments import Arguments
from .values import I64, is_number, show

Filter = Callable[[Any, Arguments], Any]
_I32 = range(-(2**31), 2**31)
_RUST_FLOAT = re.compile(r"[+-]?(?:inf|infinity|nan|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)", re.IGNORECASE)
_GAPS = re.compile(f">[{unicode.WHITE}]+<")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "/": "&#x2F;"}
_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
_URL_KEEPS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%/")
_STRICT_KEEPS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
_BINARY_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")


def _on_text(change: Callable[[str], Any]) -> Filter:
    """A filter that only needs the text."""
    return lambda value, arguments: change(arguments.as_text(value))


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


def _replaced(table: dict[str, str]) -> Filter:
    translation = str.maketrans(table)

    def escape(value: Any, arguments: Arguments) -> str:
        text = arguments.as_text(value)
        arguments.meter.produce(len(text))
        return text.translate(translation)

    return escape


def _trim_start_matches(value: Any, arguments: Arguments) -> str:
    text, pattern = arguments.as_text(value), arguments.pattern("pat")
    start = 0
    while pattern and text.startswith(pattern, start):
        start += len(pattern)
    return text[start:]


def _trim_end_matches(value: Any, arguments: Arguments) -> str:
    text, pattern = arguments.as_text(value), arguments.pattern("pat")
    end = len(text)
    while pattern and text.endswith(pattern, 0, end):
        end -= len(pattern)
    return text[:end]


def _truncate(value: Any, arguments: Arguments) -> str:
    text = arguments.as_text(value)
    length, end = arguments.whole("length", 255), arguments.text("end", "…")
    try:
        pieces = unicode.graphemes(text)
    except unicode.Unsure:
        raise arguments.refused("text with emoji sequences, flags or joining letters cannot be cut here") from None
    return text if length >= len(pieces) else "".join(pieces[:length]) + end


def _replace(value: Any, arguments: Arguments) -> str:
    text = arguments.as_text(value)
    old, new = arguments.text("from"), arguments.text("to")
    arguments.meter.produce(len(text) + text.count(old) * max(len(new) - len(old), 0))
    return text.replace(old, new)


def _percent(keeps: frozenset[int]) -> Filter:
    return _on_text(lambda text: "".join(chr(byte) if byte in keeps else f"%{byte:02X}" for byte in text.encode()))


def _add_slashes(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")


def _slugify(value: Any, arguments: Arguments) -> str:
    slug = unicode.slug(arguments.as_text(value))
    if slug is None:
        raise arguments.refused("only ASCII and Latin letters can be made a slug here")
    return slug


def _indent(value: Any, arguments: Arguments) -> str:
    text = arguments.as_text(value)
    prefix = arguments.text("prefix", "    ")
    first, blank = arguments.boolean("first", False), arguments.boolean("blank", False)
    arguments.meter.produce(len(text) + len(prefix) * (text.count("\n") + 1))
    result: list[str] = []
    for number, line in enumerate(unicode.lines(text)):
        indented = first if number == 0 else blank or unicode.trim_start(line) != ""
        result.append(prefix + line if indented else line)
    return "\n".join(result)


def _strip_tags(text: str) -> str:
    """Without `<!-- comments on one line -->` and `<tags>`."""
    kept: list[str] = []
    at = 0
    while (start := text.find("<", at)) >= 0:
        end = text.find(">", start)
        if end < 0:
            break
        if text.startswith("<!--", start):
            close = text.find("-->", start + 4)
            newline = text.find("\n", start)
            end = close + 2 if close >= 0 and not 0 <= newline < close else end
        kept.append(text[at:start])
        at = end + 1
    return "".join(kept) + text[at:]


def _split(value: Any, arguments: Arguments) -> list[str]:
    text, pattern = arguments.as_text(value), arguments.pattern("pat")
    arguments.meter.produce(len(text) * 2)
    return text.split(pattern) if pattern else ["", *text, ""]


def _int(value: Any, arguments: Arguments) -> int:
    default = arguments.whole("default", 0, I64)
    base = arguments.whole("base", 10, range(2**32))
    if is_number(value):
        return _saturated(float(value))
    if type(value) is not str:
        raise arguments.wrong("the value must be text or a number")
    if not 2 <= base <= 36:
        raise arguments.wrong("the argument base must be between 2 and 36")
    text = unicode.trim(value)
    prefix = {2: "0b", 8: "0o", 16: "0x"}.get(base)
    while prefix and text.startswith(prefix):
        text = text[2:]
    digits = text[1:] if text[:1] in ("+", "-") else text
    if digits.isascii() and digits.isalnum() and len(digits) < 100:
        try:
            number = int(text, base)
        except ValueError:
            return default
        return number if number in I64 else default
    if "." in text and _RUST_FLOAT.fullmatch(text):
        return _saturated(float(text))
    return default


def _saturated(number: float) -> int:
    """A float cut to a whole number of 64 bits."""
    if math.isnan(number):
        return 0
    return max(I64.start, min(I64.stop - 1, int(number))) if math.isfinite(number) else (I64.stop - 1 if number > 0 else I64.start)


def _float(value: Any, arguments: Arguments) -> float | None:
    default = arguments.number("default", 0.0)
    if is_number(value):
        return float(value)
    if type(value) is not str:
        raise arguments.wrong("the value must be text or a number")
    text = unicode.trim(value)
    number = float(text) if _RUST_FLOAT.fullmatch(text) and len(text) < 1000 else default
    return number if math.isfinite(number) else None


def _abs(value: Any, arguments: Arguments) -> int | float:
    if not is_number(value):
        raise arguments.wrong("the value must be a number")
    if value == I64.start and type(value) is int:
        raise arguments.wrong("the number does not fit in 64 bits")
    number: int | float = abs(value)
    return number


def _pluralize(value: Any, arguments: Arguments) -> str:
    number = arguments.as_number(value)
    plural, singular = arguments.text("plural", "s"), arguments.text("singular", "")
    return plural if abs(abs(number) - 1.0) > 2.220446049250313e-16 else singular


def _power_of_ten(exponent: int) -> float:
    """10 to a power by squaring, with the roundings of the compiled code."""
    result, base, left = 1.0, 10.0, abs(exponent)
    while left:
        if left & 1:
            result *= base
        left >>= 1
        base *= base
    return result if exponent >= 0 else 1.0 / result if result else math.inf


def _half_away(number: float) -> float:
    """Rounded to a whole number, halves away from zero."""
    if not math.isfinite(number) or abs(number) >= 2.0**52:
        return number
    whole = math.floor(abs(number))
    return math.copysign(whole + (abs(number) - whole >= 0.5), number)


def _round(value: Any, arguments: Arguments) -> float | None:
    number = arguments.as_number(value)
    method, precision = arguments.text("method", "common"), arguments.whole("precision", 0, _I32)
    multiplier = _power_of_ten(precision) if precision else 1.0
    scaled = multiplier * number
    if method == "common":
        scaled = _half_away(scaled)
    elif method in ("ceil", "floor"):
        if math.isfinite(scaled):
            scaled = math.copysign(float(math.ceil(scaled) if method == "ceil" else math.floor(scaled)), scaled)
    else:
        raise arguments.wrong("the argument method must be common, ceil or floor")
    result = scaled / multiplier if multiplier else math.copysign(math.inf, scaled) if scaled else math.nan
    return result if math.isfinite(result) else None


def _filesizeformat(value: Any, arguments: Arguments) -> str:
    size = float(arguments.as_whole(value, allowed=range(2**64)))
    names = _BINARY_SIZES if arguments.boolean("binary", False) else _SIZES
    step = 0
    while size >= 1024.0 and step < len(names) - 1:
        size /= 1024.0
        step += 1
    digits = f"{size:.0f}" if size == math.floor(size) else f"{size:.2f}"
    return f"{digits} {names[step]}"


def _as_str(value: Any, arguments: Arguments) -> str:
    arguments.meter.measure(value)
    return show(value)


FILTERS: dict[str, Filter] = {
    "upper": _on_text(str.upper),
    "lower": _on_text(str.lower),
    "trim": _on_text(unicode.trim),
    "trim_start": _on_text(unicode.trim_start),
    "trim_end": _on_text(unicode.trim_end),
    "trim_start_matches": _trim_start_matches,
    "trim_end_matches": _trim_end_matches,
    "truncate": _truncate,
    "wordcount": _on_text(unicode.count_words),
    "replace": _replace,
    "capitalize": _on_text(_capitalize),
    "title": _on_text(unicode.title),
    "linebreaksbr": _on_text(lambda text: text.replace("\r\n", "<br>").replace("\n", "<br>")),
    "indent": _indent,
    "striptags": _on_text(_strip_tags),
    "spaceless": _on_text(lambda text: _GAPS.sub("><", text)),
    "urlencode": _percent(_URL_KEEPS),
    "urlencode_strict": _percent(_STRICT_KEEPS),
    "escape": _replaced(_HTML),
    "escape_xml": _replaced(_XML),
    "slugify": _slugify,
    "addslashes": _on_text(_add_slashes),
    "split": _split,
    "int": _int,
    "float": _float,
    "abs": _abs,
    "pluralize": _pluralize,
    "round": _round,
    "filesizeformat": _filesizeformat,
    "as_str": _as_str,
}
