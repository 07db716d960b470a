"""SPDY/3.1 frames: what is written can be read, in pieces of any size."""

from __future__ import annotations

import struct
import zlib

import pytest
from ansible_collections.roro.kube.plugins.module_utils._forward import spdy
from hypothesis import given
from hypothesis import strategies as st

FRAMES = st.one_of(
    st.builds(lambda s, d, f: ("data", s, d, f), st.integers(1, 2**31 - 1), st.binary(max_size=300), st.booleans()),
    st.builds(lambda n: ("ping", n), st.integers(0, 2**32 - 1)),
    st.builds(lambda s, n: ("rst", s, n), st.integers(1, 2**31 - 1), st.integers(1, 11)),
)


def encoded(frame: tuple) -> bytes:
    if frame[0] == "data":
        return spdy.data_header(frame[1], len(frame[2]), fin=frame[3]) + frame[2]
    return spdy.ping(frame[1]) if frame[0] == "ping" else spdy.rst_stream(frame[1], frame[2])


def merged(found: list) -> list[tuple]:
    """Pieces of one data frame joined again."""
    frames: list[tuple] = []
    for item in found:
        if isinstance(item, spdy.Data):
            frames.append(("data", item.stream, bytes(item.data), item.fin))
        else:
            frames.append(("ping", item.number) if item.kind == spdy.PING else ("rst", item.stream, item.number))
    return frames


@given(st.lists(FRAMES, max_size=8), st.lists(st.integers(1, 64), min_size=1, max_size=40))
def test_bytes_and_ends_must_survive_any_cut(frames: list[tuple], sizes: list[int]) -> None:
    wire, decoder, found, position, turn = b"".join(map(encoded, frames)), spdy.Decoder(), [], 0, 0
    while position < len(wire):
        size = sizes[turn % len(sizes)]
        found += merged(list(decoder.feed(wire[position : position + size])))
        position, turn = position + size, turn + 1
    for stream in {frame[1] for frame in frames if frame[0] == "data"}:
        sent = [frame for frame in frames if frame[:2] == ("data", stream)]
        got = [frame for frame in found if frame[:2] == ("data", stream)]
        assert b"".join(frame[2] for frame in got) == b"".join(frame[2] for frame in sent)
        assert sum(frame[3] for frame in got) == sum(frame[3] for frame in sent)
    assert [frame for frame in found if frame[0] != "data"] == [frame for frame in frames if frame[0] != "data"]


def test_the_headers_of_all_streams_must_be_one_compressed_text_that_needs_no_dictionary() -> None:
    encoder, inflate = spdy.Encoder(), zlib.decompressobj()
    for number in (1, 3):
        frame = encoder.syn_stream(number, {"streamType": "data", "port": "80"})
        assert struct.unpack("!HH", frame[:4]) == (0x8003, spdy.SYN_STREAM)
        assert struct.unpack("!I", frame[8:12])[0] == number
        block = inflate.decompress(frame[18:])
        assert block == struct.pack("!I", 2) + b"".join(
            struct.pack("!I", len(word)) + word for word in (b"streamtype", b"data", b"port", b"80")
        )


@pytest.mark.parametrize("wire", [b"HTTP/1.1 400 Bad Request", struct.pack("!HHI", 0x8002, 1, 10) + bytes(10)])
def test_what_is_no_spdy_must_be_refused_or_waited_for(wire: bytes) -> None:
    found = []
    try:
        found = list(spdy.Decoder().feed(wire))
    except spdy.ProtocolError as error:
        assert "no SPDY/3.1" in str(error)
    assert not any(isinstance(frame, spdy.Control) for frame in found)


def test_a_goaway_must_be_read() -> None:
    frame = struct.pack("!HHI", 0x8003, spdy.GOAWAY, 8) + struct.pack("!II", 5, 0)
    assert list(spdy.Decoder().feed(frame)) == [spdy.Control(spdy.GOAWAY)]
