# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An app folder to write templates into, and short ways to render it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import Problem, RenderError
from ansible_collections.roro.kube.plugins.module_utils._model import Instance, ManifestSource, Origin, ValuesFile, ValueSource, Variable
from ansible_collections.roro.kube.plugins.module_utils._render import RenderedInstance, render_instance
from ansible_collections.roro.kube.plugins.module_utils._render.cache import RenderCache
from ansible_collections.roro.kube.plugins.module_utils._render.files import AppFiles
from ansible_collections.roro.kube.plugins.module_utils._render.jinja import render_all
from ansible_collections.roro.kube.plugins.module_utils._render.types import RenderRequest

sys.path.insert(0, str(Path(__file__).parent))  # engine_folders

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"


class AppFolder:
    """`apps/x` of a workspace, as a test writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifests = folder / "manifests"
        self.manifests.mkdir(parents=True)

    def write(self, name: str, text: str) -> Path:
        path = self.manifests / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def instance(
        self,
        variables: Mapping[str, Any] | None = None,
        *,
        values: tuple[ValueSource, ...] = (),
        layer: str = "app",
        files: tuple[ValuesFile, ...] = (),
        **source: Any,
    ) -> Instance:
        found = {name: Variable(value, Origin(layer)) for name, value in (variables or {}).items()}
        computed = {"app": "x", "instance": "x", "suffix": "", "environment": "dev", "workspace": "w", "namespace": "w-dev"}
        found |= {name: Variable(value, Origin("computed")) for name, value in computed.items()}
        options = {"engine": None, "path": self.manifests, "include": (), "values": files, **source}
        return Instance("x", "x", "", "dev", "w", "w-dev", self.folder, ManifestSource(**options), found, values)

    def render(self, variables: Mapping[str, Any] | None = None, **options: Any) -> RenderedInstance:
        return render_instance(self.instance(variables, **options), cache=RenderCache())

    def objects(self, variables: Mapping[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
        return [manifest.object for manifest in self.render(variables, **options).manifests]

    def problems(self, variables: Mapping[str, Any] | None = None, **options: Any) -> tuple[Problem, ...]:
        with pytest.raises(RenderError) as caught:
            self.render(variables, **options)
        return caught.value.problems

    def problem(self, variables: Mapping[str, Any] | None = None, **options: Any) -> Problem:
        problems = self.problems(variables, **options)
        assert len(problems) == 1, problems
        return problems[0]

    def text(self, template: str, variables: Mapping[str, Any] | None = None, **options: Any) -> str:
        """What a template gives as text, before it is read as YAML."""
        file = self.write("text.yaml.j2", template)
        source = self.instance(**options).manifests
        request = RenderRequest(source, (file,), AppFiles(self.folder), dict(variables or {}), RenderCache())
        return render_all(request)[0].text


@pytest.fixture
def app(tmp_path: Path) -> AppFolder:
    return AppFolder(tmp_path / "apps" / "x")
