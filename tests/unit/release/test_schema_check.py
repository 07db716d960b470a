"""A custom resource against the schema of a definition that is not there yet: what the server would refuse is found, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.server_answers.not_there_yet import prediction_words
from ansible_collections.roro.kube.plugins.module_utils._release.server_answers.schema_check import schemas_of, violations

SPEC: dict[str, Any] = {
    "type": "object",
    "required": ["size", "mode"],
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 3},
        "ratio": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        "mode": {"type": "string", "enum": ["a", "b"], "default": "a"},
        "name": {"type": "string", "minLength": 2, "maxLength": 3},
        "on": {"type": "boolean"},
        "port": {"x-kubernetes-int-or-string": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 1},
        "list": {"type": "array", "minItems": 1, "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
        "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "pod": {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"spec": {"type": "object"}}},
        "free": {},
    },
}
SCHEMA = {"type": "object", "properties": {"spec": SPEC, "status": {"type": "object"}}, "required": ["spec"]}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "spec": {"group": "x.example", "names": {"kind": "Thing"}, "versions": [{"name": "v1", "schema": {"openAPIV3Schema": SCHEMA}}]},
}


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"size": 1}, []),
        ({"size": 1, "mode": "b", "ratio": 0.5, "name": "abc", "on": False, "port": "http", "labels": {"a": "b"}}, []),
        ({"size": 1, "list": [{"a": "x"}], "any": {"x": {"y": 1}}, "free": {"z": [1]}, "port": 80, "name": None}, []),
        ({"size": 1, "pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}}}, []),
        ({"size": 2.0}, []),
        ({"size": 1, "sise": 2}, [".spec.sise: field not declared in schema"]),
        ({}, [".spec.size: required, and not there"]),
        ({"size": "1"}, [".spec.size: must be of type integer"]),
        ({"size": True}, [".spec.size: must be of type integer"]),
        ({"size": 0}, [".spec.size: must be at least 1"]),
        ({"size": 4}, [".spec.size: must be at most 3"]),
        ({"size": 1, "ratio": 0}, [".spec.ratio: must be at least 0"]),
        ({"size": 1, "mode": "c"}, [".spec.mode: must be one of a, b"]),
        ({"size": 1, "name": "x"}, [".spec.name: must have a length of at least 2"]),
        ({"size": 1, "on": "yes"}, [".spec.on: must be of type boolean"]),
        ({"size": 1, "port": 1.5}, [".spec.port: must be an integer or a string"]),
        ({"size": 1, "labels": {"a": 1}}, [".spec.labels.a: must be of type string"]),
        ({"size": 1, "labels": {"a": "x", "b": "y"}}, [".spec.labels: must have a number of fields of at most 1"]),
        ({"size": 1, "list": []}, [".spec.list: must have a number of items of at least 1"]),
        ({"size": 1, "list": [{"b": 1}]}, [".spec.list[0].b: field not declared in schema"]),
        ({"size": 1, "pod": {"specs": {}}}, [".spec.pod.specs: field not declared in schema"]),
    ],
)
def test_what_the_schema_does_not_allow_must_be_found(spec: Any, found: list[str]) -> None:
    schema = schemas_of([DEFINITION])[("x.example", "Thing")]["v1"]
    thing = {"apiVersion": "x.example/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": spec}
    assert violations(thing, schema) == found


def test_a_missing_spec_must_be_found_and_a_status_not_be_looked_at() -> None:
    thing = {"apiVersion": "x.example/v1", "kind": "Thing", "metadata": {}, "status": 1}
    assert violations(thing, SCHEMA) == [".spec: required, and not there"]


def test_without_a_schema_nothing_must_be_found() -> None:
    assert violations({"a": 1}, None) == []


@pytest.mark.parametrize(
    ("counts", "spaces", "words"),
    [
        ({"server": 3, "": 2}, set(), ""),
        (
            {"elsewhere": 1},
            {"shop"},
            "1 object; checked by a dry run in namespace default, as namespace shop does not exist yet (quotas,",
        ),
        ({"elsewhere": 2, "none": 1}, {"a", "b"}, "3 objects; 2 checked by a dry run in namespace default, as 2 namespaces do not"),
        ({"none": 1}, set(), "1 object; not checked at all"),
        ({"schema": 2}, set(), "2 objects; checked against the schema of a CustomResourceDefinition that this run brings"),
    ],
)
def test_a_notice_must_say_how_far_a_check_could_look(counts: Any, spaces: set[str], words: str) -> None:
    assert words in prediction_words(counts, spaces)
    assert bool(prediction_words(counts, spaces)) is bool(words)
