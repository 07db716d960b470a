"""The few threads that make calls: never more than allowed, results in order, errors raised."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.workers import Workers


def test_results_must_come_in_the_order_of_the_calls() -> None:
    workers = Workers(4)
    assert workers.all([partial(pow, number, 2) for number in range(50)]) == [number**2 for number in range(50)]
    workers.close()


def test_no_calls_must_be_no_results() -> None:
    assert Workers(2).all([]) == []


def test_the_first_error_must_be_raised_after_all_calls_have_ended() -> None:
    ended = []

    def call(number: int) -> None:
        ended.append(number)
        if number == 3:
            raise ValueError("three")

    workers = Workers(2)
    with pytest.raises(ValueError, match="three"):
        workers.all([partial(call, number) for number in range(10)])
    assert sorted(ended) == list(range(10))
    workers.close()


def test_calls_must_run_at_once_but_never_more_than_allowed() -> None:
    workers, lock = Workers(3), threading.Lock()
    together = threading.Barrier(3)
    running, most = 0, 0

    def call() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(10)
        with lock:
            running -= 1

    workers.all([call] * 9)
    workers.close()
    assert most == 3
