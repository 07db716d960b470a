# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of variables by the rules of Compose's own reader, which takes more than `_model.dotenv` does: `NAME: value`, names that take
their value from elsewhere, all of `${...}`. Pure."""

from __future__ import annotations

import re
from collections.abc import MutableMapping

from .substitution import Lookup, Missing, NotATemplate, substitute

_ESCAPE = re.compile(r'\\(?:[abcfnrtv$"\\]|0[0-9]{0,3})')
_EXPORT = re.compile(r"export(?=\s)[\t\v\f\r \x85\xa0]*")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\", "$": "$$"}
_BLANKS = "\t\v\f\r \x85\xa0"
_SPACES = _BLANKS + "\n"
MAX_NAMES = 5000
MAX_TOTAL = 4 * 1024 * 1024
"""Characters of all values of one file together."""


class NotAnEnvFile(Exception):
    """A line that says nothing. line: 1-based."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message, self.line = message, line


def read_env_file(text: str, into: MutableMapping[str, str], lookup: Lookup) -> None:
    """Put the variables of a file into a map. lookup: names that are stronger than those of the map. Raises NotAnEnvFile."""

    def known(name: str) -> str | None:
        value = lookup(name)
        return into.get(name) if value is None else value

    place, end, total = 0, len(text), 0
    if text.startswith("\ufeff"):
        place = 1
    while True:
        place = _statement(text, place)
        if place >= end:
            return
        name, place, taken = _name(text, place)
        if taken:
            value = lookup(name)
            if value is not None:
                into[name] = value
            continue
        into[name], place = _value(text, place, known)
        total += len(into[name])
        if total > MAX_TOTAL:
            raise NotAnEnvFile(f"the values stand for more than {MAX_TOTAL // 1024 // 1024} Mi characters", _line(text, place))
        if len(into) > MAX_NAMES:
            raise NotAnEnvFile(f"more than {MAX_NAMES} variables", _line(text, place))


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _statement(text: str, place: int) -> int:
    """Where the next statement begins, after blank lines and comments."""
    while place < len(text):
        if text[place].isspace():
            place += 1
        elif text[place] == "#":
            newline = text.find("\n", place)
            place = len(text) if newline < 0 else newline
        else:
            break
    return place


def _name(text: str, place: int) -> tuple[str, int, bool]:
    """(name, where its value begins, whether it has none)."""
    line = _line(text, place)
    exported = _EXPORT.match(text, place)
    start = exported.end() if exported else place
    if start >= len(text):
        raise NotAnEnvFile("export without a name", line)
    at = start
    while at < len(text):
        char = text[at]
        if char in _BLANKS or char in "_.-[]" or char.isalnum():
            at += 1
            continue
        if char not in "=:\n":
            raise NotAnEnvFile("a name of letters, digits and _ . - [ ] was expected", line)
        break
    if at >= len(text):  # without a line end nothing says that it is a name: Compose takes it for a value without one
        return "", start, False
    taken = text[at] == "\n"
    name = text[start:at].rstrip()
    if " " in name:
        raise NotAnEnvFile("a name with a blank in it", line)
    at += 1
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return name, at, taken


def _value(text: str, place: int, known: Lookup) -> tuple[str, int]:
    line = _line(text, place)
    try:
        if place < len(text) and text[place] in "'\"":
            return _quoted(text, place, known)
        newline = text.find("\n", place)
        stop = len(text) if newline < 0 else newline
        value = text[place:stop].partition(" #")[0].rstrip()
        return substitute(value, known), min(stop + 1, len(text))
    except NotATemplate:
        raise NotAnEnvFile("a dollar that begins no variable: write $$ for a dollar", line) from None
    except Missing as missing:
        raise NotAnEnvFile(f"{missing.name} is needed and not set", line) from None


def _quoted(text: str, place: int, known: Lookup) -> tuple[str, int]:
    """A value in quotes; a backslash before the quote makes it a part."""
    quote, at = text[place], place + 1
    parts: list[str] = []
    escaped = False
    while at < len(text):
        char = text[at]
        if char == quote and not escaped:
            value = "".join(parts)
            if quote == '"':
                value = substitute(_ESCAPE.sub(_escape, value), known)
            return value, at + 1
        if char == quote:
            escaped = False
            parts.append(char)
        elif not escaped and char == "\\":
            escaped = True
        else:
            if escaped:
                parts.append("\\")
            escaped = False
            parts.append(char)
        at += 1
    raise NotAnEnvFile("a quote that is opened and not closed", _line(text, place))


def _escape(match: re.Match[str]) -> str:
    word = match.group()[1:]
    if word in _ESCAPES:
        return _ESCAPES[word]
    if re.fullmatch(r"0[0-7]{3}", word) and int(word, 8) < 256:
        return chr(int(word, 8))
    return match.group()
