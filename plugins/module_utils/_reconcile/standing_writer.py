# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes how an environment stands, in a thread of its own: a server that is away must not keep the loop from its work."""

from __future__ import annotations

import queue
import threading
from collections.abc import Collection

from .._cluster import Cluster
from .._errors import RoroError
from .standing_record import write_standing
from .types import Standing

_ENDING = 5.0
"""Seconds that a write under way has when the loop ends."""


class StandingWriter:
    """One write at a time. cancel: once it is set nothing is sent again, so that a server that is away keeps nobody. Belongs to one
    thread."""

    def __init__(self, cluster: Cluster, cancel: threading.Event) -> None:
        self._cluster, self._cancel = cluster, cancel
        self._thread: threading.Thread | None = None
        self._ended: queue.SimpleQueue[tuple[Standing, RoroError | None]] = queue.SimpleQueue()

    @property
    def busy(self) -> bool:
        """Whether a write is under way."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, homes: Collection[str], standing: Standing) -> None:
        """Write this; not while it is busy. It bears the server's time."""
        self._thread = threading.Thread(target=self._work, args=(homes, standing), name="roro-reconcile-standing", daemon=True)
        self._thread.start()

    def ended(self) -> tuple[Standing, RoroError | None] | None:
        """What was written since it was last asked, and why it was not; None where no write has ended."""
        try:
            return self._ended.get_nowait()
        except queue.Empty:
            return None

    def end(self, homes: Collection[str], standing: Standing) -> None:
        """The last word, after what is under way. One try."""
        self._wait()
        if not self.busy:
            self.begin(homes, standing)
            self._wait()

    def _wait(self) -> None:
        if self._thread is not None:
            self._thread.join(_ENDING)

    def _work(self, homes: Collection[str], standing: Standing) -> None:
        error: RoroError | None = None
        try:
            with self._cluster.given_up(self._cancel):
                write_standing(self._cluster, homes, standing)
        except RoroError as caught:
            error = caught
        self._ended.put((standing, error))
