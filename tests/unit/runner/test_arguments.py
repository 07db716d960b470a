"""Promises of the command line's arguments."""

from __future__ import annotations

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

from roro.arguments import read_variables


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
