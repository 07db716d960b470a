# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of a template -> nodes. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .._jsonpath import PathSyntaxError

_ENDS = frozenset(" \t\r\n.,[]$@{}")
"""What ends a field or word, unless a backslash stands before it."""
_SLICE = re.compile(r"(-?\d*)(:-?\d*)?(:-?\d*)?", re.ASCII)
_KEY = re.compile(r"'([^']*)'")
_COMPARISON = re.compile(r"([^!<>=]+)([!<>=]+)(.+)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))")
_PLAIN = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


@dataclass(frozen=True)
class Node:
    """One step. kind: text, field, array, filter, union, wildcard, recursive, number, bool, range, end or list (its nodes)."""

    kind: str
    value: Any = None


class Parser:
    """Reads one template, or one part of one. offset: where the part begins in the whole."""

    def __init__(self, text: str, whole: str, offset: int = 0) -> None:
        self.text, self.whole, self.offset = text, whole, offset
        self.position = 0

    def wrong(self, message: str, at: int | None = None) -> PathSyntaxError:
        """The error, at the present character or at another."""
        column = self.offset + (self.position if at is None else at) + 1
        return PathSyntaxError(self.whole, message, column, "kubernetes.io/docs/reference/kubectl/jsonpath has the syntax")

    def template(self) -> list[Node]:
        """Text and actions."""
        found: list[Node] = []
        while self.position < len(self.text):
            start = self.text.find("{", self.position)
            if start < 0:
                start = len(self.text)
            if start > self.position:
                found.append(Node("text", self.text[self.position : start]))
            self.position = start + 1
            if start < len(self.text):
                found.append(Node("list", self.action(closed=True)))
        return found

    def action(self, *, closed: bool) -> list[Node]:
        """What stands between the braces, up to the closing one where there must be one."""
        found: list[Node] = []
        while True:
            rest = self.text[self.position : self.position + 3]
            if not rest or rest[0] in "\r\n":
                if rest or closed:
                    raise self.wrong("the { is not closed")
                return found
            if rest[0] == "}":
                if not closed:
                    raise self.wrong("unexpected }")
                self.position += 1
                return found
            self._step(rest, found)

    def _step(self, rest: str, found: list[Node]) -> None:
        first = rest[0]
        if rest == "[?(":
            found.append(self._filter())
        elif rest.startswith(".."):
            self._recursive(found)
        elif first in " @$":
            self.position += 1
        elif first == "[":
            found.extend(self._array())
        elif first in "\"'":
            found.append(Node("text", self._quoted(first)))
        elif first == ".":
            self.position += 1
            found.append(self._field())
        elif first in "+-" or first.isdecimal():
            found.append(self._number())
        elif first == "_" or first.isalpha():
            found.append(self._word())
        else:
            raise self.wrong(f"unexpected {first}")

    def _word(self) -> Node:
        start = self.position
        word = self._until_end()
        if word in ("true", "false"):
            return Node("bool", word == "true")
        if word in ("range", "end"):
            return Node(word)
        raise self.wrong(f"unknown word {word}", start)

    def _until_end(self) -> str:
        start = self.position
        while self.position < len(self.text) and self.text[self.position] not in _ENDS:
            self.position += 1
        return self.text[start : self.position]

    def _field(self) -> Node:
        start = self.position
        while self.position < len(self.text) and self.text[self.position] not in _ENDS:
            self.position += 2 if self.text[self.position] == "\\" else 1
        if self.position > len(self.text):
            raise self.wrong("nothing follows the backslash", len(self.text) - 1)
        name = self.text[start : self.position]
        return Node("wildcard") if name == "*" else Node("field", name.replace("\\", ""))

    def _recursive(self, found: list[Node]) -> None:
        if found and found[-1].kind == "recursive":
            raise self.wrong(".. cannot follow ..")
        self.position += 2
        found.append(Node("recursive"))
        following = self.text[self.position : self.position + 1]
        if following == "_" or following.isalnum():
            found.append(self._field())

    def _number(self) -> Node:
        match = re.compile(r"[+-]?[0-9.]*").match(self.text, self.position)
        word = match[0] if match else ""
        start, self.position = self.position, self.position + len(word)
        try:
            return Node("number", int(word) if "." not in word else float(word))
        except ValueError:
            raise self.wrong(f"{word} is no number", start) from None

    def _quoted(self, mark: str) -> str:
        start = self.position
        end = start + 1
        while True:
            end = self.text.find(mark, end)
            line = self.text.find("\n", start)
            if end < 0 or 0 <= line < end:
                raise self.wrong("the text in quotes is not closed", start)
            if self.text[end - 1] != "\\":
                break
            end += 1
        self.position = end + 1
        return self._unescaped(self.text[start + 1 : end], mark, start)

    def _unescaped(self, text: str, mark: str, start: int) -> str:
        pieces, position = [], 0
        while (slash := text.find("\\", position)) >= 0:
            pieces.append(text[position:slash])
            match = _ESCAPE.match(text, slash)
            if match is None or (match[1] in ("'", '"') and match[1] != mark) or (match[5] and int(match[5], 8) > 255):
                raise self.wrong("unknown escape", start + 1 + slash)
            number = match[2] or match[3] or match[4]
            pieces.append(chr(int(number, 16)) if number else chr(int(match[5], 8)) if match[5] else _PLAIN.get(match[1], match[1]))
            position = match.end()
        return "".join([*pieces, text[position:]])

    def _array(self) -> list[Node]:
        start = self.position
        end, line = self.text.find("]", start), self.text.find("\n", start)
        if end < 0 or 0 <= line < end:
            raise self.wrong("the [ is not closed")
        self.position = end + 1
        inside = self.text[start + 1 : end]
        if "," in inside:
            parts = [self._part(f"[{part.strip(' ')}]", start) for part in inside.split(",")]
            return [Node("union", parts)]
        key = _KEY.fullmatch(inside)
        if key:
            return self._part(f".{key[1]}", start + 1)
        found = _SLICE.fullmatch(":" if inside == "*" else inside)
        if found is None:
            raise self.wrong(f"[{inside}] is no index, slice or key in single quotes", start)
        return [Node("array", self._bounds(found, start))]

    def _bounds(self, match: re.Match[str], start: int) -> tuple[int | None, int | None, int | None, bool]:
        """(first, end, step, whether the end comes from a single index)."""
        first = self._whole(match[1], start)
        if match[2] is None:
            return first, (first or 0) + 1, self._whole((match[3] or "")[1:], start), True
        return first, self._whole(match[2][1:], start), self._whole((match[3] or "")[1:], start), False

    def _whole(self, digits: str, start: int) -> int | None:
        if digits == "-":
            raise self.wrong("- is no number", start)
        return int(digits) if digits else None

    def _filter(self) -> Node:
        start = self.position
        self.position += 3
        inside = self._filter_text(start)
        comparison = _COMPARISON.fullmatch(inside)
        if comparison is None:
            return Node("filter", (self._part(inside, start + 3), "exists", []))
        left, sign, right = comparison.groups()
        if sign not in ("<", ">", "==", "!=", "<=", ">="):
            raise self.wrong(f"{sign} compares nothing", start + 3 + len(left))
        return Node("filter", (self._part(left, start + 3), sign, self._part(right, start + 3 + len(left) + len(sign))))

    def _filter_text(self, start: int) -> str:
        """Up to `)]`; a parenthesis in the first text in quotes does not count."""
        mark, open_ = "", False
        for number in range(self.position, len(self.text)):
            char = self.text[number]
            if char == "\n":
                break
            if char in "\"'" and not mark:
                mark, open_ = char, True
            elif char == mark and self.text[number - 1] != "\\":
                open_ = False
            elif char == ")" and not open_:
                if self.text[number + 1 : number + 2] != "]":
                    raise self.wrong("expected ]", number + 1)
                inside, self.position = self.text[self.position : number], number + 2
                return inside
        raise self.wrong("the filter is not closed", start)

    def _part(self, text: str, offset: int) -> list[Node]:
        return Parser(text, self.whole, self.offset + offset).action(closed=False)
