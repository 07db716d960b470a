# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a document in pieces: which characters are which value, and what stands between them. Pure.

Put together again, the pieces are the text, with every space and comment; so a value can be changed and the rest stays as somebody
wrote it. (Round trips by ruamel.yaml move comments when entries are removed, and write JSON anew.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from json.decoder import JSONDecoder
from typing import Any, Literal

import yaml


@dataclass
class Entry:
    """One entry of a map or item of a list. lead: what stands before it since the entry before (a comma is not part of it). head: from
    the key to the value (`"a": `, `- `), "" for an item in brackets. trail: what stands after the value and belongs to it, such as a
    comment on its line."""

    key: str
    lead: str
    head: str
    value: Piece
    trail: str = ""


@dataclass
class Piece:
    """A value of the text. form: scalar; object or array (in brackets); mapping or sequence (YAML's blocks). text: of a scalar.
    entries: of the others. tail: what stands before the closing bracket. column: of the first entry of a block, from 0."""

    form: Literal["scalar", "object", "array", "mapping", "sequence"]
    text: str = ""
    entries: list[Entry] = field(default_factory=list)
    tail: str = ""
    column: int = 0

    def __str__(self) -> str:
        return join(self, self.entries)


BRACKETS = {"object": ("{", "}"), "array": ("[", "]")}


class NotInPieces(Exception):
    """The text has something that cannot be taken apart: an alias, an anchor, a tag or a merge key."""


def join(piece: Piece, entries: Sequence[Entry]) -> str:
    """The text of the piece with these entries."""
    if piece.form == "scalar":
        return piece.text
    separator = "," if piece.form in BRACKETS else ""
    inner = separator.join(f"{entry.lead}{entry.head}{entry.value}{entry.trail}" for entry in entries)
    left, right = BRACKETS.get(piece.form, ("", ""))
    return f"{left}{inner}{piece.tail}{right}"


_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = JSONDecoder()


def json_pieces(text: str) -> tuple[str, Piece, str]:
    """(what stands before the value, the value, what stands after it) of valid JSON."""
    start = _past_space(text, 0)
    piece, end = _json_piece(text, start)
    return text[:start], piece, text[end:]


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _json_piece(text: str, at: int) -> tuple[Piece, int]:
    if text[at] not in "{[":
        end = _DECODER.raw_decode(text, at)[1]
        return Piece("scalar", text[at:end]), end
    piece = Piece("object" if text[at] == "{" else "array")
    at, closing = at + 1, "}" if text[at] == "{" else "]"
    while True:
        start = _past_space(text, at)
        if text[start] == closing:
            piece.tail = text[at:start]
            return piece, start + 1
        key, value_at = "", start
        if piece.form == "object":
            key, end = _DECODER.raw_decode(text, start)
            value_at = _past_space(text, text.index(":", end) + 1)
        value, end = _json_piece(text, value_at)
        after = _past_space(text, end)
        entry = Entry(key, text[at:start], text[start:value_at], value)
        piece.entries.append(entry)
        if text[after] == closing:
            piece.tail = text[end:after]
            return piece, after + 1
        entry.trail = text[end:after]
        at = after + 1


def yaml_pieces(text: str) -> tuple[str, Piece, str]:
    """The same for valid YAML. Raises NotInPieces."""
    if any(getattr(event, "anchor", None) or getattr(event, "tag", None) for event in yaml.parse(text, yaml.SafeLoader)):
        raise NotInPieces  # an alias event has an anchor as well
    node = yaml.compose(text, yaml.SafeLoader)
    if node is None:
        raise NotInPieces
    piece, end = _yaml_piece(text, node)
    line, newline, after = text[end:].partition("\n")
    if piece.entries and piece.form not in BRACKETS:
        _give(piece.entries[-1], line)
        line = ""
    return text[: node.start_mark.index], piece, line + newline + after


def _yaml_piece(text: str, node: Any) -> tuple[Piece, int]:
    if isinstance(node, yaml.ScalarNode):
        end = len(text[: node.end_mark.index].rstrip("\n")) if node.style in ("|", ">") else node.end_mark.index
        return Piece("scalar", text[node.start_mark.index : end]), end
    mapping = isinstance(node, yaml.MappingNode)
    if node.flow_style:
        return _flow(text, node, mapping)
    piece = Piece("mapping" if mapping else "sequence", column=node.start_mark.column)
    at = node.start_mark.index
    for child in node.value:
        key, value = child if mapping else (None, child)
        if key is not None and key.value == "<<":
            raise NotInPieces
        start = text.rindex("-", at, value.start_mark.index) if key is None else key.start_mark.index
        made, end = _yaml_piece(text, value)
        lead, head = text[at:start], text[start : value.start_mark.index]
        piece.entries.append(Entry("" if key is None else key.value, lead, head, made))
        at = end
    _comments_of_their_lines(piece.entries)
    return piece, at


def _flow(text: str, node: Any, mapping: bool) -> tuple[Piece, int]:
    piece = Piece("object" if mapping else "array")
    at = node.start_mark.index + 1
    for child in node.value:
        key, value = child if mapping else (child, child)
        made, end = _yaml_piece(text, value)
        start = key.start_mark.index
        if piece.entries:
            between = text[at:start]
            if "#" in between or between.count(",") != 1:
                raise NotInPieces
            piece.entries[-1].trail, lead = between.split(",")
        else:
            lead = text[at:start]
        piece.entries.append(Entry(key.value if mapping else "", lead, text[start : value.start_mark.index] if mapping else "", made))
        at = end
    piece.tail = text[at : node.end_mark.index - 1]
    if "," in piece.tail or "#" in piece.tail:
        raise NotInPieces
    return piece, node.end_mark.index


def _comments_of_their_lines(entries: list[Entry]) -> None:
    """What stands on the line of a value belongs to it, not to the entry that follows."""
    for before, entry in pairwise(entries):
        line, _, rest = entry.lead.partition("\n")
        _give(before, line)
        entry.lead = "\n" + rest


def _give(entry: Entry, line: str) -> None:
    """The rest of a line to the innermost entry that ends on it."""
    while entry.value.entries and entry.value.form not in BRACKETS:
        entry = entry.value.entries[-1]
    entry.trail = line
