"""Blocks of bytes become lines with times, and a connection that broke goes on where it was, without a cluster."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.roro.kube.plugins.module_utils._logs.cursor import Cursor
from ansible_collections.roro.kube.plugins.module_utils._logs.lines import MAX_LINE, Splitter, rising, stamped

Line = tuple[bytes, bytes]
"""(time, text)."""


def stamp(nanoseconds: int) -> bytes:
    """So many nanoseconds after noon."""
    moment = datetime(2026, 1, 2, 12, tzinfo=UTC) + timedelta(seconds=nanoseconds // 10**9)
    return moment.strftime("%Y-%m-%dT%H:%M:%S").encode() + b".%09dZ" % (nanoseconds % 10**9)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
def test_lines_must_be_whole_wherever_blocks_end(size: int) -> None:
    text = b"".join(b"line %d\n" % number for number in range(500)) + b"\n\nlast"
    splitter = Splitter()
    found = [line for start in range(0, len(text), size) for line in splitter.feed(text[start : start + size])]
    assert [*found, splitter.rest()] == text.split(b"\n")
    assert splitter.rest() == b""


def test_a_line_without_an_end_must_not_fill_the_memory() -> None:
    splitter = Splitter()
    found = [line for _ in range(40) for line in splitter.feed(b"x" * (MAX_LINE // 8))]
    assert found
    assert max(map(len, found)) <= MAX_LINE + MAX_LINE // 8
    assert sum(map(len, found)) + len(splitter.rest()) == 40 * (MAX_LINE // 8)


def test_usual_lines_must_be_parted_into_time_and_text() -> None:
    lines = [b"2026-01-02T03:04:05.000000001Z one", b"2026-01-02T03:04:05.000000002Z ", b"2026-01-02T03:04:06.000000000Z  two Z "]
    assert stamped(lines, b"") == ([line[:30] for line in lines], [b"one", b"", b" two Z "])


@pytest.mark.parametrize(
    ("line", "time", "text"),
    [
        (b"2026-01-02T05:04:05.000000001+02:00 one", b"2026-01-02T03:04:05.000000001Z", b"one"),
        (b"2026-01-02T03:04:05.5Z one", b"2026-01-02T03:04:05.500000000Z", b"one"),
        (b"2026-01-02T03:04:05Z one", b"2026-01-02T03:04:05.000000000Z", b"one"),
        (b"2026-01-01T20:04:05.25-07:00 one", b"2026-01-02T03:04:05.250000000Z", b"one"),
        (b"unable to retrieve container logs for containerd://1", b"before", b"unable to retrieve container logs for containerd://1"),
        (b"0001-01-01T00:00:00+14:00 one", b"before", b"one"),
        (b"", b"before", b""),
    ],
)
def test_unusual_times_must_become_usual_ones(line: bytes, time: bytes, text: bytes) -> None:
    assert stamped([b"2026-01-02T03:04:05.000000000Z usual", line], b"x")[1] == [b"usual", text]
    assert stamped([line], b"before") == ([time], [text])


def test_a_word_that_stands_where_a_time_should_must_not_be_one() -> None:
    line = b"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzZ and so on"
    assert stamped([line], b"before") == ([b"before"], [line])


def test_keys_must_rise_though_the_clock_of_a_node_goes_back() -> None:
    assert rising([b"1", b"2", b"2", b"3"], b"") == [b"1", b"2", b"2", b"3"]
    assert rising([b"1", b"5", b"2", b"6"], b"") == [b"1", b"5", b"5", b"6"]
    assert rising([b"1", b"2"], b"4") == [b"4", b"4"]
    assert rising([], b"4") == []


def test_reading_must_go_on_at_the_second_of_the_last_line() -> None:
    cursor = Cursor()
    assert cursor.since() == ""
    cursor.note([stamp(1), stamp(1_700_000_000)])
    assert cursor.since() == "2026-01-02T12:00:01Z"


def answered(log: list[Line], cursor: Cursor) -> list[Line]:
    """What the kubelet gives for `since`: it looks at each line's own time, and at whole seconds."""
    begin = cursor.since().encode()
    return [line for line in log if line[0][:19] >= begin[:19]]


def taken(cursor: Cursor, given: list[Line], block: int) -> list[bytes]:
    """What a reader prints of that, a block at a time."""
    printed = []
    for start in range(0, len(given), block):
        stamps = [line[0] for line in given[start : start + block]]
        known = cursor.known(stamps)
        cursor.note(stamps[known:])
        printed += [line[1] for line in given[start + known : start + block]]
    return printed


@pytest.mark.parametrize("seed", range(60))
def test_each_line_must_be_read_once_however_often_the_connection_breaks(seed: int) -> None:
    chance = random.Random(seed)
    times, now = [], 0
    for _ in range(300):
        now += chance.choice([0, 0, 1, 1000, 300_000_000, 1_500_000_000])
        times.append(now)
    log = [(stamp(time), b"%d" % number) for number, time in enumerate(times)]
    cursor, printed = Cursor(), list[bytes]()
    while len(printed) < len(log):
        cursor.reconnected()
        given = answered(log, cursor)
        printed += taken(cursor, given[: chance.randint(0, len(given))], chance.randint(1, 20))
    assert printed == [text for _, text in log]


@pytest.mark.parametrize(("unit", "broken_after"), [*((1_000_000, n) for n in range(1, 10)), *((100_000_000, n) for n in range(5, 10))])
def test_each_line_must_be_read_once_when_the_clock_was_set_back(unit: int, broken_after: int) -> None:
    times = [10, 11, 12, 13, 5, 6, 6, 14, 15, 20]  # in another second only after the break: the kubelet does not give such lines
    log = [(stamp(time * unit), b"%d" % number) for number, time in enumerate(times)]
    cursor = Cursor()
    printed = taken(cursor, log[:broken_after], 3)
    cursor.reconnected()
    printed += taken(cursor, answered(log, cursor), 2)
    assert printed == [text for _, text in log]


def test_nothing_must_be_left_out_where_the_log_was_rotated_meanwhile() -> None:
    log = [(stamp(time), b"%d" % time) for time in (5, 5, 5, 6, 7)]
    cursor = Cursor()
    assert taken(cursor, log[:3], 10) == [b"5", b"5", b"5"]
    cursor.reconnected()
    assert taken(cursor, log[2:], 10) == [b"6", b"7"], "one of the three is left in the new file"
    cursor.reconnected()
    assert taken(cursor, [(stamp(9), b"9")], 10) == [b"9"]
