# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/engines/helm.md says of Helm 3 and Helm 4 must be what they do. Both are built from their modules where they are not there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import CLUSTER_TOOLS
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, render

TEMPLATE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata: {values: {{ .Values | toJson | quote }}}\n"
CHART = {"apiVersion": "v2", "name": "web", "version": "0.1.0"}
SUB = {
    "chart/charts/sub/Chart.yaml": {**CHART, "name": "sub"},
    "chart/charts/sub/templates/b.yaml": TEMPLATE.replace("NAME", "sub"),
}
Files = dict[str, Any]
Values = Callable[..., dict[str, Any]]


@pytest.fixture(params=["helm", "helm4"])
def helm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """The version that `helm` is in this test."""
    command = CLUSTER_TOOLS.ensure(request.param, lambda *_: None) / request.param
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "helm").symlink_to(command)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return 4 if request.param == "helm4" else 3


@pytest.fixture
def values(tmp_path: Path) -> Values:
    """What the templates of a chart, and of the chart in it, see as values; by the name of the chart."""

    def rendered(files: Files, variables: Files | None = None) -> dict[str, Any]:
        root = tmp_path / "shop"
        app = {"manifests": {"path": "chart"}, "variables": variables or {}}
        chart = {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": TEMPLATE.replace("NAME", "web"), **files}
        everything = {f"apps/web/{name}": content for name, content in {"app.json": app, **chart}.items()}
        everything |= {"workspace.json": {"version": 1, "name": "shop"}, "environments/dev/environment.json": {}}
        for name, content in everything.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content if isinstance(content, str) else json.dumps(content))
        ((one,),) = (render(Request(root, "dev", system_environment={}))[1],)
        return {item.ref.name: json.loads(item.object["data"]["values"]) for item in one.result.manifests}

    return rendered


def test_null_in_a_charts_own_values_must_be_as_the_page_says(helm: int, values: Values) -> None:
    own = {"chart/values.yaml": {"a": None, "b": {"c": None, "d": 1}}}

    assert values(own)["web"] == ({"a": None, "b": {"c": None, "d": 1}} if helm == 3 else {"b": {"d": 1}})


@pytest.mark.parametrize(("schema", "refusing"), [({"properties": {"a": {"type": "string"}}}, 3), ({"required": ["a"]}, 4)])
def test_a_schema_must_see_that_null_as_the_page_says(helm: int, values: Values, schema: Files, refusing: int) -> None:
    files = {"chart/values.yaml": {"a": None}, "chart/values.schema.json": schema}
    if helm != refusing:
        assert set(values(files)) == {"web"}
        return
    with pytest.raises(RenderError, match="the values are not what the chart's schema allows"):
        values(files)


def test_null_in_a_parents_own_values_must_be_as_the_page_says(helm: int, values: Values) -> None:
    parent, sub = {"sub": {"a": None}, "global": {"g": None}}, {"a": 1, "m": 1, "global": {"g": 2}}

    found = values({**SUB, "chart/values.yaml": parent, "chart/charts/sub/values.yaml": sub})["sub"]

    assert found == ({"m": 1, "global": {}} if helm == 3 else {"a": 1, "m": 1, "global": {"g": 2}})


def test_null_in_values_that_are_imported_must_be_as_the_page_says(helm: int, values: Values) -> None:
    imports = [{"name": "sub", "version": "0.1.0", "import-values": [{"child": "d", "parent": "e"}]}]
    files = {**SUB, "chart/Chart.yaml": {**CHART, "dependencies": imports}, "chart/charts/sub/values.yaml": {"d": {"x": 1, "y": None}}}

    assert values(files)["web"]["e"] == ({"x": 1, "y": None} if helm == 3 else {"x": 1})


def test_null_in_variables_must_remove_with_both(helm: int, values: Values) -> None:
    files = {**SUB, "chart/values.yaml": {"a": 1, "b": {"c": 1, "d": 1}}, "chart/charts/sub/values.yaml": {"k": 1, "m": {"x": 1, "y": 1}}}

    found = values(files, {"a": None, "b": {"c": None}, "sub": {"k": None, "m": {"x": None}}})

    assert found["web"]["b"] == {"d": 1}
    assert "a" not in found["web"]
    assert {key: value for key, value in found["sub"].items() if key != "global"} == {"m": {"y": 1}}


def test_a_chart_of_version_3_must_be_as_the_page_says(helm: int, values: Values) -> None:
    files = {"chart/Chart.yaml": {**CHART, "apiVersion": "v3"}}
    if helm == 3:
        assert values(files) == {"web": {}}
        return
    with pytest.raises(RenderError, match="invalid chart apiVersion"):
        values(files)


def test_a_function_that_only_one_has_must_be_as_the_page_says(helm: int, values: Values) -> None:
    template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {values: {{ mustToYaml .Values | quote }}}\n"
    files = {"chart/templates/a.yaml": template}
    if helm == 4:
        assert set(values(files)) == {"web"}
        return
    with pytest.raises(RenderError, match='function "mustToYaml" not defined'):
        values(files)
