# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An error of a template names the instances that it is in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, render


def test_a_template_error_must_name_its_instances_and_be_told_once(tmp_path: Path) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ instance }}'}\ndata: {a: '{{ mode }}'}\n"
    files = {
        "workspace.json": {"version": 1, "name": "shop"},
        "apps/api/app.json": {},
        "apps/api/manifests/a.yaml.j2": manifest,
        "apps/web/app.json": {},
        "apps/web/manifests/a.yaml.j2": manifest.replace("mode", "colour"),
        "environments/dev/environment.json": {
            "instances": [
                {"app": "api", "suffix": "blue"},
                {"app": "api", "suffix": "green"},
                {"app": "api", "suffix": "red", "variables": {"mode": "x"}},
                {"app": "web"},
            ]
        },
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))

    with pytest.raises(RenderError) as caught:
        render(Request(tmp_path, "dev", system_environment={}))

    assert [(problem.where, problem.message) for problem in caught.value.problems] == [
        ("apps/api/manifests/a.yaml.j2:4:15", "variable mode is not defined (instances api-blue, api-green)"),
        ("apps/web/manifests/a.yaml.j2:4:15", "variable colour is not defined (instance web)"),
    ]
