"""Maintenance windows must be open when a clock in their time zone says so, in every week of the year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ansible_collections.roro.kube.plugins.module_utils._model import Window, is_open, next_change
from ansible_collections.roro.kube.plugins.module_utils._model.windows import window, written_window
from hypothesis import given
from hypothesis import strategies as st

BERLIN = "Europe/Berlin"


def one(days: str | None, begin: str, end: str, timezone: str | None = None) -> tuple[Window, ...]:
    said: dict[str, Any] = {"from": begin, "to": end, "days": days, "timezone": timezone}
    return (window(said),)


def at(text: str, timezone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone) if timezone != "UTC" else UTC)


NIGHTS = one("mon-fri", "22:00", "06:00", BERLIN)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-12-01 21:59", False),
        ("2026-12-01 22:00", True),
        ("2026-12-02 05:59", True),
        ("2026-12-02 06:00", False),
        ("2026-12-04 23:00", True),  # the night from Friday
        ("2026-12-05 05:00", True),  # ends on Saturday
        ("2026-12-05 23:00", False),
        ("2026-12-07 05:00", False),  # no night began on Sunday
        ("2026-07-01 22:30", True),
        ("2026-07-01 21:30", False),
    ],
)
def test_a_window_over_midnight_must_belong_to_the_day_on_which_it_begins(now: str, expected: bool) -> None:
    moment = at(now, BERLIN)

    assert is_open(NIGHTS, moment) is expected
    assert is_open(NIGHTS, moment.astimezone(ZoneInfo("Asia/Tokyo"))) is expected, "whatever zone the moment is told in"


def test_without_windows_something_may_always_be_changed() -> None:
    assert is_open((), at("2026-12-01 12:00"))
    assert next_change((), at("2026-12-01 12:00")) is None


@pytest.mark.parametrize(
    ("windows", "now", "expected"),
    [
        (NIGHTS, "2026-12-01 12:00", "2026-12-01 21:00"),
        (NIGHTS, "2026-12-01 22:00", "2026-12-02 05:00"),
        (NIGHTS, "2026-12-05 12:00", "2026-12-07 21:00"),
        (one("wed", "10:00", "11:00"), "2026-12-02 11:00", "2026-12-09 10:00"),
        (one("sun", "10:00", "10:00"), "2026-12-06 12:00", "2026-12-07 10:00"),
        (
            (*one(None, "10:00", "12:00"), *one(None, "12:00", "14:00"), *one(None, "11:00", "13:00")),
            "2026-12-01 11:30",
            "2026-12-01 14:00",
        ),
        (one(None, "00:00", "24:00"), "2026-12-01 12:00", None),
        (one(None, "00:00", "00:00", BERLIN), "2026-03-28 12:00", None),
        (one("mon-sat", "00:00", "24:00"), "2026-12-01 12:00", "2026-12-06 00:00"),
    ],
)
def test_the_next_change_must_be_told(windows: tuple[Window, ...], now: str, expected: str | None) -> None:
    assert next_change(windows, at(now)) == (at(expected) if expected else None)


# In Berlin clocks go from 2:00 to 3:00 on 2026-03-29, and from 3:00 to 2:00 on 2026-10-25.
@pytest.mark.parametrize(
    ("begin", "end", "opens", "closes"),
    [
        ("2026-03-29 01:30", "2026-03-29 03:30", "2026-03-29 00:30", "2026-03-29 01:30"),
        ("2026-03-29 02:00", "2026-03-29 02:30", "2026-03-29 01:00", "2026-03-29 01:30"),
        ("2026-03-28 22:00", "2026-03-29 06:00", "2026-03-28 21:00", "2026-03-29 04:00"),
        ("2026-10-25 01:30", "2026-10-25 02:30", "2026-10-24 23:30", "2026-10-25 00:30"),
        ("2026-10-25 02:30", "2026-10-25 03:30", "2026-10-25 00:30", "2026-10-25 02:30"),
        ("2026-10-24 22:00", "2026-10-25 06:00", "2026-10-24 20:00", "2026-10-25 05:00"),
    ],
)
def test_the_nights_when_summer_time_begins_and_ends_must_be_right(begin: str, end: str, opens: str, closes: str) -> None:
    day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[at(begin).weekday()]
    windows = one(day, begin[-5:], end[-5:], BERLIN)
    first, last = at(opens), at(closes)

    assert next_change(windows, first - timedelta(hours=3)) == first
    assert next_change(windows, first) == last
    assert [is_open(windows, first + timedelta(minutes=step)) for step in (-1, 0)] == [False, True]
    assert [is_open(windows, last + timedelta(minutes=step)) for step in (-1, 0)] == [True, False]


def test_a_window_that_a_day_leaves_out_must_open_in_the_week_after() -> None:
    windows = one("sun", "02:30", "03:00", BERLIN)

    assert next_change(windows, at("2026-03-28 12:00")) == at("2026-04-05 00:30")


DAYS = st.sampled_from([None, "mon", "sat,sun", "fri-mon", "mon-fri", "tue,thu-fri"])
TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
WINDOWS = st.builds(
    lambda *said: one(*said)[0], DAYS, TIMES, TIMES | st.just("24:00"), st.sampled_from([None, BERLIN, "America/St_Johns", "Pacific/Apia"])
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@given(st.lists(WINDOWS, min_size=1, max_size=3), MOMENTS)
def test_between_now_and_the_next_change_nothing_must_change(windows: list[Window], now: datetime) -> None:
    change = next_change(windows, now)
    until = change or now + timedelta(days=3)
    steps = [now + (until - now) * part / 7 for part in range(7)]

    assert {is_open(windows, step) for step in steps} == {is_open(windows, now)}
    if change is not None:
        assert now < change <= now + timedelta(days=15)
        assert is_open(windows, change) is not is_open(windows, now)


@given(WINDOWS)
def test_a_window_that_is_written_again_must_be_the_same(item: Window) -> None:
    assert window(written_window(item)) == item
