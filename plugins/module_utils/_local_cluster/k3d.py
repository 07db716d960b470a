# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""k3d: k3s in containers (https://k3d.io/stable/usage/commands/)."""

from __future__ import annotations

import json
from pathlib import Path

from .commands import find, run
from .paths import ClusterDirectory


class K3d:
    """Driver for the command `k3d`."""

    command = "k3d"
    engines = ("docker", "podman")

    def exists(self, cluster: str) -> bool:
        """From k3d's list, which is `null` when it is empty."""
        return any(item["name"] == cluster for item in json.loads(run([self.command, "cluster", "list", "--output", "json"])) or [])

    def create(self, cluster: str, version: str | None) -> list[str]:
        """k3s releases carry a suffix: the first one of a Kubernetes version."""
        image = ["--image", f"rancher/k3s:{version}-k3s1"] if version else []
        keep = ["--kubeconfig-update-default=false", "--kubeconfig-switch-context=false"]
        return [self.command, "cluster", "create", cluster, "--wait", "--timeout", "300s", *keep, *image]

    def start(self, cluster: str) -> list[str]:
        """Starts its containers."""
        return [self.command, "cluster", "start", cluster, "--wait"]

    def delete(self, cluster: str) -> list[str]:
        """Removes its containers, network and volumes."""
        return [self.command, "cluster", "delete", cluster]

    def load(self, cluster: str, archive: Path) -> list[str]:
        """Into all nodes."""
        return [self.command, "image", "import", str(archive), "--cluster", cluster]

    def images(self, cluster: str) -> list[str]:
        """k3d has no word for it: containerd in the first server is asked."""
        engine = next((engine for engine in self.engines if find(engine) is not None), self.engines[0])
        return [engine, "exec", f"k3d-{cluster}-server-0", "ctr", "--namespace", "k8s.io", "images", "list", "--quiet"]

    def kubeconfig(self, cluster: str) -> str:
        """On standard output."""
        return run([self.command, "kubeconfig", "get", cluster])

    def environment(self, directory: ClusterDirectory) -> dict[str, str]:
        """`cluster delete` removes the context from the kubeconfig it is shown: not the user's."""
        return {"KUBECONFIG": str(directory.path / "k3d.kubeconfig")}
