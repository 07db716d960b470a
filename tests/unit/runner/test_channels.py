"""Promises of the pipes between `roro` and the action plugin."""

from __future__ import annotations

import json
import os
import select
import stat
from pathlib import Path

from roro.channels import EventChannel, Lifeline


def test_every_event_written_before_close_must_be_delivered_in_order(tmp_path: Path) -> None:
    received: list[dict[str, object]] = []
    channel = EventChannel(tmp_path, received.append)
    with open(channel.path, "wb", buffering=0) as pipe:
        for number in range(5000):
            pipe.write(json.dumps({"event": "Notice", "number": number, "text": "x" * 100}).encode() + b"\n")
    channel.close()
    assert [record["number"] for record in received] == list(range(5000))


def test_a_line_that_is_no_record_must_be_dropped_and_the_next_one_taken(tmp_path: Path) -> None:
    received: list[dict[str, object]] = []
    channel = EventChannel(tmp_path, received.append)
    with open(channel.path, "wb", buffering=0) as pipe:
        pipe.write(b'half a rec\n[1, 2]\n{"event": "Notice"}\n')
    channel.close()
    assert received == [{"event": "Notice"}]


def test_the_pipes_must_be_private(tmp_path: Path) -> None:
    channel, lifeline = EventChannel(tmp_path, lambda record: None), Lifeline(tmp_path)
    try:
        for path in (channel.path, lifeline.path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        lifeline.close()
        channel.close()


def test_the_lifeline_must_tell_cancel_and_then_the_end_of_roro(tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path)
    reader = os.open(lifeline.path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert select.select([reader], [], [], 0)[0] == []
        lifeline.cancel()
        assert os.read(reader, 100) == b"cancel\n"
        lifeline.close()
        assert select.select([reader], [], [], 5)[0] == [reader]
        assert os.read(reader, 100) == b""
    finally:
        os.close(reader)
