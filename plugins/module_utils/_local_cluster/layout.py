# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, addresses and paths of one native cluster: what its parts have to agree on.

A cluster with a real node runs in namespaces with a network of its own; one with only simulated nodes runs as the user, on ports of
the loopback address.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .._errors import UsageError
from .namespaces import view
from .network import ClusterNetwork
from .paths import ClusterDirectory
from .record import ClusterRecord
from .spec import context_name
from .tools import CLUSTER_TOOLS

PORTS = {"api": 6443, "etcd": 2379, "etcd-peer": 2380, "kwok": 10247}
"""The ports of a cluster that has an address of its own."""

LOOPBACK = "127.0.0.1"
LOOPBACK_SERVICES = "10.112.0.0/20"
CLUSTER_DOMAIN = "cluster.local"


@dataclass(frozen=True)
class Layout:
    """See the module. network is None for a cluster on the loopback address."""

    directory: ClusterDirectory
    record: ClusterRecord

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.record.spec.name

    @property
    def network(self) -> ClusterNetwork | None:
        """The cluster's own network, if it has one."""
        return None if self.record.network is None else ClusterNetwork(self.record.network)

    @property
    def node_name(self) -> str:
        """Name of the real node."""
        return f"roro-{self.name}"

    @property
    def context(self) -> str:
        """Context in the kubeconfig."""
        return context_name(self.name)

    @property
    def address(self) -> str:
        """Where the API server listens, reachable from this machine."""
        return self.network.node if self.network else LOOPBACK

    def port(self, name: str) -> int:
        """A port by its name in PORTS."""
        return self.record.ports.get(name, PORTS[name])

    @property
    def server(self) -> str:
        """The API server's address for clients."""
        return f"https://{self.address}:{self.port('api')}"

    @property
    def services(self) -> str:
        """Range of Service addresses."""
        return str(self.network.services) if self.network else LOOPBACK_SERVICES

    @property
    def kubernetes_version(self) -> str:
        """The version in full, such as v1.34.4; what was asked for, where this collection cannot tell its last number."""
        asked = self.record.spec.kubernetes_version
        try:
            return CLUSTER_TOOLS.full_version("kubernetes", asked)
        except UsageError:
            return asked or ""

    def seen(self, path: Path) -> str:
        """A file of the cluster as its processes see it."""
        return str(view(path, self.directory) if self.network else path)

    def command(self, tool: str, command: str) -> str:
        """A cached command as the cluster's processes see it."""
        version = self.record.spec.kubernetes_version if tool == "kubernetes" else None
        return self.seen_tool(CLUSTER_TOOLS.directory(tool, version) / command)

    def seen_tool(self, path: Path) -> str:
        """A file of the tool cache as the cluster's processes see it."""
        return str(view(path, self.directory) if self.network else path)

    def pki(self, name: str) -> str:
        """A certificate or key by file name, as the processes see it."""
        return self.seen(self.directory.pki / name)

    def etc(self, name: str) -> str:
        """A configuration file by name, as the processes see it."""
        return self.seen(self.directory.etc / name)


def free_ports() -> dict[str, int]:
    """Ports of the loopback address that nobody listens on, one for each name in PORTS."""
    chosen = {}
    with ExitStack() as stack:
        for name in PORTS:
            listener = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            listener.bind((LOOPBACK, 0))
            chosen[name] = int(listener.getsockname()[1])
    return chosen
