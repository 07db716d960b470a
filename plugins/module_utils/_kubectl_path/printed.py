# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results -> the text that kubectl prints, with Go's spelling of numbers and JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from .._secrets import SecretText, secret_leaves

_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def printed(found: Sequence[Sequence[Any]]) -> str:
    """The results of each block with spaces between them, the blocks without. A text made with a secret is secret."""
    text = "".join(" ".join(_scalar(value) for value in results) for results in found)
    return SecretText(text) if any(True for _ in secret_leaves(list(map(list, found)))) else text


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return str.__str__(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value, 6, -4, 2)
    return str(value) if isinstance(value, int) else _json(value)


def _json(value: Any) -> str:
    """Go's encoding/json: keys in order, <, > and & escaped."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json(key)}:{_json(value[key])}" for key in sorted(value, key=str.encode)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, float):
        return _float(value, 21, -6, 1)
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        text = "".join(_HTML.get(char, char) for char in text)
    return text


def _float(value: float, high: int, low: int, digits: int) -> str:
    """The shortest decimal that is this number, with an exponent (of at least so many digits) from 10^high up and below 10^low."""
    if value == 0:
        return "-0" if str(value).startswith("-") else "0"
    sign, figures, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, figures)).rstrip("0") or "0"
    point = len(figures) + int(exponent)
    minus = "-" if sign else ""
    if low <= point - 1 < high:
        return minus + format(Decimal(repr(value)).normalize(), "f")
    mantissa = text[0] + (f".{text[1:]}" if len(text) > 1 else "")
    return f"{minus}{mantissa}e{'-' if point - 1 < 0 else '+'}{abs(point - 1):0{digits}d}"
