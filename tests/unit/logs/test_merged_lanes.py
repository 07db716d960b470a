"""Lines of many containers in the order of time: what leaves when, without a cluster."""

from __future__ import annotations

import random
import threading
import time

import pytest
from ansible_collections.roro.kube.plugins.module_utils._logs import Source
from ansible_collections.roro.kube.plugins.module_utils._logs.merge import Lane, Merger

WAIT = 30.0


class Paper:
    """What was written, and a way to wait for it."""

    def __init__(self) -> None:
        self.text = b""
        self.writes = 0
        self._more = threading.Condition()

    def write(self, block: bytes) -> None:
        with self._more:
            self.text += block
            self.writes += 1
            self._more.notify_all()

    @property
    def lines(self) -> list[bytes]:
        return self.text.splitlines()

    def wait_for(self, lines: int) -> list[bytes]:
        with self._more:
            assert self._more.wait_for(lambda: len(self.lines) >= lines, WAIT), self.text
        return self.lines


def merger(paper: Paper, hold: float | None = None) -> Merger:
    return Merger(paper.write, threading.Event(), hold)


def source(name: str) -> Source:
    return Source("api", "shop", name, "main")


def put(lane: Lane, *keys: int) -> None:
    """Lines whose text is `<pod> <key>`."""
    stamps = [b"%09d" % key for key in keys]
    lane.put(stamps[-1], stamps, [lane.source.pod.encode() + b" %d" % key for key in keys], 20 * len(keys))


def running(merger: Merger) -> threading.Thread:
    thread = threading.Thread(target=merger.run, daemon=True)
    thread.start()
    return thread


def joined(thread: threading.Thread) -> None:
    thread.join(WAIT)
    assert not thread.is_alive()


@pytest.mark.parametrize("seed", range(8))
def test_lines_must_come_in_the_order_of_time_and_none_be_lost(seed: int) -> None:
    chance, paper = random.Random(seed), Paper()
    merging = merger(paper)
    lanes = [merging.lane(source(f"p{number}")) for number in range(6)]
    merging.lane_bytes = chance.choice([200, 4000, 1 << 20])
    merging.no_more_lanes()
    expected = list[tuple[int, str, int]]()

    def fill(lane: Lane, times: list[int], sizes: random.Random) -> None:
        while times:
            size = sizes.randint(1, 40)
            put(lane, *times[:size])
            del times[:size]
        lane.end()

    threads = []
    for lane in lanes:
        times = sorted(chance.randint(0, 5000) for _ in range(800))
        expected += [(value, lane.source.pod, number) for number, value in enumerate(times)]
        threads.append(threading.Thread(target=fill, args=(lane, times, random.Random(chance.random())), daemon=True))
    for thread in threads:
        thread.start()
    merging.run()
    found = [(int(line.split()[1]), line.split()[0].decode()) for line in paper.lines]
    assert [value for value, _ in found] == sorted(value for value, _, _ in expected)
    for lane in lanes:
        assert [value for value, pod in found if pod == lane.source.pod] == [v for v, pod, _ in sorted(expected) if pod == lane.source.pod]


def test_lines_of_one_container_must_keep_their_places_when_their_times_are_the_same() -> None:
    paper = Paper()
    merging = merger(paper)
    one, other = merging.lane(source("one")), merging.lane(source("other"))
    keys = [b"5"] * 40
    one.put(b"5", keys, [b"one %02d" % (39 - number) for number in range(40)], 40)
    other.put(b"5", keys, [b"other %02d" % number for number in range(40)], 40)
    one.end()
    other.end()
    merging.no_more_lanes()
    merging.run()
    assert [line for line in paper.lines if line.startswith(b"one")] == [b"one %02d" % (39 - number) for number in range(40)]


def test_nothing_must_leave_before_a_container_that_may_still_bring_something_earlier() -> None:
    paper = Paper()
    merging = merger(paper)
    one, other = merging.lane(source("one")), merging.lane(source("other"))
    thread = running(merging)
    put(one, 1, 5, 9)
    put(other, 4)
    assert paper.wait_for(2) == [b"one 1", b"other 4"]
    put(other, 6)
    assert paper.wait_for(4)[2:] == [b"one 5", b"other 6"]
    other.end()
    assert paper.wait_for(5)[4:] == [b"one 9"]
    one.end()
    merging.no_more_lanes()
    joined(thread)


def test_lines_that_were_left_out_must_still_tell_how_far_a_container_is() -> None:
    paper = Paper()
    merging = merger(paper)
    one, other = merging.lane(source("one")), merging.lane(source("other"))
    thread = running(merging)
    put(one, 1)
    other.put(b"%09d" % 9, [], [], 0)
    assert paper.wait_for(1) == [b"one 1"]
    merging.stop.set()
    joined(thread)


def test_a_container_that_is_ahead_must_wait_instead_of_filling_the_memory() -> None:
    paper, asked, passed = Paper(), threading.Event(), threading.Event()
    merging = merger(paper)
    one, other = merging.lane(source("one")), merging.lane(source("other"))
    merging.lane_bytes = 1000
    thread = running(merging)

    def flood() -> None:
        for key in range(1, 200):
            if key == 52:
                passed.set()
            asked.set()
            put(one, key)
        one.end()

    threading.Thread(target=flood, daemon=True).start()
    assert asked.wait(WAIT)
    assert not passed.wait(0.3), "a lane of 1000 bytes takes no more than 51 lines of 20"
    assert sum(len(batch.lines) for batch in one.batches) == 51
    other.end()
    merging.no_more_lanes()
    joined(thread)
    assert len(paper.lines) == 199


def followed(paper: Paper, *names: str, hold: float = 0.2) -> tuple[Merger, list[Lane]]:
    merging = merger(paper, hold)
    lanes = [merging.lane(source(name)) for name in names]
    for lane in lanes:
        lane.opened(b"%09d" % 100, again=True)
    return merging, lanes


def test_a_silent_container_must_hold_others_back_for_a_moment_only() -> None:
    paper = Paper()
    merging, (one, _silent) = followed(paper, "one", "silent")
    thread = running(merging)
    put(one, 100)
    put(one, 101)
    assert paper.wait_for(2) == [b"one 100", b"one 101"]
    merging.stop.set()
    joined(thread)


def test_lines_that_come_within_the_hold_must_be_put_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    paper, rounds = Paper(), threading.Semaphore(0)
    merging, (one, other, silent) = followed(paper, "one", "other", "silent", hold=2.0)
    for lane in (one, other, silent):
        lane.live = True
    usual = merging._round

    def counted(now: float) -> list[list[tuple[list[bytes], list[bytes]]]]:
        rounds.release()
        return usual(now)

    monkeypatch.setattr(merging, "_round", counted)
    thread = running(merging)
    put(one, 200)
    for _ in range(3):
        assert rounds.acquire(timeout=WAIT)
    put(other, 150)
    assert paper.wait_for(2) == [b"other 150", b"one 200"]
    merging.stop.set()
    joined(thread)


def test_what_was_written_before_the_follow_must_be_in_order_whoever_is_read_faster() -> None:
    paper = Paper()
    merging, (fast, slow) = followed(paper, "fast", "slow", hold=0.05)
    fast.patience = slow.patience = WAIT
    put(fast, 1, 2, 3, 120)
    thread = running(merging)
    put(slow, 1)
    assert paper.wait_for(2) == [b"fast 1", b"slow 1"]
    put(slow, 2, 110)
    assert paper.wait_for(7)[2:] == [b"fast 2", b"slow 2", b"fast 3", b"slow 110", b"fast 120"]
    merging.stop.set()
    joined(thread)


def test_a_failure_of_a_reader_must_end_the_reading() -> None:
    merging = merger(Paper())
    merging.lane(source("one"))
    merging.fail(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        merging.run()


def test_many_lines_must_leave_in_few_writes() -> None:
    paper = Paper()
    merging = merger(paper)
    lanes = [merging.lane(source(f"p{number}")) for number in range(4)]
    merging.no_more_lanes()
    began = time.monotonic()

    def fill(lane: Lane) -> None:
        for block in range(200):
            put(lane, *range(block * 50, block * 50 + 50))
        lane.end()

    for lane in lanes:
        threading.Thread(target=fill, args=(lane,), daemon=True).start()
    merging.run()
    assert len(paper.lines) == 40_000
    assert paper.writes <= 40 + 40 * (time.monotonic() - began), "a round every 0.05 s, besides the full lanes"
