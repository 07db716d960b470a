# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is deployed on a cluster, whoever deployed it: needs no workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .._cluster import Connection, connect
from .._errors import ApiError, ClusterError
from .._model import Environment
from .._release import DeployedInstance
from .._release import inventory as release_inventory
from .choose_cluster import choose_cluster


@dataclass(frozen=True)
class InventoryReport:
    """server: the cluster's address. now: its time, RFC 3339."""

    server: str
    now: str
    instances: Sequence[DeployedInstance]
    notices: tuple[str, ...] = ()


def inventory(
    connection: Connection, environment: Environment | None = None, root: Path | None = None, namespace: str | None = None
) -> InventoryReport:
    """The instances that the records of a cluster know. environment: says which cluster, where the connection does not. root: the folder
    of its workspace. namespace: only what is recorded there. Raises RoroError."""
    with connect(choose_cluster(connection, environment, root=root)) as cluster:
        try:
            found, notices = release_inventory(cluster, namespace)
        except ApiError as error:
            if error.status != 403:
                raise
            where = f"in namespace {namespace}" if namespace else "in all namespaces"
            hint = "Ask for get and list on secrets" + ("." if namespace else ", or name a namespace that you may read: --namespace NAME.")
            raise ClusterError(f"you may not list secrets {where}: what is deployed is recorded there", hint=hint) from error
        return InventoryReport(cluster.server, cluster.now().isoformat(), found, notices)
