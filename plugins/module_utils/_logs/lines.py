# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From blocks of bytes to lines with their times, a block at a time: what is done to each line is done by calls that loop in C. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate, islice
from operator import itemgetter, le

STAMP_BYTES = 30
"""`2026-01-02T03:04:05.000000000Z`: what the kubelet writes before each line, in UTC."""
MAX_LINE = 1 << 20
"""Bytes; a longer line comes in pieces."""

_NODE_BEGINNINGS = (
    b"unable to retrieve container logs for ",
    b"failed to try resolving symlinks in path ",
    b"failed to open log file ",
    b"failed to read log file ",
    b"failed to seek ",
    b"failed to reset seek in log file ",
    b"failed to tail ",
    b"failed to create fsnotify watcher: ",
    b"failed to watch directory ",
    b"failed to get parse function: ",
    b"rpc error: code = ",
)
"""What a kubelet says in the place of a log, or at its end: without a time, which every line of a program has.
https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/cri-client/pkg/logs/logs.go"""

_stamp = itemgetter(slice(0, STAMP_BYTES))
_text = itemgetter(slice(STAMP_BYTES + 1, None))
_after_stamp = itemgetter(slice(STAMP_BYTES - 1, STAMP_BYTES + 1))
_USUAL = {b"Z "}
_OTHER = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?")
"""A node whose clock is in another zone, or a runtime that leaves out zeros at the end."""


class Splitter:
    """Whole lines out of blocks that end anywhere."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._size = 0

    def feed(self, block: bytes) -> list[bytes]:
        """The lines that end in this block, without their ends."""
        lines = block.split(b"\n")
        if len(lines) > 1:
            if self._rest:
                lines[0] = b"".join([*self._rest, lines[0]])
            self._rest, self._size = [], 0
        rest = lines.pop()
        if rest:
            self._rest.append(rest)
            self._size += len(rest)
        if self._size > MAX_LINE:
            lines.append(self.rest())
        return lines

    def rest(self) -> bytes:
        """What came after the last end of a line, and is forgotten by this."""
        rest = b"".join(self._rest)
        self._rest, self._size = [], 0
        return rest


def of_the_node(lines: Sequence[bytes]) -> list[bytes]:
    """Those that no program wrote: the kubelet's own words about why it has no log."""
    return [line for line in lines if line.startswith(_NODE_BEGINNINGS)]


def stamped(lines: Sequence[bytes], before: bytes) -> tuple[list[bytes], list[bytes]]:
    """(times, texts) of lines that begin with a time. The times are STAMP_BYTES long and in UTC, so that bytes compare as they do.

    before: the time of the line before; a line without one (a later piece of a long one) has that.
    """
    stamps = list(map(_stamp, lines))
    if set(map(_after_stamp, lines)) <= _USUAL and (not stamps or (min(stamps) >= b"1" and max(stamps) < b"3")):
        return stamps, list(map(_text, lines))
    return _unusual(lines, before)


def _unusual(lines: Sequence[bytes], before: bytes) -> tuple[list[bytes], list[bytes]]:
    stamps, texts = [], []
    for line in lines:
        match = _OTHER.match(line)
        before = (_in_utc(match) if match else b"") or before
        stamps.append(before)
        texts.append(line[match.end() :] if match else line)
    return stamps, texts


def _in_utc(match: re.Match[bytes]) -> bytes:
    """The time in UTC, with all nine digits; b"" where it is no time."""
    second, fraction, zone = match[1].decode(), (match[2] or b"").ljust(9, b"0"), match[3].decode()
    if zone != "Z":
        try:
            moment = datetime.fromisoformat(second + zone)
            offset = moment.utcoffset() or timedelta()
            second = (moment.replace(tzinfo=None) - offset).isoformat(timespec="seconds")
        except (ValueError, OverflowError):
            return b""
    return b"%s.%sZ" % (second.encode(), fraction)


def rising(stamps: list[bytes], floor: bytes) -> list[bytes]:
    """Keys to merge by: the times, but never one before the line above it, so that lines of one container keep their places whatever
    its node's clock does. floor: the key of the line before these."""
    if not stamps or (floor <= stamps[0] and all(map(le, stamps, islice(stamps, 1, None)))):
        return stamps
    return list(islice(accumulate([floor, *stamps], max), 1, None))
