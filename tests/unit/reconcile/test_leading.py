"""One leads at a time; who cannot renew ends before another begins; a wrong clock does no harm. Here against a store in memory."""

from __future__ import annotations

import copy
import itertools
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ConnectionFailed, UsageError
from ansible_collections.roro.kube.plugins.module_utils._reconcile.leading import Leader, Timing

QUICK = Timing(duration=1.0, deadline=0.6, retry=0.1, call=0.3)


class Server:
    """One Lease, written with optimistic concurrency, as the API server does."""

    def __init__(self) -> None:
        self.lease: dict[str, Any] | None = None
        self.away: set[str] = set()
        self.versions = itertools.count(1)
        self.lock = threading.Lock()

    def request(self, who: str, method: str, body: dict[str, Any] | None) -> dict[str, Any]:
        with self.lock:
            if who in self.away:
                raise ConnectionFailed("the server is away")
            if method == "GET":
                if self.lease is None:
                    raise ApiError("no", status=404)
                return copy.deepcopy(self.lease)
            assert body is not None
            if method == "POST" and self.lease is not None:
                raise ApiError("there is one", status=409, reason="AlreadyExists")
            if method == "PUT" and (self.lease is None or body["metadata"]["resourceVersion"] != self.lease["metadata"]["resourceVersion"]):
                raise ApiError("another version", status=409 if self.lease else 404, reason="Conflict")
            self.lease = copy.deepcopy(body)
            self.lease["metadata"]["resourceVersion"] = str(next(self.versions))
            return copy.deepcopy(self.lease)

    @property
    def holder(self) -> str:
        with self.lock:
            return "" if self.lease is None else str(self.lease["spec"]["holderIdentity"])


class Candidate:
    """A Leader in a thread. skew: of its clock."""

    def __init__(self, server: Server, name: str, skew: timedelta = timedelta()) -> None:
        self.server, self.name, self.skew = server, name, skew
        self.stop, self.leads, self.words, self.turns = threading.Event(), threading.Event(), [], 0
        self.leader = Leader(self, "ns", "lease", name, tell=self.words.append, timing=QUICK)  # type: ignore[arg-type]
        self.thread = threading.Thread(target=self.leader.run, args=(self.stop, self.lead), daemon=True)

    def begin(self) -> Candidate:
        self.thread.start()
        return self

    def lead(self, lost: threading.Event) -> None:
        self.turns += 1
        self.leads.set()
        lost.wait()
        self.leads.clear()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(5)
        assert not self.thread.is_alive()

    def request(self, method: str, path: str, *, query: Any = (), body: Any = None, timeout: Any = None, retry: Any = None) -> Any:
        assert timeout, "a renewal must never take the client's two minutes"
        return self.server.request(self.name, method, body)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def given_up(self, stop: threading.Event) -> Any:
        return nullcontext()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def candidate(server: Server) -> Any:
    made: list[Candidate] = []

    def make(name: str, **options: Any) -> Candidate:
        made.append(Candidate(server, name, **options).begin())
        return made[-1]

    yield make
    for one in made:
        one.end()


def soon(question: Callable[[], Any], deadline: float = 10.0) -> None:
    end = time.monotonic() + deadline
    while not question():
        assert time.monotonic() < end, "not in time"
        threading.Event().wait(0.01)


def test_one_must_lead_and_the_other_must_say_for_whom_it_waits(server: Server, candidate: Any) -> None:
    first = candidate("first")
    soon(first.leads.is_set)
    second = candidate("second")
    soon(lambda: second.words)
    assert second.words == ["standing by: first leads (Lease ns/lease)"]
    assert not second.leads.is_set() and server.holder == "first"


def test_the_end_of_one_must_be_the_beginning_of_the_other_at_once(server: Server, candidate: Any) -> None:
    first, second = candidate("first"), None
    soon(first.leads.is_set)
    second = candidate("second")
    soon(lambda: second.words)
    first.end()
    assert not first.leads.is_set()
    soon(second.leads.is_set, 3)
    assert server.lease and server.lease["spec"]["leaseTransitions"] >= 1


@pytest.mark.parametrize("skew", [timedelta(hours=5), timedelta(hours=-5)])
def test_a_wrong_clock_must_neither_steal_nor_hold_the_lead(server: Server, candidate: Any, skew: timedelta) -> None:
    first = candidate("first")
    soon(first.leads.is_set)
    second = candidate("second", skew=skew)
    soon(lambda: second.words)
    before = server.lease and server.lease["spec"]["renewTime"]
    soon(lambda: server.lease and server.lease["spec"]["renewTime"] != before)
    threading.Event().wait(2 * QUICK.duration)
    assert first.leads.is_set() and first.turns == 1 and second.turns == 0
    server.away.add("first")
    soon(second.leads.is_set, 5)


def test_who_cannot_renew_must_end_before_another_begins(server: Server, candidate: Any) -> None:
    first = candidate("first")
    soon(first.leads.is_set)
    second = candidate("second")
    soon(lambda: second.words)
    server.away.add("first")
    while not second.leads.is_set():
        were = first.leads.is_set(), second.leads.is_set()
        assert were != (True, True)
        threading.Event().wait(0.005)
    assert not first.leads.is_set()
    assert any("could not be renewed for 0.6 s" in words for words in first.words)
    server.away.clear()
    soon(lambda: "standing by: second leads" in first.words[-1])


def test_a_server_that_was_away_for_a_moment_must_change_nothing(server: Server, candidate: Any) -> None:
    first = candidate("first")
    soon(first.leads.is_set)
    server.away.add("first")
    threading.Event().wait(0.25)
    server.away.clear()
    before = server.lease and server.lease["spec"]["renewTime"]
    soon(lambda: server.lease and server.lease["spec"]["renewTime"] != before)
    assert first.turns == 1 and first.leads.is_set()


def test_a_lease_that_somebody_deletes_or_takes_must_end_the_lead(server: Server, candidate: Any) -> None:
    first = candidate("first")
    soon(first.leads.is_set)
    with server.lock:
        assert server.lease is not None
        server.lease["spec"]["holderIdentity"] = "usurper"
        server.lease["metadata"]["resourceVersion"] = "usurped"
    soon(lambda: any("leads no more: usurper took Lease ns/lease" in words for words in first.words))
    soon(lambda: first.turns == 2)  # the usurper never renews


def test_a_lead_that_returns_by_itself_must_give_others_a_turn(server: Server) -> None:
    made, turns = Candidate(server, "one"), []
    made.lead = lambda lost: turns.append(server.holder)  # type: ignore[method-assign]
    thread = threading.Thread(target=made.leader.run, args=(made.stop, lambda lost: made.lead(lost)), daemon=True)
    thread.start()
    soon(lambda: len(turns) >= 2)
    made.stop.set()
    thread.join(5)
    assert set(turns) == {"one"} and server.holder == ""


def test_what_a_lead_raises_must_go_on_and_the_lease_must_be_given_back(server: Server) -> None:
    made = Candidate(server, "one")

    def fails(lost: threading.Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        made.leader.run(made.stop, fails)
    assert server.holder == ""


def test_a_stop_while_the_server_is_away_must_end_soon(server: Server, candidate: Any) -> None:
    server.away.add("one")
    one = candidate("one")
    soon(lambda: one.words)
    assert one.words[0].startswith("cannot lead, and tries again: ")
    began = time.monotonic()
    one.end()
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("wrong", [(15, 15, 2), (15, 10, 10), (5, 10, 2), (15, 10, 0)])
def test_times_with_which_two_could_lead_must_be_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(UsageError):
        Timing(*wrong)
