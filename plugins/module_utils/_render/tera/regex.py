# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular expressions as Rust's `regex` reads them, for the one question whether a text contains a match.

Matching follows all alternatives at once, so its time is bounded by text times expression; Python's `re` can take for ever.
Raises NotSupported for what is no expression and for the few things that are not read here (class arithmetic, names of scripts).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from .text import WHITE, is_word

_MAX_SIZE = 20_000
_SPECIAL = frozenset("\\.+*?()|[]{}^$#&-~/")
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\x0b", "a": "\x07"}
_POSIX: dict[str, Callable[[str], bool]] = {
    "alnum": lambda c: c.isascii() and c.isalnum(),
    "alpha": lambda c: c.isascii() and c.isalpha(),
    "ascii": lambda c: c.isascii(),
    "blank": lambda c: c in "\t ",
    "cntrl": lambda c: c < " " or c == "\x7f",
    "digit": lambda c: "0" <= c <= "9",
    "graph": lambda c: "!" <= c <= "~",
    "lower": lambda c: "a" <= c <= "z",
    "print": lambda c: " " <= c <= "~",
    "punct": lambda c: "!" <= c <= "~" and not c.isalnum(),
    "space": lambda c: c in "\t\n\x0b\x0c\r ",
    "upper": lambda c: "A" <= c <= "Z",
    "word": lambda c: c.isascii() and (c.isalnum() or c == "_"),
    "xdigit": lambda c: c in "0123456789abcdefABCDEF",
}
Fits = Callable[[str], bool]


class NotSupported(ValueError):
    """The expression is wrong, or uses something that is not read here. The message says what."""


@dataclass
class _Node:
    """kind: fits (a character), assert, cat, alt, repeat, empty."""

    kind: str
    fits: Fits | None = None
    what: str = ""
    parts: list[_Node] = field(default_factory=list)
    least: int = 0
    most: int | None = None


def _negated(fits: Fits) -> Fits:
    return lambda char: not fits(char)


def _same(wanted: str) -> Fits:
    return lambda char: char == wanted


def _without_case(fits: Fits) -> Fits:
    return lambda char: fits(char) or fits(char.lower()) or fits(char.upper()) if len(char.upper()) == 1 else fits(char)


def _between(low: str, high: str) -> Fits:
    return lambda char: low <= char <= high


def _category(name: str) -> Fits:
    return lambda char: unicodedata.category(char).startswith(name)


_CLASSES: dict[str, Fits] = {"d": _category("Nd"), "s": lambda char: char in WHITE, "w": is_word}


class _Parser:
    """Recursive descent over the pattern. flags: those of i, m, s, x that are on."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.flags: frozenset[str] = frozenset()

    def whole(self) -> _Node:
        """The whole pattern."""
        node = self.alternatives()
        if self.at < len(self.pattern):
            raise NotSupported("a `)` too many")
        return node

    def peek(self) -> str:
        """The next character, empty at the end."""
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        """The next character, which must be there."""
        if self.at >= len(self.pattern):
            raise NotSupported("an unfinished part")
        self.at += 1
        return self.pattern[self.at - 1]

    def alternatives(self) -> _Node:
        """`a|b`."""
        outside = self.flags
        parts = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            parts.append(self.sequence())
        self.flags = outside
        return parts[0] if len(parts) == 1 else _Node("alt", parts=parts)

    def sequence(self) -> _Node:
        """Pieces, each perhaps repeated."""
        parts: list[_Node] = []
        while self.peek() not in ("", "|", ")"):
            if "x" in self.flags and (self.peek() in WHITE or self.peek() == "#"):
                end = self.pattern.find("\n", self.at) if self.peek() == "#" else self.at
                self.at = len(self.pattern) if end < 0 else end + 1
                continue
            node = self.atom()
            if node is not None:
                parts.append(self.repeated(node))
        return _Node("cat", parts=parts)

    def repeated(self, node: _Node) -> _Node:
        """`*`, `+`, `?`, `{2,3}` after a piece; lazy or not makes no difference to whether there is a match."""
        while self.peek() in ("*", "+", "?", "{"):
            sign = self.take()
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign) or self.counts()
            if self.peek() == "?":
                self.at += 1
            node = _Node("repeat", parts=[node], least=least, most=most)
        return node

    def counts(self) -> tuple[int, int | None]:
        """After `{`."""
        end = self.pattern.find("}", self.at)
        low, comma, high = self.pattern[self.at : end].partition(",")
        low, high = low.strip(), high.strip()
        if end < 0 or not low.isdecimal() or (high and not high.isdecimal()) or len(low + high) > 8:
            raise NotSupported("a `{` that is no count")
        self.at = end + 1
        most = (int(high) if high else None) if comma else int(low)
        if most is not None and most < int(low):
            raise NotSupported("a count whose end is before its start")
        return int(low), most

    def atom(self) -> _Node | None:
        """One piece; None for flags that only change what follows."""
        char = self.take()
        if char == "(":
            return self.group()
        if char == "[":
            return self.fitting(self.char_class())
        if char == ".":
            return _Node("fits", fits=(lambda _c: True) if "s" in self.flags else lambda c: c != "\n")
        if char in "^$":
            return _Node("assert", what=("line " if "m" in self.flags else "text ") + char)
        if char == "\\":
            return self.escape()
        if char in "*+?{":
            raise NotSupported(f"a `{char}` with nothing before it")
        return self.fitting(_same(char))

    def fitting(self, fits: Fits) -> _Node:
        """A character, without regard to case where that is on."""
        return _Node("fits", fits=_without_case(fits) if "i" in self.flags else fits)

    def group(self) -> _Node | None:
        """After `(`."""
        outside = self.flags
        if self.peek() == "?":
            self.at += 1
            if self.pattern.startswith(("P<", "<"), self.at) and not self.pattern.startswith(("<=", "<!"), self.at):
                self.at = self.pattern.find(">", self.at) + 1
                if self.at == 0:
                    raise NotSupported("an unfinished name of a group")
            elif self.set_flags():
                return None
        node = self.alternatives()
        if self.peek() != ")":
            raise NotSupported("a `(` that is not closed")
        self.at += 1
        self.flags = outside
        return node

    def set_flags(self) -> bool:
        """After `(?`; whether the group ends here."""
        on, found = True, set(self.flags)
        while (char := self.take()) not in ":)":
            if char == "-":
                on = False
            elif char not in "imsxUuR" or (char == "u" and not on):
                raise NotSupported(f"`(?{char}`, which Rust's regular expressions do not have or which is not read here")
            elif on:
                found.add(char)
            else:
                found.discard(char)
        self.flags = frozenset(found)
        return char == ")"

    def escape(self) -> _Node:
        """After a backslash, outside a class."""
        char = self.peek()
        if char in ("b", "B", "A", "z") and char:
            self.at += 1
            return _Node("assert", what={"A": "text ^", "z": "text $"}.get(char, char))
        return self.fitting(self.escaped())

    def escaped(self) -> Fits:
        """After a backslash, a character or class of characters."""
        char = self.take()
        if char.lower() in _CLASSES:
            return _CLASSES[char] if char in _CLASSES else _negated(_CLASSES[char.lower()])
        if char in "pP":
            return self.property(char == "P")
        literal = self.escaped_char(char)
        return _same(literal)

    def escaped_char(self, char: str) -> str:
        """The character that an escape means."""
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char in "xuU":
            if self.peek() == "{":
                end = self.pattern.find("}", self.at)
                digits, self.at = self.pattern[self.at + 1 : end], end + 1
            else:
                width = {"x": 2, "u": 4, "U": 8}[char]
                digits, self.at = self.pattern[self.at : self.at + width], self.at + width
            try:
                return chr(int(digits, 16))
            except (ValueError, OverflowError):
                raise NotSupported(f"`\\{char}` without its digits") from None
        if char in _SPECIAL or (char.isascii() and not char.isalnum() and char not in "<>"):
            return char
        raise NotSupported(f"`\\{char}`, which Rust's regular expressions do not have")

    def property(self, negated: bool) -> Fits:
        """A general category: `\\pL`, `\\p{Lu}`."""
        name = self.take()
        if name == "{":
            end = self.pattern.find("}", self.at)
            name, self.at = self.pattern[self.at : end], end + 1
        known = {f"{group}{kind}" for group in "CLMNPSZ" for kind in ("", *"cdeiklmnopstu")}
        if name not in known:
            raise NotSupported(f"`\\p{{{name}}}`: only general categories such as \\p{{Lu}} are read here")
        fits = _category(name)
        return _negated(fits) if negated else fits

    def char_class(self) -> Fits:
        """After `[`."""
        negated = self.peek() == "^"
        self.at += negated
        parts: list[Fits] = []
        first = True
        while first or self.peek() != "]":
            parts.append(self.class_item())
            first = False
        self.at += 1
        if "i" in self.flags:
            parts = [_without_case(part) for part in parts]

        def fits(char: str) -> bool:
            return any(part(char) for part in parts)

        return _negated(fits) if negated else fits

    def class_item(self) -> Fits:
        """A character, range, class or nested class."""
        if self.pattern.startswith(("&&", "--", "~~"), self.at):
            raise NotSupported("class arithmetic (`&&`, `--`, `~~`), which is not read here")
        char = self.take()
        if char == "[":
            if self.peek() == ":":
                end = self.pattern.find(":]", self.at)
                name = self.pattern[self.at + 1 : end] if end > 0 else ""
                if name.lstrip("^") not in _POSIX:
                    raise NotSupported("a class `[: :]` that does not exist")
                self.at = end + 2
                return _negated(_POSIX[name[1:]]) if name.startswith("^") else _POSIX[name]
            return self.char_class()
        if char == "\\":
            if self.peek().lower() in ("d", "s", "w", "p"):
                return self.escaped()
            char = self.escaped_char(self.take())
        following = self.pattern[self.at + 1 : self.at + 2]
        if self.peek() == "-" and following not in ("]", "-", ""):
            self.at += 1
            high = self.take()
            high = self.escaped_char(self.take()) if high == "\\" else high
            if high < char:
                raise NotSupported("a range whose end is before its start")
            return _between(char, high)
        return _same(char)


class Regex:
    """A compiled expression. size: its number of steps."""

    def __init__(self, pattern: str) -> None:
        self._steps: list[tuple[str, Fits | None, str, tuple[int, ...]]] = []
        self._work = 0
        try:
            self._emit(_Parser(pattern).whole())
        except RecursionError:
            raise NotSupported("too many nested groups") from None
        self._add("match")
        self.size = len(self._steps)

    def _add(self, kind: str, fits: Fits | None = None, what: str = "", targets: tuple[int, ...] = ()) -> int:
        self._steps.append((kind, fits, what, targets))
        return len(self._steps) - 1

    def _point(self, step: int, *targets: int) -> None:
        kind, fits, what, _old = self._steps[step]
        self._steps[step] = (kind, fits, what, targets)

    def _emit(self, node: _Node) -> None:
        self._work += 1
        if self._work > _MAX_SIZE:
            raise NotSupported("too many repetitions")
        if node.kind in ("fits", "assert"):
            self._add(node.kind, node.fits, node.what)
        elif node.kind == "cat":
            for part in node.parts:
                self._emit(part)
        elif node.kind == "alt":
            fork = self._add("go")
            starts, ends = [], []
            for part in node.parts:
                starts.append(len(self._steps))
                self._emit(part)
                ends.append(self._add("go"))
            self._point(fork, *starts)
            for end in ends:
                self._point(end, len(self._steps))
        elif node.kind == "repeat":
            self._emit_repeat(node)

    def _emit_repeat(self, node: _Node) -> None:
        for _ in range(node.least):
            self._emit(node.parts[0])
        if node.most is None:
            fork = self._add("go")
            self._emit(node.parts[0])
            self._add("go", targets=(fork,))
            self._point(fork, fork + 1, len(self._steps))
            return
        forks = []
        for _ in range(node.most - node.least):
            forks.append(self._add("go"))
            self._emit(node.parts[0])
        for fork in forks:
            self._point(fork, fork + 1, len(self._steps))

    def matches(self, text: str) -> bool:
        """Whether the expression matches somewhere in the text."""
        current: set[int] = set()
        for at in range(len(text) + 1):
            current.add(0)
            active = self._closure(current, text, at)
            if active is None:
                return True
            current = set()
            if at < len(text):
                char = text[at]
                current = {step + 1 for step, fits in active if fits(char)}
        return False

    def _closure(self, starts: set[int], text: str, at: int) -> list[tuple[int, Fits]] | None:
        """The steps that wait for a character; None when the match is complete."""
        waiting = list(starts)
        seen = set(starts)
        active: list[tuple[int, Fits]] = []
        while waiting:
            step = waiting.pop()
            kind, fits, what, targets = self._steps[step]
            if kind == "match":
                return None
            if kind == "fits" and fits is not None:
                active.append((step, fits))
                continue
            for target in targets if kind == "go" else (step + 1,) if _holds(what, text, at) else ():
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return active


def _holds(what: str, text: str, at: int) -> bool:
    if what in ("b", "B"):
        before = at > 0 and is_word(text[at - 1])
        after = at < len(text) and is_word(text[at])
        return (before != after) == (what == "b")
    if what == "text ^":
        return at == 0
    if what == "text $":
        return at == len(text)
    return (at == 0 or text[at - 1] == "\n") if what == "line ^" else (at == len(text) or text[at] == "\n")
