# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""minikube (https://minikube.sigs.k8s.io/docs/commands/), with docker or podman as its engine."""

from __future__ import annotations

import json
from pathlib import Path

from .commands import find, run
from .paths import ClusterDirectory, cluster_directory


class Minikube:
    """Driver for the command `minikube`."""

    command = "minikube"
    engines = ("docker", "podman")

    def exists(self, cluster: str) -> bool:
        """From its profiles; a broken one exists too, and can be deleted."""
        profiles = json.loads(run([self.command, "profile", "list", "--output", "json", "--light"]))
        return any(item["Name"] == cluster for state in ("valid", "invalid") for item in profiles.get(state) or [])

    def create(self, cluster: str, version: str | None) -> list[str]:
        """With metrics-server, which the other providers have too or can do without."""
        engine = next((engine for engine in self.engines if find(engine) is not None), self.engines[0])
        wanted = [f"--kubernetes-version={version}"] if version else []
        return [*self.start(cluster), f"--driver={engine}", "--addons=metrics-server", *wanted]

    def start(self, cluster: str) -> list[str]:
        """Also repairs."""
        return [self.command, "start", "--profile", cluster, "--embed-certs", "--wait=all", "--interactive=false"]

    def delete(self, cluster: str) -> list[str]:
        """Removes node and profile."""
        return [self.command, "delete", "--profile", cluster]

    def load(self, cluster: str, archive: Path) -> list[str]:
        """Into all nodes."""
        return [self.command, "image", "load", str(archive), "--profile", cluster]

    def images(self, cluster: str) -> list[str]:
        """On standard output, a name a line."""
        return [self.command, "image", "ls", "--profile", cluster]

    def kubeconfig(self, cluster: str) -> str:
        """minikube writes the file that KUBECONFIG names, and has no word that prints it."""
        path = _written(cluster_directory(cluster.removeprefix("roro-")))
        return path.read_text() if path.is_file() else ""

    def environment(self, directory: ClusterDirectory) -> dict[str, str]:
        """A file of its own."""
        return {"KUBECONFIG": str(_written(directory))}


def _written(directory: ClusterDirectory) -> Path:
    return directory.path / "minikube.kubeconfig"
