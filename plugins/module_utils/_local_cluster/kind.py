# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kind: Kubernetes in containers (https://kind.sigs.k8s.io/docs/user/quick-start/)."""

from __future__ import annotations

from pathlib import Path

from .commands import find, run
from .paths import ClusterDirectory


class Kind:
    """Driver for the command `kind`."""

    command = "kind"
    engines = ("docker", "podman", "nerdctl")

    def exists(self, cluster: str) -> bool:
        """kind prints one name a line, and a sentence on standard error when there is none."""
        return cluster in run([self.command, "get", "clusters"]).split()

    def create(self, cluster: str, version: str | None) -> list[str]:
        """The kubeconfig goes nowhere: it is read with `kind get kubeconfig`."""
        image = ["--image", f"kindest/node:{version}"] if version else []
        return [self.command, "create", "cluster", "--name", cluster, "--kubeconfig", "/dev/null", "--wait", "180s", *image]

    def start(self, cluster: str) -> list[str]:
        """kind has no word for it: its node is a container."""
        engine = next((engine for engine in self.engines if find(engine) is not None), self.engines[0])
        return [engine, "start", f"{cluster}-control-plane"]

    def delete(self, cluster: str) -> list[str]:
        """As create."""
        return [self.command, "delete", "cluster", "--name", cluster, "--kubeconfig", "/dev/null"]

    def load(self, cluster: str, archive: Path) -> list[str]:
        """Into all nodes."""
        return [self.command, "load", "image-archive", str(archive), "--name", cluster]

    def images(self, cluster: str) -> list[str]:
        """kind has no word for it: containerd in the node is asked."""
        engine = next((engine for engine in self.engines if find(engine) is not None), self.engines[0])
        return [engine, "exec", f"{cluster}-control-plane", "ctr", "--namespace", "k8s.io", "images", "list", "--quiet"]

    def kubeconfig(self, cluster: str) -> str:
        """From kind's own records."""
        return run([self.command, "get", "kubeconfig", "--name", cluster])

    def environment(self, directory: ClusterDirectory) -> dict[str, str]:
        """kind is told by options where not to write."""
        return {}
