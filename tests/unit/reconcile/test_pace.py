"""When instances are looked at: together, not twice at once, and later each time while they fail."""

from __future__ import annotations

import math

from ansible_collections.roro.kube.plugins.module_utils._reconcile.pace import FIRST, LONGEST, TOGETHER, Pace


def test_what_comes_together_must_be_taken_together_and_once() -> None:
    pace = Pace()
    pace.concern(["b"], 0.0)
    pace.concern(["a"], 0.01)
    assert pace.take(TOGETHER - 0.01) == []
    assert pace.take(1.0) == ["a", "b"]
    assert pace.take(9.0) == []


def test_a_later_word_must_not_put_off_an_earlier_one() -> None:
    pace = Pace()
    pace.concern(["a"], 0.0, 2.0)
    pace.concern(["a"], 1.0, 60.0)
    assert pace.wait(1.0) == 1.0
    pace.concern(["a"], 1.0, 0.5)
    assert pace.take(1.5) == ["a"]


def test_one_that_is_busy_must_wait_until_it_is_done() -> None:
    pace = Pace()
    pace.concern(["a"], 0.0)
    assert pace.take(1.0) == ["a"] and list(pace.busy) == ["a"]
    pace.concern(["a", "b"], 1.0, 0.0)
    assert pace.take(1.0) == ["b"]
    assert pace.wait(1.0) == math.inf
    pace.done(["a"])
    assert pace.wait(1.0) == 0.0 and pace.take(1.0) == ["a"]


def test_what_fails_must_be_tried_later_each_time_until_it_is_well() -> None:
    pace, now, waits = Pace(), 0.0, []
    for _ in range(9):
        pace.failed(["a"], now)
        waits.append(pace.wait(now))
        now += waits[-1]
        assert pace.take(now) == ["a"]
        pace.done(["a"])
    assert waits == [FIRST, 10.0, 20.0, 40.0, 80.0, 160.0, LONGEST, LONGEST, LONGEST]
    pace.well(["a"])
    pace.failed(["a"], now)
    assert pace.wait(now) == FIRST


def test_nothing_must_be_waited_for_where_nothing_is_due() -> None:
    pace = Pace()
    assert pace.wait(5.0) == math.inf
    assert pace.take(5.0) == []
