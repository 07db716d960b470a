# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams that are ended from another thread: a read which waits for data returns at once when its stop sign is set."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from socket import SHUT_RDWR, socket

KEEPER_SECONDS = 0.05
"""How often the stop signs of open watches are looked at."""


@dataclass(eq=False)
class OpenStream:
    """One stream under guard: its stop sign and, once connected, its socket."""

    stop: threading.Event
    connection: socket | None = field(default=None)

    def connected(self, opened: socket) -> None:
        """The socket to end. A stream that was to end while it connected ends here."""
        self.connection = opened
        if self.stop.is_set():
            self.end()

    def end(self) -> None:
        """Shut the socket: a read that waits on it returns at once."""
        if self.connection is not None:
            with contextlib.suppress(OSError):
                # The base class's method: SSLSocket.shutdown would also drop the TLS state under the reading thread.
                socket.shutdown(self.connection, SHUT_RDWR)


class StreamKeeper:
    """Ends streams whose stop sign was set. One thread for all of them, alive only while there are any."""

    def __init__(self, closed: threading.Event) -> None:
        self._closed = closed
        self._streams: set[OpenStream] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._woken = threading.Event()

    @contextlib.contextmanager
    def guarding(self, stop: threading.Event) -> Iterator[OpenStream]:
        """Guard a stream while the block runs."""
        stream = OpenStream(stop)
        with self._lock:
            self._streams.add(stream)
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="roro-watch-keeper", daemon=True)
                self._thread.start()
        try:
            yield stream
        finally:
            with self._lock:
                self._streams.discard(stream)

    def _keep(self) -> None:
        while True:
            with self._lock:
                if not self._streams:
                    self._thread = None
                    return
                due = [stream for stream in self._streams if stream.stop.is_set() or self._closed.is_set()]
            for stream in due:
                stream.end()
            self._woken.wait(KEEPER_SECONDS)
