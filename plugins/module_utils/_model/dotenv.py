# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of variables, one `NAME=VALUE` a line, with the quoting rules of Compose's `.env`. Pure.

https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax

Unquoted: until the end of the line, or a blank and a hash. In single quotes: as it stands. In double quotes: with escapes such as
`\\n`; both may go over several lines. `${NAME}`, `${NAME:-default}` and `$NAME` stand for names further up, unless in single quotes; a
backslash before it makes a dollar a dollar.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .parse import Malformed
from .sensitive import looks_secret

_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*")
_REFERENCE = re.compile(r"\\\$|\$(?:\{([^{}]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_BRACED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:(:?-)(.*))?", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
MAX_NAMES = 1000
MAX_REFERRED = 512 * 1024
"""Characters that references of one file stand for, all together: a few lines could fill the memory else."""


def parse_dotenv(text: str, known: Mapping[str, str] | None = None) -> dict[str, tuple[str, int]]:
    """name -> (value, line). known: names of files before this one, for references. Raises Malformed."""
    references = _References(dict(known or {}))
    found: dict[str, tuple[str, int]] = {}
    place, end = 0, len(text)
    while place < end:
        newline = text.find("\n", place)
        stop = end if newline == -1 else newline
        words = text[place:stop].strip()
        if not words or words.startswith("#"):
            place = stop + 1
            continue
        line = text.count("\n", 0, place) + 1
        name, value, place = _entry(text, place, stop, line, references)
        found[name], references.known[name] = (value, line), value
        if len(found) > MAX_NAMES:
            raise Malformed(f"more than {MAX_NAMES} variables", line=line, hint="move them into a manifest")
    return found


def _entry(text: str, place: int, stop: int, line: int, references: _References) -> tuple[str, str, int]:
    """(name, value, where the next line begins)."""
    match = _NAME.match(text, place, stop)
    if match is None:
        raise Malformed("this is no NAME=VALUE", line=line, hint="names are letters, digits and underscores; a comment begins with #")
    name, after = match.group(1), match.end()
    if after >= stop or text[after] != "=":
        # Not quoted: it may be a line of a key that goes over several.
        hint = 'write NAME=VALUE, in quotes where it goes over several lines; what the shell has is named in "systemEnvironment"'
        raise Malformed("this name has no value", line=line, column=after - place + 1, hint=hint)
    after += 1
    while after < stop and text[after] in " \t":
        after += 1
    quote = text[after] if after < stop else ""
    if quote not in ("'", '"'):
        return name, references.filled(_unquoted(text[after:stop]), name, line), stop + 1
    close = _closing(text, after + 1, quote)
    if close is None:
        raise Malformed(f"the quote of {name} is not closed", line=line, column=after - place + 1, hint=f"end the value with {quote}")
    newline = text.find("\n", close)
    over = len(text) if newline == -1 else newline
    rest = text[close + 1 : over].strip()
    if rest and not rest.startswith("#"):
        raise Malformed(f"there is more after the quote of {name}", line=line, hint="a comment begins with #")
    inner = text[after + 1 : close]
    return name, inner.replace("\\'", "'") if quote == "'" else _double(inner, references, name, line), over + 1


def _unquoted(text: str) -> str:
    """Without a comment and the blanks around."""
    return re.split(r"(?:^|[ \t])#", text, maxsplit=1)[0].strip()


def _closing(text: str, place: int, quote: str) -> int | None:
    while place < len(text) and text[place] != quote:
        place += 2 if text[place] == "\\" else 1
    return place if place < len(text) else None


def _double(text: str, references: _References, name: str, line: int) -> str:
    parts, place = [], 0
    for match in re.finditer(r"\\(.)", text, re.DOTALL):
        if match.group(1) in _ESCAPES:
            parts += [references.filled(text[place : match.start()], name, line), _ESCAPES[match.group(1)]]
            place = match.end()
    return "".join([*parts, references.filled(text[place:], name, line)])


class _References:
    """What `$NAME` stands for. known: the names further up."""

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known
        self._left = MAX_REFERRED

    def filled(self, text: str, variable: str, line: int) -> str:
        """The text of a variable with values in the place of references. Raises Malformed."""
        return _REFERENCE.sub(lambda match: self._taken(_value(match, self.known, variable, line), line), text)

    def _taken(self, value: str, line: int) -> str:
        self._left -= len(value)
        if self._left < 0:
            words = f"references of this file stand for more than {MAX_REFERRED // 1024} Ki characters"
            raise Malformed(words, line=line, hint="write the values out, or move them into a manifest")
        return value


def _value(match: re.Match[str], known: Mapping[str, str], variable: str, line: int) -> str:
    """What one reference stands for. In a password a dollar may be a dollar, and what follows a part of it: that is not quoted."""
    quoted = not looks_secret(variable)
    if match.group().startswith("\\"):
        return "$"
    braced = _BRACED.fullmatch(match.group(1) if match.group(1) is not None else match.group(2))
    if braced is None:
        hint = "${NAME}, ${NAME:-default} and ${NAME-default} are; a backslash before it makes a dollar a dollar"
        raise Malformed(f"{match.group() if quoted else f'what follows a dollar in {variable}'} is not understood", line=line, hint=hint)
    name, kind, default = braced.groups()
    found = known.get(name)
    if found is None and kind is None:
        default = f"${{{name if quoted else 'NAME'}:-...}}"
        hint = f"set it further up, or give a default: {default}; a backslash before it makes a dollar a dollar. The shell is not asked"
        words = f"there is no {name} above" if quoted else f"{variable} refers to a name that is not above"
        raise Malformed(words, line=line, hint=hint)
    return str(default) if found is None or (kind == ":-" and not found) else found
