"""Promises of the command line's arguments."""

from __future__ import annotations

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

from roro.arguments import read_duration, read_variables


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90.0), ("5m", 300.0), ("1h30m", 5400.0), ("2", 2.0), ("0.5s", 0.5), ("1m30s", 90.0), (None, None)]
)
def test_durations_must_be_read_as_seconds(text: str | None, seconds: float | None) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "five", "5 minutes", "-3s", "5m3h"])
def test_a_bad_duration_must_be_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_duration(text)
    assert "90s" in (caught.value.problems[0].hint or "")
    assert caught.value.exit_code == 2


def test_variables_must_keep_json_types_and_take_anything_else_as_text() -> None:
    pairs = ("replicas=2", "debug=true", "image=shop/api:2", 'hosts=["a","b"]', "empty=", "equation=a=b")
    assert read_variables(pairs) == {
        "replicas": 2,
        "debug": True,
        "image": "shop/api:2",
        "hosts": ["a", "b"],
        "empty": "",
        "equation": "a=b",
    }


@pytest.mark.parametrize("pair", ["replicas", "=2", "two words=1", "a-b=1"])
def test_a_variable_that_is_not_name_and_value_must_be_refused(pair: str) -> None:
    with pytest.raises(UsageError, match="NAME=VALUE"):
        read_variables((pair,))
