"""A stage for the scheduler: a cluster, workers and records that answer at once or when the test says, and a clock that jumps."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Resource, WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from ansible_collections.roro.kube.plugins.module_utils._events import Event
from ansible_collections.roro.kube.plugins.module_utils._objects import KubeObject, ref_of
from ansible_collections.roro.kube.plugins.module_utils._release.data.observed import Observed
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.data.plan import Plan
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import InstanceResult
from ansible_collections.roro.kube.plugins.module_utils._release.execution.inbox import Inbox
from ansible_collections.roro.kube.plugins.module_utils._release.execution.run import Run
from ansible_collections.roro.kube.plugins.module_utils._release.execution.scheduler import Scheduler

START, PATIENCE = 1000.0, 10_000.0


class JumpingInbox(Inbox):
    """Where nothing is to be done, time jumps to what comes next: what the test planned, or what the scheduler waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.time = START
        self._planned: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    @property
    def passed(self) -> float:
        """Seconds since the beginning."""
        return round(self.time - START, 6)

    def clock(self) -> float:
        return self.time

    def plan(self, seconds: float, call: Callable[[], None]) -> None:
        """Do this after so many seconds from the beginning, in no thread of the scheduler's."""
        heapq.heappush(self._planned, (START + seconds, next(self._numbers), call))

    def get(self, due: float) -> Callable[[], None] | None:
        while self._calls.empty():
            assert self.time < START + PATIENCE, "the run never ends"
            at, _, call = self._planned[0] if self._planned else (due, 0, _nothing)
            if at > due or not self._planned:
                self.time = max(self.time, due)
                return None
            heapq.heappop(self._planned)
            self.time = max(self.time, at)
            call()
        return self._calls.get()


class Workers:
    """Each call is made at once, or after as many seconds as its function's name has in `slow`. made: those names."""

    def __init__(self, inbox: JumpingInbox) -> None:
        self.slow: dict[str, float] = {}
        self.made: list[str] = []
        self._inbox = inbox

    def submit(self, call: Any, done: Callable[[Any, BaseException | None], None]) -> None:
        name = call.func.__name__
        self.made.append(name)
        if name in self.slow:
            self._inbox.plan(self._inbox.passed + self.slow[name], partial(self._make, call, done))
        else:
            self._make(call, done)

    def _make(self, call: Callable[[], Any], done: Callable[[Any, BaseException | None], None]) -> None:
        result, error = None, None
        try:
            result = call()
        except Exception as caught:
            error = caught
        done(result, error)


class Ledger:
    """Records that nobody writes. outcomes: how each instance ended."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    def begin(self, instance: str) -> None:
        """Nothing is in the way."""

    def finish(self, instance: str, ending: Any) -> None:
        self.outcomes[instance] = ending.outcome

    def before(self, instance: str) -> None:
        return None

    def revision(self, instance: str) -> int:
        return 1

    def remove(self, instance: str) -> None:
        """Nothing is kept."""

    remain = release = on_lost = remove

    def stop_waiting(self) -> None:
        """Nobody waits."""


class FakeCluster:
    """What is applied is there, without a status. lingering: names of objects that need time to go. applied: when each name was. Watches
    end at once: the test tells what they would."""

    def __init__(self, served: dict[tuple[str, str], Resource], inbox: JumpingInbox) -> None:
        self._served, self._inbox = served, inbox
        self.applied: dict[str, float] = {}
        self.lingering: set[str] = set()

    def now(self) -> datetime:
        return datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)

    def version(self) -> str:
        return "v1.37.2"

    def given_up(self, stop: threading.Event) -> AbstractContextManager[None]:
        return nullcontext()

    def one_try(self) -> AbstractContextManager[None]:
        return nullcontext()

    def find_resource(self, api_version: str, kind: str) -> Resource | None:
        return self._served.get((api_version.rpartition("/")[0], kind))

    def watch(self, *_: Any, **__: Any) -> Iterator[WatchEvent]:
        return iter(())

    def apply(self, resource: Resource, obj: KubeObject, **_: Any) -> tuple[KubeObject, bool]:
        self.applied[obj["metadata"]["name"]] = self._inbox.passed
        held = {**obj, "metadata": {**obj["metadata"], "uid": f"uid-{obj['metadata']['name']}", "resourceVersion": "10"}}
        return held, True

    def get(self, *_: Any) -> None:
        return None

    def delete(self, resource: Resource, namespace: str, name: str, **_: Any) -> KubeObject | None:
        return leaving(resource.kind, name) if name in self.lingering else None

    def list(self, *_: Any, **__: Any) -> Any:
        raise ApiError("events is forbidden", status=403)

    logs = list


def leaving(kind: str, name: str) -> KubeObject:
    """An object with a finalizer that is being deleted."""
    metadata = {"name": name, "namespace": "shop", "uid": f"uid-{kind}-{name}".lower(), "resourceVersion": "11"}
    return {"apiVersion": "v1", "kind": kind, "metadata": {**metadata, "deletionTimestamp": "x", "finalizers": ["example.com/slow"]}}


class Stage:
    """One run of a plan. ended: when each instance ended, in seconds from the beginning."""

    def __init__(self, make: Any, plan: Plan, desired: Any, observed: Observed, **options: Any) -> None:
        self.inbox = JumpingInbox()
        self.workers, self.ledger, self.cancel = Workers(self.inbox), Ledger(), threading.Event()
        self.cluster = FakeCluster(make.served(), self.inbox)
        self.told: list[tuple[float, Event]] = []
        things: Any = (self.cluster, "shop", "dev", plan, observed, desired, Options(**options), self.ledger, self._tell, self.cancel)
        self.scheduler = Scheduler(Run(*things, self.workers), self.inbox)  # type: ignore[arg-type]
        self.results: dict[str, InstanceResult] = {}

    def _tell(self, event: Event) -> None:
        self.told.append((self.inbox.passed, event))

    def at(self, seconds: float, obj: KubeObject, event: str = "MODIFIED") -> None:
        """A watch tells this then."""
        ref = ref_of(obj)
        place = (ref.group, ref.kind, ref.namespace or "")
        self.inbox.plan(seconds, lambda: self.scheduler._tracker._deliver(place, True, WatchEvent(event, obj)))

    def run(self) -> dict[str, InstanceResult]:
        """Until it has ended: results by instance."""
        results, _, _ = self.scheduler.run()
        self.results = {result.instance: result for result in results}
        return self.results

    def when(self, kind: type[Event], **fields: Any) -> list[float]:
        """When this was told."""
        return [at for at, event in self.told if isinstance(event, kind) and all(getattr(event, key) == fields[key] for key in fields)]


def _nothing() -> None:
    """To be done when nothing is."""
