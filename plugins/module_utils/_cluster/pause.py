# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cyclic garbage collector stands still while big documents are decoded, and works seldom during a run.

Decoding allocates only; collecting meanwhile finds nothing and was measured to cost up to eight times the decoding. A run allocates what
it keeps to its end: looking through that again and again was a twelfth of its processor time.
"""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

BIG_BYTES = 64 * 1024
SELDOM = 50_000
"""Allocations between two collections during a run; Python's own number is 700."""

_lock = threading.Lock()
_pauses = 0
_was_enabled = False
_runs = 0
_thresholds = gc.get_threshold()


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector; threads share the pause, the last one out ends it. A collector that was off stays off."""
    global _pauses, _was_enabled  # the collector is one per process, so its pause is too
    with _lock:
        if _pauses == 0:
            _was_enabled = gc.isenabled()
            gc.disable()
        _pauses += 1
    try:
        yield
    finally:
        with _lock:
            _pauses -= 1
            if _pauses == 0 and _was_enabled:
                gc.enable()


@contextmanager
def collector_seldom() -> Iterator[None]:
    """Collect seldom, but never not at all: a run may wait for hours. Runs share that, the last one out ends it."""
    global _runs, _thresholds  # see above
    with _lock:
        if _runs == 0:
            _thresholds = gc.get_threshold()
            gc.set_threshold(max(SELDOM, _thresholds[0]) if _thresholds[0] else 0, *_thresholds[1:])
        _runs += 1
    try:
        yield
    finally:
        with _lock:
            _runs -= 1
            if _runs == 0:
                gc.set_threshold(*_thresholds)


def decode_json(data: bytes) -> Any:
    """Decode JSON, with the collector paused where the document is big. Raises ValueError."""
    if len(data) < BIG_BYTES:
        # Where the second byte is a quote the text is UTF-8 (RFC 4627, 3), which json.loads looks for in a slower way.
        return json.loads(data.decode("utf-8", "surrogatepass") if data.startswith(b'{"') else data)
    with collector_paused():
        return json.loads(data)
