# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs of an environment's instances: every container of every pod, in the order of their times, over restarts and broken connections.

`lines`, `cursor`, `merge`, `pods` and `structured` know no cluster.
May import `_cluster`, `_release` (whose pods they are), `_errors`, `_objects`.

Front door:
    LogSession(cluster, scope: LogScope, query: LogQuery, make_shaper, write, tell, cancel).run() -> LogOutcome
                                                    make_shaper(Source) -> Shaper: from lines with their times to lines as they are written
    parse_line(text) -> Entry | None                time, level, message and fields of a structured line: JSON, logfmt, klog
    level_number(word) -> int                       a level by its name or number; raises UsageError
    Wanted(pattern, invert, level), LevelGate       which lines
    record_shaper(source, wanted, structured=...) -> Shaper    one JSON object a line
"""

from __future__ import annotations

from .line_records import LevelGate, Wanted, record_shaper
from .session import LogOutcome, LogSession
from .structured import Entry, level_name, level_number, parse_line
from .types import LogQuery, LogScope, Shaper, Source

__all__ = [
    "Entry",
    "LevelGate",
    "LogOutcome",
    "LogQuery",
    "LogScope",
    "LogSession",
    "Shaper",
    "Source",
    "Wanted",
    "level_name",
    "level_number",
    "parse_line",
    "record_shaper",
]
