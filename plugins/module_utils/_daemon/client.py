# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon as others see it: a few blocking calls. Starts it when something has to run, replaces one of older code."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, ClassVar, Self

from .._errors import RoroError
from .process import code_stamp, read_identity
from .start import START_SECONDS, log_path, spawn, starting

REQUEST_SECONDS = 60.0


class DaemonGone(RoroError):
    """The daemon ended in the middle of a request."""


class DaemonClient:
    """A connection to the daemon. Usable as a context manager."""

    duties: ClassVar[tuple[str, ...]] = ()
    """Modules of the duties that are asked: the daemon is started with them, and one that does not know them hosts them from then on."""

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
    def running(cls) -> Self | None:
        """The daemon that runs now, None when there is none."""
        identity = read_identity()
        if identity is None:
            return None
        try:
            return cls(identity.socket)
        except OSError:
            return None

    @classmethod
    def started(cls) -> Self:
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
                spawn(cls.duties)
        raise RoroError("the daemon cannot be reached", hint="`roro forward shutdown` ends it; then try again.")

    @classmethod
    def _current(cls) -> Self | None:
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
        """Ask the daemon of older code to end, and wait until it has. What it had to do, the new one goes on with."""
        identity = read_identity()
        client = cls.running()
        if client is None or identity is None:
            return
        with client, contextlib.suppress(RoroError):
            client.shutdown()
        end = time.monotonic() + START_SECONDS
        while identity.alive() and time.monotonic() < end:
            time.sleep(0.02)

    def hello(self) -> dict[str, Any]:
        """`pid` and `stamp` of the daemon, how many `tasks` it has, and its `duties` as `Daemon.duties` tells them. Raises RoroError."""
        return self.ask("hello")

    def troubles(self) -> list[str]:
        """What of its duties does not work, a line each. Raises RoroError."""
        told = [record for record in self.hello().get("duties", ()) if record["problem"]]
        return [f"the daemon's duty {record['name'] or record['module']}: {record['problem']}; {log_path()} says more" for record in told]

    def shutdown(self) -> None:
        """End the daemon; what runs will run again with the next one. Raises RoroError."""
        self.ask("shutdown")

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """One request and its answer, see `serve`. Raises RoroError."""
        answer = self._exchange(do, arguments)
        if answer.get("unknown") and self.duties:
            hosted = self._exchange("host", {"modules": self.duties})["duties"]
            answer = self._exchange(do, arguments)
            if answer.get("unknown"):
                why = [record["problem"] for record in hosted if record["module"] in self.duties and record["problem"]]
                answer["problem"]["message"] = ": ".join([answer["problem"]["message"], *why])
        if not answer["ok"]:
            problem = answer["problem"]
            raise RoroError(problem["message"], where=problem["where"], hint=problem["hint"])
        return answer

    def stream(self, do: str, listed: str, topic: str, seconds: float | None = None) -> Iterator[dict[str, Any]]:
        """The records that a duty lists under one key of its answer, then its news, until `seconds` have passed (None: for ever) or the
        daemon ends. Nothing else can be asked on this connection afterwards. Raises RoroError."""
        end = None if seconds is None else time.monotonic() + seconds
        yield from self.ask(do, what="watch")[listed]
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
            yield json.loads(line)[topic]

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _exchange(self, do: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """A request and the line that answers it. Raises DaemonGone."""
        try:
            self._socket.sendall(json.dumps({"id": 1, "do": do, **arguments}).encode() + b"\n")
            line = self._stream.readline()
        except OSError as error:
            hint = "Try again; `roro forward shutdown` ends a daemon that hangs."
            raise DaemonGone("the daemon does not answer", hint=hint) from error
        if not line:
            raise DaemonGone("the daemon ended", hint="Try again: it is started anew.")
        answer: dict[str, Any] = json.loads(line)
        return answer
