# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's forwards as others see them: a few blocking calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .._daemon import DaemonClient, DaemonGone, kept_path
from .._duties import DUTIES
from .store import load
from .types import ForwardSpec, ForwardStatus, status_of, stopped_status

if TYPE_CHECKING:
    from . import duty  # noqa: F401 - Ansible sends a module what it finds imported; the daemon imports duties by name alone


@dataclass(frozen=True)
class Outcome:
    """What a request did. changed: ids for which something had to be done. forwards: all, as they are now."""

    changed: frozenset[str]
    forwards: tuple[ForwardStatus, ...]

    def of(self, ids: Sequence[str]) -> tuple[ForwardStatus, ...]:
        """Those of some ids, in that order."""
        known = {status.id: status for status in self.forwards}
        return tuple(known[key] for key in ids if key in known)


class ForwardClient(DaemonClient):
    """A connection to the daemon that keeps forwards open. The requests return at once: states may be Starting."""

    duties: ClassVar[tuple[str, ...]] = DUTIES

    def start(self, specs: Sequence[ForwardSpec]) -> Outcome:
        """See that these forwards run. Raises RoroError."""
        return self._outcome("start", forwards=[spec.as_record() for spec in specs])

    def resume(self, ids: Sequence[str]) -> Outcome:
        """Start known forwards again. Raises RoroError."""
        return self._outcome("resume", ids=list(ids))

    def stop(self, ids: Sequence[str]) -> Outcome:
        """Stop forwards; they stay known. Raises RoroError."""
        return self._outcome("stop", ids=list(ids))

    def remove(self, ids: Sequence[str]) -> Outcome:
        """Stop and forget forwards. Raises RoroError."""
        return self._outcome("remove", ids=list(ids))

    def forwards(self) -> tuple[ForwardStatus, ...]:
        """All of them. Raises RoroError."""
        return self._outcome("list").forwards

    def watch(self, seconds: float | None = None) -> Iterator[ForwardStatus]:
        """All forwards, then each change, until `seconds` have passed (None: for ever) or the daemon ends.

        Nothing else can be asked on this connection afterwards. Raises RoroError.
        """
        for record in self.stream("watch", "forwards", "status", seconds):
            yield status_of(record)

    def _outcome(self, what: str, **arguments: Any) -> Outcome:
        answer = self.ask(what, **arguments)
        changed = frozenset(key for key, done in answer["changed"].items() if done)
        return Outcome(changed, tuple(status_of(record) for record in answer["forwards"]))


def known_forwards() -> tuple[ForwardStatus, ...]:
    """All forwards of this user. A daemon that died with forwards to keep open is started again; else none is started. Raises RoroError."""
    place = kept_path()
    if place is None:
        return ()
    client = ForwardClient.running()
    if client is None:
        memory = load(place)
        if not memory.running:
            return tuple(stopped_status(spec, memory.ports.get(key)) for key, spec in memory.forwards.items())
        client = ForwardClient.started()
    try:
        with client:
            return client.forwards()
    except DaemonGone:
        with ForwardClient.started() as fresh:
            return fresh.forwards()


def is_settled(status: ForwardStatus) -> bool:
    """Whether waiting longer is not likely to change a forward by itself."""
    return status.settled


def settled(ids: Sequence[str], seconds: float, enough: Callable[[ForwardStatus], bool] = is_settled) -> tuple[ForwardStatus, ...]:
    """The forwards once `enough` is true of each (Active, in Conflict, Failed or Stopped), or as they are after `seconds`.

    Raises RoroError.
    """
    latest: dict[str, ForwardStatus] = {}
    client = ForwardClient.running()
    if client is None:
        return ()
    with client:
        for status in client.watch(seconds):
            latest[status.id] = status
            if all(key in latest and enough(latest[key]) for key in ids):
                break
    return tuple(latest[key] for key in ids if key in latest)
