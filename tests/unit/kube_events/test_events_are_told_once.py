"""What says the same of the same object must be one line with a count, and nothing may be told twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._kube_events import EventLine, Tally, folded, read_event
from ansible_collections.roro.kube.plugins.module_utils._kube_events import tally as tally_module

Make = Callable[..., dict[str, Any]]


def taken(tally: Tally, *objects: dict[str, Any]) -> list[tuple[str, int] | None]:
    """(message, count) of the line that each event makes, None where it is no news."""
    found = [tally.take("web", read_event(item)) for item in objects]
    return [line and (line.message, line.count) for line in found]


def test_an_event_that_is_read_again_must_not_be_told_again(event: Make) -> None:
    tally, one = Tally(), event("Pod/web-1", count=3)
    assert taken(tally, one, one) == [("again", 3), None]


def test_a_count_that_goes_up_must_be_one_new_line(event: Make) -> None:
    tally, one = Tally(), event("Pod/web-1", count=3)
    bumped = {**one, "count": 4, "lastTimestamp": "2026-01-01T10:03:00Z"}
    assert taken(tally, one, bumped, bumped) == [("again", 3), ("again", 4), None]
    (line,) = tally.lines()
    assert (line.first, line.last) == ("2026-01-01T10:00:00Z", "2026-01-01T10:03:00Z")


def test_an_older_state_of_an_event_must_be_no_news(event: Make) -> None:
    tally, one = Tally(), event("Pod/web-1", count=3)
    taken(tally, {**one, "count": 4, "lastTimestamp": "2026-01-01T10:03:00Z"})
    assert taken(tally, one) == [None]
    assert tally.lines()[0].count == 4


def test_a_count_must_never_go_down(event: Make) -> None:
    tally, one = Tally(), event("Pod/web-1", count=5)
    assert taken(tally, one, {**one, "count": 2, "lastTimestamp": "2026-01-01T10:05:00Z"}) == [("again", 5), ("again", 5)]


def test_events_that_say_the_same_of_one_object_must_be_counted_together(event: Make) -> None:
    tally = Tally()
    assert taken(tally, event("Pod/web-1", count=3, at="10:01:00"), event("Pod/web-1", count=2, at="10:00:00")) == [
        ("again", 3),
        ("again", 5),
    ]
    (line,) = tally.lines()
    assert (line.first, line.last) == ("2026-01-01T10:00:00Z", "2026-01-01T10:01:00Z")


def test_what_differs_must_be_told_apart(event: Make) -> None:
    tally = Tally()
    tally.take("web", read_event(event("Pod/web-1")))
    tally.take("web", read_event(event("Pod/web-2")))
    tally.take("web", read_event(event("Pod/web-1", message="other")))
    tally.take("web", read_event(event("Pod/web-1", reason="Other")))
    tally.take("web", read_event(event("Pod/web-1", type="Normal")))
    tally.take("web", read_event(event("Service/web-1")))
    tally.take("api", read_event(event("Pod/web-1")))
    assert [line.count for line in tally.lines()] == [1] * 7


def test_what_the_api_server_forgot_must_stay_counted(event: Make) -> None:
    tally, old = Tally(), event("Pod/web-1", count=3)
    taken(tally, old)
    tally.drop(old["metadata"]["uid"])
    assert taken(tally, event("Pod/web-1", count=1, at="11:30:00")) == [("again", 4)]


def test_a_new_list_must_drop_only_what_its_namespace_has_no_more(event: Make) -> None:
    tally, gone, there = Tally(), event("Pod/web-1", count=3), event("Pod/web-2", count=2)
    elsewhere = event("Pod/web-3", count=5)
    elsewhere["involvedObject"]["namespace"] = "other"
    taken(tally, gone, there, elsewhere)
    tally.keep_only({there["metadata"]["uid"]}, "shop")
    assert taken(tally, there, elsewhere) == [None, None]
    assert taken(tally, event("Pod/web-1", count=1, at="12:00:00")) == [("again", 4)]


def test_an_event_whose_message_changes_must_leave_its_old_line(event: Make) -> None:
    tally, one = Tally(), event("Pod/web-1", count=1)
    taken(tally, one, {**one, "message": "(combined from similar events): again", "count": 2})
    assert [(line.message, line.count) for line in tally.lines()] == [("(combined from similar events): again", 2)]


def test_lines_must_come_oldest_first(event: Make) -> None:
    tally = Tally()
    late = event("Pod/b", at="10:00:05")
    early = event("Pod/a", eventTime="2026-01-01T10:00:04.999999Z", firstTimestamp=None, lastTimestamp=None)
    taken(tally, late, early, event("Pod/c", at="09:00:00", lastTimestamp="2026-01-01T10:00:06Z"))
    assert [line.name for line in tally.lines()] == ["a", "b", "c"]


def test_memory_must_be_bounded_and_the_newest_kept(event: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr(tally_module, "MOST_LINES", 3)
    tally = Tally()
    taken(tally, *(event(f"Pod/web-{number}") for number in range(5)))
    assert [line.name for line in tally.lines()] == ["web-2", "web-3", "web-4"]


def test_the_same_of_several_objects_must_be_one_line_where_little_is_told(event: Make) -> None:
    tally = Tally()
    taken(
        tally,
        *(
            event(
                f"Pod/web-{n}",
                message=f"restarting main in pod web-{n}_shop(0000000{n}-1111-2222-3333-444444444444)",
                count=2,
                at=f"10:00:0{n}",
            )
            for n in range(3)
        ),
    )
    taken(tally, event("Pod/web-0", reason="Unhealthy", message="no"))
    lines: list[EventLine] = folded(tally.lines())
    assert [(line.name, line.count, line.objects) for line in lines] == [("web-0", 1, 1), ("web-2", 6, 3)]
    assert lines[1].first == "2026-01-01T10:00:00Z"


def test_in_one_second_what_was_written_first_must_come_first(event: Make) -> None:
    tally = Tally()
    scheduled = event("Pod/web-1", reason="Scheduled", eventTime="2026-01-01T10:00:00.700000Z", firstTimestamp=None, lastTimestamp=None)
    started = event("Pod/web-1", reason="Started")
    scheduled["metadata"]["resourceVersion"], started["metadata"]["resourceVersion"] = "99", "100"
    taken(tally, started, scheduled)
    assert [line.reason for line in tally.lines()] == ["Scheduled", "Started"]
    assert "order" not in tally.lines()[0].as_record()
