# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""I-Regexp (RFC 9485), the regular expressions of JSONPath's `match` and `search`, in time that grows with the text only.

Patterns come from workspaces that nobody has read, so Python's backtracking `re` is no choice: `(a+)+b` can keep it busy for years. Here
all ways through the pattern are followed at once, and each step is remembered. Imports nothing.

Front door: `compile_pattern`, `Pattern`, and the errors `BadPattern`, `TooMuchWork`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

MAX_STATES = 2_000
"""Of one pattern, its counted repetitions written out."""
MAX_DEPTH = 50
MAX_WORK = 2_000_000
"""States that one match may look at before it is given up."""

Accepts = Callable[[str], bool]
_SPECIAL = "()*+.?[\\]{|}"
_ESCAPED = {sign: sign for sign in "()*+-.?[\\]^{|}"} | {"n": "\n", "r": "\r", "t": "\t"}
_CATEGORIES = frozenset(["C", "L", "M", "N", "P", "S", "Z"])
_QUANTIFIERS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_EATS, _SPLITS, _ENDS = 0, 1, 2


class BadPattern(ValueError):
    """The pattern is no I-Regexp, or too big."""


class TooMuchWork(ValueError):
    """The match was given up."""


class Pattern:
    """A compiled pattern. Each state eats a character and goes on, splits in two, or ends. Thread-safe."""

    def __init__(self, text: str) -> None:
        self._states: list[tuple[int, Accepts | None, tuple[int, ...]]] = []
        end = self.add(_ENDS, None)
        self._end = end
        self._begin = _Reader(text).choice(0)(self, end)

    def add(self, what: int, accepts: Accepts | None, *then: int) -> int:
        """A new state; its number. Raises BadPattern when there are too many."""
        if len(self._states) >= MAX_STATES:
            raise BadPattern(f"the pattern needs more than {MAX_STATES} states: use smaller counts")
        self._states.append((what, accepts, then))
        return len(self._states) - 1

    def loop(self, build: Callable[[int], int], after: int) -> int:
        """A state that goes through what `build` makes, and back here, or on to `after`."""
        here = self.add(_SPLITS, None, after)
        self._states[here] = (_SPLITS, None, (build(here), after))
        return here

    def matches(self, text: str) -> bool:
        """Whether the whole text fits. Raises TooMuchWork."""
        return self._run(text, anywhere=False)

    def found_in(self, text: str) -> bool:
        """Whether a part of the text fits. Raises TooMuchWork."""
        return self._run(text, anywhere=True)

    def _run(self, text: str, *, anywhere: bool) -> bool:
        known: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        begin = self._closed({self._begin})
        now, work = begin, 0
        for sign in text:
            if self._end in now and anywhere:
                return True
            following = known.get((now, sign))
            if following is None:
                work += len(now) + 1
                if work > MAX_WORK:
                    raise TooMuchWork("the pattern takes too long on this text")
                following = self._after(now, sign)
                known[(now, sign)] = following = following | begin if anywhere else following
            now = following
            if not now:
                return False
        return self._end in now

    def _after(self, now: frozenset[int], sign: str) -> frozenset[int]:
        then: set[int] = set()
        for number in now:
            _, accepts, following = self._states[number]
            if accepts is not None and accepts(sign):
                then.update(following)
        return self._closed(then)

    def _closed(self, numbers: set[int]) -> frozenset[int]:
        """With everything that is reached without eating; splits themselves are left out."""
        seen, todo = set(numbers), list(numbers)
        while todo:
            what, _, following = self._states[todo.pop()]
            if what == _SPLITS:
                fresh = [number for number in following if number not in seen]
                seen.update(fresh)
                todo += fresh
        return frozenset(number for number in seen if self._states[number][0] != _SPLITS)


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """Compile. Raises BadPattern, which says what is wrong."""
    return Pattern(text)


Build = Callable[[Pattern, int], int]
"""Adds states that lead to the state given, and returns where they begin."""


class _Reader:
    """Recursive descent over the grammar of RFC 9485, section 4."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def choice(self, depth: int) -> Build:
        """branch | branch ...; at depth 0 the whole text must be read."""
        if depth > MAX_DEPTH:
            raise BadPattern(f"groups are nested more than {MAX_DEPTH} deep")
        branches = [self._branch(depth)]
        while self._take("|"):
            branches.append(self._branch(depth))
        if not depth and self._at < len(self._text):
            raise BadPattern(f'")" at character {self._at + 1} closes nothing: write \\) for the sign')
        return lambda pattern, after: pattern.add(_SPLITS, None, *(branch(pattern, after) for branch in branches))

    def _branch(self, depth: int) -> Build:
        pieces: list[Build] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            pieces.append(self._piece(depth))

        def build(pattern: Pattern, after: int) -> int:
            for piece in reversed(pieces):
                after = piece(pattern, after)
            return after

        return build

    def _piece(self, depth: int) -> Build:
        atom = self._atom(depth)
        for sign, (low, high) in _QUANTIFIERS.items():
            if self._take(sign):
                return _repeated(atom, low, high)
        if self._take("{"):
            low = high = self._count()
            if self._take(","):
                high = None if self._peek() == "}" else self._count()
            self._need("}")
            if high is not None and high < low:
                raise BadPattern(f"{{{low},{high}}} counts backwards")
            return _repeated(atom, low, high)
        return atom

    def _count(self) -> int:
        start = self._at
        while self._peek() in tuple("0123456789"):
            self._at += 1
        digits = self._text[start : self._at]
        if not 0 < len(digits) < 5 or int(digits) > MAX_STATES:
            raise BadPattern(f"a count at character {start + 1} must be a number up to {MAX_STATES}")
        return int(digits)

    def _atom(self, depth: int) -> Build:
        if self._take("("):
            inside = self.choice(depth + 1)
            self._need(")")
            return inside
        return _eating(self._sign())

    def _sign(self) -> Accepts:
        if self._take("."):
            return lambda sign: sign not in "\r\n"
        if self._take("["):
            return self._class()
        if self._take("\\"):
            return self._escape()
        sign = self._text[self._at]
        if sign in _SPECIAL:
            raise BadPattern(f'"{sign}" at character {self._at + 1} has nothing before it: write \\{sign} for itself')
        if sign in "^$":
            plain = "\\^" if sign == "^" else "[$]"
            raise BadPattern(f"I-Regexp has no anchors: leave {sign} out (match() takes the whole text), or write {plain} for the sign")
        self._at += 1
        return lambda other: other == sign

    def _escape(self) -> Accepts:
        sign = self._next()
        if sign in "pP":
            return self._category(wanted=sign == "p")
        if sign not in _ESCAPED:
            raise BadPattern(f"I-Regexp has no \\{sign}: write a class such as [0-9] or [A-Za-z0-9_]")
        plain = _ESCAPED[sign]
        return lambda other: other == plain

    def _category(self, *, wanted: bool) -> Accepts:
        self._need("{")
        end = self._text.find("}", self._at)
        name = self._text[self._at : max(end, self._at)]
        if end < 0 or len(name) > 2 or name[:1] not in _CATEGORIES:
            raise BadPattern(f"\\p{{{name}}} is no category of characters, such as \\p{{L}} or \\p{{Nd}}")
        self._at = end + 1
        return lambda sign: unicodedata.category(sign).startswith(name) is wanted

    def _class(self) -> Accepts:
        """After its opening bracket."""
        wanted = not self._take("^")
        parts: list[Accepts] = []
        if self._take("-"):
            parts.append(lambda sign: sign == "-")
        while not self._take("]"):
            parts.append(self._member())
        if not parts:
            raise BadPattern("a class is empty")
        return lambda sign: any(part(sign) for part in parts) is wanted

    def _member(self) -> Accepts:
        if self._text.startswith(("\\p", "\\P"), self._at):
            self._at += 1
            return self._escape()
        low = self._edge()
        if not (self._peek() == "-" and self._text[self._at + 1 : self._at + 2] != "]"):
            return lambda sign: sign == low
        self._need("-")
        high = self._edge()
        if high < low:
            raise BadPattern(f"the range {low}-{high} goes backwards")
        return lambda sign: low <= sign <= high

    def _edge(self) -> str:
        sign = self._next()
        if sign == "-" and self._peek() != "]":
            raise BadPattern("inside a class - stands first, last, or as \\-")
        if sign == "[":
            raise BadPattern("inside a class write \\[ for the sign")
        if sign != "\\":
            return sign
        escaped = self._next()
        if escaped not in _ESCAPED:
            raise BadPattern(f"I-Regexp has no \\{escaped}: write a range such as 0-9 or A-Za-z0-9_")
        return _ESCAPED[escaped]

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise BadPattern("the pattern ends too early")
        self._at += 1
        return self._text[self._at - 1]

    def _take(self, sign: str) -> bool:
        taken = self._peek() == sign
        self._at += taken
        return taken

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise BadPattern(f'a "{sign}" is missing at character {self._at + 1}')


def _eating(accepts: Accepts) -> Build:
    return lambda pattern, after: pattern.add(_EATS, accepts, after)


def _repeated(atom: Build, low: int, high: int | None) -> Build:
    """The atom `low` times, then up to `high` times (None: any number of times)."""

    def build(pattern: Pattern, after: int) -> int:
        here = after
        if high is None:
            here = pattern.loop(lambda back: atom(pattern, back), after)
        else:
            for _ in range(high - low):
                here = pattern.add(_SPLITS, None, atom(pattern, here), after)
        for _ in range(low):
            here = atom(pattern, here)
        return here

    return build
