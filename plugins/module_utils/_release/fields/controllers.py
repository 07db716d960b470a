# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of a manifest that belong to a controller by design, not to another person or tool: they are left to it. Pure.

- `rules` of an aggregated ClusterRole; `spec.replicas` of what an autoscaler scales.
- What a controller has written over: one that is a part of Kubernetes, or that also reports the status of this object, or keeps its
  `caBundle`. So it is known by what it does on the cluster, never by a guess.
- What the manifest leaves empty for somebody to fill (`caBundle: ""`), once a program has.

What a person changes goes by the names of their tools (`kubectl-edit`, `k9s`) and is none of these: it stays drift, and a conflict.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..._objects import FIELD_MANAGER, KubeObject, ref_of
from .compare import same_value
from .fieldset import MISSING, Fields, at, at_leaf, entries_of, having, is_ours, of_leaf, path_of, union
from .takeover import CONTROL_PLANE, Claims

Identity = tuple[str, str, str, str]
"""ObjectRef.identity."""
_PERSONS = re.compile(
    r"kubectl.*|oc|k9s|.*lens|node-fetch|Mozilla|curl|python.*|OpenAPI-Generator|octant|headlamp|.*dashboard.*|rancher|Go-http-client"
    r"|helm.*|argocd.*|kustomize-controller|terraform.*|pulumi.*|ansible.*|kapp.*|roro.*|unknown|before-first-apply",
    re.IGNORECASE,
)
"""Field managers behind which a person stands: their own tools, scripts and deployment tools."""
REPLICAS = ("f:spec", "f:replicas")
_RULES = of_leaf(("f:rules",))
_CA = "f:caBundle"
_PLACEHOLDERS: tuple[Any, ...] = ("", None, [], {})
_CALLED = frozenset({"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "CustomResourceDefinition", "APIService"})


@dataclass(frozen=True)
class Left:
    """fields: of the manifest, not sent. claims: what ownership changes for it. words: for a notice, where manifest and cluster differ.
    may_differ: JSONPaths of what is left as it is whoever has it, see `ignored`; kept: that as fields; differing: whether any of it differs
    from the manifest."""

    fields: Fields = field(default_factory=dict)
    claims: Claims = field(default_factory=Claims)
    words: tuple[str, ...] = ()
    may_differ: tuple[str, ...] = ()
    kept: Fields = field(default_factory=dict)
    differing: bool = False


NOTHING = Left()


def scale_targets(objects: Iterable[KubeObject]) -> set[Identity]:
    """What the autoscalers among these scale: HorizontalPodAutoscalers, and whatever else has a `scaleTargetRef`."""
    found = set()
    for obj in objects:
        spec = obj.get("spec")
        target = spec.get("scaleTargetRef") if isinstance(spec, dict) else None
        if isinstance(target, dict) and target.get("name"):
            group = str(target.get("apiVersion") or "apps/v1").rpartition("/")[0]
            namespace = (obj.get("metadata") or {}).get("namespace") or ""
            found.add((group, str(target.get("kind") or "Deployment"), str(namespace), str(target["name"])))
    return found


def left_to_controllers(desired: KubeObject, live: KubeObject | None, scaled: Collection[Identity], *, force: bool = False) -> Left:
    """What of the manifest is not sent. scaled: what autoscalers scale. force: a person takes what can be taken."""
    aggregated = desired.get("kind") == "ClusterRole" and bool(desired.get("aggregationRule")) and "rules" in desired
    left = Left(_RULES) if aggregated else NOTHING
    if live is None or force:
        return left
    written = _written_over(desired, live)
    autoscaled = bool(scaled) and ref_of(desired).identity in scaled
    if not written and not autoscaled:
        return left
    words = tuple(f"{path_of(tokens)} is left to {manager}" for tokens, manager in written.items())
    fields = left.fields
    for tokens in written:
        fields = union(fields, of_leaf(tokens))
    if autoscaled:
        return _autoscaled(desired, live, Left(fields, words=words))
    if REPLICAS in written and _by_scale(live, written[REPLICAS]):
        return _taken_back(written, words)
    return Left(fields, words=words)


def _autoscaled(desired: KubeObject, live: KubeObject, left: Left) -> Left:
    """The number of replicas is the autoscaler's from the moment that there is something to scale; it does nothing for a workload that was
    stopped. What is ours is given up, not taken out: that would leave one replica."""
    ours = any(is_ours(entry) and at_leaf(entry.get("fieldsV1") or {}, REPLICAS) for entry in entries_of(live))
    theirs = any(entry.get("manager") != FIELD_MANAGER and at_leaf(entry.get("fieldsV1") or {}, REPLICAS) for entry in entries_of(live))
    have, want = (live.get("spec") or {}).get("replicas"), (desired.get("spec") or {}).get("replicas", MISSING)
    if have in (None, 0) and not theirs:
        return left
    claims = Claims(give=of_leaf(REPLICAS)) if ours else left.claims
    if want is MISSING:
        return Left(left.fields, claims, left.words)
    words = tuple(word for word in left.words if not word.startswith("spec.replicas "))
    if want != have:
        words = (*words, "spec.replicas is left to its autoscaler")
    return Left(union(left.fields, of_leaf(REPLICAS)), claims, words)


def _taken_back(written: Mapping[tuple[str, ...], str], words: tuple[str, ...]) -> Left:
    """An autoscaler has set the replicas and there is none any more: the manifest says again how many there are."""
    fields: Fields = {}
    for tokens in written:
        fields = union(fields, of_leaf(tokens)) if tokens != REPLICAS else fields
    claims = Claims(evict={written[REPLICAS]: of_leaf(REPLICAS)})
    return Left(fields, claims, tuple(word for word in words if not word.startswith("spec.replicas ")))


def _by_scale(live: KubeObject, manager: str) -> bool:
    return any(entry.get("manager") == manager and entry.get("subresource") == "scale" for entry in entries_of(live))


def _written_over(desired: KubeObject, live: KubeObject) -> dict[tuple[str, ...], str]:
    """(tokens) -> manager of what a controller has set to something else than the manifest has."""
    found: dict[tuple[str, ...], str] = {}
    for entry in entries_of(live):
        manager = str(entry.get("manager"))
        if manager == FIELD_MANAGER or _PERSONS.fullmatch(manager):
            continue
        known = is_controller(live, manager)
        for tokens in _each(having(_content(entry), desired)):
            want, have = _value(desired, tokens), _value(live, tokens)
            if have is MISSING or same_value(want, have, path_of(tokens)):
                continue
            if known or want in _PLACEHOLDERS or (tokens[-1] == _CA and live.get("kind") in _CALLED):
                found[tokens] = manager
    return found


def is_controller(live: KubeObject, manager: str) -> bool:
    """Whether a program works on this very object by what it is: see above."""
    if manager == FIELD_MANAGER or _PERSONS.fullmatch(manager):
        return False
    return bool(CONTROL_PLANE.fullmatch(manager)) or _reports(live, manager) or _keeps_the_ca(live, manager)


def _content(entry: Mapping[str, Any]) -> Fields:
    """What the entry may have set of a manifest: by a write of the status only annotations and labels."""
    fields: Fields = entry.get("fieldsV1") or {}
    return fields if entry.get("subresource") != "status" else {part: below for part, below in fields.items() if part == "f:metadata"}


def _reports(live: KubeObject, manager: str) -> bool:
    """Whether the manager also writes the status of the object: it is what the object is for."""
    return any(
        entry.get("manager") == manager and (entry.get("subresource") == "status" or "f:status" in (entry.get("fieldsV1") or {}))
        for entry in entries_of(live)
    )


def _keeps_the_ca(live: KubeObject, manager: str) -> bool:
    if live.get("kind") not in _CALLED:
        return False
    mine = [entry.get("fieldsV1") or {} for entry in entries_of(live) if entry.get("manager") == manager]
    return any(tokens[-1] == _CA for fields in mine for tokens in _each(fields))


def _each(fields: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The tokens to every field without fields in it."""
    for part, below in fields.items():
        if part == ".":
            continue
        if not below or set(below) == {"."}:
            yield (part,)
        else:
            yield from ((part, *rest) for rest in _each(below))


def _value(obj: Any, tokens: tuple[str, ...]) -> Any:
    for part in tokens:
        obj = at(obj, part)
    return obj
