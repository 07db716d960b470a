"""The scheduler's thread must sleep until something happened or is due, and no longer."""

from __future__ import annotations

import threading
import time

from ansible_collections.roro.kube.plugins.module_utils._release.execution.inbox import Inbox


def test_calls_must_come_in_turn_and_cost_no_waiting() -> None:
    inbox, made = Inbox(), list[str]()
    inbox.put(lambda: made.append("first"))
    inbox.answer(lambda result, error: made.append(f"{result} {error}"), 7, None)
    for _ in range(2):
        call = inbox.get(inbox.clock() + 60.0)
        assert call is not None
        call()
    assert made == ["first", "7 None"]


def test_where_nothing_comes_it_must_be_waited_for_until_then() -> None:
    inbox = Inbox()
    due = inbox.clock() + 0.05
    assert inbox.get(due) is None
    assert due <= inbox.clock()


def test_what_is_due_already_must_not_be_waited_for() -> None:
    inbox = Inbox()
    before = time.monotonic()
    assert inbox.get(before - 5.0) is None
    assert inbox.get(float("-inf")) is None


def test_a_call_of_another_thread_must_end_the_waiting() -> None:
    inbox = Inbox()
    threading.Timer(0.02, inbox.put, [lambda: None]).start()
    assert inbox.get(inbox.clock() + 60.0) is not None
