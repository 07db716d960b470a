# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run tells: events to the sink while it works, records for its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from ..._events import Event, InstanceState, Notice, Sink, StepDone
from ..._secrets import Secrets
from ..causes.advice import advice
from ..causes.failure import Failure, shown_lines
from ..data.options import Options
from ..data.outcome import Checked, Outcome
from ..data.result import ActionRecord, InstanceResult, Status
from ..data.steps import Step
from ..fields.diff import object_diff
from ..server_answers.not_there_yet import prediction_words
from .instance_progress import ENVIRONMENT, Progress


class Teller:
    """notices: sentences for the result. environment: as advice names it.
    A namespace's step is told in the result of the first instance that lives there."""

    def __init__(self, sink: Sink, options: Options, results: Mapping[str, InstanceResult], secrets: Secrets | None = None) -> None:
        self._sink, self._options, self._secrets = sink, options, secrets or Secrets()
        self._homes = {result.namespace: result for result in reversed(list(results.values()))}
        self.notices: list[str] = []
        self.environment = ""
        self._checked: Counter[Checked] = Counter()
        self._spaces: set[str] = set()

    def home(self, step: Step) -> str:
        """The instance in whose line a step is shown: a namespace's in that of the first instance that lives there."""
        return step.instance or (self._homes[step.ref.name].instance if step.ref.name in self._homes else "")

    def step(self, step: Step, progress: Progress, action: str, error: str, duration: float, checked: Checked = "") -> None:
        """A step ended. error "" when it worked; duration in seconds. checked: in check mode, who says that it would."""
        ref = step.ref
        cause = "applied, and nothing changed" if action == "unchanged" != step.action and not error else self._secrets.hide(step.cause)
        error = self._secrets.hide(error)
        result = progress.result if step.instance else self._homes.get(ref.name, progress.result)
        result.changed |= action != "unchanged" and not error
        result.actions.append(ActionRecord(action, ref.kind, ref.namespace or "", ref.name, cause, duration, error, checked))
        self._checked[checked] += 1
        if checked == "elsewhere":
            self._spaces.add(ref.namespace or "")
        self._sink(StepDone(step.instance, action, ref.kind, ref.namespace or "", ref.name, cause, duration, error))

    def predictions(self) -> None:
        """Say what a check could not ask the server about in its place."""
        words = prediction_words(self._checked, self._spaces)
        if words:
            self.notice(words)

    def diff(self, step: Step, progress: Progress, outcome: Outcome) -> None:
        """Keep what changed, when diffs are wanted."""
        if self._options.diff and outcome.action != "unchanged":
            after = None if step.action == "delete" else outcome.object
            progress.result.diffs.append({**object_diff(step.live, after, self._secrets)})

    def status(self, progress: Progress, status: Status, reason: str = "", message: str = "") -> None:
        """The instance's status changed."""
        message = self._secrets.hide(message)
        progress.result.status, progress.result.reason, progress.result.message = status, reason, message
        if progress.instance != ENVIRONMENT:
            self._sink(InstanceState(progress.instance, status, reason, message))

    def failure(self, progress: Progress, failure: Failure) -> None:
        """The instance failed."""
        result, hide = progress.result, self._secrets.hide
        result.details, result.log = [hide(line) for line in failure.details], shown_lines(failure.log, self._secrets)
        result.where = failure.where
        by_reason = advice(failure.state or failure.reason, result.namespace, self.environment, result.instance)
        result.hint = hide(failure.hint or by_reason)
        self.status(progress, "Failed", failure.reason, failure.message)

    def notice(self, message: str) -> None:
        """Something a person should know."""
        message = self._secrets.hide(message)
        self.notices.append(message)
        self._sink(Notice("", "warning", message))


def hiding(sink: Sink, secrets: Secrets) -> Sink:
    """The sink, told of everything without the secrets: what pods and the server say may hold some."""
    if not secrets:
        return sink

    def tell(event: Event) -> None:
        texts = {name: text for name in ("message", "cause", "error") if isinstance(text := getattr(event, name, None), str)}
        sink(replace(event, **{name: secrets.hide(text) for name, text in texts.items()}))

    return tell
