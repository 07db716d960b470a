"""Progress on several environments as plain lines on stderr, each with its environment in front."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._events import Event

from .plain import PlainLines
from .reason_words import harmless


class FleetLines:
    """A listener for FleetProgress: what PlainLines tells of each environment, and the end of each. verbose: every object."""

    def __init__(self, verbose: bool = False) -> None:
        self._verbose = verbose
        self._lock = threading.Lock()
        self._of: dict[str, PlainLines] = {}

    def event(self, environment: str, event: Event) -> None:
        """Print what is worth a line."""
        with self._lock:
            lines = self._of.setdefault(environment, PlainLines(self._verbose, prefix=f"[{environment}] "))
        lines.show(event)

    def ended(self, environment: str, record: Mapping[str, Any]) -> None:
        """Of a failure only that it is one: the summary at the end tells it."""
        words = "failed" if record.get("failed") else "changed" if record.get("changed") else "nothing to do"
        print(harmless(f"[{environment}] {words}"), file=sys.stderr, flush=True)
