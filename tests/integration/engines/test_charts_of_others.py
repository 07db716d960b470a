# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Charts that other projects publish, fetched as pinned Go modules: rendered to what `helm template` gives, and up on simulated nodes."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.commands import find
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.tools import GO_ELSEWHERE
from ansible_collections.roro.kube.plugins.module_utils._render.commands import find_command
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, render, up
from ansible_collections.roro.kube.plugins.module_utils._workflow.rendering import cluster_facts


@dataclass(frozen=True)
class Published:
    """A chart in a Go module. sum: as the database of checksums has it. values: the chart's own examples and ours. up: values that let it
    come up where no container runs, None where it is only rendered."""

    name: str
    module: str
    sum: str
    folder: str
    values: tuple[str | dict[str, Any], ...] = ({},)
    up: dict[str, Any] | None = None


CHARTS = (
    Published(
        "metrics-server",
        "sigs.k8s.io/metrics-server@v0.9.0",
        "h1:nlqqZ2H0Xfko8eJC/1qaNVVT17hu4rxndkOi22KTZ4w=",
        "charts/metrics-server",
        ({}, "ci/ci-values.yaml", "ci/tls-certManager-values.yaml", "ci/tls-existingSecret-values.yaml", {"replicas": 3}),
        {"apiService": {"create": False}},
    ),
    Published(
        "descheduler",
        "sigs.k8s.io/descheduler@v0.36.0",
        "h1:fBemfJD1RhmbsdH94lKwGMOwQcbsrw67A5IK2c2fANA=",
        "charts/descheduler",
        ({}, {"kind": "Deployment", "replicas": 2, "leaderElection": {"enabled": True}}),
        {"kind": "Deployment"},
    ),
    Published(
        "cert-manager",
        "github.com/cert-manager/cert-manager@v1.21.2",
        "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=",
        "deploy/charts/cert-manager",
        ({}, {"crds": {"enabled": True}, "prometheus": {"enabled": True, "servicemonitor": {"enabled": True}}}),
        {"crds": {"enabled": True}},
    ),
    Published(
        "gatekeeper",
        "github.com/open-policy-agent/gatekeeper/v3@v3.23.1",
        "h1:njHTm0SJ6ZEhhEgmQTpJKTGQbc99fSs4hGiEp1OIKck=",
        "charts/gatekeeper",
        ({}, {"replicas": 1, "disableMutation": True}),
    ),
)
CASES = [(chart, values) for chart in CHARTS for values in chart.values]


@pytest.fixture(scope="session")
def helm() -> Path:
    """The command itself."""
    return find_command("helm") or local.CLUSTER_TOOLS.ensure("helm", lambda *_: None) / "helm"


@pytest.fixture(scope="session")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every chart's folder, in Go's own cache of modules."""
    go = find("go") or GO_ELSEWHERE
    words = [go, "mod", "download", "-json", *(chart.module for chart in CHARTS)]
    done = subprocess.run(words, cwd=tmp_path_factory.mktemp("go"), capture_output=True, text=True, timeout=300, check=True)
    decoder, text, found = json.JSONDecoder(), done.stdout.strip(), {}
    while text:
        module, end = decoder.raw_decode(text)
        found[f"{module['Path']}@{module['Version']}"] = module
        text = text[end:].strip()
    assert {name: module["Sum"] for name, module in found.items()} == {chart.module: chart.sum for chart in CHARTS}
    return {chart.name: Path(found[chart.module]["Dir"]) / chart.folder for chart in CHARTS}


@pytest.fixture(scope="module")
def nodes() -> Iterator[local.LocalCluster]:
    """A cluster without any container."""
    name = f"charts-{uuid.uuid4().hex[:6]}"
    try:
        yield local.up(local.LocalClusterSpec(name=name, provider="native", only_simulated=True, simulated_nodes=2), lambda *_: None)
    finally:
        local.down(name, lambda *_: None)


@dataclass
class Site:
    """A workspace whose apps are charts of others."""

    root: Path
    names: list[str] = field(default_factory=list)

    def add(self, chart: Published, folder: Path, values: str | dict[str, Any]) -> None:
        """An app of that chart's name, with values of its own."""
        app = self.root / "apps" / chart.name
        shutil.copytree(folder, app / "chart", copy_function=shutil.copyfile)
        manifests: dict[str, Any] = {"path": "chart", "namespaces": ["kube-system"]}
        if isinstance(values, str):
            manifests["values"] = [f"chart/{values}"]
        document = {"manifests": manifests, "variables": values if isinstance(values, dict) else {}}
        (app / "app.json").write_text(json.dumps(document))
        self.names.append(chart.name)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty workspace."""
    root = tmp_path / "site"
    (root / "environments" / "dev").mkdir(parents=True)
    (root / "workspace.json").write_text(json.dumps({"version": 1, "name": "site", "namespace": "{{ app }}"}))
    (root / "environments" / "dev" / "environment.json").write_text("{}")
    return Site(root)


def identity(item: dict[str, Any]) -> tuple[str, str, str]:
    return item["kind"], item["metadata"].get("namespace") or "", item["metadata"]["name"]


@pytest.mark.parametrize(("chart", "values"), CASES, ids=[f"{c.name}-{number}" for number, (c, _v) in enumerate(CASES)])
def test_a_chart_of_others_must_render_as_helm_renders_it(
    site: Site, fetched: dict[str, Path], helm: Path, tmp_path: Path, chart: Published, values: str | dict[str, Any]
) -> None:
    folder = fetched[chart.name]
    site.add(chart, folder, values)
    file = folder / values if isinstance(values, str) else tmp_path / "values.json"
    if isinstance(values, dict):
        file.write_text(json.dumps(values))
    words = [helm, "template", chart.name, folder, "--namespace", chart.name, "--include-crds", "--kube-version", "v1.34.0", "-f", file]
    theirs = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True, timeout=120).stdout

    ((ours),) = render(Request(site.root, "dev", system_environment={}))[1]

    found = sorted((manifest.object for manifest in ours.result.manifests), key=identity)
    wanted = sorted((item for item in yaml.safe_load_all(theirs) if item), key=identity)
    assert [json.dumps(item, sort_keys=True) for item in found] == [json.dumps(item, sort_keys=True) for item in wanted]
    assert len(found) > 4


def test_charts_of_others_must_come_up_and_a_second_up_change_nothing(
    site: Site, fetched: dict[str, Path], nodes: local.LocalCluster
) -> None:
    for chart in CHARTS:
        if chart.up is not None:
            site.add(chart, fetched[chart.name], chart.up)
    request = Request(site.root, "dev", connection=Connection(kubeconfig=str(nodes.kubeconfig)), system_environment={})

    first = up(request)

    assert {item.instance: (item.status, item.message) for item in first.instances} == dict.fromkeys(site.names, ("Running", ""))
    assert any("cert-manager" in notice for notice in first.notices)
    assert not up(request).changed
    with connect(request.connection) as cluster:
        assert "apps/v1/Deployment" in cluster_facts(cluster).api_versions
        deployments = cluster.list(cluster.resource("apps/v1", "Deployment")).items
    assert {item["metadata"]["namespace"] for item in deployments} >= set(site.names)
