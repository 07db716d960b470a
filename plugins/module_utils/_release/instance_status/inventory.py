# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is deployed on a cluster, of all workspaces and environments: from the labels of records and revisions. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ..._cluster import Cluster
from ..._errors import ApiError
from ..._objects import LABEL_ENVIRONMENT, LABEL_RECORD, LABEL_WORKSPACE, KubeObject, metadata_map
from ..data.result import InstanceStatus
from ..records.record_parts import SECRETS
from ..records.revisions import Revision, told_by
from ..workers import Workers
from .read_status import read_status


@dataclass(frozen=True)
class DeployedInstance:
    """One instance that somebody deployed. status: see InstanceStatus; its origin is where the workspace was. who: `user@host` of its last
    revision, "" where that is not to be read. cause: what made that revision, such as `up`."""

    workspace: str
    environment: str
    status: InstanceStatus
    who: str = ""
    cause: str = ""


def read_inventory(cluster: Cluster, workers: Workers, namespace: str | None = None) -> tuple[list[DeployedInstance], tuple[str, ...]]:
    """(the instances by workspace, environment and name; notices). namespace: only records there. Raises ClusterError."""
    records, revisions = workers.all(
        [
            partial(cluster.list, SECRETS, namespace, selector=f"{LABEL_RECORD}={kind}", metadata_only=True)
            for kind in ("instance", "revision")
        ]
    )
    homes: dict[tuple[str, str], set[str]] = {}
    for secret in records.items:
        homes.setdefault(_environment_of(secret), set()).add(secret["metadata"]["namespace"])
    last = _last_revisions(revisions.items)
    notices: list[str] = []
    found: list[DeployedInstance] = []
    for (workspace, environment), spaces in sorted(homes.items()):
        try:
            statuses, told = read_status(cluster, workspace, environment, (), spaces, workers)
        except ApiError as error:
            notices.append(f"environment {environment} of workspace {workspace} could not be read: {error.problems[0].message}")
            continue
        notices += told
        for status in sorted(statuses, key=lambda item: item.instance):
            if namespace is None or status.namespace == namespace:
                revision = last.get((workspace, environment, status.namespace, status.instance))
                who, cause = (revision.who, revision.cause) if revision else ("", "")
                found.append(DeployedInstance(workspace, environment, status, who, cause))
    return found, tuple(dict.fromkeys(notices))


def _environment_of(secret: KubeObject) -> tuple[str, str]:
    labels = metadata_map(secret, "labels")
    return labels.get(LABEL_WORKSPACE, ""), labels.get(LABEL_ENVIRONMENT, "")


def _last_revisions(secrets: Sequence[KubeObject]) -> Mapping[tuple[str, str, str, str], Revision]:
    found: dict[tuple[str, str, str, str], Revision] = {}
    for secret in secrets:
        told = told_by(secret)
        if told is None:
            continue
        key = (*_environment_of(secret), told.namespace, told.instance)
        if key not in found or found[key].revision < told.revision:
            found[key] = told
    return found
