"""What a run on several environments looks like while it works, as data: a Progress for each. Drawing is elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ansible_collections.roro.kube.plugins.module_utils._events import Event

from .ages import lasted
from .progress import Progress


class Listener(Protocol):
    """Is told what happens, as it happens."""

    def event(self, environment: str, event: Event) -> None:
        """One event of an environment."""

    def ended(self, environment: str, record: Mapping[str, Any]) -> None:
        """What the environment's task returned."""


class Member:
    """One environment under way. record: what its task returned, None until then."""

    def __init__(self, instances: Sequence[str], changed: Callable[[Event], None]) -> None:
        self.progress = Progress(instances, changed)
        self.record: Mapping[str, Any] | None = None
        self.began: float | None = None
        self.ended: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the first thing happened, until it was done."""
        return lasted(self.began, self.ended)

    @property
    def failed(self) -> bool:
        """Whether its task has returned that."""
        return self.record is not None and bool(self.record.get("failed"))


class FleetProgress:
    """Takes records of events and results, which name their host."""

    def __init__(self, instances: Mapping[str, Sequence[str]], listener: Listener | None = None) -> None:
        self._listener = listener
        self.members = {name: Member(ids, self._teller(name)) for name, ids in instances.items()}
        self.ended = False

    def receive(self, record: dict[str, Any]) -> None:
        """Take one record from the event channel; one of an unknown host is dropped."""
        name = str(record.get("host") or "")
        member = self.members.get(name)
        if member is None:
            return
        if member.began is None:
            member.began = time.monotonic()
        if "result" not in record:
            member.progress.receive(record)
            return
        member.record, member.ended = record["result"], time.monotonic()
        if self._listener is not None:
            self._listener.ended(name, record["result"])

    def _teller(self, name: str) -> Callable[[Event], None]:
        listener = self._listener
        return (lambda event: listener.event(name, event)) if listener is not None else (lambda event: None)
