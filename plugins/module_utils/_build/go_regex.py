# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go's regular expressions as `.dockerignore` brings them about, in Python's words. Pure.

Only what patterns can hold: literals, classes, escapes and the pieces that `ignore.py` puts in. https://pkg.go.dev/regexp/syntax
"""

from __future__ import annotations

import re

_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_PERL = {"d": "0-9", "s": "\\t\\n\\f\\r ", "w": "0-9A-Za-z_"}
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": "\\x00-\\x7f",
    "blank": "\\t ",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\t\\n\\v\\f\\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}


class BadRegex(ValueError):
    """Go refuses it, or nobody means it."""


def compiled(go: str) -> re.Pattern[str]:
    """Raises BadRegex."""
    out, at = [], 0
    while at < len(go):
        char = go[at]
        if char == "\\":
            piece, at = _escape(go, at)
        elif char == "[":
            piece, at = _class(go, at)
        elif char == "$":
            piece, at = "\\Z", at + 1
        else:
            piece, at = char if char in "^.*()?" else re.escape(char), at + 1
        out.append(piece)
    try:
        return re.compile("".join(out))
    except re.error as error:
        raise BadRegex(str(error)) from None


def _escape(go: str, at: int) -> tuple[str, int]:
    char = go[at + 1 : at + 2]
    if char in _CONTROLS:
        return re.escape(_CONTROLS[char]), at + 2
    if char and char in _PERL:
        return f"[{_PERL[char]}]", at + 2
    if char and char.lower() in _PERL:
        return f"[^{_PERL[char.lower()]}]", at + 2
    if char in ("b", "B"):
        return f"(?a:\\{char})", at + 2
    if char in ("A", "z"):
        return {"A": "\\A", "z": "\\Z"}[char], at + 2
    return re.escape(_literal(char)), at + 2


def _literal(char: str) -> str:
    if not char or ord(char) > 0x7F or char.isalnum():
        raise BadRegex(f"\\{char} means nothing")
    return char


def _class(go: str, at: int) -> tuple[str, int]:
    at += 1
    out = "["
    if go[at : at + 1] == "^":
        out, at = "[^", at + 1
    first = True
    while True:
        if at >= len(go):
            raise BadRegex("a [ is not closed")
        if go[at] == "]" and not first:
            return f"{out}]", at + 1
        first = False
        piece, low, at = _member(go, at)
        if low and go[at : at + 1] == "-" and go[at + 1 : at + 2] not in ("]", ""):
            _piece, high, at = _member(go, at + 1, ranged=True)
            if high < low:
                raise BadRegex(f"{low}-{high} is no range")
            piece = f"{_in_class(low)}-{_in_class(high)}"
        out += piece


def _member(go: str, at: int, *, ranged: bool = False) -> tuple[str, str, int]:
    """A member of a class: its piece, the one character that it is ("" where it is several), and where the next begins."""
    if go.startswith("[:", at) and not ranged and (end := go.find(":]", at + 2)) > 0:
        name = go[at + 2 : end]
        inverse = name.startswith("^")
        if name.lstrip("^") not in _POSIX or inverse:
            raise BadRegex(f"[:{name}:] is no class")
        return _POSIX[name], "", end + 2
    if go[at] != "\\":
        return _in_class(go[at]), go[at], at + 1
    char = go[at + 1 : at + 2]
    if char and char in _PERL and not ranged:
        return _PERL[char], "", at + 2
    if char and char.lower() in _PERL and not ranged:
        return f"\\{char}", "", at + 2
    literal = _CONTROLS.get(char) or _literal(char)
    return _in_class(literal), literal, at + 2


def _in_class(char: str) -> str:
    return f"\\{char}" if ord(char) < 0x80 and not char.isalnum() and char.isprintable() and char != " " else char
