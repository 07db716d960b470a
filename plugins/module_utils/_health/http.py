# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request and what its answer says about health. Pure: bytes in, bytes and an Answer out. RFC 9112."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .._iregexp import TooMuchWork, compile_pattern
from .._version import VERSION
from .verdict import PASSED, Answer

MAX_HEAD = 32 * 1024
MAX_BODY = 64 * 1024
"""So much of an answer is looked at."""
MAX_LINE = 1024
"""Of the line before a chunk."""
MAX_EARLY = 16
"""So many answers with a status of 1xx may come before the real one."""
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_PATH_SIGNS = "/%?&=:~+!$,;'@()*[]"


def request(probe: Mapping[str, Any]) -> bytes:
    """A GET without keep-alive. Host is localhost, as through a forward, unless `headers` say otherwise."""
    headers = {"Host": "localhost", "User-Agent": f"roro/{VERSION}", "Accept": "*/*"}
    given = {_line(name).title(): _line(value) for name, value in (probe.get("headers") or {}).items()}
    headers |= given | {"Connection": "close", "Accept-Encoding": "identity"}
    lines = [f"GET {quote(probe.get('path') or '/', safe=_PATH_SIGNS)} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _line(text: str) -> str:
    """The text without ends of lines, so that a header stays one."""
    return " ".join(str(text).split("\r")).replace("\n", " ")


class Malformed(ValueError):
    """What came is no HTTP."""


class Reply:
    """An answer as it comes. done: enough is known. want_body: whether more than the status is asked for."""

    def __init__(self, *, want_body: bool) -> None:
        self.status = 0
        self.body = b""
        self.done = False
        self._want_body = want_body
        self._raw = b""
        self._early = 0
        self._length: int | None = None
        self._chunked = False

    def feed(self, data: bytes) -> None:
        """More bytes. Raises Malformed."""
        self._raw += data
        while not self.done and not self.status:
            if not self._head():
                return
        if not self.done:
            self._more_body()

    def end(self) -> None:
        """The peer writes no more. Raises Malformed when the answer was not whole."""
        if not self.status:
            raise Malformed("it closed the connection without an answer")
        if not self.done and (self._chunked or self._length is not None):
            raise Malformed("it closed the connection in the middle of its answer")
        self.done = True

    def _head(self) -> bool:
        head, separator, rest = self._raw.partition(b"\r\n\r\n")
        if not separator:
            if len(self._raw) > MAX_HEAD or not b"HTTP/"[: len(self._raw)] == self._raw[:5]:
                raise Malformed("its answer is not HTTP")
            return False
        self._raw = rest
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ", 2)
        if len(words) < 2 or not words[0].startswith("HTTP/") or not re.fullmatch("[0-9]{3}", words[1]):
            raise Malformed("its answer is not HTTP")
        status = int(words[1])
        if 100 <= status < 200 and status != 101 and self._early < MAX_EARLY:
            self._early += 1
            return True  # the real answer follows
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = fields.get("content-length", "")
        self._chunked = "chunked" in fields.get("transfer-encoding", "").lower()
        self._length = int(length) if re.fullmatch("[0-9]{1,18}", length) and not self._chunked else None
        self.status = status
        self.done = not self._want_body or status in (101, 204, 304) or self._length == 0
        return True

    def _more_body(self) -> None:
        if self._chunked:
            self._unchunk()
        else:
            self.body += self._raw
            self._raw = b""
            self.done = self._length is not None and len(self.body) >= self._length
        if len(self.body) >= MAX_BODY:
            self.body, self.done = self.body[:MAX_BODY], True

    def _unchunk(self) -> None:
        """Chunks as far as they are whole."""
        raw, at, pieces = self._raw, 0, []
        while not self.done:
            end = raw.find(b"\r\n", at, at + MAX_LINE)
            if end < 0:
                if len(raw) - at >= MAX_LINE:
                    raise Malformed("its answer is not HTTP")
                break
            size, first = _chunk_size(raw[at:end]), end + 2
            if size == 0:
                self.done = True
            elif len(raw) >= first + size + 2:
                pieces.append(raw[first : first + size])
                at = first + size + 2
            else:
                if size > MAX_BODY:
                    pieces.append(raw[first:])
                    self.done = True
                break
        self.body += b"".join(pieces)
        self._raw = raw[at:]


def _chunk_size(line: bytes) -> int:
    """RFC 9112, 7.1: hexadecimal digits, and extensions that nobody needs."""
    digits = line.split(b";")[0].strip()
    if not _SIZE.fullmatch(digits):
        raise Malformed("its answer is not HTTP")
    return int(digits, 16)


def host_of(probe: Mapping[str, Any]) -> str | None:
    """The name that the documents ask for, without a port."""
    given = next((_line(value) for name, value in (probe.get("headers") or {}).items() if name.title() == "Host"), "")
    return given.partition(":")[0] or None


def wants_body(probe: Mapping[str, Any]) -> bool:
    """Whether the probe looks at more than the status."""
    return bool(probe.get("body") or probe.get("bodyPattern"))


def judged(probe: Mapping[str, Any], reply: Reply) -> Answer:
    """Whether the answer is what the probe expects. The body itself is never told: nobody knows what it holds."""
    if not any(_fits(reply.status, wanted) for wanted in _statuses(probe)):
        expected = " or ".join(str(wanted) for wanted in _statuses(probe))
        return Answer("failed", "BadStatus", f"status {reply.status}, expected {expected}")
    text = reply.body.decode("utf-8", "replace")
    if probe.get("body") and probe["body"] not in text:
        return Answer("failed", "BadBody", f'status {reply.status}, but the answer does not contain "{probe["body"]}"')
    if probe.get("bodyPattern"):
        try:
            found = compile_pattern(probe["bodyPattern"]).found_in(text)
        except TooMuchWork as error:
            return Answer("failed", "BadBody", f"bodyPattern: {error}")
        if not found:
            return Answer("failed", "BadBody", f"status {reply.status}, but no part of the answer fits {probe['bodyPattern']}")
    return PASSED


def _statuses(probe: Mapping[str, Any]) -> list[int | str]:
    wanted = probe.get("status")
    return ["200-399"] if wanted is None else wanted if isinstance(wanted, list) else [wanted]


def _fits(status: int, wanted: int | str) -> bool:
    """200, "2xx" and "200-299"."""
    if isinstance(wanted, str) and wanted.endswith("xx"):
        return status // 100 == int(wanted[0])
    low, _, high = str(wanted).partition("-")
    return int(low) <= status <= int(high or low)
