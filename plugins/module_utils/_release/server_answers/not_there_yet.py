# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check says of objects that the server cannot be asked about in their place: their namespace or their kind is not there yet.

An object of a namespace to come is checked by a dry run in another one, and believed only in what holds everywhere: its fields and their
values, not quotas, policies and rights. A custom resource of a definition to come is held against that definition's schema.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from ..._cluster import Cluster, Resource
from ..._errors import ApiError, ReleaseError
from ..._given import given
from ..._objects import KubeObject
from ..data.observed import Observed
from ..data.outcome import Checked
from ..data.steps import Step
from .refusals import by_admission
from .schema_check import violations

ELSEWHERE = "default"
"""A namespace that every cluster has."""
_NOTHING_SAID = frozenset({403, 404, 409, 429})


def foretold(cluster: Cluster, resource: Resource, step: Step, observed: Observed) -> Checked:
    """How far the step's object could be checked. Raises ApiError or ReleaseError (reason `Invalid`) where it is known to be refused."""
    key = (step.ref.group, step.ref.kind)
    if key in observed.schemas:
        return by_schema(step, observed)
    if key not in observed.served or not resource.namespaced:
        return "none"
    return _in_another_namespace(cluster, resource, step, given(step.desired, "the object of a step that applies one"))


def by_schema(step: Step, observed: Observed) -> Checked:
    """The step's object against the schema that its definition will have. Raises ReleaseError as `foretold` does."""
    schema = observed.schemas[(step.ref.group, step.ref.kind)].get(step.ref.api_version.rpartition("/")[2])
    found = violations(step.desired or {}, schema)
    if not found:
        return "schema" if schema else "none"
    error = ReleaseError(
        f"{step.ref}: {'; '.join(found[:5])}" + (f"; and {len(found) - 5} more" if len(found) > 5 else ""),
        hint="Correct the manifest, or the schema of its CustomResourceDefinition in this run.",
    )
    error.reason = "Invalid"
    raise error


def _in_another_namespace(cluster: Cluster, resource: Resource, step: Step, obj: KubeObject) -> Checked:
    """Under the object's own name, or, where that is taken there, under one that nobody has."""
    refusal = _refused_there(cluster, resource, step, obj, step.ref.name)
    if refusal is not None and _is_taken_there(cluster, resource, step.ref.name):
        free = f"{step.ref.name[:40].rstrip('-.')}-{hashlib.sha256(str(step.ref).encode()).hexdigest()[:10]}"
        refusal = _refused_there(cluster, resource, step, obj, free)
    if refusal is None:
        return "elsewhere"
    if refusal.status in _NOTHING_SAID or by_admission(refusal) or (refusal.status >= 500 and not _is_about_fields(refusal)):
        return "none"
    raise refusal


def _is_taken_there(cluster: Cluster, resource: Resource, name: str) -> bool:
    """Whether the other namespace has an object of that name. One that may not be read is none."""
    try:
        return cluster.get(resource, ELSEWHERE, name) is not None
    except ApiError:
        return False


def _refused_there(cluster: Cluster, resource: Resource, step: Step, obj: KubeObject, name: str) -> ApiError | None:
    """The refusal, worded as it would be in the object's own place."""
    moved = {**obj, "metadata": {**obj["metadata"], "namespace": ELSEWHERE, "name": name}}
    try:
        cluster.apply(resource, moved, force=True, dry_run=True, field_manager=step.manager)
    except ApiError as error:
        first, ours = error.problems[0], step.ref.name
        message = first.message.replace(name, ours).replace(f"{ELSEWHERE}/{ours}", f"{step.ref.namespace}/{ours}")
        return ApiError(message, status=error.status, reason=error.reason, body=error.body, where=str(step.ref), hint=first.hint)
    return None


def _is_about_fields(error: ApiError) -> bool:
    """A server-side apply tells of a wrong field as an error of its own."""
    return "not declared in schema" in str(error) or "typed patch object" in str(error) or "unable to convert" in str(error)


def prediction_words(counts: Mapping[Checked, int], spaces: set[str]) -> str:
    """One notice on what the server did not check in its place; "" when it did all. spaces: namespaces that are not there yet."""
    where = f"by a dry run in namespace {ELSEWHERE}, as {_missing(spaces)} not exist yet (quotas, policies and rights there are not known)"
    ways: dict[Checked, str] = {
        "elsewhere": f"checked {where}",
        "schema": "checked against the schema of a CustomResourceDefinition that this run brings",
        "none": "not checked at all",
    }
    told = [(counts[how], words) for how, words in ways.items() if counts.get(how)]
    total = sum(number for number, _ in told)
    if not told:
        return ""
    how = ", ".join(f"{number} {words}" for number, words in told) if len(told) > 1 else told[0][1]
    return f"predicted, not checked by the server where they will be: {total} object{'s' if total > 1 else ''}; {how}"


def _missing(spaces: set[str]) -> str:
    return f"namespace {next(iter(spaces))} does" if len(spaces) == 1 else f"{len(spaces)} namespaces do"
