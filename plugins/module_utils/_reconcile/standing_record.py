# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster remembers of how an environment stands: one Secret, written by who reconciles, read by `ps` and `approve`.

It is in the first namespace of the environment's instances, or, as long as that is not there, in `default`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from .._cluster import Cluster
from .._errors import ApiError, RoroError
from .._objects import LABEL_ENVIRONMENT, LABEL_RECORD, LABEL_WORKSPACE, KubeObject
from .._release.records.instance_records import decode, encode, record_secret
from .._release.records.record_parts import SECRETS
from .types import Standing, standing_of

_ELSEWHERE = "default"
_ATTEMPTS = 5


def secret_name(workspace: str, environment: str) -> str:
    """Of the Secret of an environment."""
    return f"roro.reconcile.{hashlib.sha256(f'{workspace}/{environment}'.encode()).hexdigest()[:16]}"


def write_standing(cluster: Cluster, homes: Iterable[str], standing: Standing) -> None:
    """Write how it stands. homes: namespaces of the environment's instances. Raises ClusterError."""
    name = secret_name(standing.workspace, standing.environment)
    for home in _places(homes):
        labels = {LABEL_WORKSPACE: standing.workspace, LABEL_ENVIRONMENT: standing.environment, LABEL_RECORD: "reconcile"}
        secret = record_secret(name, home, "roro.dev/reconcile", labels, encode({"format": 1, "standing": standing.as_record()}))
        if _written(cluster, secret):
            return


def _written(cluster: Cluster, secret: KubeObject) -> bool:
    """False where the namespace is not there, or goes."""
    namespace, name = secret["metadata"]["namespace"], secret["metadata"]["name"]
    for _ in range(_ATTEMPTS):
        try:
            found = cluster.get(SECRETS, namespace, name)
            if found is None:
                cluster.create(SECRETS, secret)
            else:
                cluster.replace(
                    SECRETS, {**secret, "metadata": {**secret["metadata"], "resourceVersion": found["metadata"]["resourceVersion"]}}
                )
            return True
        except ApiError as error:
            if error.status == 404 or (error.status == 403 and "terminated" in str(error)):
                return False
            if error.status != 409:
                raise
    return True


def read_standing(cluster: Cluster, workspace: str, environment: str, homes: Iterable[str]) -> Standing | None:
    """How it stands; None where nobody has reconciled it, or it cannot be read: it is news for people, never believed for a write."""
    for home in _places(homes):
        try:
            found = cluster.get(SECRETS, home, secret_name(workspace, environment))
            if found is not None:
                return standing_of(decode(found)["standing"])
        except (RoroError, TypeError, KeyError, ValueError):
            continue
    return None


def _places(homes: Iterable[str]) -> list[str]:
    return [*sorted(homes)[:1], _ELSEWHERE]
