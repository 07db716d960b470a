# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Order and cycles of a small graph: name -> the names it needs. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping


def find_cycle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """The members of one cycle, each needing the next, beginning with the smallest name; [] when there is none."""
    done: set[str] = set()
    for start in sorted(graph):
        if start in done:
            continue
        path: list[str] = [start]
        branches = [iter(sorted(graph[start]))]
        while path:
            step = next(branches[-1], None)
            if step is None:
                done.add(path.pop())
                branches.pop()
            elif step in path:
                cycle = path[path.index(step) :]
                first = cycle.index(min(cycle))
                return cycle[first:] + cycle[:first]
            elif step in graph and step not in done:
                path.append(step)
                branches.append(iter(sorted(graph[step])))
    return []


def in_order(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Names with what they need first, then by name. The graph has no cycle; needs outside it do not count."""
    needs = {name: {need for need in wanted if need in graph} for name, wanted in graph.items()}
    needed_by: dict[str, list[str]] = {name: [] for name in graph}
    for name, wanted in needs.items():
        for need in wanted:
            needed_by[need].append(name)
    ready = [name for name, wanted in needs.items() if not wanted]
    heapq.heapify(ready)
    result: list[str] = []
    while ready:
        name = heapq.heappop(ready)
        result.append(name)
        for later in needed_by[name]:
            needs[later].discard(name)
            if not needs[later]:
                heapq.heappush(ready, later)
    return result
