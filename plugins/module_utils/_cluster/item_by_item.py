# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A LIST of which little is kept: decoded one object after the other, so that no more than one is there whole."""

from __future__ import annotations

import json
import re
from typing import Any

from .types import Keep

_DECODE = json.JSONDecoder().raw_decode
_BLANKS = re.compile(r"[ \t\n\r]*")


def decode_items(data: bytes, keep: Keep) -> dict[str, Any]:
    """The decoded list, with what `keep` made of each object as its `items`. Raises ValueError for what is no JSON object."""
    text = data.decode()
    found: dict[str, Any] = {}
    at, more = _begin(text, _blank(text, 0), "{}")
    while more:
        name, at = _DECODE(text, at)
        at = _past(text, at, ":")
        if name == "items" and text[at : at + 1] == "[":
            found[name], at = _items(text, at, keep)
        else:
            found[name], at = _DECODE(text, at)
        at, more = _next(text, at, "}")
    if at != len(text):
        raise ValueError(f"something follows the list at character {at}")
    return found


def _items(text: str, at: int, keep: Keep) -> tuple[list[Any], int]:
    found: list[Any] = []
    at, more = _begin(text, at, "[]")
    while more:
        obj, at = _DECODE(text, at)
        found.append(keep(obj))
        at, more = _next(text, at, "]")
    return found, at


def _begin(text: str, at: int, brackets: str) -> tuple[int, bool]:
    """(where the first member is, or what follows an empty one; whether there is a member)."""
    at = _past(text, at, brackets[0])
    if text[at : at + 1] == brackets[1]:
        return _blank(text, at + 1), False
    return at, True


def _next(text: str, at: int, closing: str) -> tuple[int, bool]:
    """(where the next member is, or what follows the last; whether there is one)."""
    at = _blank(text, at)
    if text[at : at + 1] == closing:
        return _blank(text, at + 1), False
    return _past(text, at, ","), True


def _past(text: str, at: int, sign: str) -> int:
    at = _blank(text, at)
    if text[at : at + 1] != sign:
        raise ValueError(f"expected {sign} at character {at}")
    return _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return at if found is None else found.end()
