# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example of all engines really works: each app renders a page from a custom resource of the same workspace, and serves it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._render.commands import find_command
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, down, up

TOP = Path(__file__).parents[3]
BOX = "docker.io/library/roro-box:1"
TEMPLATED = {"jinja2", "tera", "handlebars", "helm"}


@pytest.fixture
def example(tmp_path: Path, unique: str, cluster_kubeconfig: Path) -> Iterator[Request]:
    """A copy with a name of its own; nothing of it stays."""
    if find_command("helm") is None:
        local.CLUSTER_TOOLS.ensure("helm", lambda *_: None)
    root = tmp_path / unique
    shutil.copytree(TOP / "examples" / "engines", root)
    for file in [path for path in root.rglob("*") if path.is_file()]:  # a kind belongs to the whole cluster
        file.write_text(file.read_text().replace("engines.example", f"{unique}.example"))
    document = json.loads((root / "workspace.json").read_text())
    (root / "workspace.json").write_text(json.dumps({**document, "name": unique}))
    connection = Connection(kubeconfig=str(cluster_kubeconfig))
    request = Request(root, "dev", variables={"image": BOX}, connection=connection, system_environment={})
    yield request
    down(replace(request, options=Options(volumes=True)))


def test_every_engine_must_put_what_the_resource_says_on_its_page(example: Request, cluster: Cluster, unique: str) -> None:
    first = up(example)

    assert {item.instance: (item.status, item.message) for item in first.instances} == dict.fromkeys(
        {*TEMPLATED, "kustomize", "site"}, ("Running", "")
    )
    assert [notice for notice in first.notices if "listens on port 8080" in notice]
    namespace = f"{unique}-dev"
    pages = {item["metadata"]["name"]: item["data"] for item in cluster.list(cluster.resource("v1", "ConfigMap"), namespace).items}
    for name in TEMPLATED:
        greeting = f'<p style="color: seagreen">{name}: Good morning, {{{{ this stays as it is }}}}</p>'
        assert pages[f"{name}-page"]["index.html"].strip() == greeting
    deployment = cluster.get(cluster.resource("apps/v1", "Deployment"), namespace, "kustomize")
    assert deployment is not None
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert {one["name"]: one["value"] for one in container["env"]} == {
        "GREETING": "Good morning, {{ this stays as it is }}",
        "COLOUR": "seagreen",
    }
    check = cluster.get(cluster.resource("batch/v1", "Job"), namespace, "helm-check")
    assert check is not None
    assert check["status"]["succeeded"] == 1

    assert not up(example).changed
