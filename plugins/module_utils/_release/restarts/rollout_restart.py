# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout restart as a plan: a new annotation on the pod templates, by a field manager of its own, so that `up` has nothing to change.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..._model import Instance
from ..._objects import ANNOTATION_RESTARTED, RESTART_MANAGER, KubeObject, uid_of
from ..data.observed import Observed
from ..data.plan import Plan
from ..data.record import OwnedObject
from ..data.steps import Gate, Step

_RESTARTED = frozenset({("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet")})


def plan_restart(instances: Sequence[Instance], observed: Observed, now: str) -> Plan:
    """New pods for the workloads of these instances, in dependency order: each instance after those it needs are healthy again.

    now: RFC 3339, the annotation's value. A stopped instance stays stopped.
    """
    steps: list[Step] = []
    gates: dict[str, Gate] = {}
    notices: list[str] = list(observed.notices)
    for instance in instances:
        record = observed.records.get(instance.id)
        after = frozenset(gates[item.instance].id for item in instance.depends_on if item.instance in gates)
        if record is None or record.outcome == "stopped":
            notices.append(f"instance {instance.id} is {'not deployed' if record is None else 'stopped'}: nothing to restart")
            continue
        mine = [
            _step(len(steps) + len(gates) + 1 + place, instance.id, owned, live, now, after)
            for place, (owned, live) in enumerate(_workloads(record.objects, observed))
        ]
        steps += mine
        if mine:
            refs = tuple(step.ref for step in mine)
            number = len(steps) + len(gates) + 1
            gates[instance.id] = Gate(number, instance.id, "healthy", frozenset(step.id for step in mine), refs)
    chosen = tuple(instance.id for instance in instances if instance.id in observed.records)
    return Plan(tuple(steps), tuple(gates.values()), tuple(notices), chosen)


def _workloads(objects: Sequence[OwnedObject], observed: Observed) -> list[tuple[OwnedObject, KubeObject]]:
    found = [(owned, observed.objects.get(owned.ref.identity)) for owned in objects if owned.ref.identity[:2] in _RESTARTED]
    return [(owned, live) for owned, live in found if live is not None and uid_of(live) == owned.uid]


def _step(number: int, instance: str, owned: OwnedObject, live: KubeObject, now: str, after: frozenset[int]) -> Step:
    """The UID makes sure that an object which is gone by then is not created from this fragment."""
    ref = owned.ref
    metadata = {"name": ref.name, "namespace": ref.namespace, "uid": owned.uid}
    template = {"metadata": {"annotations": {ANNOTATION_RESTARTED: now}}}
    patch = {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata, "spec": {"template": template}}
    return Step(number, instance, "update", ref, "restart", after, desired=patch, live=live, uid=owned.uid, manager=RESTART_MANAGER)
