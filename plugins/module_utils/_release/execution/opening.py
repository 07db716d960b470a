# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The beginning of an instance: its lock is taken and its record written before the first thing of it is sent.

Belongs to the scheduler's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..._errors import Locked
from ..causes.failure import Failure
from ..data.steps import Step
from ..server_answers.being_deleted import NamespaceLeaving
from .graph_walk import Walk
from .inbox import Inbox
from .instance_progress import ENVIRONMENT, Progress
from .report import Teller
from .run import Run
from .who_waits import refused


class Opening:
    """fail: called with an instance that another run is at work on, or whose record cannot be written."""

    def __init__(self, run: Run, walk: Walk, teller: Teller, inbox: Inbox, fail: Callable[[Progress, Failure], None]) -> None:
        self._run, self._walk, self._teller, self._inbox, self._fail = run, walk, teller, inbox, fail

    def lets_in(self, step: Step, progress: Progress) -> bool:
        """Whether the step may be sent. One that may not waits until the record is written, which begins with the first of them; a
        namespace comes before the record that is kept in it."""
        if progress.record == "written" or progress.instance == ENVIRONMENT or step.ref.identity[:2] == ("", "Namespace"):
            return True
        progress.parked.append(step.id)
        if progress.record == "none":
            self._begin(progress)
        return False

    def _begin(self, progress: Progress) -> None:
        """Take the instance's lock and write its record; its time runs from then on."""
        progress.record = "writing"
        progress.running += 1
        progress.deadline = None
        ledger = self._run.ledger
        before = ledger.before(progress.instance)
        if not self._run.options.check and not progress.removed:
            self._teller.status(progress, "Updating" if before and before.deployed else "Deploying")
        self._run.workers.submit(partial(ledger.begin, progress.instance), partial(self._inbox.answer, partial(self._begun, progress)))

    def _begun(self, progress: Progress, _: object, error: BaseException | None) -> None:
        progress.running -= 1
        if error is not None:
            progress.record = "none"
            leaving = NamespaceLeaving.reason if isinstance(error, NamespaceLeaving) else "Record"
            reason = "Locked" if isinstance(error, Locked) else leaving
            self._fail(progress, refused(self._run, reason, error))
            return
        progress.record = "written"
        progress.deadline = self._inbox.clock() + progress.timeout
        progress.result.revision = self._run.ledger.revision(progress.instance)
        self._walk.enter(progress.parked)
        progress.parked.clear()
