# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's health checks as others see them: a few blocking calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from .._daemon import DaemonClient, kept_path, read
from .._duties import DUTIES
from .._errors import RoroError, UsageError
from .store import Memory, memory_of
from .types import HealthSpec, HealthStatus, quiet_status, spec_of, status_of

if TYPE_CHECKING:
    from . import duty  # noqa: F401 - Ansible sends a module what it finds imported; the daemon imports duties by name alone

NOT_WATCHED = "nobody watches: the daemon does not run; `roro up` starts it"


class HealthClient(DaemonClient):
    """A connection to the daemon that asks health checks."""

    duties: ClassVar[tuple[str, ...]] = DUTIES

    def checks(self) -> list[HealthStatus]:
        """All of them. Raises RoroError."""
        return [status_of(record) for record in self.ask("health", what="list")["checks"]]


def start_checks(specs: Sequence[HealthSpec]) -> bool:
    """See that these run, in a daemon that is started where there is none; whether something had to be done. Raises RoroError."""
    return _changed("start", checks=[spec.as_record() for spec in specs])


def resume_checks(ids: Sequence[str]) -> bool:
    """Start known checks again. Raises RoroError."""
    return _changed("resume", ids=list(ids))


def stop_checks(ids: Sequence[str]) -> bool:
    """Stop checks; they stay known. Raises RoroError."""
    return _changed("stop", ids=list(ids))


def remove_checks(ids: Sequence[str]) -> bool:
    """Stop and forget checks. Raises RoroError."""
    return _changed("remove", ids=list(ids))


def known_checks() -> tuple[HealthStatus, ...]:
    """All checks of this user, as they are now. No daemon is started for that: what none watches is Unknown. Raises nothing."""
    place = kept_path()
    if place is None:
        return ()
    memory = _memory(place)
    if not memory.checks:
        return ()
    client = HealthClient.running()
    if client is not None:
        try:
            with client:
                return tuple(client.checks())
        except (RoroError, OSError):
            pass  # it ends at this moment, or is older than checks are
    found = [_unwatched(record, runs=key in memory.watching) for key, record in memory.checks.items()]
    return tuple(status for status in found if status is not None)


def watch_checks(seconds: float | None = None) -> Iterator[HealthStatus]:
    """All checks, then each change, until `seconds` have passed (None: for ever) or the daemon ends. Raises RoroError."""
    client = HealthClient.running()
    if client is None:
        return
    with client:
        for record in client.stream("health", "checks", "check", seconds):
            yield status_of(record)


def _memory(place: Path) -> Memory:
    """A file that is not ours to read is for the daemon to put aside."""
    try:
        return memory_of(read(place))
    except (ValueError, TypeError, AttributeError):
        return Memory()


def _unwatched(record: dict[str, Any], *, runs: bool) -> HealthStatus | None:
    try:
        spec = spec_of(record)
    except UsageError:  # another version's
        return None
    return quiet_status(spec, "Unknown", "NotWatched", NOT_WATCHED) if runs else quiet_status(spec, "Stopped")


def _changed(what: str, **arguments: Any) -> bool:
    with HealthClient.started() as client:
        return any(client.ask("health", what=what, **arguments)["changed"].values())
