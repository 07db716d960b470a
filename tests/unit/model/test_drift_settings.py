"""What documents say about drift: merged over all of them, checked where it is written, and no part of what is deployed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError
from ansible_collections.roro.kube.plugins.module_utils._model import (
    Drift,
    DriftIgnore,
    Window,
    environment_drift,
    load_workspace,
    select,
    written_drift,
)
from ansible_collections.roro.kube.plugins.module_utils._render import render_instance

WriteWorkspace = Callable[..., Path]

REPLICAS = {"kind": "Deployment.apps", "name": "web", "path": "$.spec.replicas"}
IMAGES = {"kind": "Deployment", "path": "$..image"}
RULES = {"kind": "Ingress.networking.k8s.io", "path": "$.spec.rules[0].host"}
LABEL = {"kind": "Service", "name": "{{ instance }}", "path": "$.metadata.labels['team']"}
NIGHT = {"days": "mon-fri", "from": "22:00", "to": "06:00", "timezone": "Europe/Berlin"}


def ignored(drift: Drift) -> list[tuple[str, str | None, str]]:
    return [(rule.kind, rule.name, rule.path) for rule in drift.ignore]


def test_nothing_said_must_mean_that_differences_are_told(write_workspace: WriteWorkspace) -> None:
    (api,) = select(load_workspace(write_workspace()), "dev").instances

    assert api.drift == Drift(mode="report", ignore=(), suspend=False, windows=())
    assert load_workspace(write_workspace()).drift == Drift()


def test_the_strongest_document_must_decide_and_rules_must_add_up(write_workspace: WriteWorkspace) -> None:
    root = write_workspace(
        workspace={"drift": {"mode": "correct", "suspend": True, "ignore": [REPLICAS], "windows": [NIGHT]}},
        apps={"api": {"drift": {"ignore": [IMAGES, REPLICAS]}}},
        environments={
            "dev": {
                "drift": {"suspend": False, "ignore": [RULES]},
                "instances": [
                    {"app": "api"},
                    {"app": "api", "suffix": "blue", "drift": {"mode": "propose", "ignore": [LABEL], "windows": []}},
                    {"app": "api", "suffix": "bare", "drift": {"mode": None, "ignore": None}},
                    {"app": "api", "suffix": "none", "drift": None},
                ],
            }
        },
    )
    workspace = load_workspace(root)

    api, bare, blue, none = (item.drift for item in select(workspace, "dev").instances)

    night = Window(frozenset({0, 1, 2, 3, 4}), 22 * 60, 6 * 60, "Europe/Berlin")
    every = [("Deployment.apps", "web", "$.spec.replicas"), ("Deployment", None, "$..image"), (RULES["kind"], None, RULES["path"])]
    assert (api.mode, api.suspend, api.windows, ignored(api)) == ("correct", False, (night,), every)
    assert (blue.mode, blue.windows) == ("propose", ())
    assert ignored(blue) == [*every, ("Service", "api-blue", LABEL["path"])], "a name may stand for the instance's own object"
    assert (bare.mode, bare.suspend, bare.windows, ignored(bare)) == ("report", False, (night,), [])
    assert none == Drift()
    assert workspace.drift.mode == "correct" and ignored(workspace.drift) == every[:1]
    whole = environment_drift(workspace, workspace.environments["dev"])
    assert (whole.mode, whole.suspend, ignored(whole)) == ("correct", False, [every[0], every[2]])


def test_every_rule_must_tell_where_it_is_written(write_workspace: WriteWorkspace) -> None:
    root = write_workspace(
        workspace={"drift": {"ignore": [REPLICAS]}},
        environments={"dev": {"instances": [{"app": "api", "drift": {"ignore": [IMAGES, RULES]}}]}},
    )

    (api,) = select(load_workspace(root), "dev").instances

    assert [str(rule.place) for rule in api.drift.ignore] == [
        f"{root}/workspace.json at $.drift.ignore[0]",
        f"{root}/environments/dev/environment.json at $.instances[0].drift.ignore[0]",
        f"{root}/environments/dev/environment.json at $.instances[0].drift.ignore[1]",
    ]


@pytest.mark.parametrize(
    ("drift", "message"),
    [
        ({"mode": "corect"}, 'at $.drift.mode: found "corect"; expected one of "correct", "propose", "report"'),
        ({"mode": "corect"}, 'did you mean "correct"?'),
        ({"windws": []}, 'did you mean "windows"?'),
        ({"suspend": "yes"}, 'at $.drift.suspend: found "yes"; expected true or false'),
        ({"ignore": [{"kind": "Deployment.apps"}]}, 'at $.drift.ignore[0]: the key "path" is missing'),
        (
            {"ignore": [REPLICAS, {**REPLICAS, "kind": "deployment"}]},
            'at $.drift.ignore[1].kind: found "deployment"; expected a kind such as',
        ),
        ({"ignore": [{**REPLICAS, "kind": "apps/v1/Deployment"}]}, "expected a kind such as Deployment or Deployment.apps"),
        ({"ignore": [{**REPLICAS, "path": "spec.replicas"}]}, 'found "spec.replicas"; expected a JSONPath that begins with $'),
        ({"ignore": [{**REPLICAS, "path": "$.spec["}]}, 'at $.drift.ignore[0].path: JSONPath "$.spec[" is wrong at character'),
        ({"ignore": [{**REPLICAS, "path": "$"}]}, "at $.drift.ignore[0].path: it selects the whole object"),
        ({"ignore": [{**REPLICAS, "name": "{{ replicas }}"}]}, "at $.drift.ignore[0].name"),
        ({"windows": [{"from": "22:00"}]}, 'at $.drift.windows[0]: the key "to" is missing'),
        ({"windows": [{**NIGHT, "from": "24:00"}]}, 'at $.drift.windows[0].from: found "24:00"; expected a time of the day such as'),
        ({"windows": [{**NIGHT, "to": "6:00"}]}, 'at $.drift.windows[0].to: found "6:00"; expected a time of the day such as'),
        ({"windows": [{**NIGHT, "days": "monday"}]}, 'at $.drift.windows[0].days: found "monday"; expected days such as'),
        ({"windows": [{**NIGHT, "days": ""}]}, "expected days such as"),
        ({"windows": [{**NIGHT, "timezone": "Europe/Berlim"}]}, 'at $.drift.windows[0].timezone: there is no time zone "Europe/Berlim"'),
        ({"windows": [{**NIGHT, "timezone": "Europe/Berlim"}]}, 'did you mean "Europe/Berlin"?'),
        ({"windows": [{**NIGHT, "timezone": "europe/berlin"}]}, 'did you mean "Europe/Berlin"?'),
        ({"windows": [{**NIGHT, "timezone": "../../etc/passwd"}]}, "there is no time zone"),
        ({"windows": [{**NIGHT, "timezone": "localtime"}]}, "there is no time zone"),
        ({"windows": [{**NIGHT, "timezone": "Europe"}]}, "there is no time zone"),
    ],
)
@pytest.mark.parametrize("layer", ["workspace", "app", "environment", "instance"])
def test_what_is_wrong_must_be_told_where_it_is_written(
    write_workspace: WriteWorkspace, layer: str, drift: dict[str, Any], message: str
) -> None:
    """Each layer is checked alone: a stronger one that says the same key hides nothing."""
    good = {"drift": {"ignore": [IMAGES], "windows": [NIGHT], "mode": "report", "suspend": False}}
    said = {name: good | ({"drift": drift} if name == layer else {}) for name in ("workspace", "app", "environment", "instance")}
    root = write_workspace(
        workspace=said["workspace"],
        apps={"api": said["app"]},
        environments={"dev": {**said["environment"], "instances": [{"app": "api", **said["instance"]}]}},
    )

    with pytest.raises(DocumentError) as caught:
        load_workspace(root)

    expected = message.replace("$.drift", "$.instances[0].drift") if layer == "instance" else message
    assert expected in str(caught.value)
    file = {"workspace": "workspace.json", "app": "apps/api/app.json"}.get(layer, "environments/dev/environment.json")
    assert all(problem.where and problem.where.startswith(f"{file}:") for problem in caught.value.problems)


def test_what_is_written_again_must_mean_the_same(write_workspace: WriteWorkspace) -> None:
    everything = {
        "mode": "correct",
        "ignore": [REPLICAS, IMAGES],
        "suspend": True,
        "windows": [NIGHT, {"days": "sun", "from": "00:00", "to": "24:00"}],
    }
    first = load_workspace(write_workspace(workspace={"drift": everything})).drift

    assert load_workspace(write_workspace(workspace={"drift": written_drift(first)})).drift == first


def test_a_change_of_these_settings_alone_must_not_make_a_new_revision(write_workspace: WriteWorkspace) -> None:
    (plain,) = select(load_workspace(write_workspace()), "dev").instances
    drift = {"mode": "correct", "ignore": [REPLICAS], "suspend": True, "windows": [NIGHT]}
    (settled,) = select(load_workspace(write_workspace(apps={"api": {"drift": drift}})), "dev").instances

    assert settled.drift != plain.drift
    assert render_instance(settled).digest == render_instance(plain).digest
    assert replace(settled, drift=Drift()) == plain


def test_rules_must_be_the_same_wherever_they_are_written() -> None:
    assert DriftIgnore("Pod", None, "$.spec") == DriftIgnore("Pod", None, "$.spec", place=None)
