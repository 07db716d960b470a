# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP/1.1 exchange on an open connection: a request out, its answer read whole. RFC 9112.

`http.client` parses the head of an answer as if it were an e-mail, which costs several times what the TLS below it does, and a run sends
hundreds of requests at once. Connecting, proxies, tunnels and streams stay urllib3's.
"""

from __future__ import annotations

import http.client
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from urllib3.exceptions import ProtocolError

from .._gzip import TooLong, gunzip

MAX_BODY = 1024**3
"""Bytes of an answer, unpacked too. Lists come in pages of 500 objects, and an object in etcd has 1.5 MiB at most
(https://etcd.io/docs/v3.6/dev-guide/limit/): what is longer comes from no API server that means well."""
MAX_HEAD = 128 * 1024
"""Bytes of a status line and its headers, and of a chunked body's trailers."""
MAX_LINE = 4096
"""Bytes of a chunk's size and its extensions."""
MAX_INTERIM = 20
"""Interim answers (1xx) before the one that counts."""
_BLOCK = 16 * 1024
"""Bytes of a TLS record: a read never brings more."""
_STATUS = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: .*)?")
_TARGET = re.compile(r"[\x21-\x7e]+")
_HEX = re.compile(rb"[0-9A-Fa-f]{1,15}")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_NO_BODY = frozenset({204, 304})

Receive = Callable[[int], bytes]
"""At most so many bytes, as soon as there are some; b"" when the other side has closed."""


class LongAnswer(ProtocolError):
    """An answer is longer than any that makes sense; asking again would bring the same."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most // 1024**2:,} MiB")


class Fields(dict[str, str]):
    """Headers of an answer: name -> value, looked up whatever the name's case."""

    def get(self, name: str, default: Any = None) -> Any:
        """The value, several of one name joined by commas."""
        return super().get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())


class Answer:
    """An answer of any status, read whole, its content decoded. What else is here, urllib3's pool of connections looks at."""

    version = 11
    version_string = "HTTP/1.1"
    reason: str | None = None
    length_remaining = 0
    retries: object = None

    def __init__(self, status: int, headers: Fields, data: bytes, *, last: bool) -> None:
        self.status = status
        self.headers = headers
        self.data = data
        self.last = last
        """Whether nothing more can be asked on this connection."""


def request_bytes(method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """The request as it goes over the wire. headers: with Host; their values were checked. Raises http.client.InvalidURL."""
    if not _TARGET.fullmatch(target):
        raise http.client.InvalidURL(f"the path of a {method} request holds a space or a control character")
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body or b'')}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def read_answer(receive: Receive, method: str) -> Answer:
    """The answer to a request of `method`.

    Raises LongAnswer, http.client.HTTPException (RemoteDisconnected, IncompleteRead, BadStatusLine, ...) for what is no whole answer, and
    what `receive` raises.
    """
    reader = _Reader(receive)
    for _ in range(MAX_INTERIM):
        minor, status, headers = reader.head()
        if status >= 200:
            break
        if status == 101:
            raise http.client.HTTPException("the server changed the protocol unasked")
    else:
        raise http.client.HTTPException("the server sends interim answers without end")
    closing = minor == "0" or "close" in (headers.get("Connection") or "").lower()
    if method == "HEAD" or status in _NO_BODY:
        return Answer(status, headers, b"", last=closing or reader.has_rest())
    data, ended = _body(reader, headers)
    return Answer(status, headers, _decoded(data, headers), last=closing or ended or reader.has_rest())


def _body(reader: _Reader, headers: Fields) -> tuple[bytes, bool]:
    """(content, whether the connection's end ended it or its end cannot be trusted). RFC 9112, 6.3."""
    coding, length = headers.get("Transfer-Encoding"), headers.get("Content-Length")
    if coding is not None:
        if coding.strip().lower() != "chunked":
            raise http.client.UnknownTransferEncoding(coding)
        return reader.chunks(), length is not None
    if length is None:
        return reader.to_the_end(), True
    values = {value.strip() for value in length.split(",")}
    number = values.pop()
    if values or not (number.isascii() and number.isdigit()) or len(number) > 15:
        raise http.client.HTTPException("the answer's Content-Length is not a number")
    return reader.exactly(int(number)), False


def _decoded(data: bytes, headers: Fields) -> bytes:
    """Without the compression that was asked for."""
    if not data or (headers.get("Content-Encoding") or "").strip().lower() not in ("gzip", "x-gzip"):
        return data
    try:
        return gunzip(data, MAX_BODY)
    except TooLong as error:
        raise LongAnswer(MAX_BODY) from error
    except (EOFError, zlib.error) as error:
        raise http.client.HTTPException("the answer is not the gzip that it says it is") from error


class _Reader:
    """Bytes as they come, and what of them is not used yet."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._rest = b""
        self._left = MAX_BODY

    def has_rest(self) -> bool:
        """Whether more came than was the answer's."""
        return bool(self._rest)

    def head(self) -> tuple[str, int, Fields]:
        """(minor version, status, headers)."""
        lines = self._head_lines()
        match = _STATUS.fullmatch(lines[0])
        if match is None:
            raise http.client.BadStatusLine(lines[0][:80])
        return match[1], int(match[2]), _headers(lines[1:])

    def exactly(self, count: int) -> bytes:
        """So many bytes."""
        parts: list[bytes] = []
        self._take(count, parts)
        return b"".join(parts)

    def _take(self, count: int, parts: list[bytes]) -> None:
        """The same, as they came: what is large is copied once."""
        self._count(count)
        taken, self._rest = self._rest[:count], self._rest[count:]
        parts.append(taken)
        left = count - len(taken)
        while left:
            block = self._receive(min(_BLOCK, left))
            if not block:
                raise http.client.IncompleteRead(b"", left)
            parts.append(block)
            left -= len(block)

    def to_the_end(self) -> bytes:
        """All until the other side closes."""
        parts = [self._rest]
        self._rest = b""
        self._count(len(parts[0]))
        while block := self._receive(_BLOCK):
            self._count(len(block))
            parts.append(block)
        return b"".join(parts)

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise LongAnswer(MAX_BODY)

    def chunks(self) -> bytes:
        """A chunked body; extensions and trailers are dropped. RFC 9112, 7.1."""
        parts: list[bytes] = []
        while size := self._chunk_size():
            self._take(size, parts)
            if self._line(MAX_LINE):
                raise http.client.HTTPException("a chunk of the answer is longer than it said")
        left = MAX_HEAD
        while trailer := self._line(left):
            left -= len(trailer)
            if left <= 0:
                raise http.client.LineTooLong("trailer")
        return b"".join(parts)

    def _chunk_size(self) -> int:
        size = self._line(MAX_LINE).partition(b";")[0].strip()
        if not _HEX.fullmatch(size):
            raise http.client.HTTPException("the size of a chunk of the answer is not a number")
        return int(size, 16)

    def _line(self, limit: int) -> bytes:
        """The next line without its end."""
        while (end := self._rest.find(b"\n")) < 0:
            if len(self._rest) > limit:
                raise http.client.LineTooLong("chunk")
            self._more()
        if end > limit:
            raise http.client.LineTooLong("chunk")
        line, self._rest = self._rest[:end], self._rest[end + 1 :]
        return line.removesuffix(b"\r")

    def _head_lines(self) -> list[str]:
        """Lines up to the empty one. A lone LF ends a line too (RFC 9112, 2.2)."""
        if not self._rest:
            self._rest = self._receive(_BLOCK)
            if not self._rest:
                raise http.client.RemoteDisconnected("Remote end closed connection without response")
        begin = 0
        while (match := _HEAD_END.search(self._rest, begin, MAX_HEAD)) is None:
            if len(self._rest) >= MAX_HEAD:
                raise http.client.LineTooLong("header")
            begin = max(0, len(self._rest) - 3)
            self._more()
        head, self._rest = self._rest[: match.start()], self._rest[match.end() :]
        return head.decode("latin-1").replace("\r\n", "\n").removesuffix("\r").split("\n")

    def _more(self) -> None:
        block = self._receive(_BLOCK)
        if not block:
            raise http.client.IncompleteRead(b"")
        self._rest += block


def _headers(lines: list[str]) -> Fields:
    """Several fields of one name are joined. A folded line belongs to the one before (RFC 9112, 5.2)."""
    fields: dict[str, str] = {}
    last = ""
    for line in lines:
        name, colon, value = line.partition(":")
        if line[0] in " \t" and last:
            fields[last] = f"{fields[last]} {line.strip()}"
            continue
        last = name.strip().lower()
        if not colon or not last:
            raise http.client.HTTPException("a header of the answer has no name")
        value = value.strip()
        fields[last] = f"{fields[last]}, {value}" if last in fields else value
    return Fields(fields)
