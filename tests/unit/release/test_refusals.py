"""What the server's refusals mean, by its own words: fixed, taken by another object, or neither. Words of Kubernetes 1.34."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from ansible_collections.roro.kube.plugins.module_utils._release.data.refusal import Refusal
from ansible_collections.roro.kube.plugins.module_utils._release.server_answers.always_changeable import surely_changeable
from ansible_collections.roro.kube.plugins.module_utils._release.server_answers.refusals import (
    by_admission,
    in_the_way,
    is_refused_as_it_stands,
    is_taken,
    refusal_of,
    says_fixed,
)
from ansible_collections.roro.kube.plugins.module_utils._release.server_answers.refused_update import update_refusal


def refused(message: str, *causes: tuple[str, str], status: int = 422) -> ApiError:
    """An answer of the server."""
    body: dict[str, Any] = {"message": message, "details": {"causes": [{"field": field, "message": text} for field, text in causes]}}
    return ApiError(message, status=status, body=body)


STS = "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template' are forbidden"
FIXED = [
    (
        "spec.selector",
        'Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"a":"b: c"}}: field is immutable',
        "field is immutable",
    ),
    ("spec", STS, STS.removeprefix("Forbidden: ")),
    ("parameters", "Forbidden: updates to parameters are forbidden.", "updates to parameters are forbidden."),
    ("value", "Forbidden: may not be changed in an update.", "may not be changed in an update."),
    ("roleRef", 'Invalid value: rbac.RoleRef{Name:"a"}: cannot change roleRef', "cannot change roleRef"),
    ("spec.clusterIPs[0]", 'Invalid value: []string{"None"}: may not change once set', "may not change once set"),
    (
        "spec",
        "Forbidden: spec is immutable after creation except resources.requests",
        "spec is immutable after creation except resources.requests",
    ),
    (
        "spec",
        "Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
        "pod updates may not change fields other than",
    ),
]


@pytest.mark.parametrize(("field", "message", "words"), FIXED)
def test_a_fixed_field_must_be_known_by_what_the_server_says(field: str, message: str, words: str) -> None:
    error = refused(f'X "x" is invalid: {field}: {message}', (field, message))
    refusal = refusal_of(error)
    assert says_fixed(error)
    assert refusal.fields == (field,)
    assert refusal.words.startswith(words)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ('Invalid value: "object": size is chosen once: ask us', "size is chosen once: ask us"),
        ('Invalid value: "a \\" b: c": failed rule: self == oldSelf', "failed rule: self == oldSelf"),
        ("Invalid value: 3: failed rule: self == oldSelf", "failed rule: self == oldSelf"),
        ("Forbidden: spec is immutable after creation\n- a\n+ b\n", "spec is immutable after creation"),
    ],
)
def test_a_value_must_not_be_told(message: str, words: str) -> None:
    assert refusal_of(refused("no", ("spec.size", message))).words == words


def test_only_what_is_fixed_must_be_named_of_several_causes() -> None:
    error = refused("no", ("spec.a", "Invalid value: 1: must be positive"), ("spec.b", "Invalid value: 2: field is immutable"))
    assert refusal_of(error).fields == ("spec.b",)


@pytest.mark.parametrize(
    ("error", "stands"),
    [
        (refused("nope"), True),
        (refused("only dynamically provisioned pvc can be resized", status=403), True),
        (refused('deployments is forbidden: User "x" cannot patch resource', status=403), False),
        (refused('admission webhook "x" denied the request: spec is immutable', status=400), True),
        (refused("json: cannot unmarshal", status=400), False),
        (refused("conflict", status=409), False),
        (refused("away", status=500), False),
    ],
)
def test_rights_races_and_troubled_servers_must_not_count_as_refusals(error: ApiError, stands: bool) -> None:
    assert is_refused_as_it_stands(error) is stands


def test_a_webhook_must_be_told_from_the_kinds_own_validation() -> None:
    assert by_admission(refused('admission webhook "x" denied the request: no'))
    assert by_admission(refused("ValidatingAdmissionPolicy 'x' with binding 'y' denied request: no"))
    assert not by_admission(refused("spec.x: Invalid value"))


DOOMED = {
    ("", "Service", "shop", "old"),
    ("", "Service", "other", "far"),
    ("", "ConfigMap", "shop", "old"),
    ("apps", "Deployment", "shop", "api"),
}

TAKEN_PORT = ("spec.ports[0].nodePort", "Invalid value: 30778: provided port is already allocated")


@pytest.mark.parametrize(
    ("kind", "error", "found"),
    [
        (
            ("", "Service"),
            refused("no", TAKEN_PORT),
            {"old", "far"},
        ),
        (("", "Service"), refused("port of service old is already managed by it", status=403), {"old"}),
        (("x", "Y"), refused("the address is already used by Deployment api"), {"api"}),
        (("", "Service"), refused("already in use by my-old and old.example"), {"old", "far"}),
        (("", "Service"), refused("names of ports must be unique", status=403), set()),
        (("", "Service"), refused("the name of a port is already used", status=403), set()),
        (("", "Service"), refused("conflicts with Service far", status=403), {"far"}),
        (("", "Service"), refused("services is forbidden: exceeded quota: q", status=403), {"old"}),
        (("", "Pod"), refused("pods is forbidden: exceeded quota: q", status=403), {"api"}),
        (("", "Service"), refused("no", ("a", "already allocated"), ("b", "must be positive")), set()),
        (("", "Service"), refused("old is not a good name"), set()),
        (("", "Secret"), refused("already allocated"), set()),
        (("", "Service"), refused('User "x" cannot create: already used by old', status=403), set()),
    ],
)
def test_only_what_the_refusal_may_be_about_must_be_in_the_way(kind: tuple[str, str], error: ApiError, found: set[str]) -> None:
    assert {identity[3] for identity in in_the_way(error, kind, "shop", DOOMED)} == found


def test_a_refusal_for_more_than_what_is_taken_must_not_be_one_for_what_is_taken() -> None:
    assert is_taken(refused("no", ("a", "provided IP is already allocated")))
    assert not is_taken(refused("no", ("a", "provided IP is already allocated"), ("b", "must be positive")))


@pytest.mark.parametrize(
    ("paths", "kind", "sure"),
    [
        (["spec.template.spec.containers[main].image"], ("apps/v1", "Deployment"), True),
        (["spec.templates"], ("apps/v1", "Deployment"), False),
        (["spec.selector.matchLabels.a"], ("apps/v1", "Deployment"), False),
        (["data.a"], ("v1", "ConfigMap"), True),
        (["type"], ("v1", "Secret"), False),
        (["metadata.labels.a"], ("x.example/v1", "Thing"), True),
        (["spec.size"], ("x.example/v1", "Thing"), False),
        ([], ("v1", "ConfigMap"), False),
    ],
)
def test_only_what_every_server_lets_change_must_not_be_asked_for(paths: list[str], kind: tuple[str, str], sure: bool) -> None:
    assert surely_changeable(paths, {"apiVersion": kind[0], "kind": kind[1]}) is sure


def test_a_sealed_object_must_be_asked_for() -> None:
    assert not surely_changeable(["data.a"], {"apiVersion": "v1", "kind": "ConfigMap", "immutable": True})


@pytest.mark.parametrize(
    ("fields", "paths", "meant"),
    [
        (("spec.clusterIPs[0]",), ["spec.clusterIP", "spec.type"], ("spec.clusterIP",)),
        (("spec",), ["spec.serviceName", "data"], ("spec.serviceName",)),
        (("spec.persistentvolumesource",), ["spec.hostPath.path"], ("spec.hostPath.path",)),
        (("spec.x",), [], ("spec.x",)),
    ],
)
def test_the_fields_that_are_meant_must_be_those_of_the_manifest(fields: tuple[str, ...], paths: list[str], meant: tuple[str, ...]) -> None:
    assert Refusal(fields, "").concerned(paths) == meant


class Server:
    """A cluster that answers a new object with this."""

    def __init__(self, answer: ApiError | None) -> None:
        self.answer, self.asked = answer, 0

    def create(self, resource: Any, obj: Any, *, dry_run: bool) -> Any:
        assert dry_run
        self.asked += 1
        if self.answer is not None:
            raise self.answer
        return obj


THERE = refused("x already exists", status=409)
FIXED_FIELD = refused("no", ("spec.a", "Invalid value: 1: field is immutable"))
RULE = refused("no", ("spec.a", "Invalid value: 1: failed rule: self == oldSelf"))
WRONG = refused("no", ("spec.b", "Required value"))


@pytest.mark.parametrize(
    ("update", "create", "found"),
    [
        (FIXED_FIELD, THERE, "new"),
        (FIXED_FIELD, None, "new"),
        (FIXED_FIELD, refused("no", TAKEN_PORT), "new"),
        (FIXED_FIELD, WRONG, "refused as new"),
        (RULE, THERE, "new"),
        (RULE, WRONG, ""),
        (refused("no", TAKEN_PORT), THERE, ""),
        (refused('admission webhook "x" denied the request: ask us', status=403), THERE, ""),
        (refused('admission webhook "x" denied the request: it is immutable', status=403), THERE, "new"),
        (refused('User "x" cannot patch', status=403), THERE, ""),
        (refused("away", status=503), THERE, ""),
    ],
)
def test_an_update_must_count_as_one_of_something_fixed_when_a_new_object_would_be_taken(
    update: ApiError, create: ApiError | None, found: str
) -> None:
    server: Any = Server(create)
    refusal = update_refusal(server, Resource("", "v1", "X", "xs", True), {}, update)
    assert (refusal is not None and ("refused as new" if refusal.as_new else "new")) == (found or False)
    assert server.asked <= 1
