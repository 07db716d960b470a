# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`.dockerignore`: which files of a context a builder never sees, by BuildKit's own rules. Pure.

The rules are those of https://github.com/moby/patternmatcher (patterns) and https://github.com/tonistiigi/fsutil (which folders are
looked into); a test compares both with these programs on random patterns and trees.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .go_regex import BadRegex, compiled

_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
_ESCAPED = ".+()|{}$"
_WILD = set("*[]?^\\")


class BadPattern(ValueError):
    """A line that BuildKit refuses as well. message: why."""


@dataclass(frozen=True)
class Pattern:
    """One line. text: cleaned, without the `!`. exception: written with one."""

    text: str
    exception: bool
    matches: Callable[[str], bool] = field(compare=False)

    @property
    def plain(self) -> str:
        """Without a trailing glob."""
        return self.text.removesuffix("/**").removesuffix("/*")


class Ignore:
    """The patterns of one file. A path's verdict needs that of its folder: see `verdict`."""

    def __init__(self, text: str) -> None:
        """Raises BadPattern."""
        self.patterns = tuple(_patterns(_lines(text)))
        self._has_exceptions = any(one.exception for one in self.patterns)
        self._plain_exceptions = not any(one.exception and _WILD & set(one.plain) for one in self.patterns)

    def verdict(self, path: str, of_folder: Sequence[bool] = ()) -> tuple[bool, tuple[bool, ...]]:
        """Whether the path is left out, and what its children are to be asked with. of_folder: that of its folder, () at the top.

        Raises BadPattern.
        """
        left_out, found = False, []
        for number, pattern in enumerate(self.patterns):
            matched = bool(of_folder) and of_folder[number]
            if not matched:
                if pattern.exception != left_out:
                    found.append(False)
                    continue
                matched = pattern.matches(path)
            found.append(matched)
            if matched:
                left_out = not pattern.exception
        return left_out, tuple(found)

    def is_looked_into(self, folder: str) -> bool:
        """Whether something in a folder that is left out may be taken in again."""
        if not self._plain_exceptions:
            return True
        return self._has_exceptions and any(one.exception and f"{one.plain}/".startswith(f"{folder}/") for one in self.patterns)


def _lines(text: str) -> list[str]:
    found = []
    for line in text.removeprefix("\ufeff").split("\n"):
        line = line.removesuffix("\r")
        if line.startswith("#") or not (line := line.strip(_SPACES)):
            continue
        inverse = line.startswith("!")
        pattern = line[1:].strip(_SPACES) if inverse else line
        if pattern:
            pattern = _clean(pattern)
            pattern = pattern[1:] if len(pattern) > 1 and pattern.startswith("/") else pattern
        found.append(f"!{pattern}" if inverse else pattern)
    return found


def _clean(path: str) -> str:
    """Go's filepath.Clean."""
    return posixpath.normpath(re.sub("/+", "/", path))


def _patterns(lines: list[str]) -> list[Pattern]:
    found = []
    for line in lines:
        text = _clean(line.strip(_SPACES))
        exception = text.startswith("!")
        if text == "!":
            raise BadPattern("! without a pattern")
        text = text[1:] if exception else text
        _check(text)
        found.append(Pattern(text, exception, _matcher(text)))
    return found


def _matcher(text: str) -> Callable[[str], bool]:
    """The match of patternmatcher: as text where that is enough, else by a regular expression, which is made when it is first asked."""
    kind, regex = _regex(text)
    if kind == "exact":
        return lambda path: path == text
    if kind == "prefix":
        return lambda path: path.startswith(text[:-2])
    if kind == "suffix":
        rest = text[2:]
        return lambda path: path.endswith(rest) or (rest.startswith("/") and path == rest[1:])
    made: list[re.Pattern[str]] = []

    def matches(path: str) -> bool:
        if not made:
            try:
                made.append(compiled(regex))
            except BadRegex as error:
                raise BadPattern(f"{text}: {error}") from None
        return made[0].match(path) is not None

    return matches


def _regex(text: str) -> tuple[str, str]:
    """exact, prefix, suffix or regex, and the regular expression in Go's words."""
    regex, kind, at = "^", "exact", 0
    turn = 0
    while at < len(text):
        char, at = text[at], at + 1
        if char == "*" and text[at : at + 1] == "*":
            at += 2 if text[at + 1 : at + 2] == "/" else 1
            if at >= len(text):
                kind, regex = ("prefix", regex) if kind == "exact" else ("regex", f"{regex}.*")
            else:
                kind, regex = "regex", f"{regex}(.*/)?"
            kind = "suffix" if turn == 0 else kind
        elif char in "*?":
            kind, regex = "regex", regex + ("[^/]*" if char == "*" else "[^/]")
        elif char in _ESCAPED:
            regex += f"\\{char}"
        elif char == "\\":
            regex += char + text[at : at + 1]
            kind = "regex" if at < len(text) else kind
            at += 1
        else:
            kind = "regex" if char in "[]" else kind
            regex += char
        turn += 1
    return kind, f"{regex}$"


def _check(pattern: str) -> None:
    """What Go's filepath.Match(pattern, ".") refuses, which is not everything that is odd. Raises BadPattern."""
    name = "."
    while pattern:
        star, chunk, pattern = _chunk(pattern)
        if star and not chunk:
            return
        rest = _match_chunk(chunk, name)
        if rest is not None and (not rest or pattern):
            name = rest
            continue
        if star and name and name[0] != "/":
            rest = _match_chunk(chunk, name[1:])
            if rest is not None and (pattern or not rest):
                name = rest
                continue
        return


def _chunk(pattern: str) -> tuple[bool, str, str]:
    star = pattern.startswith("*")
    pattern = pattern.lstrip("*")
    inside, at = False, 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            at += 1
        elif char in "[]":
            inside = char == "["
        elif char == "*" and not inside:
            return star, pattern[:at], pattern[at:]
        at += 1
    return star, pattern, ""


def _match_chunk(chunk: str, name: str) -> str | None:
    """What is left of the name; None where it does not match."""
    failed = False
    while chunk:
        failed = failed or not name
        char, chunk = chunk[0], chunk[1:]
        if char == "[":
            chunk, found = _match_class(chunk, "" if failed else name[0])
            failed = failed or not found
        elif char == "?":
            failed = failed or name[0] == "/"
        else:
            if char == "\\":
                if not chunk:
                    raise BadPattern("it ends with a backslash")
                char, chunk = chunk[0], chunk[1:]
            failed = failed or char != name[0]
        name = name[1:]
    return None if failed else name


def _match_class(chunk: str, char: str) -> tuple[str, bool]:
    negated = chunk.startswith("^")
    chunk = chunk[1:] if negated else chunk
    found, ranges = False, 0
    while not (ranges and chunk.startswith("]")):
        low, chunk = _class_char(chunk)
        high = low
        if chunk[0] == "-":
            high, chunk = _class_char(chunk[1:])
        found = found or (bool(char) and low <= char <= high)
        ranges += 1
    return chunk[1:], found != negated


def _class_char(chunk: str) -> tuple[str, str]:
    if not chunk or chunk[0] in "-]":
        raise BadPattern("a [ is not closed, or is empty")
    chunk = chunk[1:] if chunk[0] == "\\" else chunk
    if len(chunk) < 2:
        raise BadPattern("a [ is not closed")
    return chunk[0], chunk[1:]
