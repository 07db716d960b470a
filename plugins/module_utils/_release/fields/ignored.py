# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that the documents let differ (`drift.ignore`): they are left as they are on the cluster. Pure.

What is not ours is not sent, so that nobody is in each other's way; what is ours and differs is given up, as an apply without it would take
it out of the object; what is ours and the same goes on being ours. Inside what only one manager can have as a whole, such as a list without
keys, the live value is put into what is sent.

Never left as they are: what tells an object or an item of a list from others, our own labels and annotations, and what is in an item of a
list that is not there, as that is made anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._jsonpath import JsonPath
from ..._objects import PREFIX, KubeObject
from ..ownership.applyset import LABEL_PART_OF
from .compare import differs, normalised, owned_fields
from .fieldset import MISSING, Fields, at, at_leaf, covering, cut, difference, entries_of, item_of, lacking, of_leaf, union

Parts = tuple[str | int, ...]
Tokens = tuple[str, ...]
_OWN_PARTS = (("metadata",), ("metadata", "labels"), ("metadata", "annotations"))
_IDENTITY = frozenset({"name", "generateName", "namespace"})


@dataclass(frozen=True)
class Ignored:
    """sent: the manifest as it is sent. fields: of the manifest, not sent. give: is ours, and no longer. kept: all that is left as it is.
    differing: whether any of it differs from the manifest."""

    sent: KubeObject
    fields: Fields
    give: Fields
    kept: Fields
    differing: bool


@dataclass(frozen=True)
class _Place:
    """A selected field. tokens: to the field, or to what holds it and is owned as a whole; then `inside` goes on from there."""

    tokens: Tokens
    inside: Parts = ()


def ignored(desired: KubeObject, live: KubeObject, paths: Iterable[JsonPath]) -> Ignored | None:
    """What becomes of the manifest of an object that is there; None where no path selects anything. Raises PathSyntaxError."""
    places = _places(desired, normalised(live), list(paths), [entry.get("fieldsV1") or {} for entry in entries_of(live)])
    if not places:
        return None
    mine: Fields = {}
    for fields in owned_fields(live):
        mine = union(mine, fields)
    leaving = _Leaving(desired, live, mine)
    wholes: dict[Tokens, list[Parts]] = {}
    for place in places:
        if place.inside:
            wholes.setdefault(place.tokens, []).append(place.inside)
        else:
            leaving.field(place.tokens)
    for tokens, inside in wholes.items():
        leaving.inside(tokens, inside)
    return Ignored(cut(leaving.sent, leaving.fields), leaving.fields, _with_empty(mine, leaving.give), leaving.kept, leaving.differing)


class _Leaving:
    """Collects what is left as it is, field by field."""

    def __init__(self, desired: KubeObject, live: KubeObject, mine: Fields) -> None:
        self.sent, self._live, self._mine = desired, live, mine
        self.fields: Fields = {}
        self.give: Fields = {}
        self.kept: Fields = {}
        self.differing = False

    def field(self, tokens: Tokens) -> None:
        """One that somebody can own alone."""
        if any(token.startswith("k:") and _value(self._live, tokens[: number + 1]) is MISSING for number, token in enumerate(tokens[:-1])):
            return  # its item is made anew
        want, have = _value(self.sent, tokens), _value(self._live, tokens)
        ours = at_leaf(self._mine, tokens)
        self.kept = covering(self.kept, of_leaf(tokens))
        same = (want is MISSING) == (have is MISSING) and (want is MISSING or not differs(want, have))
        dropped = ours and want is not MISSING and bool(lacking(_below(self._mine, tokens), want))
        self.differing |= dropped or (not same and (ours or want is not MISSING))
        if ours and (dropped or not same):
            self.give = covering(self.give, of_leaf(tokens))
        if want is not MISSING and (dropped or not (same and ours)):
            self.fields = covering(self.fields, of_leaf(tokens))

    def inside(self, tokens: Tokens, inside: Sequence[Parts]) -> None:
        """Fields of what is owned as a whole."""
        want, have = _value(self.sent, tokens), _value(self._live, tokens)
        if want is MISSING or have is MISSING:
            return
        mixed = want
        for parts in inside:
            mixed = _mixed(mixed, have, parts)
        self.differing |= bool(mixed != want)
        if not differs(mixed, have) and not at_leaf(self._mine, tokens):
            self.fields, self.kept = covering(self.fields, of_leaf(tokens)), covering(self.kept, of_leaf(tokens))
        elif mixed != want:
            self.sent = _with_value(self.sent, tokens, mixed)


def _places(desired: KubeObject, live: KubeObject, paths: Sequence[JsonPath], known: Sequence[Fields]) -> list[_Place]:
    """What the paths select in the manifest or on the cluster, once."""
    found: dict[_Place, None] = {}
    for path in paths:
        for source in (desired, live):
            for selected in path.locations(source):
                for parts in _without_identity(selected, source):
                    place = _place(parts, source, known)
                    if place is not None:
                        found[place] = None
    return list(found)


def _without_identity(parts: Parts, source: KubeObject) -> Iterator[Parts]:
    """The location, or those in it that may be left as they are."""
    if parts == () or parts in _OWN_PARTS:
        below = _at_parts(source, parts)
        for key in below if isinstance(below, dict) else ():
            yield from _without_identity((*parts, key), source)
        return
    if parts[:1] in (("apiVersion",), ("kind",), ("status",)) or (parts[0] == "metadata" and parts[1] in _IDENTITY):
        return
    if parts[:2] in _OWN_PARTS and (str(parts[2]).startswith(PREFIX) or parts[2] == LABEL_PART_OF):
        return
    yield parts


def _at_parts(obj: Any, parts: Parts) -> Any:
    for part in parts:
        obj = obj[part]
    return obj


def _place(parts: Parts, source: Any, known: Sequence[Mapping[str, Any]]) -> _Place | None:
    """The location in the words of `managedFields`, of which `known` are the sets of all managers; None where it is not to be left."""
    tokens: list[str] = []
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        token = f"f:{part}" if isinstance(part, str) else _item_token(source, part, known, last=last)
        if token is None:
            return None
        if not token:
            return _Place(tuple(tokens), parts[number:])
        if tokens and tokens[-1].startswith("k:") and part in json.loads(tokens[-1][2:]):
            return None  # it tells the item from others
        tokens.append(token)
        known = [fields[token] for fields in known if isinstance(fields.get(token), dict)]
        if not last and known and not any(known):
            return _Place(tuple(tokens), parts[number + 1 :])
        source = source[part]
    return _Place(tuple(tokens))


def _item_token(items: Any, index: int, known: Sequence[Mapping[str, Any]], *, last: bool) -> str | None:
    """The token of an item; "" in a list that is owned as a whole, None where the cluster has no such item."""
    item, tokens = items[index], [token for fields in known for token in fields]
    keyed = [token for token in tokens if token.startswith("k:")]
    if keyed and isinstance(item, dict):
        found = next((token for token in keyed if item_of([item], json.loads(token[2:])) is item), None)
        if found is not None or not last:
            return found
        return "k:" + json.dumps({key: item[key] for key in json.loads(keyed[0][2:]) if key in item}, separators=(",", ":"))
    if any(token.startswith("v:") for token in tokens) and not isinstance(item, (dict, list)):
        return "v:" + json.dumps(item, separators=(",", ":"))
    return ""


def _value(obj: Any, tokens: Tokens) -> Any:
    for token in tokens:
        obj = at(obj, token)
    return obj


def _below(fields: Fields, tokens: Tokens) -> Fields:
    for token in tokens:
        fields = fields.get(token) or {}
    return fields


def _mixed(want: Any, have: Any, parts: Parts) -> Any:
    """`want` with what `have` holds at this place; as it is where one of them has nothing that holds the place."""
    part, rest = parts[0], parts[1:]
    if isinstance(part, int):
        if not isinstance(want, list) or not isinstance(have, list) or part >= min(len(want), len(have)):
            return want
        value = _mixed(want[part], have[part], rest) if rest else have[part]
        return [*want[:part], value, *want[part + 1 :]]
    if not isinstance(want, dict) or not isinstance(have, dict):
        return want
    if rest and part in want and part in have:
        return {**want, part: _mixed(want[part], have[part], rest)}
    if not rest and part in have:
        return {**want, part: have[part]}
    return want if part in have else {key: value for key, value in want.items() if key != part}


def _with_value(obj: Any, tokens: Tokens, value: Any) -> Any:
    """The object with another value there; the object itself is left as it is."""
    if not tokens:
        return value
    below = at(obj, tokens[0])
    changed = _with_value(below, tokens[1:], value)
    if isinstance(obj, dict):
        return {**obj, tokens[0][2:]: changed}
    return [changed if item is below else item for item in obj]


def _with_empty(mine: Fields, give: Fields) -> Fields:
    """What is given up, with the maps of which nothing else is ours: the apply says nothing of them either."""
    found: Fields = {}
    for token, below in give.items():
        own = mine.get(token) or {}
        inner = _with_empty(own, below) if below else {}
        rest = difference(own, inner) if inner else {}
        found[token] = {} if token.startswith("f:") and inner and set(rest) <= {"."} else inner
    return found
