# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a Dockerfile: its instructions with their lines, and the images it begins with. Builders do the rest. Pure.

https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_ESCAPE = re.compile(r"^#\s*escape\s*=\s*(\S)\s*$", re.IGNORECASE)
_DIRECTIVE = re.compile(r"^#\s*\w+\s*=")
_HEREDOC = re.compile(r"<<-?\s*([\"']?)([A-Za-z_][A-Za-z0-9_]*)\1")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?([-+])([^}]*))?\}|(\w+))")


@dataclass(frozen=True)
class Instruction:
    """name: upper case. text: the whole instruction with continued lines joined and spaces made one. line: its first one, from 1."""

    name: str
    text: str
    line: int

    @property
    def rest(self) -> str:
        """What follows the name and its flags."""
        words = self.text.split()[1:]
        while words and words[0].startswith("--"):
            words = words[1:]
        return " ".join(words)


def instructions(text: str) -> list[Instruction]:
    """All instructions, in order. Never raises: what is wrong, the builder tells."""
    lines = text.removeprefix("\ufeff").splitlines()
    escape = _escape(lines)
    found: list[Instruction] = []
    parts: list[str] = []
    first, at = 0, 0
    while at < len(lines):
        line = lines[at].strip()
        at += 1
        if not line or line.startswith("#"):
            continue
        first = first if parts else at
        if line.endswith(escape):
            parts.append(line[:-1])
            continue
        parts.append(line)
        whole = " ".join(" ".join(parts).split())
        parts = []
        found.append(Instruction(whole.split()[0].upper(), whole, first))
        if found[-1].name in ("RUN", "COPY", "ADD"):
            at = _after_heredocs(whole, lines, at)
    return found


def _escape(lines: Sequence[str]) -> str:
    for line in lines:
        if found := _ESCAPE.match(line):
            return found[1]
        if not _DIRECTIVE.match(line):
            break
    return "\\"


def _after_heredocs(text: str, lines: Sequence[str], at: int) -> int:
    for _quote, end in _HEREDOC.findall(text):
        while at < len(lines) and lines[at].strip() != end:
            at += 1
        at += 1
    return at


def bases(found: Sequence[Instruction], args: Mapping[str, str]) -> list[str]:
    """Images that stages begin with, or are copied from, as far as they can be told here: no stages, no `scratch`."""
    known: dict[str, str] = {}
    stages: set[str] = set()
    images: list[str] = []
    for one in found:
        if one.name == "ARG" and not stages:
            known |= {name: args.get(name, default) for name, default in _arguments(one.rest)}
        elif one.name == "FROM":
            words = one.rest.split()
            images += [_filled(words[0], known)] if words else []
            stages |= {words[2].lower()} if len(words) > 2 and words[1].lower() == "as" else set()
            stages.add(str(sum(earlier.name == "FROM" for earlier in found[: found.index(one)])))
        elif one.name in ("COPY", "ADD"):
            images += re.findall(r"--from=(\S+)", one.text)
    wanted = (image for image in images if image and image != "scratch" and image.lower() not in stages and "$" not in image)
    return list(dict.fromkeys(wanted))


def _arguments(text: str) -> list[tuple[str, str]]:
    pairs = (word.partition("=") for word in text.split())
    return [(name, value.strip("\"'")) for name, _sign, value in pairs]


def _filled(text: str, known: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, sign, other = match[1] or match[4], match[2], match[3] or ""
        is_there = bool(known.get(name))
        if sign == "+":
            return other if is_there else ""
        return known[name] if is_there else other if sign == "-" else ""

    return _VARIABLE.sub(value, text)


def declared_arguments(found: Sequence[Instruction]) -> set[str]:
    """Names of build arguments that the Dockerfile declares."""
    return {name for one in found if one.name == "ARG" for name, _default in _arguments(one.rest)}


def line_of(found: Sequence[Instruction], step: str) -> int | None:
    """The line of the instruction that a builder calls by this text, which it may have shortened or quoted otherwise."""
    wanted = _plain(step)
    texts = [(_plain(one.text), one.line) for one in found]
    exact = next((line for text, line in texts if wanted and text == wanted), None)
    return exact or next((line for text, line in texts if wanted and (text.startswith(wanted) or wanted.startswith(text))), None)


def _plain(text: str) -> str:
    words = text.replace('\\"', '"').split()
    return " ".join([words[0].upper(), *words[1:]]) if words else ""
