"""Secrets are found again by value, wherever they ended up."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._events import InstanceState, ObjectState, StepDone
from ansible_collections.roro.kube.plugins.module_utils._release.execution.report import hiding
from ansible_collections.roro.kube.plugins.module_utils._release.fields.diff import object_diff, unified
from ansible_collections.roro.kube.plugins.module_utils._secrets import HIDDEN, Literal, Secrets, SecretText, literal, secret

PASSWORD = "correct horse\nbattery"
SECRETS = Secrets([{"deep": [SecretText(PASSWORD), SecretText("7"), SecretText("")]}, "public"])


def config_map(**data: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": data}


def deployment(*env: tuple[str, str], args: tuple[str, ...] = ()) -> dict[str, Any]:
    container = {"name": "main", "env": [{"name": name, "value": value} for name, value in env], "args": list(args)}
    spec = {"template": {"spec": {"containers": [container]}}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": spec}


@pytest.mark.parametrize(
    "text",
    [
        PASSWORD,
        f"url://app:{PASSWORD}@db",
        json.dumps({"p": PASSWORD}),
        base64.b64encode(PASSWORD.encode()).decode(),
        "a line: correct horse",
        "battery!",
    ],
)
def test_a_message_must_not_have_the_secret_in_any_of_its_forms(text: str) -> None:
    shown = SECRETS.hide(text)
    assert HIDDEN in shown
    assert not any(part in shown for part in ("horse", "battery", base64.b64encode(PASSWORD.encode()).decode()))


def test_a_short_secret_must_be_hidden_only_as_a_whole_value() -> None:
    assert SECRETS.hidden({"pin": "7", "number": 7, "port": 70, "flag": True, "none": None}) == {
        "pin": HIDDEN,
        "number": HIDDEN,
        "port": 70,
        "flag": True,
        "none": None,
    }
    assert SECRETS.hide("7 of 17") == "7 of 17"


def test_what_is_no_secret_must_stay_as_it_is() -> None:
    assert SECRETS.hidden({"a": "public", "b": [1, 2.5, ""]}) == {"a": "public", "b": [1, 2.5, ""]}
    assert not Secrets(["x", {"y": 1}])


def test_marks_must_reach_every_text_and_numbers_of_secrets() -> None:
    assert isinstance(literal({"a": ["x"]})["a"][0], Literal)
    marked = secret({"pin": 1234, "flag": True, "none": None})
    assert (marked["pin"], type(marked["pin"])) == ("1234", SecretText)
    assert (marked["flag"], marked["none"]) == (True, None)
    assert isinstance(literal(SecretText("s")), SecretText), "a secret stays one"
    assert "s3cr3t" not in repr([SecretText("s3cr3t")])


def test_a_diff_must_mask_a_secret_in_a_config_map_and_what_it_was_before() -> None:
    shown = unified(object_diff(config_map(url="old-pw@db", mode="a"), config_map(url=f"{PASSWORD}@db", mode="b"), SECRETS))
    assert "old-pw" not in shown and "horse" not in shown
    assert "-  mode: a" in shown and "+  mode: b" in shown
    old, new = (line for line in shown.splitlines() if "url:" in line)
    assert old[1:] != new[1:], "that it changed must show"


def test_a_diff_must_mask_an_env_of_a_container_by_its_name() -> None:
    before = deployment(("OTHER", "x"), ("PASSWORD", "old-pw"))
    after = deployment(("PASSWORD", PASSWORD), ("OTHER", "y"))
    shown = unified(object_diff(before, after, SECRETS))
    assert "old-pw" not in shown and "horse" not in shown
    assert "value: x" in shown and "value: y" in shown


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_diff_must_mask_a_secret_of_one_side_alone(side: str) -> None:
    objects = {"before": None, "after": None, side: deployment(args=("--password", PASSWORD))}
    shown = object_diff(objects["before"], objects["after"], SECRETS)[side]
    assert "horse" not in shown and "--password" in shown


def test_a_text_that_becomes_a_map_must_be_masked_all_the_same() -> None:
    shown = object_diff(config_map(a=PASSWORD, b={"c": PASSWORD}), config_map(a={"c": "x"}, b="x"), SECRETS)
    assert "horse" not in shown["before"]


def test_events_must_tell_no_secret() -> None:
    told: list[Any] = []
    sink = hiding(told.append, SECRETS)
    sink(InstanceState("api", "Failed", "Invalid", f'Invalid value: "{PASSWORD}"'))
    sink(StepDone("api", "update", "ConfigMap", "shop", "x", "data.a differs", 0.1, f"refused: {PASSWORD}"))
    sink(ObjectState("api", "Pod", "shop", "x", "failed", "Error", f"log: {PASSWORD}"))
    assert "horse" not in repr(told)
    assert told[1].cause == "data.a differs"
