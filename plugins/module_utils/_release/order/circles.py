# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Circles in a graph of steps: what a person wrote wins over what is inferred. Pure.

`dependsOn` and `roro.dev/depends-on` are written by somebody who knows the program; that a webhook waits for its server, or a workload for
the ConfigMap that it names, is what usually helps. An inferred edge that would close a circle is left out, so that only circles of what
is written are left, which nobody can untie.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from .creation_order import Key, behind_of

RECORDED = -2
"""Rank of an edge from `dependsOn` of instances that go, as their records say: no circle of them may hinder a removal."""
ANNOTATED = -1
"""From `roro.dev/depends-on` of live objects, which anybody may have changed."""
NAMES = 0
"""From what an object names, its rights, the Service of its pods: the last to be left out."""
SERVERS = 1
"""From a webhook or an APIService to the server behind it; when they go, from who serves a kind to the kind's objects."""
PASSING = 2
"""From an object to a webhook that it passes through: the first to be left out."""
Edge = tuple[Key, Key]
"""(what waits, what it waits for)."""


def leave_out(nodes: Iterable[Key], after: Mapping[Key, set[Key]], inferred: Mapping[Edge[Key], int]) -> list[Edge[Key]]:
    """Take those of the inferred edges out of `after` that close a circle, of the highest rank first; returns them.

    inferred: edges that are in `after`, with their rank. A circle without any of them stays.
    """
    core = _circling(nodes, after)
    inside = [edge for edge in inferred if edge[0] in core and edge[1] in core]
    for waiting, earlier in inside:
        after[waiting].discard(earlier)
    inside.sort(key=lambda edge: (inferred[edge], repr(edge)))
    return [edge for edge in inside if not add_edge(*edge, after)]


def add_edge(waiting: Key, earlier: Key, after: Mapping[Key, set[Key]]) -> bool:
    """Let `waiting` wait for `earlier` where that closes no circle; returns whether it does."""
    if waiting in behind_of([earlier], after):
        return False
    after[waiting].add(earlier)
    return True


def _circling(nodes: Iterable[Key], after: Mapping[Key, set[Key]]) -> set[Key]:
    """Nodes that are in a circle or between circles: those that are left when what waits for nothing, or is waited for by nothing, is
    taken away again and again."""
    followers: dict[Key, set[Key]] = defaultdict(set)
    left = set(nodes)
    for node in left:
        for other in after.get(node, ()):
            followers[other].add(node)
    for before, behind in ((after, followers), (followers, after)):
        open_edges = {node: sum(1 for other in before.get(node, ()) if other in left) for node in left}
        free = [node for node, count in open_edges.items() if not count]
        while free:
            node = free.pop()
            left.discard(node)
            for other in behind.get(node, ()):
                if other in left:
                    open_edges[other] -= 1
                    if not open_edges[other]:
                        free.append(other)
    return left


def left_out_notices(left_out: Sequence[Edge[Key]], name: Callable[[Key], str], verb: str = "does not wait for") -> list[str]:
    """A sentence for each node that does not wait for what it usually waits for."""
    by_waiting: dict[Key, list[str]] = {}
    for waiting, earlier in left_out:
        named = by_waiting.setdefault(waiting, [])
        if name(earlier) not in named:
            named.append(name(earlier))
    return [
        f"{name(waiting)} {verb} {' and '.join(sorted(named))}, which {'waits' if len(named) == 1 else 'wait'} for it: what dependsOn"
        " and roro.dev/depends-on say comes before what is inferred"
        for waiting, named in by_waiting.items()
    ]
