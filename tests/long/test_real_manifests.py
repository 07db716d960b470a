# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other projects publish, as it is, on simulated nodes: fetched as pinned Go modules when this runs, never part of this repository.

Nothing runs in a simulated pod, so an API that a pod would serve and a load balancer that nobody provides are the true reasons of what
does not come up. docs/real-manifests.md has the results.
"""

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
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.commands import find
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.tools import GO_ELSEWHERE
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import RunResult
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, down, up

pytestmark = pytest.mark.xdist_group("real_manifests")


@dataclass(frozen=True)
class App:
    """One app of a workspace. copy: the folder or file of the module that becomes `published` in the folder of the app. manifests and
    document: keys of its document. fails: what the message of its failure must say; empty where it must run."""

    name: str
    copy: str
    namespace: str
    manifests: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    fails: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """A Go module with manifests in it. sum: as the database of checksums has it."""

    name: str
    module: str
    sum: str
    apps: tuple[App, ...]


PUBLISHED = (
    Published(
        "istio",
        "istio.io/istio@v0.0.0-20260827124520-eed52ebb66ad",
        "h1:ui9TJjRMAV/hb5ehQaZDq7IUGxuQP6dra9lapT/VjHI=",
        (
            App("base", "manifests/charts/base", "istio-system"),
            App("istiod", "manifests/charts/istio-control/istio-discovery", "istio-system", document={"dependsOn": ["base"]}),
        ),
    ),
    Published(
        "argo-cd",
        "github.com/argoproj/argo-cd/v3@v3.4.13",
        "h1:kmnF4nE5SQ83OhtdX6DMmLSpH0eRIa1gNYdCLNHqB+A=",
        (App("argocd", "manifests/install.yaml", "argocd"),),
    ),
    Published(
        "cilium",
        "github.com/cilium/cilium@v1.20.2",
        "h1:dqiEGIcXc+gqCLYG/l7VCFJ8GHyb4HUrwbZOpkX5dL8=",
        (App("cilium", "install/kubernetes/cilium", "cilium", {"namespaces": ["kube-system", "cilium-secrets"]}),),
    ),
    Published(
        "kueue",
        "sigs.k8s.io/kueue@v0.17.0",
        "h1:7hzb38M4eKGzYW+CFv2s1L+swzzacUCHOCXxZmAV90I=",
        (
            App(
                "kueue",
                "config",
                "kueue-system",
                {"path": "published/default", "namespaces": ["kube-system"]},
                fails=("v1beta1.visibility.kueue.x-k8s.io", "the API is not served yet"),
            ),
        ),
    ),
    Published(
        "keda",
        "github.com/kedacore/keda/v2@v2.21.0",
        "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=",
        (
            App(
                "keda",
                "config",
                "keda",
                {"path": "published/default", "namespaces": ["kube-system"]},
                fails=("v1beta1.external.metrics.k8s.io", "the API is not served yet"),
            ),
        ),
    ),
    Published(
        "eck",
        "github.com/elastic/cloud-on-k8s/v3@v3.5.0",
        "h1:sR4oj+gNnwI9hgsKhBwjUlx+5F2T/kND40hrzaogtek=",
        (App("elastic-operator", "deploy/eck-operator", "elastic-system"),),
    ),
    Published(
        "contour",
        "github.com/projectcontour/contour@v1.33.8",
        "h1:QoOfwqWws+CVRFpsRC2+f1DmB5IdurtyUtepIsiWfE0=",
        (
            App(
                "contour",
                "examples/render/contour.yaml",
                "projectcontour",
                fails=("Service projectcontour/envoy", "waits for a load balancer"),
            ),
        ),
    ),
    Published(
        "prometheus-operator",
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        (App("prometheus-operator", "bundle.yaml", "default"),),
    ),
    Published(
        "gatekeeper",
        "github.com/open-policy-agent/gatekeeper/v3@v3.23.1",
        "h1:njHTm0SJ6ZEhhEgmQTpJKTGQbc99fSs4hGiEp1OIKck=",
        (App("gatekeeper", "deploy/gatekeeper.yaml", "gatekeeper-system"),),
    ),
    Published(
        "gateway-api",
        "sigs.k8s.io/gateway-api@v1.6.3",
        "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=",
        (App("gateway-api", "config/crd", "gateway-api"),),
    ),
)


def folder_of(published: Published, temporary: Path) -> Path:
    """The module in Go's own cache, fetched when it is not there. Its checksum must be the pinned one."""
    words = [find("go") or GO_ELSEWHERE, "mod", "download", "-json", published.module]
    done = subprocess.run(words, cwd=temporary, capture_output=True, text=True, timeout=600, check=False)
    module = json.loads(done.stdout)
    assert module.get("Sum") == published.sum, module.get("Error") or module
    return Path(module["Dir"])


@pytest.fixture(scope="module")
def nodes() -> Iterator[local.LocalCluster]:
    """A cluster without any container."""
    name = f"real-{uuid.uuid4().hex[:6]}"
    try:
        yield local.up(local.LocalClusterSpec(name=name, provider="native", only_simulated=True, simulated_nodes=2), lambda *_: None)
    finally:
        local.down(name, lambda *_: None)


def workspace_of(published: Published, folder: Path, root: Path) -> Path:
    """A workspace with the published files as they are."""
    for app in published.apps:
        place = root / "apps" / app.name
        place.mkdir(parents=True)
        source, target = folder / app.copy, place / "published"
        if source.is_dir():
            shutil.copytree(source, target, copy_function=shutil.copyfile)
        else:
            target.mkdir()
            shutil.copyfile(source, target / source.name)
        document = {
            "namespace": app.namespace,
            "manifests": {"path": "published", **app.manifests},
            "timeout": "30s" if app.fails else "120s",
            **app.document,
        }
        (place / "app.json").write_text(json.dumps(document))
    (root / "environments" / "dev").mkdir(parents=True)
    (root / "environments" / "dev" / "environment.json").write_text("{}")
    (root / "workspace.json").write_text(json.dumps({"version": 1, "name": published.name}))
    return root


def ends(result: RunResult) -> dict[str, tuple[str, str]]:
    """By instance: status and message."""
    return {item.instance: (item.status, item.message) for item in result.instances}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("published", PUBLISHED, ids=[published.name for published in PUBLISHED])
def test_published_manifests_must_come_up_as_they_are_change_nothing_the_second_time_and_go(
    published: Published, nodes: local.LocalCluster, tmp_path: Path
) -> None:
    root = workspace_of(published, folder_of(published, tmp_path), tmp_path / published.name)
    request = Request(root, "dev", connection=Connection(kubeconfig=str(nodes.kubeconfig)), system_environment={})

    for turn in ("first", "second"):
        result = up(request)
        found = ends(result)
        for app in published.apps:
            status, message = found[app.name]
            if app.fails:
                assert status == "Failed", found
                assert all(words in message for words in app.fails), found
            else:
                assert (status, message) == ("Running", ""), found
        assert result.changed == (turn == "first")

    gone = down(request)

    assert {status for status, _message in ends(gone).values()} == {"NotDeployed"}, ends(gone)
    with connect(request.connection) as cluster:
        webhooks = cluster.list(cluster.resource("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")).items
        assert not [item["metadata"]["name"] for item in webhooks]
