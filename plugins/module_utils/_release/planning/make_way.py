# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In a plan, new objects come before what is pruned; what only one can have is the exception: who has it goes first.

In the graph (`make_way`, pure) where manifests say it; during the run (`Way`) where the server refuses or pods find no place. Only what the
run prunes anyway is ever deleted, and it goes no sooner than all that the new object needs is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..._objects import Identity, KubeObject
from ..data.observed import Observed
from ..data.record import OwnedObject
from ..data.steps import Gate, Step
from ..fields.controllers import scale_targets
from ..manifests.exclusive import Claim, claims, let_go, meet, sole_writers
from ..order.creation_order import behind_of

Node = tuple[Any, ...]
Doomed = Sequence[tuple[str, OwnedObject, KubeObject]]
_PVC = ("", "PersistentVolumeClaim")
_REPLICAS: Claim = ("number of", "replicas")
_FULL = "exceeded quota"
"""How the server says that a quota is used up, not that a pod does not fit it."""


def make_way(nodes: dict[Node, Any], after: dict[Node, set[Node]], doomed: Doomed, observed: Observed) -> None:
    """Let everything that is written wait for the deletion of what has what it needs, or for the update by which that lets go of it."""
    steps = {node: item for node, item in nodes.items() if node[0] == "object" and item.action != "unchanged"}
    known = {identity: live for identity, live in observed.objects.items() if identity[:2] == _PVC}
    known |= {node[1]: item.desired for node, item in steps.items() if node[1][:2] == _PVC and item.desired is not None}
    holders = [(("delete", owned.ref.identity), _held(live, known)) for _, owned, live in doomed]
    holders += [(node, let_go(step.live, step.desired)) for node, step in steps.items() if step.action == "update" and step.live]
    holders = [(node, held) for node, held in holders if held]
    for node, step in steps.items() if holders else ():
        if step.action == "create" and node[1] in observed.refused:
            continue
        asks = _held(step.desired, known) - (_held(step.live, known) if step.live else frozenset())
        for holder, held in holders if asks else ():
            both = meet(asks, held)
            if both and holder != node and _comes_first(holder, node, nodes, after):
                _tell(nodes, holder, node, both)
    _scalers_first(nodes, after, doomed)
    if any(item.displaces for item in nodes.values() if isinstance(item, Step)):
        _drop_idle_gates(nodes, after)


def _scalers_first(nodes: dict[Node, Any], after: dict[Node, set[Node]], doomed: Doomed) -> None:
    """An autoscaler that goes would set the replicas anew that a manifest has taken back, so it goes before they are written."""
    for _, owned, live in doomed:
        holder: Node = ("delete", owned.ref.identity)
        for node in (("object", target) for target in scale_targets([live])):
            step = nodes.get(node)
            written = isinstance(step, Step) and step.action == "update" and "replicas" in ((step.desired or {}).get("spec") or {})
            if written and _comes_first(holder, node, nodes, after):
                _tell(nodes, holder, node, [_REPLICAS])


def _drop_idle_gates(nodes: dict[Node, Any], after: dict[Node, set[Node]]) -> None:
    """Gates that only what goes first has waited for."""
    needed = set().union(*after.values()) if after else set()
    for node in [node for node, item in nodes.items() if isinstance(item, Gate) and node not in needed]:
        del nodes[node], after[node]


def _held(obj: KubeObject, known: Mapping[Identity, KubeObject]) -> frozenset[Claim]:
    return claims(obj) | frozenset(sole_writers(obj, known))


def _comes_first(holder: Node, node: Node, nodes: Mapping[Node, Any], after: dict[Node, set[Node]]) -> bool:
    """Put the holder before the node, where that closes no circle. A deletion then waits only for what the node itself waits for."""
    if holder[0] != "delete":
        if node in behind_of([holder], after):
            return False
        after[node].add(holder)
        return True
    going = _going(holder, after)
    freed = {item: {other for other in after[item] if not _is_later(other, node, nodes, after)} for item in going}
    after.update(freed)
    for need in list(after[node]):
        if not behind_of([need], after) & freed.keys():
            for item in freed:
                if item[0] == "delete":
                    after[item].add(need)
    after[node].add(holder)
    return True


def _going(holder: Node, after: Mapping[Node, set[Node]]) -> list[Node]:
    """The deletion, those that come before it, and the hooks by which their instances go."""
    return [node for node in behind_of([holder], after) if node[0] == "delete" or (node[0] == "hook" and node[2].endswith("down"))]


def _is_later(other: Node, node: Node, nodes: Mapping[Node, Any], after: Mapping[Node, set[Node]]) -> bool:
    """What deletions wait for so that the new is there first, and hooks that need the very node."""
    if other[0] == "hook" and not other[2].endswith("down"):
        return node in behind_of([other], after)
    return isinstance(nodes[other], Gate) or other[0] == "object"


def _tell(nodes: dict[Node, Any], holder: Node, node: Node, both: Sequence[Claim]) -> None:
    step, other = nodes[node], nodes[holder]
    nodes[node] = replace(step, displaces=step.displaces | {holder[1]})
    if other.action == "delete":
        what = " ".join(both[0])
        nodes[holder] = replace(other, cause=f"{other.cause}, and goes first: {step.ref} takes its {what}")
