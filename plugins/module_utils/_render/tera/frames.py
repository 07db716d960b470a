# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which variables a place in a template sees: the frames of loops, includes and macros over the context, searched as Tera does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .library import Template
from .text import Unsure, graphemes
from .values import Crash, Fault, is_number, look_up, to_json

_NOWHERE = (None, False)


@dataclass
class Loop:
    """A running `for`. keys: None for a list or text. state: "", "break" or "continue"."""

    key: str | None
    value: str
    keys: list[str] | None
    values: list[Any]
    current: int = 0
    state: str = ""


@dataclass
class Frame:
    """kind: origin, macro, loop or include. template: the one whose blocks count here."""

    kind: str
    template: Template
    variables: dict[str, Any] = field(default_factory=dict)
    loop: Loop | None = None

    def find(self, path: str) -> tuple[Any, bool]:
        """The value of a path whose first name this frame knows."""
        root, dot, rest = path.partition(".")
        if root in self.variables:
            found = look_up(self.variables[root], rest) if dot else (self.variables[root], True)
            if found[1]:
                return found
        return _in_loop(self.loop, path, root, rest) if self.loop else _NOWHERE


def _in_loop(loop: Loop, path: str, root: str, rest: str) -> tuple[Any, bool]:
    if loop.keys is not None and path == loop.key:
        return loop.keys[loop.current], True
    if root == "loop":
        facts: dict[str, Any] = {
            "index": loop.current + 1,
            "index0": loop.current,
            "first": loop.current == 0,
            "last": loop.current == len(loop.values) - 1,
        }
        return (facts[rest], True) if rest in facts else _NOWHERE
    if path == loop.value:
        return loop.values[loop.current], True
    if root == loop.value and rest:
        return look_up(loop.values[loop.current], rest)
    return _NOWHERE


class Scope:
    """The stack of frames over the context. depth of macros and includes is bounded by the caller."""

    def __init__(self, context: Mapping[str, Any], template: Template) -> None:
        self.context = context
        self.frames = [Frame("origin", template)]

    @property
    def current(self) -> Frame:
        """The innermost frame."""
        return self.frames[-1]

    def assign(self, name: str, value: Any, everywhere: bool) -> None:
        """`set`, or `set_global`: the innermost frame that is no loop's."""
        frame = self.current
        if everywhere:
            frame = next(frame for frame in reversed(self.frames) if frame.kind != "loop")
        frame.variables[name] = value

    def names(self) -> set[str]:
        """Every variable that is visible here."""
        found = set(self.context)
        for frame in reversed(self.frames):
            found |= frame.variables.keys()
            if frame.loop:
                found |= {name for name in (frame.loop.key, frame.loop.value) if name}
            if frame.kind == "macro":
                break
        return found

    def look_up(self, path: str) -> tuple[Any, bool]:
        """(the value of a path as written, whether there is one). Raises Fault for an index that is no text or number."""
        return self._search(self._resolved(path) if "[" in path else path)

    def _search(self, path: str) -> tuple[Any, bool]:
        for frame in reversed(self.frames):
            found = frame.find(path)
            if found[1]:
                return found
            if frame.kind in ("macro", "origin"):
                break
        if "." not in path:
            return (self.context[path], True) if path in self.context else _NOWHERE
        root = path.split(".", 1)[0].replace("~1", "/").replace("~0", "~")
        return look_up(self.context[root], path[len(root) + 1 :]) if root in self.context else _NOWHERE

    def _resolved(self, path: str) -> str:
        """The path with its brackets written as dots, `a[b].c` with the value of `b`."""
        result = path
        for inner in _variables_in_brackets(path):
            value, there = self.look_up(inner)
            if not there:
                raise Fault(f"variable {inner} is not defined", name=inner)
            if type(value) is not str and not is_number(value):
                raise Fault(f"only text and numbers can be an index, {inner} is neither", name=inner)
            step = f'"{value}"' if type(value) is str else to_json(value)
            before, _bracket, after = result.partition(f"[{inner}]")
            result = f"{before}.{step}{after}"
        for old, new in (("/", "~1"), ("['", '."'), ('["', '."'), ("[", "."), ("']", '"'), ('"]', '"'), ("]", "")):
            result = result.replace(old, new)
        return result

    def everything(self) -> dict[str, Any]:
        """What `__tera_context` shows: outer frames over inner ones, and the context unless inside a macro."""
        found: dict[str, Any] = {}
        for frame in reversed(self.frames):
            found.update(frame.variables)
            if frame.loop:
                found[frame.loop.value] = frame.loop.values[frame.loop.current]
                if frame.loop.keys is not None and frame.loop.key is not None:
                    found[frame.loop.key] = frame.loop.keys[frame.loop.current]
            if frame.kind == "macro":
                return found
        return {**self.context, **found}


def _variables_in_brackets(path: str) -> list[str]:
    """What stands in the outermost `[ ]`, quoted texts and numbers left out."""
    found: list[str] = []
    at = 0
    while (start := path.find("[", at)) >= 0:
        at = start + 2
        if path[start + 1 : start + 2] in ('"', "'"):
            continue
        depth, end = 1, start + 2
        while end < len(path):
            depth += {"[": 1, "]": -1}.get(path[end], 0)
            if depth == 0:
                break
            end += 1
        inner = path[start + 1 : end]
        at = end + 1
        if depth == 0 and not (inner.isascii() and inner.isdigit() and int(inner) < 2**64):
            found.append(inner)
    return found


def loop_over(key: str | None, value: str, container: Any, name: str) -> Loop:
    """The loop over a value. Raises Fault where it is none, or has keys where there are none to name."""
    if type(container) is dict:
        if key is None:
            raise Fault(f"{name} is a map: a loop over it needs two names", "Write `for key, value in ...`.")
        keys = sorted(container, key=str.encode)
        return Loop(key, value, keys, [container[one] for one in keys])
    if type(container) not in (list, str):
        raise Fault(f"{name} cannot be looped over: it is no list, map or text")
    if key is not None:
        raise Fault(f"{name} is no map: a loop over it has one name", "Write `for value in ...`.")
    if type(container) is str:
        return Loop(None, value, None, _letters(container, name))
    return Loop(None, value, None, container)


def _letters(text: str, name: str) -> list[Any]:
    try:
        letters = graphemes(text)
    except Unsure:
        letters = []
    if len(letters) != len(text):
        raise Crash(f"{name} has letters of several characters: Tera fails on a loop over them")
    return list(letters)
