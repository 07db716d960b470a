# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`$NAME`, `${NAME:-default}` and the like in a text, as Compose replaces them. Pure.

https://docs.docker.com/reference/compose-file/interpolation/
"""

from __future__ import annotations

import re
from collections.abc import Callable

Lookup = Callable[[str], "str | None"]
_NAME = "[_a-zA-Z][_a-zA-Z0-9]*"
_START = re.compile(r"\$(?:(\$)|(" + _NAME + r")|\{(?:(" + _NAME + r"(?::?[-+?].*)?)\}|()))")
MAX_TEXT = 512 * 1024
"""Characters that one text may become: defaults can name what is long again and again."""
MAX_DEPTH = 50
MAX_STEPS = 50_000_000
"""Characters that are looked at for one text: each `${` looks as far as its line goes."""


class NotATemplate(Exception):
    """The text has a dollar that begins nothing."""


class Missing(Exception):
    """A variable that must be there (`${NAME:?why}`) is not."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name)
        self.name, self.why = name, why


def substitute(text: str, lookup: Lookup, depth: int = 0) -> str:
    """The text with its variables replaced; what is not set is empty. Raises NotATemplate, Missing."""
    if "$" not in text:
        return text
    if depth > MAX_DEPTH or text.count("${") * len(text) > MAX_STEPS:
        raise NotATemplate
    done: list[str] = []
    place = length = 0
    for match in _START.finditer(text):
        done.append(text[place : match.start()])
        done.append(_replaced(match.group(), lookup, depth))
        place = match.end()
        length += len(done[-1]) + len(done[-2])
        if length > MAX_TEXT:
            raise NotATemplate
    done.append(text[place:])
    return "".join(done)


def _replaced(found: str, lookup: Lookup, depth: int) -> str:
    """One match; it reaches to the last brace of its line, so that what stands behind its own brace is a text again."""
    end = _closing_brace(found)
    own, rest = (found[: end + 1], found[end + 1 :]) if end >= 0 else (found, "")
    match = _START.match(own)
    if match is None:
        raise NotATemplate
    escaped, named, braced, _invalid = match.groups()
    if escaped:
        return escaped
    if named:
        return lookup(named) or ""
    if not braced:
        raise NotATemplate
    value = _braced(braced, found, lookup, depth)
    if value is None:
        return lookup(braced) or ""
    return value + substitute(rest, lookup, depth + 1)


def _closing_brace(text: str) -> int:
    """The index of the brace that closes the first one, or -1."""
    level = place = 0
    while place < len(text):
        if text[place] == "}":
            level -= 1
            if level == 0:
                return place
        elif text[place] == "{":
            level += 1
            place += 1
        place += 1
    return -1


_OPERATORS = (":?", "?", ":-", "-", ":+", "+")


def _braced(inner: str, whole: str, lookup: Lookup, depth: int) -> str | None:
    """The value of `NAME:-default` and the like, by the operator that stands first; None where there is none."""
    places = [(whole.find(operator), number) for number, operator in enumerate(_OPERATORS) if operator in whole]
    operator = _OPERATORS[min(places)[1]] if places else ":?"
    if operator not in inner:
        return None
    name, _, other = inner.partition(operator)
    value = lookup(name)
    usable = value is not None and not (operator[0] == ":" and not value)
    if operator[-1] == "+":
        return substitute(other, lookup, depth + 1) if usable else value or ""
    if usable:
        return value or ""
    if operator[-1] == "?":
        raise Missing(name, substitute(other, lookup, depth + 1))
    return substitute(other, lookup, depth + 1)
