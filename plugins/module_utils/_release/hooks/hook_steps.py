# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hooks in the graph: which run, in a chain before or after an instance's objects, and what waits for them. Pure.

Hooks run when the instance changes: something of it is written or deleted, or a hook is new, changed, or did not complete the last time.
Before: what the hook itself names (its ConfigMap, its ServiceAccount, what `roro.dev/depends-on` says) comes first, everything else of
the instance waits for it. After: when all objects are ready; what left the manifests goes after that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..._errors import Problem
from ..._objects import Identity
from ..data.desired import Desired
from ..data.hook import Hook, HookRun
from ..data.observed import Observed
from ..data.options import Options
from ..data.record import InstanceRecord, OwnedObject
from ..data.steps import Gate, Step
from ..data.wanted import Wanted
from ..order.creation_order import behind_of
from ..ownership.labels import owner_of
from .hook_manifests import Occasion, Side, due, remembered_hooks

Node = tuple[Any, ...]
Graph = tuple[dict[Node, Any], dict[Node, set[Node]]]
"""Nodes with their Step or Gate, and what each comes after."""


def hook_node(moment: str, hook: Hook) -> Node:
    """The key of a hook's step in a plan."""
    return ("hook", hook.ref.identity, moment)


def occasions_of(item: Desired, record: InstanceRecord | None) -> tuple[Occasion, ...]:
    """What this run is for the instance. The first that is not known to have ended well is an install."""
    if item.occasion == "rollback":
        return ("rollback",)
    stood = record is not None and (record.deployed > 0 or record.outcome in ("applied", "stopped"))
    return ("up", "update" if stood else "install")


def plan_hooks(
    graph: Graph,
    item: Desired,
    wanted: Sequence[Wanted],
    observed: Observed,
    options: Options,
    needs: Mapping[Identity, set[Node]],
    there: Sequence[Node],
) -> tuple[Hook, ...]:
    """Add the hooks that run in this `up` of an instance; returns what its record shall know of all its hooks.

    needs: what must be there before a hook, by identity. there: the nodes of the instance so far: objects, deletes, gates.
    """
    record = observed.records.get(item.instance.id)
    known = record.hooks if record else ()
    if item.transition:
        return known
    hooks = remembered_hooks([each.hook for each in wanted if each.hook], known)
    left = _staying(hooks, known, observed, options)
    if not hooks or not options.hooks:
        return (*(replace(hook, done=hook.applied) for hook in hooks), *left)
    nodes, _ = graph
    mine = [node for node in there if isinstance(nodes[node], Step)]
    changes = not item.corrects(record) and any(nodes[node].action != "unchanged" for node in mine)
    occasions = occasions_of(item, record)
    runs: dict[Side, list[tuple[Hook, str, str]]] = {
        side: [(hook, moment, why) for hook, moment in due(hooks, side, occasions) if (why := _why(hook, known, changes))]
        for side in ("before", "after")
    }
    first = _chain(graph, item.instance.id, runs["before"], needs)
    if first:
        _hold_back(graph, mine, first)
    if runs["after"]:
        _at_the_end(graph, item.instance.id, [*there, *first], runs["after"], needs, wait=options.wait)
    running = {hook.ref.identity for run in runs.values() for hook, _, _ in run}
    return (*(replace(hook, done="" if hook.ref.identity in running else hook.applied) for hook in hooks), *left)


def _why(hook: Hook, known: Sequence[Hook], changes: bool) -> str:
    """Why a hook runs, "" when it does not."""
    if changes:
        return "the instance changes"
    if hook.done == hook.applied:
        return ""
    before = [other for other in known if other.ref.identity == hook.ref.identity]
    return "it is new" if not before else "it did not complete before" if not hook.done else "its manifest changed"


def _chain(
    graph: Graph, instance: str, runs: Sequence[tuple[Hook, str, str]], needs: Mapping[Identity, set[Node]], *, sweep_all: bool = False
) -> list[Node]:
    """One after another. What goes when it succeeded goes with the last, as the others may need it until then."""
    nodes, after = graph
    swept = tuple(hook.ref for hook, _, _ in runs if sweep_all or "succeeded" in hook.delete)
    placed: list[Node] = []
    for number, (hook, moment, why) in enumerate(runs, start=1):
        node = hook_node(moment, hook)
        run = HookRun(moment, hook.runs_anew, swept if number == len(runs) else (), "failed" in hook.delete)
        nodes[node] = Step(0, instance, "run", hook.ref, f"hook {moment}: {why}", desired=hook.object, applied=hook.applied, hook=run)
        after[node] = {*needs.get(hook.ref.identity, ()), *placed[-1:]}
        placed.append(node)
    return placed


def _hold_back(graph: Graph, mine: Sequence[Node], chain: Sequence[Node]) -> None:
    """Everything of the instance waits for the last hook, apart from what the hooks themselves need."""
    _, after = graph
    needed = behind_of((node for hook in chain for node in after[hook]), after)
    for node in mine:
        if node not in needed:
            after[node].add(chain[-1])


def _at_the_end(
    graph: Graph,
    instance: str,
    there: Sequence[Node],
    runs: Sequence[tuple[Hook, str, str]],
    needs: Mapping[Identity, set[Node]],
    *,
    wait: bool,
) -> None:
    """The hooks wait for the objects to be ready; who waits for the instance to be healthy, waits for the hooks too."""
    nodes, after = graph
    before: set[Node] = {node for node in there if isinstance(nodes[node], Step) and nodes[node].action != "delete"}
    kept = tuple(nodes[node].ref for node in there if node in before and nodes[node].hook is None)
    ends = [node for node in there if node[0] == "gate" and node[2] != "started"]
    if kept and wait:
        gate: Node = ("ready for hooks", instance)
        nodes[gate] = Gate(0, instance, "healthy", objects=kept)
        after[gate], before = before, {gate}
    chain = _chain(graph, instance, runs, {identity: needed | before for identity, needed in needs.items()})
    for node in ends:
        after[node].add(chain[-1])


def _staying(hooks: Sequence[Hook], known: Sequence[Hook], observed: Observed, options: Options) -> tuple[Hook, ...]:
    """Hooks that left the manifests and whose object is there still and is not to be pruned."""
    named = {hook.ref.identity for hook in hooks}
    stay = [hook for hook in known if hook.ref.identity not in named and hook.ref.identity in observed.objects and not options.prune]
    return tuple(replace(hook, object={}, moments=(), done=hook.applied) for hook in stay)


def foreign_hooks(wanted: Iterable[Wanted], observed: Observed) -> list[Problem]:
    """A hook replaces the object of its name: one that is somebody else's is not touched."""
    problems = []
    for item in wanted:
        live = observed.objects.get(item.ref.identity)
        if live is None or not _elsewhere(live, item.instance.workspace, item.instance.environment, item.instance.id):
            continue
        owner = owner_of(live) or "nobody"
        message = f"{item.ref} exists and belongs to {owner}; the hook of instance {item.instance.id} does not replace it"
        problems.append(Problem(message, str(item.manifest.source), "Give the hook another name, or remove that object first."))
    return problems


def _elsewhere(live: Mapping[str, Any], workspace: str, environment: str, instance: str) -> bool:
    owner = owner_of(dict(live))
    return owner is None or (owner.workspace, owner.environment, owner.instance) != (workspace, environment, instance)


def hook_leftovers(record: InstanceRecord, staying: Iterable[Identity], observed: Observed) -> list[tuple[str, OwnedObject, Any]]:
    """(instance, object, live object) of recorded hooks that are there and not in `staying`."""
    named, found = set(staying), []
    for hook in record.hooks:
        live = observed.objects.get(hook.ref.identity)
        owner = owner_of(live) if live is not None else None
        if live is not None and owner is not None and owner.instance == record.instance and hook.ref.identity not in named:
            found.append((record.instance, OwnedObject(hook.ref, str(live["metadata"].get("uid") or "")), live))
    return found


def going_hooks(record: InstanceRecord, options: Options) -> list[Hook]:
    """The hooks that run when the instance goes."""
    runs = [*due(record.hooks, "before", ("down",)), *due(record.hooks, "after", ("down",))] if options.hooks else []
    return [hook for hook, _ in runs if hook.object]


def held_hooks(record: InstanceRecord, options: Options) -> list[str]:
    """Notices of the hooks that would run when the instance goes, and do not because its record is where no document says."""
    runs = [*due(record.hooks, "before", ("down",)), *due(record.hooks, "after", ("down",))] if options.hooks else []
    return [
        f"hook {moment} {hook.ref} of instance {record.instance} does not run: no instance of the documents is in namespace"
        f" {record.namespace}, and what a record says there is not trusted"
        for hook, moment in runs
        if not hook.object
    ]


def plan_going_hooks(graph: Graph, record: InstanceRecord, options: Options) -> None:
    """Add the hooks of an instance that goes: before its first delete and after its last. None of their objects stays."""
    nodes, after = graph
    going = {hook.ref.identity for hook in going_hooks(record, options)}
    if not going:
        return
    mine = [n for n, step in nodes.items() if isinstance(step, Step) and step.instance == record.instance and step.action == "delete"]
    sides: dict[Side, list[tuple[Hook, str, str]]] = {
        side: [(hook, moment, "the instance goes") for hook, moment in due(record.hooks, side, ("down",)) if hook.ref.identity in going]
        for side in ("before", "after")
    }
    outside = {other for node in mine for other in after[node] if other not in mine}
    first = _chain(graph, record.instance, sides["before"], {hook.ref.identity: outside for hook, _, _ in sides["before"]}, sweep_all=True)
    for node in mine if first else ():
        after[node].add(first[-1])
    ended = {*mine, *first[-1:]}
    _chain(graph, record.instance, sides["after"], {hook.ref.identity: ended for hook, _, _ in sides["after"]}, sweep_all=True)
