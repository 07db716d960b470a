"""Desired against live: what counts as the same, and what is told of a difference."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.fields.compare import (
    cause,
    differences,
    digest,
    dropped_fields,
    live_digest,
    normalised,
    projection,
)
from ansible_collections.roro.kube.plugins.module_utils._release.fields.quantity import parse_quantity, same_quantity
from hypothesis import given
from hypothesis import strategies as st

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(json_values)
def test_a_value_must_be_its_own_projection(value: Any) -> None:
    assert projection(value, value) == value


@given(
    st.dictionaries(st.text(max_size=4), json_values, max_size=4), st.dictionaries(st.text(min_size=5, max_size=6), json_values, max_size=4)
)
def test_what_others_add_must_not_change_the_proof(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert live_digest({**ours, **theirs}, ours) == live_digest(ours, ours)


@given(st.dictionaries(st.text(max_size=4), json_values, max_size=4))
def test_an_object_must_not_differ_from_itself(value: dict[str, Any]) -> None:
    assert differences(value, value) == []


def test_the_order_of_keys_must_not_change_a_digest() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"a": [1, 2]}) != digest({"a": [2, 1]})


def test_a_sidecar_that_somebody_injected_must_not_be_a_difference() -> None:
    ours = {"spec": {"containers": [{"name": "main", "image": "a"}]}}
    live = {"spec": {"containers": [{"name": "proxy", "image": "b"}, {"name": "main", "image": "a", "imagePullPolicy": "Always"}]}}
    assert differences(ours, live) == []
    assert projection(live, ours) == ours


def test_a_list_without_names_must_be_compared_as_a_whole() -> None:
    ours, live = {"args": ["a"]}, {"args": ["a", "b"]}
    assert differences(ours, live) == ["args"]
    assert projection(live, ours) == live


def test_a_list_of_the_same_length_must_name_the_item() -> None:
    assert differences({"ports": [{"port": 1}, {"port": 2}]}, {"ports": [{"port": 1}, {"port": 3}]}) == ["ports[1].port"]


@pytest.mark.parametrize("empty", [None, "", {}, [], False, 0])
def test_an_empty_value_that_the_server_drops_must_not_be_a_difference(empty: Any) -> None:
    assert differences({"spec": {"x": empty}}, {"spec": {}}) == []


def test_true_must_not_equal_one() -> None:
    assert differences({"x": True}, {"x": 1}) == ["x"]


def test_keys_with_dots_must_be_readable_in_a_path() -> None:
    assert differences({"data": {"app.conf": "a"}}, {"data": {}}) == ["data[app.conf]"]


def test_a_secrets_plain_text_must_be_compared_with_its_encoding() -> None:
    ours = {"kind": "Secret", "stringData": {"a": "x"}, "data": {"b": "eQ=="}}
    assert differences(ours, {"kind": "Secret", "data": {"a": "eA==", "b": "eQ=="}}) == []
    assert differences(ours, {"kind": "Secret", "data": {"a": "eQ==", "b": "eQ=="}}) == ["data.a"]


def test_a_cause_must_never_be_empty() -> None:
    assert cause([], []) == "applied to make sure: no difference found"


def owned(fields: dict[str, Any], **body: Any) -> dict[str, Any]:
    return {"metadata": {"managedFields": [{"manager": "roro", "operation": "Apply", "fieldsV1": fields}]}, **body}


def test_a_container_that_left_must_be_named() -> None:
    fields = {"f:spec": {"f:containers": {'k:{"name":"old"}': {".": {}, "f:name": {}}, 'k:{"name":"main"}': {".": {}}}}}
    live = owned(fields, spec={"containers": [{"name": "main"}, {"name": "old"}]})
    assert dropped_fields({"spec": {"containers": [{"name": "main"}]}}, live) == ["spec.containers[old]"]


def test_a_port_with_a_default_protocol_must_be_recognised() -> None:
    fields = {"f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}}}
    assert dropped_fields({"ports": [{"containerPort": 80}]}, owned(fields, ports=[{"containerPort": 80, "protocol": "TCP"}])) == []


def test_fields_of_other_managers_must_not_be_ours_to_drop() -> None:
    live = owned({"f:data": {"f:x": {}}}, data={"x": "1"})
    live["metadata"]["managedFields"][0]["manager"] = "somebody"
    assert dropped_fields({}, live) == []


def test_a_field_that_is_gone_already_must_not_be_named() -> None:
    assert dropped_fields({"data": {}}, owned({"f:data": {"f:x": {}}}, data={})) == []


def test_content_must_be_what_is_left_without_status_and_bookkeeping() -> None:
    obj = {"metadata": {"name": "a", "uid": "1", "resourceVersion": "2", "managedFields": [], "generation": 3}, "status": {}, "data": {}}
    assert normalised(obj) == {"metadata": {"name": "a"}, "data": {}}


@pytest.mark.parametrize(
    ("first", "second"), [("1", "1000m"), ("1Gi", "1024Mi"), (1, "1"), ("1e3", "1k"), ("0.5", "500m"), ("1024", "1Ki"), (".5", "0.50")]
)
def test_quantities_must_be_compared_by_what_they_mean(first: Any, second: Any) -> None:
    assert same_quantity(first, second, "spec.containers[a].resources.limits.cpu")


@pytest.mark.parametrize("text", ["", "abc", "1x", None, True, "1Ki2", "--1"])
def test_what_is_no_quantity_must_not_be_parsed(text: Any) -> None:
    assert parse_quantity(text) is None


def test_a_number_and_a_text_must_differ_where_no_quantity_stands() -> None:
    assert differences({"data": {"port": "1"}}, {"data": {"port": 1}}) == ["data.port"]
