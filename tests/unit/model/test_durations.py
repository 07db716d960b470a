"""One grammar of durations: what a document may say, an option and the command line may say as well, and it means the same."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import document_schema, read_duration
from ansible_collections.roro.kube.plugins.module_utils._model.duration import LONGEST, seconds
from hypothesis import given
from hypothesis import strategies as st

SCHEMA = re.compile(document_schema("app")["$defs"]["duration"]["pattern"])
GOOD = [("90s", 90), ("5m", 300), ("1h30m", 5400), ("0.5s", 0.5), ("500ms", 0.5), ("2d", 172_800), ("1m30s", 90), ("5m3h", 11_100)]
BAD = ["", "five", "5 minutes", "-3s", "0s", "0h0m", "1.2345s", "5m3", "1w", "1h\n2m", "5M", ".5s", "1s" * 6, "٣s"]


@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_a_duration_must_mean_the_same_everywhere(text: str, expected: float) -> None:
    assert SCHEMA.search(text)
    assert read_duration(text) == seconds(text, 0.0) == expected


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_duration_must_be_refused_with_examples_everywhere(text: str) -> None:
    assert not SCHEMA.search(text)
    with pytest.raises(UsageError, match="is not a duration") as caught:
        read_duration(text, "--timeout")
    assert str(caught.value).startswith("--timeout: ")
    assert "90s" in (caught.value.problems[0].hint or "")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("text", "expected"), [("90", 90.0), ("2.5", 2.5), (" 7 ", 7.0), ("0", 0.0)])
def test_a_person_may_give_bare_seconds(text: str, expected: float) -> None:
    assert read_duration(text) == expected


def test_nothing_must_stay_nothing() -> None:
    assert read_duration(None) is None
    assert seconds(None, 300.0) == seconds("", 300.0) == 300.0


@given(st.text("0123456789.smhd ", max_size=12))
def test_the_schema_and_the_reader_must_never_differ(text: str) -> None:
    try:
        read = read_duration(text)
    except UsageError:
        read = None
    bare = text.strip().replace(".", "", 1).isdigit()
    assert (read is not None) is (bool(SCHEMA.search(text.strip())) or (bare and read is not None))


@pytest.mark.parametrize("text", ["999999999d", "999999999h999999999d", "36501d"])
def test_what_no_timer_and_no_calendar_can_hold_must_be_as_long_as_they_can(text: str) -> None:
    """In a document and on the command line; a bare number cannot be as long."""
    assert read_duration(text) == seconds(text, 0.0) == LONGEST
    assert LONGEST < threading.TIMEOUT_MAX / 2
    assert datetime(2026, 1, 1, tzinfo=UTC) - timedelta(seconds=LONGEST)
    assert (read_duration("36499d") or 0.0) < LONGEST
