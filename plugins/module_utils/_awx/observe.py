# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX has of the definitions and of what they name, read with few requests: one list a kind, and what hangs on each object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .client import Body, Client
from .definitions import Item, Ref
from .kinds import KINDS, LAUNCHED, Kind, endpoint
from .mark import is_marked


@dataclass
class Seen:
    """One object of AWX. links: the objects of each set that its item names, in AWX's order. survey: {} where it has none."""

    ref: Ref
    body: Body
    links: dict[str, list[Body]] = field(default_factory=dict)
    survey: dict[str, Any] | None = None

    @property
    def id(self) -> int:
        """Its number in the API."""
        return int(self.body["id"])


@dataclass
class Observed:
    """What there is.

    objects: by reference. strays: marked objects that no definition names, and nodes of our workflows that are not ours.
    fields: names of the fields that objects of a kind have; empty where AWX does not say.
    """

    objects: dict[Ref, Seen] = field(default_factory=dict)
    strays: list[Seen] = field(default_factory=list)
    fields: dict[str, frozenset[str]] = field(default_factory=dict)


def observe(client: Client, items: Iterable[Item], *, mark: str, look_for_strays: bool) -> Observed:
    """Read it. look_for_strays: also list what carries the mark and is not in the definitions."""
    items = list(items)
    wanted = {ref: None for item in items for ref in _named(item)}
    reader = _Reader(client, Observed())
    for kind in KINDS.values():
        reader.read_kind(kind, [ref for ref in wanted if ref.kind == kind.name])
    for item in items:
        reader.read_hanging(item)
    for name in dict.fromkeys(item.ref.kind for item in items):
        reader.observed.fields[name] = client.known_fields(endpoint(name))
    if look_for_strays:
        reader.read_strays(mark, {item.ref for item in items})
    return reader.observed


class _Reader:
    def __init__(self, client: Client, observed: Observed) -> None:
        self._client = client
        self.observed = observed

    def read_kind(self, kind: Kind, wanted: list[Ref]) -> None:
        if not wanted:
            return
        if kind.inside:
            self._read_inside(kind, wanted)
            return
        found = self._client.find(endpoint(kind.name), (ref.name for ref in wanted), kind.name_field)
        for ref in wanted:
            fitting = [body for body in found if body.get(kind.name_field) == ref.name]
            body = self._in_scope(kind, ref, fitting)
            if body is not None:
                self.observed.objects[ref] = Seen(ref, body)

    def _in_scope(self, kind: Kind, ref: Ref, fitting: list[Body]) -> Body | None:
        if not kind.scope:
            return fitting[0] if fitting else None
        if ref.scope is None:
            nowhere = [body for body in fitting if body.get(kind.scope) is None]
            return next(iter(nowhere or fitting), None)
        parent = self.observed.objects.get(ref.scope)
        return next((body for body in fitting if parent is not None and body.get(kind.scope) == parent.id), None)

    def _read_inside(self, kind: Kind, wanted: list[Ref]) -> None:
        """Nodes are read with their workflow, all of them: those that no definition names are strays."""
        for scope in dict.fromkeys(ref.scope for ref in wanted if ref.scope is not None):
            parent = self.observed.objects.get(scope)
            if parent is None:
                continue
            for body in self._client.every(endpoint(kind.name), [(kind.scope, str(parent.id))]):
                ref = Ref(kind.name, str(body.get(kind.name_field)), scope)
                seen = Seen(ref, body)
                if ref in wanted:
                    self.observed.objects[ref] = seen
                else:
                    self.observed.strays.append(seen)

    def read_hanging(self, item: Item) -> None:
        seen = self.observed.objects.get(item.ref)
        if seen is None:
            return
        path = f"{endpoint(item.ref.kind)}{seen.id}/"
        for name, refs in item.links.items():
            ids = seen.body.get(name)
            if item.kind.links[name] == "workflow_nodes" and isinstance(ids, list):
                seen.links[name] = [{"id": number} for number in ids]
            elif refs or name != "credentials" or _has_some(seen.body, name):
                seen.links[name] = self._client.every(f"{path}{name}/")
            else:
                seen.links[name] = []
        if item.survey is not None:
            seen.survey = self._client.get(f"{path}survey_spec/")

    def read_strays(self, mark: str, ours: set[Ref]) -> None:
        known = {seen.body.get("url") for seen in self.observed.objects.values() if seen.ref in ours}
        for kind in KINDS.values():
            if not kind.described or kind.shared:
                continue
            for body in self._client.every(endpoint(kind.name), [("description__icontains", f"[{mark}")]):
                if is_marked(str(body.get("description") or ""), mark) and body.get("url") not in known:
                    scope = Ref(*_parent_of(kind, body)) if kind.scope else None
                    self.observed.strays.append(Seen(Ref(kind.name, str(body[kind.name_field]), scope), body))


def _named(item: Item) -> Iterable[Ref]:
    """The item itself and everything that it names, and what those are in."""
    for ref in (item.ref, *item.references.values(), *(ref for refs in item.links.values() for ref in refs)):
        inner: Ref | None = ref
        while inner is not None:
            yield inner
            inner = inner.scope


def _has_some(body: Body, name: str) -> bool:
    summary = body.get("summary_fields") or {}
    return bool(summary.get(name, True))


def _parent_of(kind: Kind, body: Body) -> tuple[str, str]:
    """Kind and name of what an object is in, as the API summarises it."""
    summary = (body.get("summary_fields") or {}).get(kind.scope) or {}
    target = kind.references.get(kind.scope, "organizations")
    if target == "*":
        target = LAUNCHED.get(str(summary.get("unified_job_type")), "job_templates")
    return target, str(summary.get("name") or "")
