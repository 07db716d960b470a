# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server says beforehand to those steps of a plan that it may refuse for what is there: a dry run of each, all in parallel.

A first run and one with nothing to do ask nothing, nor do changes that every server takes.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from ..._cluster import Cluster
from ..._errors import ApiError, ReleaseError, RoroError
from ..._objects import KubeObject
from ..._secrets import Secrets
from ..data.observed import Observed
from ..data.options import Options
from ..data.plan import Plan
from ..data.refusal import Refusal
from ..data.steps import Step
from ..fields.compare import differences, dropped_fields
from ..fields.fieldset import lacking, leaves, path_of
from ..manifests.interception import DEFINITION
from ..server_answers.always_changeable import surely_changeable
from ..server_answers.refusals import is_taken, refusal_of, says_fixed
from ..server_answers.refused_update import update_refusal
from ..server_answers.schema_check import schemas_of
from ..workers import Workers
from .perform import perform

_BUILT_IN = frozenset(
    f"{name}.k8s.io"
    for name in (
        *("rbac.authorization", "networking", "storage", "scheduling", "node", "coordination", "discovery", "events", "certificates"),
        *("flowcontrol.apiserver", "admissionregistration", "apiextensions", "apiregistration", "resource", "storagemigration"),
    )
)
"""Groups with a dot that no CustomResourceDefinition serves."""
Answer = Refusal | KubeObject | None
"""Refused; what the object would be; the server did not say."""


def asked(
    cluster: Cluster,
    planned: Plan,
    observed: Observed,
    options: Options,
    workers: Workers,
    secrets: Secrets,
    again: Callable[[Observed], Plan],
) -> tuple[Plan, Observed]:
    """The plan with what the server says, and what is observed with it. secrets: what its words must not show. again: makes the plan
    anew, with refusals to heed.

    Raises PlanError where something fixed is to be changed and nothing allows to make it anew.
    """
    definitions = [step.desired for step in planned.steps if step.action != "unchanged" and step.desired is not None]
    moving = schemas_of(definitions)  # what the present definition says of these is of no account
    observed = replace(observed, schemas=moving) if options.check else observed
    steps = [step for step in planned.steps if (step.ref.group, step.ref.kind) not in moving and _doubtful(step)]
    free = _without_transition_rules(cluster, steps, observed, workers)
    steps = [step for step in steps if step.claims.take or (step.ref.group, step.ref.kind) not in free]
    if not steps:
        return planned, observed
    check = replace(options, check=True)
    answers = workers.all([partial(_answer, cluster, step, observed, check) for step in steps])
    told = {step.ref.identity: answer for step, answer in zip(steps, answers, strict=True) if answer is not None}
    refused = {identity: answer.hidden(secrets) for identity, answer in told.items() if isinstance(answer, Refusal)}
    if refused:
        observed = replace(observed, refused={**observed.refused, **refused})
        planned = again(observed)
    if options.check:
        foreseen = {identity: answer for identity, answer in told.items() if not isinstance(answer, Refusal)}
        planned = replace(planned, steps=tuple(_with_answer(step, foreseen.get(step.ref.identity)) for step in planned.steps))
    return planned, observed


def _doubtful(step: Step) -> bool:
    if step.action == "create":
        return bool(step.displaces)
    if step.action != "update" or step.live is None or step.desired is None:
        return False
    going = map(path_of, leaves(lacking(step.claims.take, step.desired)))
    return not surely_changeable(
        [*differences(step.desired, step.live), *dropped_fields(step.desired, step.live, step.claims.give), *going], step.live
    )


def _without_transition_rules(cluster: Cluster, steps: Sequence[Step], observed: Observed, workers: Workers) -> set[tuple[str, str]]:
    """(group, kind) of custom resources whose definition lets every field change, as one look at it saves asking for each of many."""
    counts = Counter((step.ref.group, step.ref.kind) for step in steps if step.action == "update")
    many = [key for key, count in counts.items() if count > 1 and "." in key[0] and key[0] not in _BUILT_IN]
    return {key for key, free in zip(many, workers.all([partial(_is_free, cluster, observed, key) for key in many]), strict=True) if free}


def _is_free(cluster: Cluster, observed: Observed, key: tuple[str, str]) -> bool:
    served = observed.served.get(key)
    if served is None:
        return False
    name = f"{served.plural}.{served.group}"
    try:
        definition = observed.objects.get((*DEFINITION, "", name))
        definition = definition or cluster.get(cluster.resource("apiextensions.k8s.io/v1", DEFINITION[1]), None, name)
    except RoroError:
        return False
    return definition is not None and "oldSelf" not in json.dumps((definition.get("spec") or {}).get("versions"))


def _answer(cluster: Cluster, step: Step, observed: Observed, check: Options) -> Answer:
    """What cannot be asked (no right, a webhook without dry runs, a server in trouble) is told when it is written."""
    try:
        return perform(cluster, step, observed, check, threading.Event()).object
    except ReleaseError as error:
        resource, refusal = observed.resource(step.ref), error.__cause__
        if not isinstance(refusal, ApiError) or resource is None or step.desired is None:
            return None
        if step.claims and not says_fixed(refusal):
            return None  # a dry run only foresees what the claims come to: what it refuses for other reasons is told when it is written
        if step.action == "create":
            return None if is_taken(refusal) else refusal_of(refusal, as_new=refusal)
        try:
            return update_refusal(cluster, resource, step.whole or step.desired, refusal)
        except RoroError:
            return None
    except RoroError:
        return None


def _with_answer(step: Step, foreseen: KubeObject | None) -> Step:
    return replace(step, foreseen=foreseen) if foreseen is not None and step.action == "update" else step
