# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances whose namespace was deleted under a run: they are brought up once more, when the namespace was made anew.

What was planned for them is of no use then: what was found unchanged is gone. So they are looked at and planned again; who looks sees the
namespace go, waits, and makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..._events import Notice, Sink
from ..data.desired import Desired
from ..data.result import RunResult
from ..server_answers.being_deleted import NamespaceLeaving
from .rendered_late import joined

Start = Callable[[Sequence[Desired], Sink], RunResult]
"""Another `up` of just these."""
_TRIES = 2


def struck(result: RunResult, desired: Sequence[Desired]) -> list[Desired]:
    """The instances that lost their namespace, however they are told (unchanged, running a moment ago), and those that were not started
    for no other reason."""
    failed = {item.instance: item.reason for item in result.instances if item.status == "Failed"}
    spaces = {item.instance.namespace for item in desired if failed.get(item.instance.id) == NamespaceLeaving.reason}
    found = {item.instance.id for item in desired if item.instance.namespace in spaces}
    for item in desired:  # dependencies come first
        needed = {need.instance for need in item.instance.depends_on} & failed.keys()
        if found and failed.get(item.instance.id) == "DependencyFailed" and needed and needed <= found:
            found.add(item.instance.id)
    return [item for item in desired if item.instance.id in found]


def once_more(result: RunResult, desired: Sequence[Desired], start: Start, sink: Sink) -> RunResult:
    """The result with these instances as they are after they were brought up again. Raises what `start` raises."""
    order = [item.instance.id for item in desired]
    for _ in range(_TRIES):
        items = struck(result, desired)
        if not items:
            break
        names = {item.instance.id for item in items}
        words = f"the namespace was deleted under this run, so these are brought up again when it is made anew: {', '.join(sorted(names))}"
        sink(Notice("", "info", words))
        rest = [item for item in result.instances if item.instance not in names]
        kept = replace(result, instances=rest, failed=any(item.status == "Failed" for item in rest), notices=[*result.notices, words])
        result = joined([kept, start(items, sink)], order)
    return result
