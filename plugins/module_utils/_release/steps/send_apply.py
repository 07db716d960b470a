# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An apply with what has to happen to the ownership of fields first, or what a dry run of both would say. Belongs in worker threads.

Three things go beyond a plain apply: fields that become ours or are given up first (`takeover`), fields that the server filled in and that
its refusal names (`server_defaults`), and fields that a controller has taken while the run was under way (`controllers`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..._cluster import Cluster, Resource, manager_conflicts
from ..._errors import ApiError
from ..._objects import KubeObject
from ..data.observed import Observed
from ..data.options import Options
from ..data.steps import Step
from ..fields.controllers import left_to_controllers, scale_targets
from ..fields.fieldset import cut, entries_of
from ..fields.foreseen_apply import foreseen, merge_patch
from ..fields.server_defaults import in_the_way
from ..fields.takeover import Claims, claimed
from .send_over_a_state import send_over_a_state

Apply = Callable[[KubeObject], tuple[KubeObject, bool]]
_ROUNDS = 4
"""A validation stops at its first finding in places, so that removing one thing may show the next."""
_RACES = 5
_GONE = re.compile("request to convert CR to an invalid group/version")


def send(cluster: Cluster, resource: Resource, step: Step, observed: Observed, options: Options, apply: Apply) -> tuple[KubeObject, bool]:
    """The object as it is then, and whether it was created. Raises ApiError, ConnectionFailed."""
    live, desired = step.live, step.desired or {}
    if live is None or step.action != "update":
        return apply(step.whole or desired if step.action == "recreate" else desired)
    if step.may_differ and not options.check and (done := send_over_a_state(cluster, resource, step, observed, apply)) is not None:
        return done
    try:
        return _claiming(cluster, resource, live, desired, step.claims, options, apply)
    except ApiError as error:
        claims = _in_gone_versions(live, step.claims, error) or _without_defaults(cluster, resource, live, desired, step.claims, error)
        if claims is not None:
            return _claiming(cluster, resource, live, desired, claims, options, apply)
        rest = _without_taken(cluster, resource, step, observed, options, error)
        if rest is None:
            raise
        return apply(rest)


def _claiming(
    cluster: Cluster, resource: Resource, live: KubeObject, desired: KubeObject, claims: Claims, options: Options, apply: Apply
) -> tuple[KubeObject, bool]:
    if not claims:
        return apply(desired)
    if not options.check:
        _claim(cluster, resource, live, claims)
        return apply(desired)
    try:
        apply(desired)
    except ApiError as error:
        if not _settled_by(claims, error):
            raise
    return _foreseen(cluster, resource, live, desired, claims), False


def _in_gone_versions(live: KubeObject, claims: Claims, error: ApiError) -> Claims | None:
    """The server cannot read what is owned in a version that the definition does not have any more, and refuses every apply for it. Then
    it counts for the version that there is."""
    if not _GONE.search(str(error)):
        return None
    own = str(live.get("apiVersion"))
    return claims.also(Claims(gone=frozenset(str(entry.get("apiVersion")) for entry in entries_of(live)) - {own}))


def _settled_by(claims: Claims, error: ApiError) -> bool:
    """Whether the refusal is about what is not so any more once the claims are carried out."""
    if claims.gone and _GONE.search(str(error)):
        return True
    if error.status == 422:
        return bool(claims.take)
    conflicts = {manager for manager, _ in manager_conflicts(error.body)}
    return bool(conflicts) and conflicts <= claims.leave | set(claims.evict)


def _claim(cluster: Cluster, resource: Resource, live: KubeObject, claims: Claims) -> None:
    """Change who owns what, and nothing else. Of this very state only: a change meanwhile is looked at first, and an object
    that somebody made anew is left to them."""
    metadata = live["metadata"]
    for race in range(_RACES):
        patch = {"metadata": {"managedFields": claimed(live, claims), "resourceVersion": metadata["resourceVersion"]}}
        try:
            cluster.merge_patch(resource, metadata.get("namespace"), metadata["name"], patch)
            return
        except ApiError as error:
            fresh = cluster.get(resource, metadata.get("namespace"), metadata["name"]) if error.status == 409 else None
            if fresh is None or fresh["metadata"].get("uid") != metadata.get("uid") or race == _RACES - 1:
                raise
            live, metadata = fresh, fresh["metadata"]


def _foreseen(cluster: Cluster, resource: Resource, live: KubeObject, desired: KubeObject, claims: Claims) -> KubeObject:
    metadata = live["metadata"]
    patch = merge_patch(live, foreseen(live, desired, claims))
    if claims.gone:
        patch["metadata"] = {**(patch.get("metadata") or {}), "managedFields": claimed(live, claims)}
    return cluster.merge_patch(resource, metadata.get("namespace"), metadata["name"], patch, dry_run=True)


def _without_defaults(
    cluster: Cluster, resource: Resource, live: KubeObject, desired: KubeObject, claims: Claims, error: ApiError
) -> Claims | None:
    """The claims with which the server takes the object, by its own word in a dry run; None where no default is in the way."""
    for _ in range(_ROUNDS):
        more = claims.also(in_the_way(error, live, desired))
        if more == claims:
            return None
        claims = more
        try:
            _foreseen(cluster, resource, live, desired, claims)
            return claims
        except ApiError as next_error:
            error = next_error
    return None


def _without_taken(
    cluster: Cluster, resource: Resource, step: Step, observed: Observed, options: Options, error: ApiError
) -> KubeObject | None:
    """The manifest without what a controller has taken since the run looked; None where that is not what the refusal is about."""
    desired = step.desired or {}
    if not any(manager_conflicts(error.body)) or options.force_conflicts or step.force:
        return None
    live = cluster.get(resource, step.ref.namespace, step.ref.name)
    if live is None:
        return None
    scaled = observed.scaled | scale_targets(observed.objects.values())
    rest: KubeObject = cut(desired, left_to_controllers(desired, live, scaled).fields)
    return rest if rest != desired else None
