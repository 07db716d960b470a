"""Since when logs and events are wanted: a duration, or a time."""

from __future__ import annotations

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._workflow import read_since


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", (None, "")),
        ("10m", (600.0, "")),
        ("90", (90.0, "")),
        ("2026-01-31T12:00:00Z", (None, "2026-01-31T12:00:00.000000Z")),
        ("2026-01-31T12:00:00+02:00", (None, "2026-01-31T10:00:00.000000Z")),
    ],
)
def test_a_duration_and_a_time_must_be_told_apart(text: str, found: tuple[float | None, str]) -> None:
    assert read_since(text) == found


@pytest.mark.parametrize("text", ["nonsense", "-5m", "2026-13-01", "1 fortnight", "9999-12-31T23:59:59-23:59"])
def test_what_is_neither_must_be_refused_with_an_example_of_both(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_since(text)
    problem = refused.value.problems[0]
    assert problem.message == f'since: "{text}" is neither a duration nor a time'
    assert problem.hint is not None and "10m" in problem.hint and "2026-01-31T12:00:00Z" in problem.hint
