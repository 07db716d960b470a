# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes, times, ports and command lines as Compose writes them. Pure; each raises ValueError with what is wrong."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\s*([0-9]*\.?[0-9]*(?:[eE][-+]?[0-9]+)?) ?([a-zA-Z]{0,3})")
_POWERS = {"b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9}
_UNITS |= {"h": 3600 * 10**9, "d": 24 * 3600 * 10**9, "w": 168 * 3600 * 10**9}
_SPAN = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^0-9.]+)")


def size(value: str | int | float) -> int:
    """Bytes of `512m`, `1.5gb`, `2GiB` or a number; units are powers of 1024."""
    if isinstance(value, (int, float)):
        return int(value)
    if re.fullmatch(r"[-+]?[0-9]+", value):
        return int(value)
    match = _SIZE.fullmatch(value)
    if not match or not re.search(r"[0-9]", match.group(1)):
        raise ValueError(f'"{value}" is no size such as 512m or 1gb')
    number, unit = float(match.group(1)), match.group(2).lower()
    if unit and (unit[0] not in _POWERS or unit[1:] not in ("", "b", "ib") or (unit[0] == "b" and unit != "b")):
        raise ValueError(f'"{value}" ends with no unit of sizes: b, k, m, g, t or p')
    return int(number * 1024 ** _POWERS[unit[0]]) if unit else int(number)


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
    word, begun, quote, escaped = "", False, "", False
    for char in line:
        if escaped:
            word, begun, escaped = word + char, True, False
        elif char == "\\" and quote != "'":
            escaped = True
        elif char in " \t\r\n":
            if quote:
                word += char
            elif begun:
                found.append(word)
                word, begun = "", False
        elif char in "'\"" and quote in ("", char):
            begun, quote = (begun or bool(quote)), "" if quote else char
        else:
            done, quote = _sign(char, word, quote)
            if done:
                if char == ">" and word[:1].isdigit():
                    begun = False
                break
            word, begun = word + char, True
    if begun:
        found.append(word)
    if escaped or quote:
        raise ValueError("a quote or bracket is opened and not closed")
    return found


def _sign(char: str, word: str, quote: str) -> tuple[bool, str]:
    """(whether the line ends here, what is open now)."""
    if quote in ("'", '"'):
        return False, quote
    if char == "`" and quote in ("", "`"):
        return False, "" if quote else "`"
    if quote == "`":
        return False, quote
    if char == "(":
        if quote or not word.endswith("$"):
            raise ValueError("a bracket stands where a command line has none")
        return False, "("
    if char == ")":
        return False, "" if quote == "(" else "("
    return char in ";&|<>" and not quote, quote
