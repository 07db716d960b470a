"""Values: what is asked of the cluster, what comes of it, and every way in which there is none."""

from __future__ import annotations

import base64
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, Interrupted
from ansible_collections.roro.kube.plugins.module_utils._secrets import SecretText
from ansible_collections.roro.kube.plugins.module_utils._values import await_values, read_values, settle

sys.path.insert(0, str(Path(__file__).parent))

from conftest import FakeCluster, obj, wanted

SITE = obj("ConfigMap", "site", data={"x": "north", "y": "south"})


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.data.x", "north"),
        ("$.spec.replicas", 3),
        ("$.spec.on", True),
        ("$.spec.none", None),
        ("$.spec.list", [1, "two"]),
        ("$.spec.list[?@==1]", 1),
        ("{.spec.replicas}", 3),
        ("{.spec.list[*]}", "1 two"),
        ("{.data.x}:{.spec.replicas}", "north:3"),
        ("$.metadata.labels", {"tier": "db"}),
    ],
)
def test_a_value_must_keep_its_type(fake: FakeCluster, path: str, value: Any) -> None:
    spec = {"replicas": 3, "on": True, "none": None, "list": [1, "two"]}
    fake.objects = [obj("ConfigMap", "site", labels={"tier": "db"}, data={"x": "north"}, spec=spec)]
    (answer,) = read_values(fake, [wanted(path=path)])  # type: ignore[arg-type]
    assert (answer.value, type(answer.value) is type(value) or isinstance(answer.value, str)) == (value, True)


def test_several_names_of_a_place_must_cost_one_list(fake: FakeCluster) -> None:
    fake.objects = [SITE, obj("ConfigMap", "other", data={"x": "east"}), obj("Node", "n1", None, data={"x": "node"})]
    asked = [wanted(), wanted(path="$.data.y"), wanted(name="other"), wanted("Node", "n1", namespace="shop")]
    found = read_values(fake, asked)  # type: ignore[arg-type]
    assert [answer.value for answer in found] == ["north", "south", "east", "node"]
    assert sorted(fake.asked) == ["get nodes None n1", "list configmaps shop"]


def test_one_name_must_need_no_right_to_list(fake: FakeCluster) -> None:
    fake.objects, fake.denied = [SITE], {("list", "configmaps")}
    (answer,) = read_values(fake, [wanted()])  # type: ignore[arg-type]
    assert answer.value == "north"
    assert fake.asked == ["get configmaps shop site"]


def test_several_names_must_be_got_one_by_one_where_listing_is_forbidden(fake: FakeCluster) -> None:
    fake.objects, fake.denied = [SITE, obj("ConfigMap", "other", data={"x": "east"})], {("list", "configmaps")}
    assert [answer.value for answer in read_values(fake, [wanted(), wanted(name="other")])] == ["north", "east"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "denied", "reason", "words"),
    [
        ({"api_version": "db.example.com/v1", "kind": "Database"}, set(), "KindNotServed", "does not serve Database"),
        ({}, {("get", "configmaps")}, "Forbidden", "ConfigMap shop/site may not be read"),
        ({"name": "gone"}, set(), "NotFound", "ConfigMap shop/gone is not there"),
        ({"path": "$.data.z"}, set(), "NoMatch", 'ConfigMap shop/site: JSONPath "$.data.z" matches nothing'),
        ({"path": "$.data[*]"}, set(), "SeveralMatches", "matches 2 values"),
        ({"path": "$.data["}, set(), "BadPath", "wrong at character"),
        ({"path": "{.data["}, set(), "BadPath", "wrong at character 7"),
        ({"name": None, "selector": "tier=db"}, set(), "SeveralObjects", "2 match where one is wanted (one, two)"),
        ({"name": None, "selector": "tier=web"}, set(), "NotFound", "ConfigMap with tier=web in namespace shop is not there"),
    ],
)
def test_each_way_to_have_no_value_must_have_its_own_reason(
    fake: FakeCluster, fields: dict[str, Any], denied: set[tuple[str, str]], reason: str, words: str
) -> None:
    fake.denied = denied
    fake.objects = [SITE, *(obj("ConfigMap", name, labels={"tier": "db"}, data={"x": name}) for name in ("one", "two"))]
    (answer,) = read_values(fake, [wanted(**fields)])  # type: ignore[arg-type]
    assert answer.reason == reason
    assert words in answer.message
    (problem,) = settle([answer]).problems
    assert (problem.reason, problem.hint is not None) == (reason, True)


@pytest.mark.parametrize(("name", "path"), [("gone", "$.data.x"), ("site", "$.data.z")])
def test_a_default_must_stand_in_for_what_is_not_there(fake: FakeCluster, name: str, path: str) -> None:
    fake.objects = [SITE]
    found = settle(read_values(fake, [wanted(name=name, path=path, default=None)]))  # type: ignore[arg-type]
    assert (found.values, found.problems) == ({"x": None}, [])


@pytest.mark.parametrize("fields", [{"path": "$.data[*]"}, {"path": "$.data["}])
def test_a_default_must_not_hide_an_error(fake: FakeCluster, fields: dict[str, Any]) -> None:
    fake.objects = [SITE]
    assert settle(read_values(fake, [wanted(**fields, default="d")])).problems  # type: ignore[arg-type]


def test_a_value_that_is_not_required_must_be_left_undefined(fake: FakeCluster) -> None:
    found = settle(read_values(fake, [wanted(required=False)]))  # type: ignore[arg-type]
    assert (found.values, list(found.absent), found.problems) == ({}, ["x"], [])


@pytest.mark.parametrize(
    ("path", "value"),
    [("$.data.password", "s3cr3t"), ("{.data.password}", "s3cr3t"), ("pw={.data.password}", "pw=s3cr3t"), ("$.data.bytes", "gICA")],
)
def test_what_a_secret_holds_must_come_decoded_and_marked(fake: FakeCluster, path: str, value: str) -> None:
    fake.objects = [obj("Secret", "db", data={"password": b64("s3cr3t"), "bytes": "gICA"})]
    (answer,) = read_values(fake, [wanted("Secret", "db", path)])  # type: ignore[arg-type]
    assert (answer.value, type(answer.value)) == (value, SecretText)


def test_a_secrets_name_must_be_no_secret(fake: FakeCluster) -> None:
    fake.objects = [obj("Secret", "db", data={"password": b64("s3cr3t")})]
    (answer,) = read_values(fake, [wanted("Secret", "db", "$.metadata.name")])  # type: ignore[arg-type]
    assert not isinstance(answer.value, SecretText)


def test_waiting_must_watch_only_the_object_and_end_with_its_value(fake: FakeCluster) -> None:
    first = read_values(fake, [wanted(wait=60.0)])  # type: ignore[arg-type]
    fake.asked.clear()
    empty = obj("ConfigMap", "site", data={})
    fake.events = [WatchEvent("RESYNC", {}), WatchEvent("ADDED", empty), WatchEvent("MODIFIED", SITE)]
    (answer,) = await_values(fake, first, threading.Event())  # type: ignore[arg-type]
    assert answer.value == "north"
    assert fake.asked == ["watch configmaps shop metadata.name=site"]


def test_waiting_in_vain_must_end_with_the_last_reason(fake: FakeCluster) -> None:
    fake.events = [WatchEvent("RESYNC", {}, (obj("ConfigMap", "site", data={}),))]
    told: list[tuple[str, str]] = []
    first = read_values(fake, [wanted(wait=0.2)])  # type: ignore[arg-type]
    (answer,) = await_values(fake, first, threading.Event(), tell=lambda *words: told.append(words))  # type: ignore[arg-type]
    assert told == [(first[0].wanted.instance, f"waiting for a value, at most 0.2 s: {first[0].message}")]
    assert answer.reason in ("NoMatch", "NotFound")
    assert "waited 0.2 s" in answer.message


def test_a_value_without_wait_must_not_be_waited_for(fake: FakeCluster) -> None:
    first = read_values(fake, [wanted()])  # type: ignore[arg-type]
    fake.asked.clear()
    assert await_values(fake, first, threading.Event()) == first  # type: ignore[arg-type]
    assert fake.asked == []


def test_a_stop_must_end_the_waiting(fake: FakeCluster) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        await_values(fake, read_values(fake, [wanted(wait=60.0)]), stop)  # type: ignore[arg-type]


def test_a_watch_that_is_forbidden_must_be_told(fake: FakeCluster) -> None:
    fake.denied = {("watch", "configmaps")}
    (answer,) = await_values(fake, read_values(fake, [wanted(wait=60.0)]), threading.Event())  # type: ignore[arg-type]
    assert answer.reason == "Forbidden"


def test_a_server_that_fails_must_be_an_error_of_the_whole(fake: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ApiError("no", status=500)

    monkeypatch.setattr(fake, "get", broken)
    with pytest.raises(ApiError):
        read_values(fake, [wanted()])  # type: ignore[arg-type]


def test_a_kind_that_went_while_it_was_read_must_be_told_with_what_to_do(fake: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: Any, **_options: Any) -> Any:
        raise ApiError("404 page not found", status=404, reason="NotFound")

    monkeypatch.setattr(fake, "get", gone)
    (answer,) = read_values(fake, [wanted()])  # type: ignore[arg-type]
    assert (answer.reason, "any more" in answer.message, "CustomResourceDefinition" in (answer.hint or "")) == ("KindNotServed", True, True)
