# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One planned step -> API calls, and what came of it. Called in worker threads; a recreate also waits until the old object is gone."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from functools import partial

from ..._cluster import Cluster, Resource, manager_conflicts, saying
from ..._errors import ApiError, ConnectionFailed, ReleaseError, RoroError
from ..._given import given
from ..._objects import KubeObject
from ..data.observed import Observed
from ..data.options import Options
from ..data.outcome import Outcome
from ..data.steps import Step
from ..fields.compare import normalised, owned_fields
from ..manifests.exclusive import without_claims
from ..manifests.references import pod_template
from ..ownership.labels import owner_of
from ..restarts.restart_write import restarted
from ..server_answers.being_deleted import NamespaceLeaving, Tell, await_gone
from ..server_answers.not_there_yet import by_schema, foretold
from ..server_answers.refusals import is_taken
from ..server_answers.refused_update import refused_as_new, update_refusal
from .send_apply import send

_PATIENCE = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between tries."""


_DENIED = re.compile(r'admission webhook "[^"]*" denied the request|ValidatingAdmissionPolicy .* denied request')
_HINTS = {
    "FieldConflict": "Leave these fields out of the manifest, or take them: --force-conflicts, or --adopt for whole objects.",
    "AdmissionDenied": "Correct the manifest, or ask those who keep the webhook or policy.",
    "Invalid": "The API server found the object invalid; correct the manifest.",
    "NamespaceTerminating": "The namespace is being deleted, or was; run this again when it is gone.",
}
"""What to do, by the reason of a refusal; for other reasons what the error says itself."""


def perform(
    cluster: Cluster, step: Step, observed: Observed, options: Options, stop: threading.Event, tell: Tell = lambda words: None
) -> Outcome:
    """Do the step, or with options.check let the server say what it would do. stop: nothing is sent any more, nor sent again. tell: hears
    what keeps an object that has to go first.

    Raises RoroError with the step's object named.
    """
    if stop.is_set():
        raise ReleaseError(f"{step.ref} was left as it was: its instance was stopped before its turn came")
    try:
        with cluster.given_up(stop):
            outcome = _perform(cluster, step, observed, options, stop, tell)
            return replace(outcome, checked="server") if options.check and not outcome.checked else outcome
    except ApiError as error:
        raise _explained(step, error) from error
    except ConnectionFailed as error:
        first = error.problems[0]
        raise ConnectionFailed(f"{step.ref}: {first.message}", where=first.where, hint=first.hint) from error


def _perform(cluster: Cluster, step: Step, observed: Observed, options: Options, stop: threading.Event, tell: Tell) -> Outcome:
    resource = observed.resource(step.ref) or cluster.resource(step.ref.api_version, step.ref.kind)
    if not resource.plural and not options.check:
        resource = _discovered(cluster, step, observed, stop)
    if step.action == "delete":
        return _delete(cluster, resource, step, options)
    if step.desired is None:
        return Outcome(step.action, step.live)
    if step.hook is not None:
        return _start_hook(cluster, resource, step, observed, options, stop, tell)
    if options.check and not _reachable(step, observed):
        return Outcome(step.action, step.desired, checked=foretold(cluster, resource, step, observed))
    if options.check and step.action == "recreate":
        return _as_new(cluster, resource, step)
    if step.foreseen is not None and not step.restart:
        return Outcome("update" if changed(step.live or {}, step.foreseen, dry_run=True) else "unchanged", step.foreseen)
    if step.action == "recreate":
        _remove_first(cluster, resource, step, stop, tell)
    if step.replicas is not None and not options.check:
        cluster.merge_patch(resource, step.ref.namespace, step.ref.name, {"spec": {"replicas": step.replicas}})
    apply = partial(_apply, cluster, resource, step, observed, options, stop)
    try:
        applied, created = send(cluster, resource, step, observed, options, apply)
    except ApiError as error:
        if is_taken(error):
            foreseen = _with_way_made(cluster, resource, step, observed, options, stop)
            if options.check and step.displaces:
                return foreseen
        if options.check and (step.ref.group, step.ref.kind) in observed.schemas:
            return Outcome(step.action, step.desired, checked=by_schema(step, observed))
        if options.check or not _may_be_made_anew(cluster, resource, step, error):
            raise
        _remove_first(cluster, resource, step, stop, tell)
        return Outcome("recreate", apply(step.whole or step.desired)[0])
    if step.restart and not created:
        applied = restarted(cluster, resource, step, applied, options)
    if step.action == "update" and not created and step.live is not None and not changed(step.live, applied, options.check):
        return Outcome("unchanged", applied)
    return Outcome(step.action, applied)


def _with_way_made(
    cluster: Cluster, resource: Resource, step: Step, observed: Observed, options: Options, stop: threading.Event
) -> Outcome:
    """What the step would come to if nobody had what the object needs alone: the server is asked for the rest of it. It gives out
    addresses and ports before it looks at anything else, and nothing shall go for an object that is wrong. Raises ApiError."""
    rest = without_claims(step.desired or {})
    if rest != step.desired:
        alone = replace(step, desired=rest, displaces=frozenset())
        _apply(cluster, resource, alone, observed, replace(options, check=True), stop)
    return Outcome(step.action, step.desired)


def _as_new(cluster: Cluster, resource: Resource, step: Step) -> Outcome:
    """In check mode, what is deleted and made again: the server is asked for a new object of that name."""
    refusal = refused_as_new(cluster, resource, step.whole or step.desired or {})
    if refusal is not None:
        raise refusal
    return Outcome(step.action, step.desired)


def _may_be_made_anew(cluster: Cluster, resource: Resource, step: Step, error: ApiError) -> bool:
    """Whether the server refuses what nobody asked it beforehand, and what is there may go for it."""
    if step.action != "update" or not step.consent or step.live is None or step.desired is None:
        return False
    refusal = update_refusal(cluster, resource, step.whole or step.desired, error)
    return refusal is not None and not refusal.as_new


def _discovered(cluster: Cluster, step: Step, observed: Observed, stop: threading.Event) -> Resource:
    """A kind whose APIService is available since a moment ago: asked for until discovery shows it."""
    ref = step.ref
    for pause in (*_PATIENCE, *_PATIENCE[-1:] * 8):
        cluster.invalidate_discovery()
        found = cluster.find_resource(ref.api_version, ref.kind)
        if found is not None and not found.namespaced and ref.namespace:
            hint = "Run it again: what is known of the kind now is enough."
            raise ReleaseError(
                f"{ref}: {ref.kind} of {ref.api_version} is cluster-scoped, which nobody knew before it was served", hint=hint
            )
        if found is not None:
            observed.learn(found)
            return found
        if stop.wait(pause):
            break
    raise ReleaseError(f"{ref}: its APIService is available, but does not serve {ref.kind}", hint="Check apiVersion and kind.")


def _start_hook(
    cluster: Cluster, resource: Resource, step: Step, observed: Observed, options: Options, stop: threading.Event, tell: Tell
) -> Outcome:
    """Make the hook's object, anew where it runs to completion. The one of last time may be of this very run, so it is looked up now."""
    replaced = given(step.hook, "the hook of a step that runs one").runs_anew
    if options.check and not _reachable(step, observed):
        return Outcome(step.action, step.desired, checked=foretold(cluster, resource, step, observed))
    if options.check and replaced and step.ref.identity in observed.objects:
        return _as_new(cluster, resource, step)
    live = cluster.get(resource, step.ref.namespace, step.ref.name) if replaced and not options.check else None
    if live is not None:
        if owner_of(live) != owner_of(step.desired or {}):
            hint = "Give the hook another name, or remove that object first."
            raise ReleaseError(f"{step.ref} belongs to {owner_of(live) or 'nobody'} and is not replaced", hint=hint)
        _remove_first(cluster, resource, replace(step, live=live, uid=str(live["metadata"].get("uid") or "")), stop, tell)
    applied, _ = _apply(cluster, resource, step, observed, options, stop)
    return Outcome(step.action, applied, ended=options.check)


def _apply(
    cluster: Cluster,
    resource: Resource,
    step: Step,
    observed: Observed,
    options: Options,
    stop: threading.Event,
    sent: KubeObject | None = None,
) -> tuple[KubeObject, bool]:
    """An apply; again and again for a few seconds for a kind that was defined a moment ago, as its handlers come up after `Established`,
    and for what an object had that went a moment ago: a quota, or what a controller gives back, is free a little later."""
    promised = (step.ref.group, step.ref.kind) not in observed.served
    desired = given(step.desired, "the object of a step that applies one")
    force = options.force_conflicts or step.force
    call = partial(cluster.apply, resource, sent or desired, force=force, dry_run=options.check, field_manager=step.manager)
    for pause in _PATIENCE if promised or (step.displaces and not options.check) else ():
        try:
            return call()
        except ApiError as error:
            if not (error.status == 404 and promised) and not (step.displaces and is_taken(error)):
                raise
        stop.wait(pause)
    return call()


def _reachable(step: Step, observed: Observed) -> bool:
    """Whether a dry run can work: the namespace and the kind must be there already."""
    namespace = step.ref.namespace
    return (not namespace or observed.has_namespace(namespace)) and (step.ref.group, step.ref.kind) in observed.served


def changed(before: KubeObject, after: KubeObject, dry_run: bool = False) -> bool:
    """Whether an apply did something. The resourceVersion alone would also count a controller's status update in between;
    a dry run never gives a new one."""
    if not dry_run and _version(before) == _version(after):
        return False
    return normalised(before) != normalised(after) or owned_fields(before) != owned_fields(after)


def _version(obj: KubeObject) -> str:
    return str((obj.get("metadata") or {}).get("resourceVersion") or "")


def _delete(cluster: Cluster, resource: Resource, step: Step, options: Options) -> Outcome:
    """Delete by UID: an object of the same name that somebody made anew is left alone."""
    propagation = "Foreground" if step.live is not None and pod_template(step.live) is not None else "Background"
    try:
        left = cluster.delete(
            resource, step.ref.namespace, step.ref.name, uid=step.uid or None, propagation=propagation, dry_run=options.check
        )
    except ApiError as error:
        if error.status != 409 or "uid" not in str(error).lower():
            raise
        left = None
    return Outcome("delete", left, ended=options.check or _is_gone(left))


def _is_gone(left: KubeObject | None) -> bool:
    """Whether a delete's answer says that nothing is left: a Status, or for some kinds the object without a deletion timestamp."""
    return left is None or left.get("kind") == "Status" or not (left.get("metadata") or {}).get("deletionTimestamp")


def _remove_first(cluster: Cluster, resource: Resource, step: Step, stop: threading.Event, tell: Tell) -> None:
    """The delete of a recreate, until the object is really gone."""
    ref, left = step.ref, step.live
    if not ((step.live or {}).get("metadata") or {}).get("deletionTimestamp"):
        left = cluster.delete(resource, ref.namespace, ref.name, uid=step.uid or None, propagation="Foreground")
    if not _is_gone(left):
        await_gone(cluster, resource, replace(step, live=left), tell, stop)


def _explained(step: Step, error: ApiError) -> RoroError:
    """The server's refusal with the object's name in front and what to do about it."""
    first, reason = error.problems[0], _reason(error)
    message, hint = first.message, first.hint if error.status == 500 else _HINTS.get(reason, first.hint)
    if str(step.ref) not in message:
        message = f"{step.ref}: {message}"
    explained = ReleaseError(message, where=first.where if first.where != str(step.ref) else None, hint=hint)
    explained.reason = reason
    return explained


def _reason(error: ApiError) -> str:
    if any(manager_conflicts(error.body)):
        return "FieldConflict"
    if _DENIED.search(str(error)):
        return "AdmissionDenied"
    if (error.status == 403 and "being terminated" in str(error)) or (error.status == 404 and 'namespaces "' in str(error)):
        return NamespaceLeaving.reason
    told = saying(str(error)).reason if error.status == 500 else ""
    return told or error.reason or f"Http{error.status}"
