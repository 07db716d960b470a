# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workspace that a test writes file by file, brought up through the engine on the tests' cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import Problem, RoroError
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import RunResult
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, down, render, up


@dataclass
class Site:
    """A workspace of the test's own name, with one environment `dev`; everything is in the namespace of that name."""

    root: Path
    name: str
    cluster: Cluster
    request: Request

    def write(self, path: str, content: str | dict[str, Any]) -> None:
        """One file below the workspace."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), encoding="utf-8")

    def app(self, name: str, *objects: dict[str, Any], file: str = "all.json", **document: Any) -> None:
        """An app with these objects as JSON manifests, a List where there are several."""
        self.write(f"apps/{name}/app.json", document)
        self.write(f"apps/{name}/manifests/{file}", objects[0] if len(objects) == 1 else {"kind": "List", "items": list(objects)})

    def up(self, *instances: str, **options: Any) -> RunResult:
        """`roro up dev`."""
        return up(replace(self.request, instances=instances, options=Options(**options)))

    def check(self) -> RunResult:
        """`roro up dev --check`."""
        return self.up(check=True)

    def down(self, *instances: str, **options: Any) -> RunResult:
        """`roro down dev`."""
        return down(replace(self.request, instances=instances, options=Options(**options)))

    def refusals(self, *, rendering: bool = False) -> tuple[Problem, ...]:
        """Why `up` (rendering: already `config --render`) refuses; nothing may have been written then."""
        with pytest.raises(RoroError) as caught:
            if rendering:
                render(self.request)
            else:
                self.up()
        assert caught.value.exit_code == 2, caught.value
        assert self.get("v1", "Namespace", self.name, None) is None
        return caught.value.problems

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = "") -> dict[str, Any] | None:
        """A live object; in the workspace's namespace where none is named."""
        return self.cluster.get(self.cluster.resource(api_version, kind), self.name if namespace == "" else namespace, name)


@pytest.fixture
def site(tmp_path: Path, unique: str, cluster: Cluster, cluster_kubeconfig: Path) -> Iterator[Site]:
    """An empty workspace; nothing of it stays."""
    root = tmp_path / unique
    request = Request(root, "dev", connection=Connection(kubeconfig=str(cluster_kubeconfig)), system_environment={})
    made = Site(root, unique, cluster, request)
    made.write("workspace.json", {"version": 1, "name": unique, "namespace": "{{ workspace }}"})
    made.write("environments/dev/environment.json", {})
    yield made
    down(replace(request, options=Options(volumes=True)))
    cluster.delete(cluster.resource("v1", "Namespace"), None, unique)
