# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plain scalar means in a Compose file, and how a value becomes a text. Pure.

Compose's own library reads YAML with go-yaml: booleans and null as in YAML 1.2, but `010` is eight,
`1_000` a thousand and `2026-01-02` a date.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any


class Date(str):
    """A date without quotes, as it was written: Compose takes it nowhere."""


_WORDS: dict[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys(("-0", "-0.0"), -0.0),
}
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?")
_WHOLE = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
MAX_DIGITS = 400
"""Longer words are texts: no number of Compose is as long, and reading one takes longer than its length."""


def plain_scalar(word: str) -> Any:
    """The value of a scalar without quotes and tag."""
    if word in _WORDS:
        return _WORDS[word]
    if not word or word[0] not in "+-.0123456789" or len(word) > MAX_DIGITS:
        return word
    if word[0] == ".":
        return _float(word, word) if _FLOAT.fullmatch(word) else word
    if _DATE.fullmatch(word):
        return Date(word)
    bare = word.replace("_", "")
    whole = _WHOLE.fullmatch(bare)
    if whole:
        sign, hexadecimal, octal, binary, decimal = whole.groups()
        number = int(hexadecimal or octal or binary or decimal, 16 if hexadecimal else 8 if octal else 2 if binary else 10)
        if number < 2**64 and not (sign == "-" and number > 2**63):
            return -number if sign == "-" else number
    return _float(bare, word) if _FLOAT.fullmatch(bare) else word


def _float(number: str, word: str) -> float | str:
    """The number; what is larger than any is a text."""
    value = float(number)
    return word if value in (float("inf"), float("-inf")) else value


def as_text(value: Any) -> str:
    """A value as Compose puts it into a text: `true`, `1.5`, `1e+06`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "<nil>"
    if isinstance(value, float):
        return _float_text(value)
    return str(value)


def _float_text(value: float) -> str:
    """The shortest form, with an exponent from a million on and below a ten-thousandth."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    shorter = text.rstrip("0")
    minus = "-" if sign else ""
    if not shorter:
        return f"{minus}0"
    power = len(text) + int(exponent) - 1
    if power < -4 or power >= 6:
        return f"{minus}{shorter[0]}{'.' + shorter[1:] if shorter[1:] else ''}e{'-' if power < 0 else '+'}{abs(power):02d}"
    if power < 0:
        return f"{minus}0.{'0' * (-power - 1)}{shorter}"
    whole, rest = shorter[: power + 1].ljust(power + 1, "0"), shorter[power + 1 :]
    return f"{minus}{whole}{'.' + rest if rest else ''}"
