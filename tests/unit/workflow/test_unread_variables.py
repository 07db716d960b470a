"""A variable that was given and that nobody reads must be told, and one that somebody may read must not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace, select
from ansible_collections.roro.kube.plugins.module_utils._workflow import unread_variables

Told = Callable[..., list[tuple[str, str | None]]]
TEMPLATE = "data: {image: '{{ image }}', size: {% if big %}'2'{% else %}'1'{% endif %}, note: mode}\n"


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """What is said of variables given to an app with these documents and manifests."""

    def make(given: dict[str, Any], app: dict[str, Any] | None = None, files: dict[str, str] | None = None) -> list[tuple[str, str | None]]:
        documents = {
            "workspace.json": json.dumps({"version": 1, "name": "shop"}),
            "apps/api/app.json": json.dumps(app or {"variables": {"image": "shop/api:1", "url": "https://{{ host }}/"}}),
            "environments/dev/environment.json": "{}",
            **{f"apps/api/{name}": text for name, text in (files or {"manifests/a.yaml.j2": TEMPLATE}).items()},
        }
        for name, text in documents.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return [(p.message, p.hint) for p in unread_variables(select(load_workspace(tmp_path), "dev", variables=given), given)]

    return make


def test_a_misspelt_variable_must_be_told_with_the_nearest_name(told: Told) -> None:
    assert told({"iamge": "x"}) == [("no instance of dev reads the variable iamge", 'did you mean "image"?')]


@pytest.mark.parametrize("name", ["image", "url", "big", "host"])
def test_what_a_document_or_a_template_names_must_be_read(told: Told, name: str) -> None:
    assert told({name: "x"}) == []


def test_a_word_outside_the_marks_of_a_template_must_not_count(told: Told) -> None:
    assert [message for message, _ in told({"mode": "x"})] == ["no instance of dev reads the variable mode"]


def test_null_must_never_be_told(told: Told) -> None:
    assert told({"image": None, "gone": None}) == []


def test_a_value_of_the_cluster_that_is_given_must_be_read(told: Told) -> None:
    resource = {"apiVersion": "v1", "kind": "ConfigMap", "name": "site"}
    assert told({"region": "x"}, {"values": {"region": {"resource": resource, "path": "$.data.region"}}}) == []


CHART = {"manifests/Chart.yaml": "name: api\nversion: 1.0.0\n", "manifests/values.yaml": "replicas: 1\n"}


@pytest.mark.parametrize(
    ("template", "unread"),
    [
        ("x: {{ .Values.image }}\n", True),
        ("x: {{ .Values.gone }}\n", False),
        ("x: {{ toYaml .Values | nindent 2 }}\n", False),
        ("{{- range $name, $value := .Values }}\n{{- end }}\n", False),
    ],
)
def test_a_chart_must_read_what_it_names_and_what_it_passes_on(told: Told, template: str, unread: bool) -> None:
    found = told({"gone": 1}, {}, {**CHART, "manifests/templates/a.yaml": template})
    assert bool(found) is unread
    assert told({"replicas": 2}, {}, {**CHART, "manifests/templates/a.yaml": "x: 1\n"}) == []


@pytest.mark.parametrize("text", ["{{" * 100_000, "{% " * 100_000, "toYaml " * 100_000, "{{ tpl " * 100_000])
def test_marks_that_are_not_closed_must_not_take_long(told: Told, text: str) -> None:
    """Each byte is looked at once: with a look at all that follows for each mark it would take many minutes."""
    assert told({"gone": 1}, {}, {**CHART, "manifests/templates/a.yaml": text}) != []


def test_packed_charts_must_be_thought_to_read_everything(told: Told) -> None:
    assert told({"gone": 1}, {}, {**CHART, "manifests/charts/db-1.tgz": "not looked into"}) == []
