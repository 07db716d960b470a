# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes, times, ports and command lines as Compose writes them. Pure; each raises ValueError with what is wrong."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\s*([0-9]*\.?[0-9]*(?:[eE][-+]?[0-9]+)?) ?([a-zA-Z]{0,3})")
_BETWEEN = re.compile(r"(?<=[0-9])_(?=[0-9])")
_POWERS = {"b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9}
_UNITS |= {"h": 3600 * 10**9, "d": 24 * 3600 * 10**9, "w": 168 * 3600 * 10**9}
_SPAN = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^0-9.]+)")


def size(value: str | int | float) -> int:
    """Bytes of `512m`, `1.5gb`, `2GiB` or a number; units are powers of 1024."""
    if isinstance(value, (int, float)):
        return int(value)
    if re.fullmatch(r"[-+]?[0-9]{1,18}", value):
        return int(value)
    match = _SIZE.fullmatch(_BETWEEN.sub("", value))
    if not match or not re.search(r"[0-9]", match.group(1)):
        raise ValueError(f'"{value}" is no size such as 512m or 1gb')
    number, unit = float(match.group(1)), match.group(2).lower()
    if unit and (unit[0] not in _POWERS or unit[1:] not in ("", "b", "ib") or (unit[0] == "b" and unit != "b")):
        raise ValueError(f'"{value}" ends with no unit of sizes: b, k, m, g, t or p')
    number = number * 1024 ** _POWERS[unit[0]] if unit else number
    if number >= 2**63:
        raise ValueError(f'"{value}" is larger than anything has')
    return int(number)


def nanoseconds(value: str | int) -> int:
    """The span of `1m30s`, `1.5h`, `500ms` or `2d`."""
    text = str(value)
    sign, text = (-1, text[1:]) if text[:1] == "-" else (1, text[1:] if text[:1] == "+" else text)
    if text == "0":
        return 0
    total = place = 0
    while place < len(text):
        match = _SPAN.match(text, place)
        if not match or not (match.group(1) or match.group(2)) or match.group(3) not in _UNITS:
            break
        unit = _UNITS[match.group(3)]
        total += int(match.group(1) or 0) * unit + int(float("0." + (match.group(2) or "0")) * unit)
        place = match.end()
    if not text or place < len(text) or total >= 2**63:
        raise ValueError(f'"{value}" is no time such as 30s or 1m30s')
    return sign * total


def words(line: str) -> list[str]:
    """The words of a command line: quotes and backslashes as in a shell; what a shell would redirect or chain ends it."""
    found: list[str] = []
    state = _Word()
    for char in line:
        if state.escaped:
            state.add(char)
            state.escaped = False
        elif char == "\\" and "'" not in state.open:
            state.escaped = True
        elif char in " \t\r\n":
            if state.open:
                state.text += char
            elif state.begun:
                found.append(state.text)
                state = _Word()
        elif char in "'\"" and not state.open & ({"(", "'"} if char == '"' else {"(", '"'}):
            state.begun = state.begun or char in state.open
            state.open ^= {char}
        elif char in ";&|<>" and not state.open:
            if char == ">" and state.text[:1].isdigit():
                state.begun = False
            break
        else:
            state.sign(char)
    if state.begun:
        found.append(state.text)
    if state.escaped or state.open:
        raise ValueError("a quote or bracket is opened and not closed")
    return found


class _Word:
    """A word that is read. begun: whether there is one, be it empty. open: quotes and brackets that are not closed."""

    def __init__(self) -> None:
        self.text, self.begun, self.escaped = "", False, False
        self.open: set[str] = set()

    def add(self, char: str) -> None:
        """One more sign."""
        self.text += char
        self.begun = True

    def sign(self, char: str) -> None:
        """One more sign, which may open or close something and stays a part of the word."""
        quoted = bool(self.open & {"'", '"'})
        if char == "`" and not quoted and "(" not in self.open:
            self.open ^= {"`"}
        elif char in "()" and not quoted and "`" not in self.open:
            if char == "(" and ("(" in self.open or not self.text.endswith("$")):
                raise ValueError("a bracket stands where a command line has none")
            self.open ^= {"("}
        self.add(char)
