"""`roro reconcile --watch`: environments kept as their documents say until Ctrl-C, a line for each thing that happens."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._reconcile import Finding, InstanceStanding, Mode, Wanted
from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import keep_reconciled

from .errors import EXIT_FAILED, show_problems
from .json_output import json_text
from .reason_words import harmless
from .reconcile_words import finding_records, quiet_progress, standing_line

if TYPE_CHECKING:
    from ansible_collections.roro.kube.plugins.module_utils._workflow import Request


@dataclass
class Lines:
    """What happens in one environment, on stdout: lines for people, or a document a line."""

    environment: str
    output: str
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def standing(self, item: InstanceStanding) -> None:
        """See Listener."""
        self._say(standing_line(item), {"standing": {**vars(item), "findings": finding_records(item.findings)}})

    def corrected(self, findings: Sequence[Finding], seconds: float) -> None:
        """See Listener."""
        for one in findings:
            self._say(
                f"{one.instance}: corrected after {seconds:.1f} s: {one}", {"corrected": dict(vars(one)), "seconds": round(seconds, 3)}
            )

    def documents(self, wanted: Wanted) -> None:
        """See Listener."""
        at = f" at commit {wanted.commit[:12]}" if wanted.commit else ""
        self._say(f"reading the documents{at}: {len(wanted.desired)} instances", {"commit": wanted.commit})

    def trouble(self, words: str) -> None:
        """See Listener."""
        self._say(f"trouble: {words}" if words else "all is well again", {"trouble": words})

    def ran(self, result: str) -> None:
        """See Listener."""

    def alive(self) -> None:
        """See Listener."""

    def _say(self, words: str, record: dict[str, Any]) -> None:
        with self._lock:
            if self.output == "json":
                print(json_text({"environment": self.environment, **record}, line=True), flush=True)
            else:
                print(harmless(f"{datetime.now().astimezone():%H:%M:%S} {self.environment} {words}"), flush=True)


def watch(
    requests: Sequence[Request],
    mode: Mode | None,
    *,
    forward: bool,
    sync: bool,
    leader_elect: str | None,
    metrics: str | None,
    output: str,
) -> None:
    """Until Ctrl-C or SIGTERM. Raises RoroError where an environment cannot be begun."""
    stop = threading.Event()
    failures: list[RoroError] = []

    def keep(request: Request) -> None:
        try:
            lines = Lines(request.environment or "", output)
            keep_reconciled(request, lines, stop, mode=mode, sink=quiet_progress(verbose=False), forwards=forward)
        except RoroError as error:
            failures.append(error)
            stop.set()

    threads = [threading.Thread(target=keep, args=(request,), name=f"roro-{request.environment}", daemon=True) for request in requests]
    with _until_told(stop):
        for thread in threads:
            thread.start()
        while not stop.wait(0.5):
            pass
        for thread in threads:
            thread.join()
    for error in failures:
        show_problems(error.problems)
    if failures:
        sys.exit(EXIT_FAILED)


@contextmanager
def _until_told(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set `stop`; what runs then ends in its own time."""

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    previous = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
