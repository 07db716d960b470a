# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From single answers to a verdict: thresholds, the grace of new pods, and several pods taken together. Pure; time comes in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from .types import WORST_FIRST, State


@dataclass(frozen=True)
class Answer:
    """What one pod answered. unknown: it could not be asked, which says nothing about it. final: asking again does not help until
    somebody changes something. reason: machine-readable; message: what was got and what was expected."""

    outcome: Literal["passed", "failed", "unknown"]
    reason: str = ""
    message: str = ""
    final: bool = False


PASSED = Answer("passed")


@dataclass(frozen=True)
class Thresholds:
    """failures, successes: in a row. start_period: seconds in which failures of a pod that never passed do not count."""

    failures: int = 3
    successes: int = 1
    start_period: float = 30.0


@dataclass(frozen=True)
class Tally:
    """What one pod has answered so far. since: when it was first seen, in seconds of any clock. passed: whether it ever did."""

    since: float
    state: State = "Starting"
    failures: int = 0
    successes: int = 0
    passed: bool = False
    last: Answer = PASSED


def counted(tally: Tally, answer: Answer, rules: Thresholds, now: float) -> Tally:
    """The tally with one more answer.

    What is not known interrupts a row of failures: a cluster that cannot be reached must never add up to an unhealthy workload.
    """
    if answer.outcome == "unknown":
        return replace(tally, state="Unknown", failures=0, successes=0, last=answer)
    if answer.outcome == "passed":
        successes = tally.successes + 1
        healthy = successes >= rules.successes
        waiting: State = tally.state if tally.state in ("Unhealthy", "Failing") else "Starting"
        return replace(
            tally, state="Healthy" if healthy else waiting, failures=0, successes=successes, passed=tally.passed or healthy, last=answer
        )
    if not tally.passed and now - tally.since < rules.start_period:
        return replace(tally, state="Starting", failures=0, successes=0, last=answer)
    failures = tally.failures + 1
    unhealthy = failures >= rules.failures or tally.state == "Unhealthy"
    return replace(tally, state="Unhealthy" if unhealthy else "Failing", failures=failures, successes=0, last=answer)


def worst(tallies: Iterable[Tally]) -> Tally | None:
    """The pod that decides for all of them: one that is unhealthy is enough. None where there is none."""
    return min(tallies, key=lambda tally: WORST_FIRST.index(tally.state), default=None)
