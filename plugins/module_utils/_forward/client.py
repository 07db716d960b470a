# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon as others see it: a few blocking calls. Starts it when something has to run, replaces one of older code."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from .._errors import RoroError
from .process import START_SECONDS, code_stamp, read_identity, spawn, starting
from .store import kept_path, load
from .types import ForwardSpec, ForwardStatus, status_of, stopped_status

REQUEST_SECONDS = 60.0


class DaemonGone(RoroError):
    """The daemon ended in the middle of a request."""


@dataclass(frozen=True)
class Outcome:
    """What a request did. changed: ids for which something had to be done. forwards: all, as they are now."""

    changed: frozenset[str]
    forwards: tuple[ForwardStatus, ...]

    def of(self, ids: Sequence[str]) -> tuple[ForwardStatus, ...]:
        """Those of some ids, in that order."""
        known = {status.id: status for status in self.forwards}
        return tuple(known[key] for key in ids if key in known)


class ForwardClient:
    """A connection to the daemon. Usable as a context manager."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(REQUEST_SECONDS)
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise
        self._stream = self._socket.makefile("rb")

    @classmethod
    def running(cls) -> ForwardClient | None:
        """The daemon that runs now, None when there is none."""
        identity = read_identity()
        if identity is None:
            return None
        try:
            return cls(identity.socket)
        except OSError:
            return None

    @classmethod
    def started(cls) -> ForwardClient:
        """The daemon, started when there is none, and anew when it runs older code. Raises RoroError."""
        client = cls._current()
        if client is not None:
            return client
        with starting():
            end = time.monotonic() + START_SECONDS
            while time.monotonic() < end:
                client = cls._current()
                if client is not None:
                    return client
                cls._end_the_old()
                spawn()
        raise RoroError("the forward daemon cannot be reached", hint="`roro forward shutdown` ends it; then try again.")

    @classmethod
    def _current(cls) -> ForwardClient | None:
        identity = read_identity()
        client = cls.running() if identity is not None and identity.stamp >= code_stamp() else None
        try:
            if client is not None:
                client.hello()
        except DaemonGone:  # it was just dying
            return None
        return client

    @classmethod
    def _end_the_old(cls) -> None:
        """Ask the daemon of older code to end, and wait until it has. What it kept open, the new one opens again."""
        identity = read_identity()
        client = cls.running()
        if client is None or identity is None:
            return
        with client, contextlib.suppress(RoroError):
            client.shutdown()
        end = time.monotonic() + START_SECONDS
        while identity.alive() and time.monotonic() < end:
            time.sleep(0.02)

    def start(self, specs: Sequence[ForwardSpec]) -> Outcome:
        """See that these forwards run. Returns at once: their states may be Starting. Raises RoroError."""
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

    def hello(self) -> dict[str, Any]:
        """`pid` and `stamp` of the daemon, and how many `tasks` it has. Raises RoroError."""
        return self.ask("hello")

    def shutdown(self) -> None:
        """End the daemon; what runs will run again with the next one. Raises RoroError."""
        self.ask("shutdown")

    def watch(self, seconds: float | None = None) -> Iterator[ForwardStatus]:
        """All forwards, then each change, until `seconds` have passed (None: for ever) or the daemon ends.

        Nothing else can be asked on this connection afterwards. Raises RoroError.
        """
        for record in self.stream("watch", seconds):
            yield status_of(record)

    def stream(self, what: str, seconds: float | None) -> Iterator[dict[str, Any]]:
        """The same as records; what: `watch`, or `health` for health checks. Raises RoroError."""
        end = None if seconds is None else time.monotonic() + seconds
        answer = self.ask(what, what="watch")
        yield from answer["forwards" if what == "watch" else "checks"]
        while True:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return
            self._socket.settimeout(left)
            try:
                line = self._stream.readline()
            except OSError:
                return
            if not line:
                return
            yield json.loads(line)["status" if what == "watch" else "check"]

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._socket.close()

    def __enter__(self) -> ForwardClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _outcome(self, what: str, **arguments: Any) -> Outcome:
        answer = self.ask(what, **arguments)
        changed = frozenset(key for key, done in answer["changed"].items() if done)
        return Outcome(changed, tuple(status_of(record) for record in answer["forwards"]))

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """One request and its answer, see `serve`. Raises RoroError."""
        try:
            self._socket.sendall(json.dumps({"id": 1, "do": do, **arguments}).encode() + b"\n")
            line = self._stream.readline()
        except OSError as error:
            hint = "Try again; `roro forward shutdown` ends a daemon that hangs."
            raise DaemonGone("the forward daemon does not answer", hint=hint) from error
        if not line:
            raise DaemonGone("the forward daemon ended", hint="Try again: it is started anew.")
        answer: dict[str, Any] = json.loads(line)
        if not answer["ok"]:
            problem = answer["problem"]
            raise RoroError(problem["message"], where=problem["where"], hint=problem["hint"])
        return answer


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
