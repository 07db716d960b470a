# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of an environment's instances, read together."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence

from .._cluster import Cluster
from .._errors import Problem, ValueFailed
from .._model import Instance
from .._values import Answer, Settled, Wanted, await_values, read_values, settle, wanted_by


def wanted_of(instances: Sequence[Instance]) -> list[Wanted]:
    """What all of them ask for."""
    return [wanted for instance in instances for wanted in wanted_by(instance)]


def read_settled(cluster: Cluster, instances: Sequence[Instance], stop: threading.Event, limit: float | None = None) -> dict[str, Settled]:
    """The values of each instance that has some; what may still come is waited for as long as its document says, at most `limit` seconds.

    Raises ValueFailed with every problem, ClusterError, Interrupted.
    """
    answers = await_values(cluster, read_values(cluster, wanted_of(instances)), stop, limit)
    return settled(answers)


def settled(answers: Sequence[Answer]) -> dict[str, Settled]:
    """The answers by instance. Raises ValueFailed with every problem."""
    found = {name: settle(group) for name, group in by_instance(answers).items()}
    problems: list[Problem] = [problem for item in found.values() for problem in item.problems]
    if problems:
        raise ValueFailed.of(problems)
    return found


def by_instance(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    """The same answers, by the instance that asks."""
    found: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        found[answer.wanted.instance].append(answer)
    return found
