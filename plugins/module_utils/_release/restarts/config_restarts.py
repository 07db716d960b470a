# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New pods for workloads whose configuration changed while their own manifest did not: `restartOn`. Pure.

The manifest's pod template stays as it is: the restart is one annotation more on the live one, by the field manager of restarts, so that
the next `up` has nothing to change. What the pods have read is kept in the record, for each workload; so a restart that a killed run did
not come to is done by the next one, and a workload whose record does not say it is restarted only when the change is of this run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..._objects import ANNOTATION_CONFIG, Identity, KubeObject, metadata_map
from ..data.observed import Observed
from ..data.options import Options
from ..data.record import ConfigRead, OwnedObject
from ..data.steps import Step
from ..data.wanted import Wanted
from ..fields.compare import differences, digest
from ..manifests.references import pod_template
from .config_reads import Config, Keys, Reads, picked, read_digest, reads_of, values_of

_RESTARTED = frozenset({("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet")})
_GOES_ON = frozenset({*_RESTARTED, ("", "Pod"), ("apps", "ReplicaSet"), ("", "ReplicationController")})
"""What goes on with what it read: a Job has its end, a CronJob reads anew."""


@dataclass
class ConfigRestarts:
    """steps: those of workloads, with what their pods read and the restart that is due. notices: of what is not restarted."""

    steps: dict[Identity, Step] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


def plan_config_restarts(
    steps: Mapping[Identity, Step], wanted: Mapping[Identity, Wanted], observed: Observed, options: Options, left: frozenset[str]
) -> ConfigRestarts:
    """steps: of the objects of this run. left: instances of the run that are stopped or started, whose pods are another matter."""
    found = ConfigRestarts()
    planner = _Planner(steps, wanted, observed)
    for identity, step in steps.items():
        if identity[:2] in _GOES_ON and step.instance not in left:
            found.steps[identity] = planner.planned(step, found.notices)
    if not left:
        run = {item.instance.id for item in wanted.values()} | options.later
        found.notices += planner.others(run)
    return found


class _Planner:
    def __init__(self, steps: Mapping[Identity, Step], wanted: Mapping[Identity, Wanted], observed: Observed) -> None:
        self._steps, self._wanted, self._observed = steps, wanted, observed
        self._recorded = {(name, each.ref.identity): each for name, record in observed.records.items() for each in record.objects}

    def planned(self, step: Step, notices: list[str]) -> Step:
        """The step with what its pods read, and the restart where one is due."""
        workload, owned = step.desired or {}, self._recorded.get((step.instance, step.ref.identity))
        reads, restart_on = reads_of(workload), self._wanted[step.ref.identity].instance.restart_on
        if not reads.at_start and not reads.mounted:
            return step
        chosen = reads.chosen(mounts="mounts" in restart_on) if restart_on and step.ref.identity[:2] in _RESTARTED else {}
        known = {(read.kind, read.name): read.digest for read in owned.reads} if owned is not None and owned.uid == step.uid else {}
        now = {config: self._digest(step, config, keys) or known.get(config, "") for config, keys in chosen.items()}
        step = replace(step, reads=tuple(ConfigRead(*config, found) for config, found in sorted(now.items()) if found))
        if step.action not in ("unchanged", "update") or not _runs(step.live):
            return step
        changed = [config for config, keys in chosen.items() if self._differs(step, config, keys, known.get(config, ""), now[config])]
        if not _replaced(step):
            notices += self._not_restarted(step, reads, chosen, changed)
        if not changed:
            return step
        words = "; ".join(self._words(step, config, chosen[config]) for config in changed[:3])
        return replace(
            step, action="update", restart=self._word(step), cause=words if step.action == "unchanged" else f"{step.cause}; {words}"
        )

    def others(self, run: set[str]) -> list[str]:
        """Workloads of instances that are not in this run and read at their start what it changes."""
        found = []
        for (name, _), owned in sorted(self._recorded.items()):
            for read in owned.reads if name not in run else ():
                config = (read.kind, read.name)
                if self._changes(owned.ref.namespace or "", config, None):
                    place = _place(owned.ref.namespace or "", config)
                    found.append(f"{place} changed; {owned.ref} of instance {name} reads it when it starts: `roro up` of it makes new pods")
        return found

    def _differs(self, step: Step, config: Config, keys: Keys, before: str, now: str) -> bool:
        """Whether the pods have read something else. Where that is not recorded: whether this run changes it."""
        return before != now if before and now else self._changes(step.ref.namespace or "", config, keys)

    def _changes(self, namespace: str, config: Config, keys: Keys) -> bool:
        return bool(self._changed_keys(namespace, config, keys))

    def _changed_keys(self, namespace: str, config: Config, keys: Keys) -> list[str]:
        """The keys whose values this run changes."""
        step = self._steps.get(_identity(namespace, config))
        if step is None or step.live is None or step.desired is None or step.action not in ("update", "recreate"):
            return []
        new, old = picked(values_of(step.desired), keys), picked(values_of(step.live, ours=True), keys)
        return sorted(key for key in {*new, *old} if new.get(key) != old.get(key))

    def _digest(self, step: Step, config: Config, keys: Keys) -> str:
        """Of what the pods find when they start; "" where that is not known."""
        identity = _identity(step.ref.namespace or "", config)
        brought = self._steps.get(identity)
        if brought is not None and brought.desired is not None:
            return read_digest(values_of(brought.desired), keys)
        live = self._observed.objects.get(identity)
        return read_digest(values_of(live, ours=True), keys) if live is not None else ""

    def _words(self, step: Step, config: Config, keys: Keys) -> str:
        """`ConfigMap shop/settings: data.mode differs`."""
        changed, place = self._changed_keys(step.ref.namespace or "", config, keys), _place(step.ref.namespace or "", config)
        if not changed:
            return f"{place} changed since its pods started"
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        return f"{place}: {', '.join(f'data.{key}' for key in changed[:3])}{more} differs"

    def _not_restarted(self, step: Step, reads: Reads, chosen: Mapping[Config, Keys], changed: list[Config]) -> list[str]:
        """What a person has to know: the program goes on with the old one."""
        namespace, found = step.ref.namespace or "", []
        if changed:
            return []
        for config, keys in reads.at_start.items():
            if config not in chosen and self._changes(namespace, config, keys):
                found.append(f"{_place(namespace, config)} changed; {step.ref} read it when it started and goes on with the old one")
        for config in sorted(reads.mounted - chosen.keys()):
            if self._changes(namespace, config, None):
                words = f"{step.ref} mounts it and goes on with the old one until it reads the file again"
                found.append(f"{_place(namespace, config)} changed; {words}")
        return found

    def _word(self, step: Step) -> str:
        """Another one than the pods have. Nothing of the configuration is in it: more people may read pods than Secrets, and what is short
        in a Secret could be found by trying."""
        record = self._observed.records.get(step.instance)
        template = pod_template(step.live or {}) or {}
        return digest([record.revision if record else 0, metadata_map(template, "annotations").get(ANNOTATION_CONFIG, "")])


def _runs(live: KubeObject | None) -> bool:
    """Whether there may be pods that have read something."""
    return live is not None and (live.get("spec") or {}).get("replicas") != 0


def _replaced(step: Step) -> bool:
    """Whether the manifest itself makes new pods."""
    return step.action == "update" and any(path.startswith("spec.template") for path in differences(step.desired or {}, step.live or {}))


def _identity(namespace: str, config: Config) -> Identity:
    return ("", config[0], namespace, config[1])


def _place(namespace: str, config: Config) -> str:
    return f"{config[0]} {namespace}/{config[1]}"


def owned_with_reads(owned: OwnedObject, step: Step) -> OwnedObject:
    """What is recorded of an object that a run leaves as it is, with what its pods are known to have read."""
    return replace(owned, reads=step.reads) if step.reads and step.reads != owned.reads else owned
