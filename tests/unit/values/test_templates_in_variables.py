"""Templates inside variables: resolved once, each after what it names; what is made of a secret is secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._model import Instance, load_workspace, select
from ansible_collections.roro.kube.plugins.module_utils._render import context, resolved
from ansible_collections.roro.kube.plugins.module_utils._secrets import Secrets, SecretText

VALUE = {"resource": {"apiVersion": "v1", "kind": "Secret", "name": "db"}, "path": "$.data.password"}
PASSWORD = {"password": SecretText("s3cr3t")}


def instance(root: Path, command_line: dict[str, Any] | None = None, system: dict[str, str] | None = None, **app: Any) -> Instance:
    """An instance of an app whose document starts with these keys, in a workspace that has `team`."""
    for folder in ("apps/api/manifests", "environments/dev"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "workspace.json").write_text(json.dumps({"version": 1, "name": "shop", "variables": {"team": "web", "who": "{{ team }}s"}}))
    (root / "environments/dev/environment.json").write_text("{}")
    (root / "apps/api/app.json").write_text(json.dumps(app, indent=2))
    (root / "apps/api/manifests/a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    return select(load_workspace(root), "dev", variables=command_line or {}, system_environment=system or {}).instances[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("http://{{ host }}:{{ port }}", "http://db:5432"),
        ("{{ port }}", 5432),
        ("{{ port + 1 }}", 5433),
        ("{{- port -}}", 5432),
        ("{{ -port }}", -5432),
        ("{{ [host, port] }}", ["db", 5432]),
        ("{{ nested.a }}", 1),
        ("{{ 'yes' if flag else 'no' }}", "yes"),
        ("{% if flag %}on{% endif %}", "on"),
        ("{{ nothing | default('d') }}", "d"),
        ("{{ instance }}.{{ namespace }}", "api.shop-dev"),
        ("{{ who }}", "webs"),
        ({"deep": ["{{ host }}", {"x": "{{ port }}"}]}, {"deep": ["db", {"x": 5432}]}),
        ("{{ '{{ host }}' }}", "{{ host }}"),
        ("{% raw %}{{ host }}{% endraw %}", "{{ host }}"),
    ],
)
def test_a_template_must_be_resolved_once_and_keep_the_type_of_a_single_expression(tmp_path: Path, text: Any, value: Any) -> None:
    known = {"host": "db", "port": 5432, "nested": {"a": 1}, "flag": True}
    assert context(instance(tmp_path, variables={**known, "x": text}))["x"] == value


def test_templates_must_be_resolved_in_the_order_of_their_names(tmp_path: Path) -> None:
    found = context(instance(tmp_path, variables={"a": "{{ b }}!", "b": "{{ c }}?", "c": "x"}))
    assert (found["a"], found["b"]) == ("x?!", "x?")


def test_what_comes_from_outside_must_be_no_template(tmp_path: Path) -> None:
    item = instance(
        tmp_path,
        {"given": "{{ team }}", "settings": {"b": "{{ team }}"}},
        {"FROM_OUTSIDE": "{{ team }}"},
        variables={"copy": "{{ given }}", "settings": {"a": "{{ team }}", "b": "x"}},
        systemEnvironment={"FROM_OUTSIDE": {}},
        values={"password": VALUE},
    )
    found = context(item, {"password": "{{ team }}"})
    assert found["given"] == found["copy"] == found["FROM_OUTSIDE"] == found["password"] == "{{ team }}"
    assert found["settings"] == {"a": "web", "b": "{{ team }}"}, "a map of both: each text is what it is where it was written"


@pytest.mark.parametrize(
    ("variables", "message", "hint", "line"),
    [
        ({"url": "{{ hots }}", "host": "x"}, "variable url uses hots, which is not defined", "Did you mean host?", 3),
        ({"a": "{{ b }}", "b": "{{ c }}", "c": "{{ a }}"}, "variables need each other: a -> b -> c -> a", "b at", 3),
        ({"a": "x{{ a }}"}, "variable a needs itself", "a at", 3),
        ({"a": "{{ b"}, "variable a: template syntax", "raw", 3),
        ({"a": "{{ team.x }}"}, "variable a: there is no such key", "dots", 3),
        ({"a": "{{ team.__class__ }}"}, "variable a: not allowed", "variables.md", 3),
        ({"a": "{{ range(838861) | list }}"}, "variable a", "", 3),
        ({"a": "{{ password }}"}, "variable a uses password, which has no value", "is read from the cluster (Secret db", 3),
        ({"a": "{{ revision }}"}, "variable a uses revision, which has no value", "would change with every run", 3),
    ],
)
def test_what_cannot_be_resolved_must_name_its_line_and_the_nearest_name(
    tmp_path: Path, variables: dict[str, Any], message: str, hint: str, line: int
) -> None:
    with pytest.raises(RenderError) as caught:
        context(instance(tmp_path, variables=variables, values={"password": VALUE}))
    (problem,) = caught.value.problems
    assert message in problem.message
    assert hint in (problem.hint or "")
    assert (problem.where or "").startswith(f"{tmp_path}/apps/api/app.json:{line}:")


def test_every_variable_that_cannot_be_resolved_must_be_told(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as caught:
        context(instance(tmp_path, variables={"a": "{{ x }}", "b": "{{ y }}"}))
    assert [problem.message.split(",")[0] for problem in caught.value.problems] == ["variable a uses x", "variable b uses y"]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("pg://{{ password }}@db", True),
        ("{{ password | upper }}", True),
        ("{{ password | b64encode }}", True),
        ("{{ password | length }}", True),
        ("{{ 'set' if password else 'unset' }}", False),
        ("{{ team }}", False),
        ("{{ indirect }}/x", True),
    ],
)
def test_what_a_template_makes_of_a_secret_must_be_secret(tmp_path: Path, text: str, secret: bool) -> None:
    item = instance(tmp_path, variables={"x": text, "indirect": "{{ password }}"}, values={"password": VALUE})
    assert isinstance(resolved(item, PASSWORD)["x"], SecretText) is secret


def test_only_the_secret_parts_of_a_map_must_be_secret(tmp_path: Path) -> None:
    variables = {"db": {"host": "main", "url": "pg://{{ password }}@main"}, "port": "{{ db.host }}:1"}
    found = resolved(instance(tmp_path, variables=variables, values={"password": VALUE}), PASSWORD)
    assert not isinstance(found["db"]["host"], SecretText)
    assert not isinstance(found["port"], SecretText)
    assert "main" not in Secrets([found]).hide("pg://s3cr3t@main").replace("<hidden>", "")


def test_templates_must_get_plain_data(tmp_path: Path) -> None:
    found = context(instance(tmp_path, {"n": "x"}, variables={"m": {"k": "{{ n }}"}}, values={"password": VALUE}), PASSWORD)
    assert {type(found["n"]), type(found["m"]["k"]), type(found["password"])} == {str}
