"""Whatever generation of fields an event has: how often it was seen and when must be read from it, and nothing malformed may stop that."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._kube_events import newest, newest_text, read_event
from ansible_collections.roro.kube.plugins.module_utils._kube_events.reading import last_seen

BASE = {"metadata": {"uid": "e", "namespace": "shop", "name": "x", "creationTimestamp": "2026-01-01T00:00:00Z"}, "type": "Warning"}
GENERATIONS: dict[str, tuple[dict[str, Any], tuple[int, str, str]]] = {
    "a kubelet's, bumped": (
        {"count": 7, "firstTimestamp": "2026-01-01T00:00:01Z", "lastTimestamp": "2026-01-01T00:03:00Z", "eventTime": None},
        (7, "2026-01-01T00:00:01Z", "2026-01-01T00:03:00Z"),
    ),
    "the scheduler's, seen once": (
        {"eventTime": "2026-01-01T00:00:02.500000Z", "firstTimestamp": None, "lastTimestamp": None},
        (1, "2026-01-01T00:00:02.500000Z", "2026-01-01T00:00:02.500000Z"),
    ),
    "the scheduler's, a series": (
        {"eventTime": "2026-01-01T00:00:02.5Z", "series": {"count": 12, "lastObservedTime": "2026-01-01T00:09:00.1Z"}},
        (12, "2026-01-01T00:00:02.5Z", "2026-01-01T00:09:00.1Z"),
    ),
    "events.k8s.io, of an old recorder": (
        {
            "deprecatedCount": 4,
            "deprecatedFirstTimestamp": "2026-01-01T00:00:03Z",
            "deprecatedLastTimestamp": "2026-01-01T00:04:00Z",
            "eventTime": None,
        },
        (4, "2026-01-01T00:00:03Z", "2026-01-01T00:04:00Z"),
    ),
    "one that says nothing": ({}, (1, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")),
    "one with a count of zero": ({"count": 0}, (1, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")),
}


@pytest.mark.parametrize(("fields", "expected"), GENERATIONS.values(), ids=GENERATIONS)
def test_count_and_times_must_be_read_from_every_generation(fields: dict[str, Any], expected: tuple[int, str, str]) -> None:
    found = read_event({**BASE, **fields})
    assert (found.count, found.first, found.last) == expected


def test_both_api_groups_must_give_the_same() -> None:
    where = {"apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "web", "uid": "u"}
    old = read_event({**BASE, "involvedObject": where, "message": "no", "reason": "R", "source": {"component": "kubelet"}})
    new = read_event({**BASE, "regarding": where, "note": "no", "reason": "R", "deprecatedSource": {"component": "kubelet"}})
    assert old == new
    assert (old.source, old.message, old.about.place) == ("kubelet", "no", ("Pod", "shop", "web"))


@pytest.mark.parametrize("obj", [{}, {"metadata": 3, "involvedObject": [], "series": "x", "count": "many", "message": None}, {"type": 1}])
def test_a_malformed_event_must_be_read_without_an_error(obj: dict[str, Any]) -> None:
    assert read_event(obj).count == 1


def test_what_an_event_says_must_be_one_printable_line() -> None:
    assert read_event({**BASE, "message": "\x1b[31mred\n\tand\x07 more"}).message == "[31mred and more"


def test_the_newest_must_be_the_one_seen_last_whatever_it_writes() -> None:
    bumped = {**BASE, "reason": "Old", "message": "a", "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:09Z"}
    once = {**BASE, "reason": "New", "message": "b", "eventTime": "2026-01-01T00:00:08.999999Z"}
    assert newest([bumped, once]) is bumped
    assert newest_text([bumped, once], ("New",)) == "b"
    assert newest([None, 3, once]) is once  # type: ignore[list-item]
    assert last_seen(bumped) == "2026-01-01T00:00:09Z"
