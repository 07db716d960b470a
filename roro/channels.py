"""Two private named pipes between `roro` and the action plugin that works for it.

events: the plugin writes one JSON line per event. lifeline: `roro` holds the write end for as long as it lives; the plugin sees
`cancel` in it, or its end when `roro` is gone, however it ended. Both lie in the run's own 0700 directory.
"""

from __future__ import annotations

import json
import os
import select
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._log import pass_on

EVENTS_VARIABLE = "RORO_EVENTS"
LIFELINE_VARIABLE = "RORO_LIFELINE"


class EventChannel:
    """Reads events in a thread of its own and hands each record to `receive`."""

    def __init__(self, folder: Path, receive: Callable[[dict[str, Any]], None]) -> None:
        self.path = folder / "events"
        os.mkfifo(self.path, 0o600)
        # Opened for both ways, so that it is there before the plugin writes and never reads end-of-file between writers.
        self._pipe = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        self._wake_reader, self._wake_writer = os.pipe()
        self._receive = receive
        self._thread = threading.Thread(target=self._read, name="events", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Deliver what was written so far, then stop."""
        os.write(self._wake_writer, b".")
        self._thread.join(2)
        for descriptor in (self._pipe, self._wake_reader, self._wake_writer):
            os.close(descriptor)

    def _read(self) -> None:
        rest = b""
        while True:
            ready, _, _ = select.select([self._pipe, self._wake_reader], [], [])
            if self._pipe in ready:
                *lines, rest = (rest + os.read(self._pipe, 1 << 16)).split(b"\n")
                for line in lines:
                    self._deliver(line)
            elif self._wake_reader in ready:
                return

    def _deliver(self, line: bytes) -> None:
        try:
            record = json.loads(line)
        except ValueError:
            return
        if isinstance(record, dict) and isinstance(record.get("log"), dict):
            pass_on(record["log"])
        elif isinstance(record, dict):
            self._receive(record)


class Lifeline:
    """Tells the plugin that `roro` is alive, and when to stop."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lifeline"
        os.mkfifo(self.path, 0o600)
        self._pipe = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    def cancel(self) -> None:
        """Ask the plugin, in all workers, to stop what it does and record it."""
        os.write(self._pipe, b"cancel\n")

    def close(self) -> None:
        """Let go; a plugin that still runs then ends itself."""
        os.close(self._pipe)
