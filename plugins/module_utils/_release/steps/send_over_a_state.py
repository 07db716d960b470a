# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An update of an object of which some fields are left as they are: written over the state that it was made for, never over a newer one, in
which somebody may have changed one of them. Belongs in worker threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..._cluster import Cluster, Resource, manager_conflicts
from ..._errors import ApiError
from ..._jsonpath import compile_path
from ..._objects import KubeObject, uid_of
from ..data.observed import Observed
from ..data.steps import Step
from ..fields.controllers import left_to_controllers, scale_targets
from ..fields.fieldset import covering, cut
from ..fields.ignored import ignored
from ..fields.takeover import claimed

_RACES = 6


def send_over_a_state(
    cluster: Cluster, resource: Resource, step: Step, observed: Observed, apply: Callable[[KubeObject], tuple[KubeObject, bool]]
) -> tuple[KubeObject, bool] | None:
    """The object as it is then, and False as it was not created; None where this way leads nowhere: the object is gone, or the server
    refuses it for another reason, which an apply without a state tells. Raises ConnectionFailed, PathSyntaxError."""
    live = step.live
    for _ in range(_RACES):
        if live is None or uid_of(live) != step.uid:
            return None
        try:
            return apply(_over(_claim(cluster, resource, step, live), step.desired or {}))
        except ApiError as error:
            if error.status != 409 or any(manager_conflicts(error.body)):
                return None
        live = cluster.get(resource, step.ref.namespace, step.ref.name)
        if live is not None:
            step = _made_for(step, live, observed)
    return None


def _claim(cluster: Cluster, resource: Resource, step: Step, live: KubeObject) -> KubeObject:
    """The object after the step's claims, which change nothing else."""
    if not step.claims:
        return live
    patch = {"metadata": {"managedFields": claimed(live, step.claims), "resourceVersion": live["metadata"]["resourceVersion"]}}
    return cluster.merge_patch(resource, step.ref.namespace, step.ref.name, patch)


def _over(live: KubeObject, desired: KubeObject) -> KubeObject:
    """The manifest, to be refused where the object has changed since."""
    return {**desired, "metadata": {**desired["metadata"], "resourceVersion": live["metadata"]["resourceVersion"]}}


def _made_for(step: Step, live: KubeObject, observed: Observed) -> Step:
    """The step for another state of its object."""
    whole = step.whole or step.desired or {}
    found = ignored(whole, live, [compile_path(path) for path in step.may_differ])
    scaled = observed.scaled | scale_targets(observed.objects.values())
    sent = cut(found.sent if found else whole, left_to_controllers(whole, live, scaled).fields)
    claims = replace(step.claims, give=covering(step.claims.give, found.give)) if found else step.claims
    return replace(step, desired=sent, claims=claims)
