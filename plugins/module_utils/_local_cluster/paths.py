# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a cluster's files are, on this machine and as its processes see them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .._state import cache_directory, state_directory

NODE_VIEW = Path("/run/roro")
"""Where the processes of a namespaced cluster find its directory: short enough for unix sockets (108 bytes), whatever the user's home."""

ROLE_FILES_VARIABLE = "RORO_LOCAL_CLUSTER_FILES"
"""Where the role's files are, for a module that Ansible carried away from them."""

NODE_TOOLS_VIEW = Path("/run/roro-tools")


@dataclass(frozen=True)
class ClusterDirectory:
    """The files of one cluster: everything about it that is not a process, a link or a mount."""

    path: Path

    @property
    def record(self) -> Path:
        """What was chosen for the cluster (record.py). Written first, removed last."""
        return self.path / "cluster.json"

    @property
    def kubeconfig(self) -> Path:
        """The user's way in: cluster administrator."""
        return self.path / "kubeconfig"

    @property
    def pki(self) -> Path:
        """Certificates and keys."""
        return self.path / "pki"

    @property
    def etc(self) -> Path:
        """Configuration of the processes."""
        return self.path / "etc"

    @property
    def logs(self) -> Path:
        """One log for each process."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Process identities (processes.py)."""
        return self.path / "run"

    @property
    def node(self) -> Path:
        """What the node sees as /var/lib, /var/log and /tmp: images, volumes, pod logs."""
        return self.path / "node"

    def make(self) -> None:
        """Make the directory and its parts, 0700."""
        for path in (self.path, self.pki, self.etc, self.logs, self.run, self.node):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)


def clusters_directory() -> Path:
    """The directory that holds one directory for each cluster."""
    return state_directory("clusters")


def cluster_directory(name: str) -> ClusterDirectory:
    """The directory of a cluster, whether it exists or not."""
    return ClusterDirectory(clusters_directory() / name)


def known_clusters() -> Iterator[str]:
    """Names of the clusters that have a record here, sorted."""
    for path in sorted(clusters_directory().iterdir()):
        if ClusterDirectory(path).record.is_file():
            yield path.name


def tools_directory() -> Path:
    """The cache of built and downloaded commands."""
    return cache_directory("tools")


def role_files() -> Path:
    """What comes with the role: Go modules of the tools, stages of simulated nodes, the node's first script."""
    elsewhere = os.environ.get(ROLE_FILES_VARIABLE)
    return Path(elsewhere) if elsewhere else Path(__file__).resolve().parents[3] / "roles" / "local_cluster" / "files"


def tool_sources() -> Path:
    """The pinned Go modules."""
    return role_files() / "tools"


def kubeconfig_path(name: str) -> Path:
    """Where the kubeconfig of the cluster `name` is, whether the cluster exists or not."""
    return cluster_directory(name).kubeconfig
