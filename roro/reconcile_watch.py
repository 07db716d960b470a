"""`roro reconcile --watch`: environments kept as their documents say until Ctrl-C, a line for each thing that happens."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._reconcile import (
    Counting,
    Finding,
    InstanceStanding,
    Listener,
    Metrics,
    Mode,
    Several,
    Wanted,
    read_address,
    serve_metrics,
)
from ansible_collections.roro.kube.plugins.module_utils._workflow.following_git import GitFollower
from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import keep_reconciled, lead, proposals

from .errors import EXIT_FAILED, show_problems
from .json_output import json_text
from .notes import tell
from .reason_words import harmless
from .reconcile_words import finding_records, quiet_progress, standing_line

if TYPE_CHECKING:
    from ansible_collections.roro.kube.plugins.module_utils._workflow import Request

_MOST_LINES = 5
"""Of one correction, for people; of more there is one line."""
_HEARTBEAT = 0.5
"""Seconds in which a stop is noticed."""


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


@dataclass(frozen=True)
class Watch:
    """What is kept, and how. leader_elect: `NAMESPACE/NAME` of a Lease. metrics: where they are served."""

    requests: Sequence[Request]
    mode: Mode | None
    forward: bool
    sync: bool
    leader_elect: str | None
    metrics: str | None
    output: str


def watch(asked: Watch) -> None:
    """Until Ctrl-C or SIGTERM. Raises RoroError where it cannot begin; leaves with 1 where an environment could not go on."""
    lease = _lease(asked.leader_elect) if asked.leader_elect else None
    numbers, stop, failures = Metrics(), threading.Event(), list[RoroError]()

    def keep_all(lost: threading.Event) -> None:
        _keep_all(asked, numbers, lost, failures)
        if failures:
            stop.set()

    with ExitStack() as around:
        if asked.metrics:
            around.enter_context(serve_metrics(numbers, *read_address(asked.metrics)))
        around.enter_context(_until_told(stop))
        if lease is None:
            numbers.leader(True)
            _in_a_thread(keep_all, stop)
        else:
            stand_by = _StandBy(numbers)
            _in_a_thread(lambda end: lead(asked.requests[0], lease, end, keep_all, tell, stand_by.leads), stop, stand_by.beat)
    for error in failures:
        show_problems(error.problems)
    if failures:
        sys.exit(EXIT_FAILED)


class _StandBy:
    """Who does not lead is ready and alive too; who leads is, by what its loop says."""

    def __init__(self, numbers: Metrics) -> None:
        self._numbers, self._leads = numbers, False
        numbers.ready()

    def leads(self, leads: bool) -> None:
        """Whether this process leads now."""
        self._leads = leads
        self._numbers.leader(leads)

    def beat(self) -> None:
        """To be called now and then."""
        if not self._leads:
            self._numbers.beat()


def _lease(text: str) -> tuple[str, str]:
    namespace, slash, name = text.partition("/")
    if not (namespace and slash and name):
        raise UsageError(f'--leader-elect: found "{text}"', hint="Write NAMESPACE/NAME, such as roro-system/controller.")
    return namespace, name


def _in_a_thread(work: Callable[[threading.Event], None], stop: threading.Event, beat: Callable[[], None] = lambda: None) -> None:
    """Signals reach the main thread between two of its steps, so it does nothing but wait. Raises what the work raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work(stop)
        except BaseException as error:
            raised.append(error)
        finally:
            stop.set()

    thread = threading.Thread(target=run, name="roro-reconcile", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_HEARTBEAT)
        beat()
    if raised:
        raise raised[0]


def _keep_all(asked: Watch, numbers: Metrics, stop: threading.Event, failures: list[RoroError]) -> None:
    """All environments, each in a thread, until `stop` is set or one of them cannot go on."""
    git = GitFollower(asked.requests[0].workspace, tell=tell) if asked.sync else None
    over = threading.Event()

    def keep(request: Request) -> None:
        environment = request.environment or ""
        listener: Listener = Several([Lines(environment, asked.output), Counting(numbers, environment)])
        try:
            keep_reconciled(
                request,
                listener,
                over,
                mode=asked.mode,
                sink=quiet_progress(verbose=False),
                forwards=asked.forward,
                synced=lambda: git.trouble if git is not None else "",
            )
        except RoroError as error:
            failures.append(error)
            over.set()

    threads = [threading.Thread(target=keep, args=(one,), name=f"roro-{one.environment}", daemon=True) for one in asked.requests]
    if git is not None:
        git.start()
    if git is not None and asked.leader_elect and not git.await_newest(lambda: _in_use(asked.requests), stop, numbers.beat):
        git.close()
        return
    for thread in threads:
        thread.start()
    while not stop.wait(_HEARTBEAT) and not over.is_set():
        pass
    over.set()
    for thread in threads:
        thread.join()
    if git is not None:
        git.close()


def _in_use(requests: Sequence[Request]) -> list[str]:
    """The commits that the environments were last kept at, as far as they can be learned."""
    found = []
    for request in requests:
        with suppress(RoroError):
            standing = proposals(request)
            found += [standing.commit] if standing is not None else []
    return found


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
