# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scheduler asks about its instances: who is waited for, who runs on, who waits for nobody, what an error means to one."""

from __future__ import annotations

from collections.abc import Iterable

from ..._objects import Identity
from ..causes.error_words import hint_of, words_of
from ..causes.failure import Failure, source_of
from ..data.options import Options
from ..data.steps import Step
from ..hooks.hook_end import HookFailed
from .instance_progress import Progress
from .judge_instances import Judge
from .run import Run


def is_awaited(progress: Progress, options: Options, needed: bool) -> bool:
    """Whether the instance must be as it should be before it ends. Where nobody waits, those are that others of the run need.
    needed: something of the run waits for it."""
    if progress.failed or progress.removed or options.check:
        return False
    return options.wait or needed or progress.instance in options.awaited


def others_come(progresses: Iterable[Progress], identity: Identity) -> bool:
    """Whether anything but this object may still become ready."""
    return any(progress.unready - {identity} for progress in progresses if not progress.failed and not progress.closed)


def stranded(progresses: Iterable[Progress]) -> list[Progress]:
    """Whoever has no deadline waits for somebody who has one. Where nobody has, nothing will ever happen: all that are left."""
    left = [progress for progress in progresses if not progress.closed]
    alive = any(progress.running or progress.closing or progress.deadline is not None for progress in left)
    return [] if alive else left


def runs_as_before(run: Run, judge: Judge, progress: Progress) -> bool:
    """Whether nothing of the instance is to be changed, nothing of it was begun, and all of it is as it should be."""
    before = run.ledger.before(progress.instance)
    if progress.began is not None or progress.transition or before is None or before.outcome != "deployed":
        return False
    steps = [step for step in run.plan.steps if step.instance == progress.instance]
    return all(step.action == "unchanged" and judge.is_ready(step, progress) for step in steps)


def refused(run: Run, reason: str, error: BaseException | None, step: Step | None = None) -> Failure:
    """An error as the instance's failure: its words, what is to be done, and where its object is written."""
    log, details = (error.log, error.details) if isinstance(error, HookFailed) else ((), ())
    where = source_of(run.desired, step) if step is not None else ""
    return Failure(reason, words_of(error, hints=False), details, hint_of(error), where=where, log=log)
