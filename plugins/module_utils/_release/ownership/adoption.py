# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May an instance have an object that exists already? The policies `mustMatch`, `adoptIfFree` and `adoptAll`. Pure.

The policy comes from the object's annotation `roro.dev/adoption`, else from `--adopt` (adoptAll), else from `adoption` in the documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

from ..._errors import Problem
from ..._model import Adoption, Instance
from ..._objects import ANNOTATION_ADOPTION, KubeObject, metadata_map
from ..data.options import Options
from ..data.record import InstanceRecord, OwnedObject
from ..data.wanted import Wanted
from .labels import Owner, controller_of, foreign_manager, owner_of
from .shared_objects import sharers_of

POLICIES: tuple[str, ...] = get_args(Adoption)


@dataclass(frozen=True)
class Claim:
    """What came of the question. words: for the cause, "" when the object is the instance's own. robbed: the tool, or the instance of
    another environment, that it is taken from, in words, and that does not know. problem: why it may not be had. force: the fields of
    other managers come along. takeover: so do those of whoever applied it before us."""

    words: str = ""
    robbed: str = ""
    problem: Problem | None = None
    force: bool = False
    takeover: bool = False


def claim(
    wanted: Wanted,
    live: KubeObject,
    owned: OwnedObject | None,
    records: Mapping[str, InstanceRecord],
    run: frozenset[str],
    options: Options,
) -> Claim:
    """owned: the entry in the instance's record. run: ids of the instances in this run."""
    instance, owner, policy = wanted.instance, owner_of(live), _policy(wanted, options)
    if (
        owner is not None
        and owner.environment_key == (instance.workspace, instance.environment)
        and _is_shared(wanted, live, owner.instance)
    ):
        return Claim()
    if owned and owned.uid == (live.get("metadata") or {}).get("uid") and (owner is None or not owner.complete):
        return Claim("its labels were removed", force=policy == "adoptAll")
    if owned and owned.uid == (live.get("metadata") or {}).get("uid") and owner is not None and _is_nobody(owner, instance, records):
        return Claim("its labels were changed", force=policy == "adoptAll")
    if owner is None:
        return _without_our_labels(wanted, live, policy)
    if owner.environment_key == (instance.workspace, instance.environment):
        if owner.instance == instance.id:
            return Claim(force=options.adopt and policy == "adoptAll", takeover=options.adopt and policy == "adoptAll")
        if owner.instance in run or (options.complete and owner.instance not in options.left_out):
            return Claim(f"moved from instance {owner.instance or '?'}")
    if policy == "adoptAll":
        return Claim(f"taken from {owner}", robbed=str(owner), force=True, takeover=True)
    return Claim(problem=_belongs(wanted, str(owner)))


def _is_nobody(owner: Owner, instance: Instance, records: Mapping[str, InstanceRecord]) -> bool:
    """Whether the labels name an instance of this environment that is not there."""
    return owner.environment_key == (instance.workspace, instance.environment) and owner.instance not in {instance.id, *records}


def _is_shared(wanted: Wanted, live: KubeObject, owner: str) -> bool:
    """Whether several instances of the environment had it, or shall have it beside the one that has it."""
    return bool(sharers_of(live)) or owner in sharers_of(wanted.object)


def _policy(wanted: Wanted, options: Options) -> str:
    annotated = metadata_map(wanted.object, "annotations").get(ANNOTATION_ADOPTION)
    return annotated or ("adoptAll" if options.adopt else wanted.instance.adoption)


def _without_our_labels(wanted: Wanted, live: KubeObject, policy: str) -> Claim:
    manager = foreign_manager(live)
    if manager is None:
        if policy == "mustMatch":
            return Claim(problem=_not_made_here(wanted))
        return Claim("adopted: it existed without an owner", force=policy == "adoptAll", takeover=True)
    controller = controller_of(live)
    if controller:
        hint = "A controller makes and changes it: give the object in the manifest another name or namespace."
        return Claim(problem=replace(_belongs(wanted, controller), hint=hint))
    if policy == "adoptAll":
        return Claim(f"taken from {manager}", robbed=manager, force=True, takeover=True)
    return Claim(problem=_belongs(wanted, manager))


def wrong_policy(wanted: Wanted) -> Problem | None:
    """What is wrong with the object's annotation, None when nothing is."""
    annotated = metadata_map(wanted.object, "annotations").get(ANNOTATION_ADOPTION)
    if annotated is None or annotated in POLICIES:
        return None
    return Problem(
        f"{wanted.ref}: annotation {ANNOTATION_ADOPTION} has {annotated!r}, which is no policy",
        str(wanted.manifest.source),
        f"Write {', '.join(POLICIES[:-1])} or {POLICIES[-1]}.",
    )


def _belongs(wanted: Wanted, owner: str) -> Problem:
    return Problem(
        f"{wanted.ref} exists and belongs to {owner}; instance {wanted.instance.id} does not take it",
        str(wanted.manifest.source),
        "Give the object another name or namespace, or remove it from its owner first. To take it over: --adopt for this run, or the"
        f" annotation {ANNOTATION_ADOPTION}: adoptAll.",
    )


def _not_made_here(wanted: Wanted) -> Problem:
    return Problem(
        f"{wanted.ref} exists and nobody owns it; instance {wanted.instance.id} does not adopt it (adoption: mustMatch)",
        str(wanted.manifest.source),
        f"Delete it first, or adopt it: the annotation {ANNOTATION_ADOPTION}: adoptIfFree, or `adoption` in the documents.",
    )


def robbed_notice(manager: str, taken: list[str]) -> str:
    """What a person has to do in the other tool after objects were taken from it."""
    named = ", ".join(taken[:3]) + (f" and {len(taken) - 3} more" if len(taken) > 3 else "")
    return f"{named} taken from {manager}, which does not know: make it forget them, or it changes or deletes them again"
