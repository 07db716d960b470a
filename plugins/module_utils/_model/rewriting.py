# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document's text with other data: what stays is as somebody wrote it, with its comments, spaces and order; what is new looks like its
neighbours. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import yaml

from .parse import CORE_SCALARS, Malformed, parse_json, parse_yaml
from .text_pieces import BRACKETS, Entry, NotInPieces, Piece, join, json_pieces, yaml_pieces
from .three_way import identity, same

WIDTH = 100
"""Characters up to which a new value stands on one line."""


def rewrite(text: str, data: Any, *, yaml_text: bool) -> str:
    """`text` changed so that it says `data`. yaml_text: whether it is YAML, else JSON. Raises Malformed where `text` is neither.

    YAML with anchors, aliases or tags cannot be changed in place: it is written anew, without its comments.
    """
    parse = parse_yaml if yaml_text else parse_json
    present = parse(text)
    if same(present, data):
        return text
    if "\r\n" in text:  # neither JSON nor YAML keeps the kind of a line's end in a value
        return rewrite(text.replace("\r\n", "\n"), data, yaml_text=yaml_text).replace("\n", "\r\n")
    if present and data and isinstance(present, dict) and isinstance(data, dict):
        try:
            before, piece, after = (yaml_pieces if yaml_text else json_pieces)(text)
            written = before + _Rewriting(yaml_text, _indent(text)).container(piece, present, data) + after
            if same(parse(written), data):
                return written
        except (NotInPieces, Malformed):
            pass
    return _anew(data, yaml_text, _indent(text))


def _anew(data: Any, yaml_text: bool, indent: int) -> str:
    if yaml_text:
        return _dumped(data, indent) + "\n"
    return json.dumps(data, indent=indent, ensure_ascii=False) + "\n"


def _indent(text: str) -> int:
    """Spaces of one level: those of the first line that has any."""
    widths = (len(line) - len(line.lstrip(" ")) for line in text.split("\n") if line.strip())
    return next((width for width in widths if width), 2)


class _Rewriting:
    """Pieces, and the data that they say -> text that says other data."""

    def __init__(self, yaml_text: bool, indent: int) -> None:
        self._yaml = yaml_text
        self._indent = indent

    def container(self, piece: Piece, present: Any, data: Any, key: str = "", column: int = 0) -> str:
        """The text of `data` in the place of `piece`, which says `present`: two maps or two lists, neither empty. key: where they stand.
        column: of the entry that holds them."""
        block = piece.form not in BRACKETS
        inner = piece.column if block else _column(piece, column)
        there = dict(zip(present if isinstance(present, dict) else range(len(present)), piece.entries, strict=True))
        first, usual = piece.entries[0], _usual_lead(piece)
        made: list[Entry] = []
        for found, name, value in _matched(key, present, data):
            entry = there.get(found)
            if entry is None:
                entry = self._entry(piece, Entry(name, first.lead if not made else usual, "", piece), value, inner)
            else:
                lead = entry.lead
                if (entry is first) != (not made):
                    lead = usual if made else first.lead + (lead.lstrip("\n ") if block else "")
                entry = self._changed(piece, replace(entry, lead=lead), present[found], value, inner)
            made.append(entry)
        return join(piece, made)

    def _changed(self, piece: Piece, entry: Entry, present: Any, data: Any, column: int) -> Entry:
        """The entry with `data` instead of `present`."""
        if same(present, data):
            return entry
        if type(present) is type(data) and isinstance(data, (dict, list)) and present and data:
            return replace(entry, value=Piece("scalar", self.container(entry.value, present, data, entry.key, column)))
        return self._entry(piece, entry, data, column)

    def _entry(self, piece: Piece, entry: Entry, data: Any, column: int) -> Entry:
        """The entry, of which lead, key and trail stay, with a new value. column: of the entries of `piece`."""
        head, below = "", column
        if piece.form == "sequence":
            head, below = "- ", column + 2
        elif piece.form == "mapping":
            head, below = f"{_scalar(entry.key)}: ", column + self._indent
            if isinstance(data, (dict, list)) and data:
                head = head.rstrip() + "\n" + " " * below
        elif piece.form == "object":
            head = f"{json.dumps(entry.key, ensure_ascii=False)}: "
        return replace(entry, head=head, value=Piece("scalar", self._value(data, below, block=piece.form not in BRACKETS)))

    def _value(self, data: Any, column: int, *, block: bool) -> str:
        """Text for `data`, its further lines at `column`."""
        if block:
            return _below(_dumped(data, self._indent), column) if isinstance(data, (dict, list)) and data else _scalar(data)
        short = json.dumps(data, ensure_ascii=False)
        nested = isinstance(data, (dict, list)) and any(isinstance(item, (dict, list)) and item for item in _items(data))
        if self._yaml or (not nested and len(short) + column <= WIDTH):
            return short
        return _below(json.dumps(data, indent=self._indent, ensure_ascii=False), column)


def _matched(key: str, present: Any, data: Any) -> Iterator[tuple[Any, str, Any]]:
    """(key or number of the entry that it was or None, key, value) of each entry of `data`. An item of a list was the same named thing,
    else the first equal one."""
    if isinstance(data, dict):
        yield from ((name if name in present else None, name, value) for name, value in data.items())
        return
    free = dict(enumerate(present))
    for item in data:
        name = identity(key, item)
        number = next((n for n, other in free.items() if same(other, item) or (name is not None and identity(key, other) == name)), None)
        if number is not None:
            del free[number]
        yield number, "", item


class _Writer(yaml.SafeDumper):
    """Plain texts are texts for a reader of YAML 1.1 and of 1.2; nothing is written as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        """Every value is written out."""
        return True


def _written_text(writer: _Writer, text: str) -> yaml.ScalarNode:
    """A text as PyYAML writes it, but with escapes for the line ends of Unicode, which it would write in a way that reads as another."""
    breaks = any(sign in text for sign in "\x85\u2028\u2029")
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style='"' if breaks else None)


_Writer.add_representer(str, _written_text)
for _tag, _pattern, _first in CORE_SCALARS:
    _Writer.add_implicit_resolver(_tag, _pattern, _first)


def _dumped(data: Any, indent: int) -> str:
    return str(yaml.dump(data, Dumper=_Writer, sort_keys=False, allow_unicode=True, indent=indent, width=WIDTH)).rstrip("\n")


def _scalar(data: Any) -> str:
    """A scalar, or an empty map or list, on one line."""
    written = str(yaml.dump(data, Dumper=_Writer, allow_unicode=True, width=1_000_000, default_flow_style=True))
    return written.removesuffix("\n").removesuffix("\n...")


def _items(data: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return data.values() if isinstance(data, dict) else data


def _below(text: str, column: int) -> str:
    return text.replace("\n", "\n" + " " * column)


def _usual_lead(piece: Piece) -> str:
    """What stands before an entry that is not the first: a new one gets the same, without comments."""
    if piece.form not in BRACKETS:
        return "\n" + " " * piece.column
    lead = piece.entries[-1].lead
    return lead or " "


def _column(piece: Piece, column: int) -> int:
    """The column of a bracket's entries: of their own line, or of the line that they share."""
    lead = piece.entries[0].lead
    return len(lead) - lead.rindex("\n") - 1 if "\n" in lead else column
