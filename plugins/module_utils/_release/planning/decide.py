# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done to one desired object: create, update, recreate or nothing, and the cause in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..._errors import Problem
from ..._objects import ANNOTATION_RECREATE, PREFIX, KubeObject, is_leaving, metadata_map
from ..data.observed import Observed
from ..data.options import Options
from ..data.record import InstanceRecord, OwnedObject
from ..data.refusal import Refusal
from ..data.steps import Action
from ..data.wanted import Wanted
from ..fields.compare import cause, differences, dropped_fields, live_digest, vanished_fields
from ..fields.fieldset import Fields, covering, entries_of, leaves, path_of
from ..fields.server_defaults import stale_defaults
from ..fields.takeover import Claims, claims_for
from ..ownership.adoption import claim, wrong_policy
from ..ownership.applyset import LABEL_PART_OF
from ..readiness import cleaned_up
from ..server_answers.always_changeable import fixed_among
from .prune import HOLDS_DATA, kept_by

_NAMESPACE = ("", "Namespace")
_REMOVED_ITSELF = "completed, and removed by its ttlSecondsAfterFinished"


@dataclass(frozen=True)
class Decision:
    """One object's action. problem: why nothing may be done at all. force, robbed: see adoption.Claim.
    claims, consent: see Step."""

    action: Action
    cause: str
    live: KubeObject | None = None
    uid: str = ""
    problem: Problem | None = None
    force: bool = False
    robbed: str = ""
    claims: Claims = field(default_factory=Claims)
    consent: bool = False


def decide(wanted: Wanted, observed: Observed, owned: OwnedObject | None, run: frozenset[str], options: Options) -> Decision:
    """owned: the entry in the instance's record. run: ids of the instances in this run."""
    live = observed.objects.get(wanted.ref.identity)
    problem = wrong_policy(wanted)
    if problem:
        return Decision("update", "", live, "", problem)
    if live is None:
        return _absent(wanted, owned, observed.records.get(wanted.instance.id))
    uid = str((live.get("metadata") or {}).get("uid") or "")
    claimed = claim(wanted, live, owned, observed.records, run, options)
    if claimed.problem:
        return Decision("update", "", live, uid, claimed.problem)
    if is_leaving(live) and cleaned_up(live) and owned and owned.uid == uid and owned.applied == wanted.applied:
        return Decision("unchanged", _REMOVED_ITSELF, live, uid)
    if is_leaving(live):
        return Decision("recreate", "the existing object is being deleted", live, uid)
    stale = stale_defaults(wanted.object, live)
    if owned and owned.uid == uid and owned.applied == wanted.applied and owned.live == live_digest(live, wanted.object) and not stale:
        if _failed_job(live):
            return Decision("recreate", "the Job failed before and is run again", live, uid)
        return Decision("unchanged", "as recorded", live, uid)
    same_manifest = bool(owned and owned.uid == uid and owned.applied == wanted.applied)
    claims, told = claims_for(wanted.object, live, takeover=claimed.takeover, tools=claimed.force)
    words = ", ".join(filter(None, (claimed.words, told, *_stale_words(stale))))
    decision = _changed(wanted, live, uid, words, observed.refused.get(wanted.ref.identity), same_manifest=same_manifest)
    left = wanted.left.claims
    if claims.take:  # it would go with what becomes ours and is not in the manifest
        left = replace(left, give=covering(covering(wanted.left.fields, wanted.left.kept), left.give))
    claims, consent = claims.also(left).also(Claims(stale)), _may_recreate(wanted, live)
    nobodys = claimed.takeover and not entries_of(live)  # whatever the server calls their owner
    taken_back = options.take_back and bool(owned and owned.uid == uid)
    return replace(decision, force=claimed.force or nobodys or taken_back, robbed=claimed.robbed, claims=claims, consent=consent)


def _stale_words(stale: Fields) -> list[str]:
    return [f"{path_of(parts)} was filled in for what the manifest said before" for parts in leaves(stale)]


def _absent(wanted: Wanted, owned: OwnedObject | None, record: InstanceRecord | None) -> Decision:
    if owned is None or not owned.uid:
        return Decision("create", "no existing object")
    if _cleans_up(wanted.object) and owned.applied == wanted.applied and record and record.outcome == "deployed":
        return Decision("unchanged", _REMOVED_ITSELF)
    return Decision("create", "it was deleted by somebody else")


def _changed(wanted: Wanted, live: KubeObject, uid: str, taken: str, refusal: Refusal | None, *, same_manifest: bool) -> Decision:
    differing = differences(_without_our_labels(wanted.object), live)
    given = wanted.left.claims.give
    dropped = dropped_fields(wanted.object, live, given)
    if _failed_job(live):
        return Decision("recreate", "the Job failed before and is run again", live, uid)
    if refusal is not None:
        return _refused(wanted, live, uid, refusal, refusal.concerned(fixed_among([*differing, *dropped], live)))
    if same_manifest and (wanted.left.fields or wanted.left.differing) and not (taken or differing or dropped):
        words = "may differ" if wanted.left.differing else "is left to its controller"
        return Decision("unchanged", f"as recorded, but for what {words}", live, uid)
    dropped += [path for path in vanished_fields(wanted.object, live, given) if path not in dropped]
    reason = cause(differing, dropped)
    if taken:
        reason = f"{taken}, {reason}" if differing or dropped else taken
    return Decision("update", reason, live, uid)


def _refused(wanted: Wanted, live: KubeObject, uid: str, refusal: Refusal, fixed: Sequence[str]) -> Decision:
    """The server does not let the object be changed so: it is made anew, or nothing is done at all."""
    if refusal.as_new or not _may_recreate(wanted, live):
        return Decision("update", "", live, uid, _immutable(wanted, live, refusal, fixed))
    if live.get("kind") == "Job":
        what = "Job template changed" if any(path.startswith("spec.template") for path in fixed) else f"{fixed[0]} changed"
        return Decision("recreate", f"{what} (a Job cannot be updated)", live, uid)
    return Decision("recreate", f"{fixed[0] if fixed else 'what'} differs and cannot be changed in place{refusal.told}", live, uid)


def _without_our_labels(obj: KubeObject) -> KubeObject:
    """Our labels are no news to a person; that they are missing or name somebody else is told in words."""
    labels = {key: value for key, value in metadata_map(obj, "labels").items() if not key.startswith(PREFIX) and key != LABEL_PART_OF}
    metadata = {key: value for key, value in obj["metadata"].items() if key != "labels"}
    return {**obj, "metadata": {**metadata, **({"labels": labels} if labels else {})}}


def _may_recreate(wanted: Wanted, live: KubeObject) -> bool:
    """The object's own annotation says it, else the documents do; for what holds data or is protected only the annotation can. A Job is
    run again. With a namespace would go whatever others have in it, so it never does."""
    if wanted.ref.identity[:2] == _NAMESPACE:
        return False
    said = metadata_map(wanted.object, "annotations").get(ANNOTATION_RECREATE)
    if said is not None:
        return said == "true"
    if wanted.ref.identity[:2] == ("batch", "Job"):
        return True
    return wanted.instance.on_immutable == "recreate" and wanted.ref.identity[:2] not in HOLDS_DATA and not kept_by(live)


def _immutable(wanted: Wanted, live: KubeObject, refusal: Refusal, fixed: Sequence[str]) -> Problem:
    fields = ", ".join(fixed[:3]) or "what differs"
    message = f"{wanted.ref}: {fields} cannot be changed on an existing object{refusal.told}"
    if refusal.as_new:
        return Problem(
            f"{message}, and a new one would be refused too: {refusal.told_as_new}", str(wanted.manifest.source), "Correct the manifest."
        )
    if wanted.ref.identity[:2] == _NAMESPACE:
        hint = "Take the change back: a namespace is never deleted for a change, as everything in it would go too."
        return Problem(message, str(wanted.manifest.source), hint)
    hint = f'Take the change back, or annotate the object with {ANNOTATION_RECREATE}: "true": it is then deleted '
    if wanted.ref.identity[:2] in HOLDS_DATA:
        hint += "and created anew, and what it holds is lost: its data, or every resource of its kind."
    elif kept := kept_by(live):
        hint += f"and created anew, although it is {kept}."
    else:
        hint += 'and created anew. "onImmutable": "recreate" in app.json says so for everything that holds no data.'
    return Problem(message, str(wanted.manifest.source), hint)


def _failed_job(live: KubeObject) -> bool:
    conditions = (live.get("status") or {}).get("conditions") or []
    return live.get("kind") == "Job" and any(item.get("type") == "Failed" and item.get("status") == "True" for item in conditions)


def _cleans_up(obj: KubeObject) -> bool:
    return obj.get("kind") == "Job" and (obj.get("spec") or {}).get("ttlSecondsAfterFinished") is not None
