# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""null in variables takes a value out of a chart's own values, whichever document says it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import CLUSTER_TOOLS
from ansible_collections.roro.kube.plugins.module_utils._render import find_command
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, render

VALUES = {"gone": "chart", "kept": "chart", "page": {"colour": "black", "title": "Untitled"}}
TEMPLATE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {values: {{ .Values | toJson | quote }}}\n"
LEVELS = ("workspace", "app", "environment", "instance", "command line")
NULLS = {"gone": None, "page": {"colour": None}}


@pytest.fixture(autouse=True)
def helm() -> None:
    """The command is there."""
    if find_command("helm") is None:
        CLUSTER_TOOLS.ensure("helm", lambda *_: None)


def values(root: Path, levels: dict[str, Any], app: str = "web", **manifests: Any) -> Any:
    """The chart's values with these variables at these levels."""
    variables = {name: {"variables": levels[name]} if name in levels else {} for name in LEVELS}
    chart = f"apps/{app}/chart"
    files = {
        "workspace.json": {"version": 1, "name": "shop", **variables["workspace"]},
        f"apps/{app}/app.json": {"manifests": {"path": "chart", **manifests}, **variables["app"]},
        f"{chart}/Chart.yaml": {"apiVersion": "v2", "name": "web", "version": "0.1.0"},
        f"{chart}/values.yaml": VALUES,
        f"{chart}/templates/a.yaml": TEMPLATE,
        "environments/dev/environment.json": {**variables["environment"], "instances": [{"app": app, **variables["instance"]}]},
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content if isinstance(content, str) else json.dumps(content))
    request = Request(root, "dev", variables=levels.get("command line", {}), system_environment={})
    ((rendered,),) = (render(request)[1],)
    return json.loads(rendered.result.manifests[0].object["data"]["values"])


@pytest.mark.parametrize("level", LEVELS)
def test_null_at_any_level_must_remove_from_the_charts_own_values(tmp_path: Path, level: str) -> None:
    assert values(tmp_path, {level: NULLS}) == {"kept": "chart", "page": {"title": "Untitled"}}


def test_a_stronger_level_must_say_again_what_a_weaker_one_removed(tmp_path: Path) -> None:
    found = values(tmp_path, {"app": NULLS, "instance": {"gone": "back", "page": {"colour": "red"}}})

    assert found == {"gone": "back", "kept": "chart", "page": {"colour": "red", "title": "Untitled"}}


def test_only_variables_that_become_values_must_remove(tmp_path: Path) -> None:
    assert values(tmp_path, {"app": NULLS}, options={"variables": ["page"]}) == {**VALUES, "page": {"title": "Untitled"}}
    assert values(tmp_path, {"app": NULLS}, options={"variables": False}) == VALUES


def test_a_name_that_helm_does_not_take_must_be_told_plainly(tmp_path: Path) -> None:
    assert values(tmp_path / "fits", {}, "a" * 53) == VALUES
    with pytest.raises(RenderError, match="which has 54 characters; Helm takes 53") as caught:
        values(tmp_path / "long", {}, "a" * 54)
    assert "shorten" in str(caught.value.problems[0].hint)
