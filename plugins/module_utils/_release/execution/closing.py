# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of an instance: when nothing of it is under way or to come, its record is closed and its lock given back.

Belongs to the scheduler's thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from ..causes.error_words import words_of
from ..data.steps import Gate
from .graph_walk import Walk
from .health_checks import Checks
from .inbox import Inbox
from .instance_progress import Progress
from .judge_instances import Judge, closing_status
from .report import Teller
from .run import Run, close_record
from .who_waits import is_awaited


class Closing:
    """gates: of each instance."""

    def __init__(
        self, run: Run, walk: Walk, judge: Judge, checks: Checks, gates: Mapping[str, Sequence[Gate]], teller: Teller, inbox: Inbox
    ) -> None:
        self._run, self._walk, self._judge, self._checks, self._gates = run, walk, judge, checks, gates
        self._teller, self._inbox = teller, inbox

    def consider(self, progress: Progress) -> None:
        """End the instance when nothing of it is under way or to come. Its health checks come last."""
        self._checks.consider(progress)
        if progress.closing or progress.running or (progress.pending and not progress.failed):
            return
        unhealthy = progress.unready or not self._checks.passed(progress.instance)
        needed = self._walk.is_needed(self._gates[progress.instance])
        if unhealthy and is_awaited(progress, self._run.options, needed):
            return
        if progress.failed and self._walk.under_way(progress.pending):
            return
        progress.closing = True
        close = partial(close_record, self._run, progress, self._judge.concerned(progress.instance))
        self._run.workers.submit(close, partial(self._inbox.answer, partial(self._closed, progress)))

    def _closed(self, progress: Progress, _: object, error: BaseException | None) -> None:
        progress.closed = True
        self._checks.end(progress.instance)
        result, ledger = progress.result, self._run.ledger
        result.duration = self._inbox.clock() - progress.began if progress.began else 0.0
        result.revision = 0 if progress.removed else ledger.revision(progress.instance)
        if error is not None and not progress.failed:
            progress.failed = True
            result.reason, result.message = "Record", words_of(error)
        self._teller.status(progress, *closing_status(progress, ledger.before(progress.instance), self._run.options))
