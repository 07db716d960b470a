# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of SPDY/3.1 that a port-forward needs, as bytes in and out. Pure; no I/O, no clock.

https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/ . As Kubernetes uses it: no flow control windows, headers of
answers are empty. The name/value blocks that we send are compressed without the protocol's dictionary, which zlib streams may do
(RFC 1950, FDICT); the blocks that we get are skipped unread.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS, WINDOW_UPDATE = 1, 2, 3, 4, 6, 7, 8, 9
FIN = 1
CANCEL = 5
MAX_CONTROL = 1 << 20
"""A control frame larger than this is no SPDY."""
_VERSION = 0x8003


@dataclass(frozen=True)
class Data:
    """Some of a stream's bytes; `fin` says that they are the last."""

    stream: int
    data: memoryview | bytes
    fin: bool


@dataclass(frozen=True)
class Control:
    """A control frame. stream: 0 where it is about the connection; number: status of RST_STREAM and GOAWAY, id of PING."""

    kind: int
    stream: int = 0
    number: int = 0
    fin: bool = False


class ProtocolError(Exception):
    """What came is no SPDY/3.1."""


class Encoder:
    """Frames to send; keeps the compression of one direction of one connection."""

    def __init__(self) -> None:
        self._zlib = zlib.compressobj(wbits=9, memLevel=1)  # 3 KB instead of 256: each tunnel has one, and headers are short

    def syn_stream(self, stream: int, headers: Mapping[str, str]) -> bytes:
        """Open a stream. Header names are lower case, as the protocol demands."""
        block = struct.pack("!I", len(headers))
        for name, value in headers.items():
            raw_name, raw_value = name.lower().encode(), value.encode()
            block += struct.pack("!I", len(raw_name)) + raw_name + struct.pack("!I", len(raw_value)) + raw_value
        packed = self._zlib.compress(block) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
        return _control(SYN_STREAM, struct.pack("!IIH", stream, 0, 0) + packed)


def data_header(stream: int, length: int, *, fin: bool = False) -> bytes:
    """The eight bytes before a data frame's payload."""
    return struct.pack("!II", stream, (FIN << 24 if fin else 0) | length)


def rst_stream(stream: int, status: int = CANCEL) -> bytes:
    """Drop a stream in both directions."""
    return _control(RST_STREAM, struct.pack("!II", stream, status))


def ping(number: int) -> bytes:
    """Asked with an odd number by a client; the peer sends it back."""
    return _control(PING, struct.pack("!I", number))


def _control(kind: int, payload: bytes, flags: int = 0) -> bytes:
    return struct.pack("!HHI", _VERSION, kind, (flags << 24) | len(payload)) + payload


class Decoder:
    """Frames out of pieces of any size. The bytes of a data frame are given out as they come, without waiting for the frame's end."""

    def __init__(self) -> None:
        self._rest = b""
        self._stream = 0
        self._left = 0
        self._fin = False

    def feed(self, piece: bytes) -> Iterator[Data | Control]:
        """The frames that `piece` completes or continues. Raises ProtocolError."""
        if self._rest:
            piece, self._rest = self._rest + piece, b""
        view, position, end = memoryview(piece), 0, len(piece)
        while position < end:
            if self._left:
                take = min(self._left, end - position)
                self._left -= take
                yield Data(self._stream, view[position : position + take], self._fin and not self._left)
                position += take
                continue
            if end - position < 8:
                break
            first, second = struct.unpack_from("!II", piece, position)
            length = second & 0xFFFFFF
            if not first & 0x80000000:
                position += 8
                self._stream, self._left, self._fin = first, length, bool(second >> 24 & FIN)
                if not length:
                    yield Data(first, b"", self._fin)
                continue
            if first >> 16 != _VERSION or length > MAX_CONTROL:
                raise ProtocolError(f"a frame that is no SPDY/3.1: {first:08x} {second:08x}")
            if end - position < 8 + length:
                break
            yield _read_control(first & 0xFFFF, second >> 24, view[position + 8 : position + 8 + length])
            position += 8 + length
        self._rest = bytes(view[position:])


def _read_control(kind: int, flags: int, payload: memoryview) -> Control:
    numbers = struct.unpack_from(f"!{min(2, len(payload) // 4)}I", payload)
    if kind == PING:
        return Control(kind, number=numbers[0] if numbers else 0)
    if kind == GOAWAY:
        return Control(kind, number=numbers[1] if len(numbers) > 1 else 0)
    stream = numbers[0] & 0x7FFFFFFF if numbers and kind in (SYN_STREAM, SYN_REPLY, RST_STREAM, HEADERS) else 0
    return Control(kind, stream, numbers[1] if kind == RST_STREAM and len(numbers) > 1 else 0, bool(flags & FIN))
