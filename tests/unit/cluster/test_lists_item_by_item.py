"""A list that is decoded one object after the other must be the list that it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster.item_by_item import decode_items


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"kind": "PodList", "metadata": {"continue": ""}, "items": [{"a": [1, {"items": []}]}, {"b": 'x"]}'}]}, id="typed"),
        pytest.param({"apiVersion": "v1", "items": [{"a": 1}], "kind": "ThingList", "metadata": {}}, id="in another order"),
        pytest.param({"items": []}, id="none"),
        pytest.param({"items": None, "metadata": {}}, id="null"),
        pytest.param({}, id="empty"),
        pytest.param({"items": [{"größe": "ü\U0001f600"}]}, id="not ASCII"),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_what_is_decoded_must_be_what_json_says(document: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=False) + "\n"
    assert decode_items(text.encode(), lambda obj: obj) == document


def test_only_what_is_kept_must_stay() -> None:
    text = json.dumps({"metadata": {"resourceVersion": "7"}, "items": [{"a": 1, "b": 2}, {"a": 3}]})
    assert decode_items(text.encode(), lambda obj: obj["a"]) == {"metadata": {"resourceVersion": "7"}, "items": [1, 3]}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"items": [{"a": 1}', '{"items": [{}]', '{"items" []}', '{"items": [] "a": 1}', "{} {}", '{"a": }']
)
def test_half_an_answer_must_be_no_answer(text: str) -> None:
    with pytest.raises(ValueError, match="char"):
        decode_items(text.encode(), lambda obj: obj)
