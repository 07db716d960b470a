"""How often a workload may be restarted, decided from what the cluster remembers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.roro.kube.plugins.module_utils._health.limits import decide, read_history, write_history

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - count * MINUTE for count in minutes]


@pytest.mark.parametrize(
    ("history", "calm", "goes"),
    [
        ([], False, True),
        (ago(0.9), False, False),
        (ago(1), False, True),
        (ago(9, 1.9), False, False),
        (ago(9, 2), False, True),
        (ago(9, 5, 3.9), False, False),
        (ago(9, 5, 4), False, True),
        (ago(30, 20, 10, 7.9), False, False),
        (ago(30, 20, 10, 8), False, True),
        (ago(900, 800, 700, 600, 500), False, False),
        (ago(50, 40, 30, 20, 10), True, True),
        (ago(50, 40, 30, 20, 9.9), True, False),
        (ago(0.5), True, False),
    ],
)
def test_pauses_must_double_and_end_until_it_was_calm(history: list[datetime], calm: bool, goes: bool) -> None:
    assert decide(history, NOW, calm=NOW if calm else None).go is goes


def test_restarts_that_somebody_else_made_after_the_calm_time_must_count() -> None:
    """Two who watch were calm; one of them has restarted it five times since, and gave up."""
    assert decide(ago(55, 50, 45, 40, 30), NOW, calm=NOW - 60 * MINUTE).gave_up
    assert not decide(ago(55, 50, 45, 40, 30), NOW, calm=NOW - 20 * MINUTE).gave_up


def test_giving_up_must_be_said_and_a_pause_must_say_how_long() -> None:
    assert decide(ago(900, 800, 700, 600, 500), NOW, calm=None).gave_up
    waiting = decide(ago(9, 1), NOW, calm=None)
    assert (waiting.gave_up, waiting.until) == (False, NOW + MINUTE)


def test_a_workload_that_never_heals_must_be_restarted_five_times_in_all() -> None:
    """Asked every second of a day, by a daemon that remembers nothing itself."""
    annotation, moment, restarts = "", NOW, []
    for _ in range(24 * 3600):
        history = read_history(annotation)
        if decide(history, moment, calm=None).go:
            annotation = write_history(history, moment, calm=None)
            restarts.append((moment - NOW) // MINUTE)
        moment += timedelta(seconds=1)
    assert restarts == [0, 1, 3, 7, 15]


def test_a_restart_after_a_calm_time_must_be_the_first_again() -> None:
    assert read_history(write_history(ago(40, 30, 20), NOW, calm=NOW)) == [NOW]
    assert len(read_history(write_history(ago(40, 30, 5), NOW, calm=NOW))) == 4


def test_an_annotation_that_somebody_wrote_by_hand_must_do_no_harm() -> None:
    assert read_history("soon, 2026-01-01T12:00:00Z,2026-01-01T11:00:00,,x") == [NOW]
    assert read_history("") == []
