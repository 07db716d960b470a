# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired and observed state -> a plan: a graph of steps and gates, each step with a written cause. Pure; knows no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ..._errors import PlanError, Problem
from ..._model import Instance
from ..._objects import LABEL_ENVIRONMENT, LABEL_WORKSPACE, Identity, KubeObject, ObjectRef, uid_of
from ..data.desired import Desired
from ..data.hook import Hook
from ..data.observed import Observed
from ..data.options import Options
from ..data.plan import Plan
from ..data.record import InstanceRecord
from ..data.steps import Gate, GateCondition, Step
from ..data.wanted import Wanted
from ..hooks.hook_steps import foreign_hooks, going_hooks, held_hooks, hook_leftovers, plan_going_hooks, plan_hooks
from ..manifests.interception import DEFINITION, WEBHOOKS, conversion_service, interceptors
from ..order.circles import NAMES, PASSING, SERVERS, add_edge, leave_out, left_out_notices
from ..order.creation_order import API_SERVICE, Edges, behind_of, object_edges, topological
from ..order.deletion_order import add_deletion_edges, add_instance_edges
from ..order.depends_on import depends_on_refs
from ..ownership.adoption import robbed_notice
from ..ownership.labels import ANNOTATION_CREATED
from ..restarts.config_restarts import plan_config_restarts
from .decide import Decision, decide
from .left_to_controllers import left_notices, without_what_is_left
from .make_way import make_way
from .nodes import Node, describe
from .prune import Leftovers, leftovers
from .refuse_wipe import refuse_wipe
from .stop_and_start import given_back
from .wanted import deciding, prepare


def plan(desired: Sequence[Desired], observed: Observed, options: Options) -> Plan:
    """What has to be done so that the cluster holds exactly `desired`. Instances come in dependency order.

    Raises PlanError, with every problem at once, before anything is written: another owner's object, an immutable field, an object
    defined twice, an unknown kind, an empty instance that would be wiped, a cycle.
    """
    refuse_wipe(desired, observed, options)
    return _Planner(desired, prepare(desired, observed, options), observed, options).plan()


class _Planner:
    """Collects nodes and edges, then numbers them."""

    def __init__(self, desired: Sequence[Desired], wanted: list[Wanted], observed: Observed, options: Options) -> None:
        self.desired, self.observed, self.options = desired, observed, options
        self.turning = frozenset(item.instance.id for item in desired if item.transition)
        self.run = frozenset(item.instance.id for item in desired)
        self.gone = self._gone()
        self.leftovers = self._leftovers({item.ref.identity for item in wanted})
        doomed = {owned.ref.identity for _, owned, _ in self.leftovers.delete}
        wanted = without_what_is_left(wanted, observed, options, self.turning, doomed)
        self.wanted: dict[Identity, Wanted] = {item.ref.identity: item for item in wanted if item.hook is None}
        self.hooks: dict[Identity, Wanted] = {item.ref.identity: item for item in wanted if item.hook is not None}
        self.members: dict[str, list[Node]] = {item.instance.id: [] for item in desired}
        self.nodes: dict[Node, Step | Gate] = {}
        self.after: dict[Node, set[Node]] = {}
        self.inferred: dict[Identity, dict[Node, int]] = defaultdict(dict)
        self.passing: dict[Identity, list[Identity]] = defaultdict(list)
        self.notices: list[str] = list(observed.notices)
        for item in self.wanted.values():
            self.members[item.instance.id].append(("object", item.ref.identity))

    def plan(self) -> Plan:
        self._namespaces()
        self._objects()
        self._prune()
        hooks = self._run_hooks(self.gone)
        self._untie()
        make_way(self.nodes, self.after, self.leftovers.delete, self.observed)
        order = topological(self.nodes, self.after, describe)
        number = {node: position for position, node in enumerate(order, start=1)}
        placed = [
            replace(self.nodes[node], id=number[node], after=frozenset(number[other] for other in self.after[node])) for node in order
        ]
        removed = frozenset(record.instance for record in self.gone)
        for instance, owned, why in self.leftovers.keep:
            if not why.startswith("not pruned"):
                self.notices.append(f"{owned.ref} of instance {instance} is kept: {why}")
        return Plan(
            tuple(item for item in placed if isinstance(item, Step)),
            tuple(item for item in placed if isinstance(item, Gate)),
            tuple(self.notices),
            (*(item.instance.id for item in self.desired), *sorted(removed)),
            removed,
            tuple(self.leftovers.keep),
            hooks,
        )

    def _add(self, node: Node, item: Step | Gate, after: set[Node]) -> None:
        self.nodes[node] = item
        self.after[node] = after

    def _namespaces(self) -> None:
        """A namespace that is missing and that no manifest brings is made for the instance."""
        homes: dict[str, Instance] = {}
        for item in self.desired:
            if self.members[item.instance.id]:
                homes.setdefault(item.instance.namespace, item.instance)
        for wanted in (*self.wanted.values(), *self.hooks.values()):
            if wanted.ref.namespace:
                homes.setdefault(wanted.ref.namespace, wanted.instance)
        for name, instance in homes.items():
            live = self.observed.namespaces.get(name)
            dying = bool(live and live["metadata"].get("deletionTimestamp"))
            if dying and instance.id in self.turning:
                words = f"instance {instance.id} cannot be stopped or started: namespace {name} is being deleted"
                raise PlanError(words, hint="`roro up` waits until it is gone and makes it anew.")
            if ("", "Namespace", "", name) in self.wanted or (live is not None and not dying):
                continue
            cause = "the existing namespace is being deleted" if dying else "no existing namespace"
            ref = ObjectRef("v1", "Namespace", None, name)
            step = Step(
                0, "", "recreate" if dying else "create", ref, cause, desired=_namespace(name, instance), live=live, uid=uid_of(live or {})
            )
            self._add(("namespace", name), step, set())

    def _objects(self) -> None:
        edges = object_edges({identity: item.object for identity, item in self.wanted.items()})
        problems: list[Problem] = foreign_hooks(self.hooks.values(), self.observed)
        robbed: dict[str, list[str]] = defaultdict(list)
        owned = {name: {item.ref.identity: item for item in record.objects} for name, record in self.observed.records.items()}
        for item in self.desired:
            common = self._before_instance(item)
            for node in self.members[item.instance.id]:
                wanted = self.wanted[node[1]]
                recorded = owned.get(item.instance.id, {}).get(node[1])
                decision = decide(wanted, self.observed, recorded, self.run | self.options.later, self.options)
                if decision.problem:
                    problems.append(decision.problem)
                if decision.robbed:
                    robbed[decision.robbed].append(str(wanted.ref))
                after = self._needs(wanted, edges) | common - {node}
                scales = dict(self.observed.records[item.instance.id].scales) if item.instance.id in self.observed.records else {}
                self._add(node, given_back(_step(wanted, decision), scales), after)
                self.notices += left_notices(wanted, decision.action)
        if problems:
            raise PlanError.of(problems)
        self._restarts()
        self._intercepted(edges)
        self.notices += [robbed_notice(manager, taken) for manager, taken in sorted(robbed.items())]

    def _restarts(self) -> None:
        """New pods for what changes only in what they have read."""
        steps = {identity: item for identity in self.wanted if isinstance(item := self.nodes[("object", identity)], Step)}
        found = plan_config_restarts(steps, self.wanted, self.observed, self.options, self.turning)
        self.nodes.update({("object", identity): step for identity, step in found.steps.items()})
        self.notices += found.notices

    def _intercepted(self, edges: Edges) -> None:
        """What passes through a webhook comes after it, and after its server is ready; not what the webhook itself needs."""
        objects = {identity: item.object for identity, item in self.wanted.items()}
        for source, interceptor in interceptors(objects):
            waits = {("object", source)}
            if source[:2] == DEFINITION:
                service = conversion_service(objects[source])
                behind = edges.behind.get(("", "Service", str(service.get("namespace")), str(service.get("name"))), ())
                waits = {self._ready(workload) for workload in behind}
            needed = behind_of(waits, self.after)
            for identity, item in self.wanted.items():
                resource = self.observed.resource(item.ref)
                if not interceptor.meets(identity, item.object, resource.plural if resource else ""):
                    continue
                self.passing[source].append(identity)
                if ("object", identity) not in needed:
                    self.inferred[identity].update(dict.fromkeys(waits - self.after[("object", identity)], PASSING))
                    self.after[("object", identity)] |= waits

    def _untie(self) -> None:
        """Leave out what is inferred and would close a circle. A webhook that does not wait for its server has to come after what the
        server needs; what else passes through it waits for the server itself."""
        inferred = {
            (node, earlier): rank
            for node in self.nodes
            if node[0] in ("object", "hook", "delete")
            for earlier, rank in self.inferred[node[1]].items()
            if earlier in self.after[node]
        }
        left_out = leave_out(self.nodes, self.after, inferred)
        for webhook, server in left_out:
            needed = behind_of([server], self.after)
            for identity in self.passing[webhook[1]] if webhook[1][:2] in WEBHOOKS else ():
                passing: Node = ("object", identity)
                add_edge(*((webhook, passing) if passing in needed else (passing, server)), self.after)
        self.notices += left_out_notices([edge for edge in left_out if self._writes(edge[0])], describe)

    def _writes(self, node: Node) -> bool:
        item = self.nodes[node]
        return isinstance(item, Step) and item.action != "unchanged"

    def _needs(self, wanted: Wanted, edges: Edges) -> set[Node]:
        """What the object itself asks for: what it names, its definition ready, its namespace."""
        identity = wanted.ref.identity
        named: set[Node] = {("object", other) for other in edges.after[identity] if other in self.wanted}
        named |= {self._ready(other) for other in edges.ready[identity] if other in self.wanted}
        after = self._annotated(wanted)
        if ("namespace", wanted.ref.namespace) in self.nodes:
            after.add(("namespace", wanted.ref.namespace))
        rank = SERVERS if identity[:2] in WEBHOOKS or identity[:2] == API_SERVICE else NAMES
        self.inferred[identity].update({node: rank for node in named - after if not self._indispensable(wanted, node[1])})
        return after | named

    def _indispensable(self, wanted: Wanted, earlier: Identity) -> bool:
        """Whether the server refuses the object without the other: its namespace or its kind, while it is not there."""
        if earlier[:2] == ("", "Namespace"):
            return not self.observed.has_namespace(earlier[3])
        return earlier[:2] in (DEFINITION, API_SERVICE) and wanted.ref.identity[:2] not in self.observed.served

    def _run_hooks(self, gone: Sequence[InstanceRecord]) -> dict[str, tuple[Hook, ...]]:
        """The hooks of this run, when everything else is in the graph; returns what the records shall know of them."""
        found, graph = {}, (self.nodes, self.after)
        edges = object_edges({key: each.object for key, each in (self.wanted | self.hooks).items()}) if self.hooks else Edges()
        hooks: dict[str, list[Wanted]] = defaultdict(list)
        for wanted in self.hooks.values():
            hooks[wanted.instance.id].append(wanted)
        nodes: dict[str, list[Node]] = defaultdict(list)
        for node, placed in self.nodes.items() if hooks else ():
            nodes[placed.instance].append(node)
        for item in self.desired:
            mine = hooks[item.instance.id]
            common = self._before_instance(item) if mine else set()
            needs = {wanted.ref.identity: common | self._needs(wanted, edges) for wanted in mine}
            found[item.instance.id] = plan_hooks(graph, item, mine, self.observed, self.options, needs, nodes[item.instance.id])
        for record in gone:
            plan_going_hooks(graph, record, self.options)
            self.notices += held_hooks(record, self.options)
        return found

    def _before_instance(self, item: Desired) -> set[Node]:
        """What every object of the instance waits for: the namespace of its record, and the instances it depends on."""
        instance = item.instance
        after: set[Node] = set()
        home = ("", "Namespace", "", instance.namespace)
        if ("namespace", instance.namespace) in self.nodes:
            after.add(("namespace", instance.namespace))
        elif home in self.wanted and not self.observed.has_namespace(instance.namespace):
            after.add(("object", home))
            for _, member in self.members[instance.id]:
                self.inferred[member].setdefault(("object", home), NAMES)
        for dependency in instance.depends_on:
            if dependency.instance in self.run:
                after.add(self._gate(dependency.instance, dependency.condition, dependency.required))
            elif dependency.instance not in self.observed.records:
                self.notices.append(
                    f"instance {instance.id} depends on {dependency.instance}, which is neither deployed nor part of this run"
                )
        return after

    def _gate(self, instance: str, condition: GateCondition, required: bool = True) -> Node:
        node = ("gate", instance, condition, required)
        if node not in self.nodes:
            members = self.members[instance]
            refs = tuple(self.wanted[member[1]].ref for member in members)
            self._add(node, Gate(0, instance, condition, objects=refs, required=required), set(members))
        return node

    def _ready(self, identity: Identity) -> Node:
        node = ("ready", identity)
        if node not in self.nodes:
            wanted = self.wanted[identity]
            self._add(node, Gate(0, wanted.instance.id, "established", objects=(wanted.ref,)), {("object", identity)})
        return node

    def _annotated(self, wanted: Wanted) -> set[Node]:
        after: set[Node] = set()
        for ref in depends_on_refs(wanted):
            if ref in self.wanted:
                after.add(self._ready(ref))
            elif ref not in self.observed.objects:
                raise PlanError(
                    f"{wanted.ref} depends on {'/'.join(part for part in ref if part)}, which is neither in this run nor on the cluster",
                    where=str(wanted.manifest.source),
                    hint="Correct the annotation roro.dev/depends-on (Kind/name or group/Kind/namespace/name).",
                )
        return after

    def _gone(self) -> list[InstanceRecord]:
        """The records of instances that left the environment and go with this run."""
        staying, options = self.run | self.options.left_out, self.options
        if options.later or not (options.complete and options.prune):
            return []
        return [record for name, record in sorted(self.observed.records.items()) if name not in staying]

    def _leftovers(self, named: set[Identity]) -> Leftovers:
        """What is recorded and no longer wanted. named: the identities of all that is."""
        found = Leftovers(deciding=deciding(self.desired, self.observed, self.options))
        for record in self._kept() + self.gone:
            leftovers(record, named, self.observed, self.options, found)
            running = () if record.instance in self.run else (hook.ref.identity for hook in going_hooks(record, self.options))
            if self.options.prune and record.instance not in self.turning:
                found.delete += hook_leftovers(record, {*named, *running}, self.observed)
        return found

    def _kept(self) -> list[InstanceRecord]:
        return [self.observed.records[item.instance.id] for item in self.desired if item.instance.id in self.observed.records]

    def _prune(self) -> None:
        """Deletes of what is left over, dependants first, each after what replaces it is ready."""
        found, kept = self.leftovers, self._kept()
        for instance, owned, live in found.delete:
            cause = "no longer in the manifests" if instance in self.run else f"instance {instance} is no longer in the environment"
            step = Step(0, instance, "delete", owned.ref, cause, live=live, uid=uid_of(live))
            waits = [instance] if instance in self.run else [record.instance for record in kept if instance in record.depends_on]
            self._add(("delete", owned.ref.identity), step, {node for name in waits for node in self._settled(name)})
        added = add_deletion_edges(found.delete, self.observed.objects.values(), self.after)
        going: dict[str, list[Node]] = defaultdict(list)
        for instance, owned, _ in found.delete:
            going[instance].append(("delete", owned.ref.identity))
        added |= add_instance_edges(going, self.after, self.gone)
        for ((_, identity), earlier), rank in added.items():
            self.inferred[identity][earlier] = rank

    def _settled(self, instance: str) -> set[Node]:
        """When an instance's old objects may go: when what replaces them is ready, or there if nobody waits."""
        members = set(self.members[instance])
        return {self._gate(instance, "healthy")} if members and self.options.wait else members


def _namespace(name: str, instance: Instance) -> KubeObject:
    labels = {LABEL_WORKSPACE: instance.workspace, LABEL_ENVIRONMENT: instance.environment}
    metadata = {"name": name, "labels": labels, "annotations": {ANNOTATION_CREATED: "true"}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _step(wanted: Wanted, decision: Decision) -> Step:
    return Step(
        0,
        wanted.instance.id,
        decision.action,
        wanted.ref,
        decision.cause,
        desired=wanted.object,
        live=decision.live,
        uid=decision.uid,
        applied=wanted.applied,
        force=decision.force,
        claims=decision.claims,
        whole=wanted.whole,
        may_differ=wanted.left.may_differ,
        consent=decision.consent,
    )
