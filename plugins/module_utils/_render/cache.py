# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered between renders of one process: compiled templates, by the digest of their content.

Rendered results are not kept on disk: reading, checking and parsing such an entry saves little (benchmarks/render.py has the figures),
and rendered text may hold secrets.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from types import CodeType


class RenderCache:
    """Compiled templates, the most recently used `size` of them. Safe to share between threads."""

    def __init__(self, size: int = 4096) -> None:
        self._size = size
        self._codes: OrderedDict[Hashable, CodeType] = OrderedDict()
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    def code(self, key: Hashable, compile_: Callable[[], CodeType]) -> CodeType:
        """The code for this key, compiled when it is not there. key: everything the compiled code depends on."""
        with self._lock:
            code = self._codes.get(key)
            if code is not None:
                self._codes.move_to_end(key)
                self.hits += 1
                return code
        code = compile_()
        with self._lock:
            self.misses += 1
            self._codes[key] = code
            while len(self._codes) > self._size:
                self._codes.popitem(last=False)
        return code


SHARED = RenderCache()
"""Used where the caller brings none."""
