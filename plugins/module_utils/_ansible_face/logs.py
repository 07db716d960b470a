# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of logs_info: the newest lines of an environment's instances, at most so many bytes of them."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any

from .. import _workflow as workflow
from .._errors import Interrupted, UsageError
from .._logs import LogQuery, Wanted, level_number, record_shaper
from .types import Outcome


class NewestLines:
    """The last lines that fit into so many bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: deque[bytes] = deque()
        self._size = 0
        self.truncated = False

    def write(self, block: bytes) -> None:
        """Add lines, each with its end."""
        for line in block.splitlines():
            self._lines.append(line)
            self._size += len(line)
            while self._size > self._most:
                self.truncated = True
                self._size -= len(self._lines.popleft())

    def records(self) -> list[dict[str, Any]]:
        """What is left, oldest first."""
        return [json.loads(line) for line in self._lines]


def read_lines(parameters: Mapping[str, Any], request: workflow.Request, cancel: threading.Event) -> Outcome:
    """Read what was asked for. Raises RoroError."""
    tail, most = parameters["tail"], parameters["max_bytes"]
    if tail < 0 or most < 1:
        raise UsageError("tail and max_bytes are no negative numbers", hint="Give how many lines of each container, and bytes of all.")
    query = LogQuery(tail=tail, previous=bool(parameters["previous"]), containers=frozenset(parameters["containers"]))
    level = level_number(parameters["level"]) if parameters.get("level") else None
    wanted = Wanted(_pattern(parameters.get("grep")), bool(parameters["invert"]), level)
    found, notices = NewestLines(most), list[str]()
    shaper = partial(record_shaper, wanted=wanted, structured=bool(parameters["structured"]), ascii_only=True)
    outcome = workflow.logs(request, query, shaper, found.write, notices.append, cancel, since=parameters.get("since") or "")
    if cancel.is_set():
        raise Interrupted("interrupted while logs were read")
    return {
        "changed": False,
        "lines": found.records(),
        "truncated": found.truncated,
        "pods": outcome.pods,
        "complete": not outcome.lost,
        "notices": notices,
    }


def _pattern(text: str | None) -> re.Pattern[bytes] | None:
    try:
        return re.compile(text.encode()) if text else None
    except re.error as error:
        raise UsageError(f'"{text}" is no regular expression: {error}', where="grep", hint="Put a backslash before ( [ * + ? .") from None
