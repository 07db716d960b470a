# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the instances were when last seen: kept with each look at them, told when the cluster is away."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace

from .._cache import Place, Seen, recall, remember
from .._cluster import Cluster
from .._errors import ApiError, ConnectionFailed, RoroError
from .._git import commit_of_head
from .._known_fields import check_kinds, known_fields
from .._model import Selection, Workspace
from .._release.data.result import InstanceStatus


@dataclass(frozen=True)
class LastSeen:
    """instances: as they were. when: RFC 3339 in UTC. notices: why the cluster cannot be asked, and what has changed since."""

    instances: tuple[InstanceStatus, ...]
    when: str
    notices: tuple[str, ...]


def keep_seen(cluster: Cluster, selection: Selection, found: Iterable[InstanceStatus], *, whole: bool) -> None:
    """Keep a look at instances. whole: all of the environment were looked at."""
    records = {item.instance: {**asdict(replace(item, objects=())), "objects": ()} for item in found}
    workspace = selection.workspace
    uid = "" if whole else _uid(cluster)
    digest, commit = _documents(workspace), commit_of_head(workspace.root)
    remember(_place(selection), Seen(cluster.now().isoformat(), cluster.identity, uid, digest, commit, records, whole))


def last_seen(cluster: Cluster, selection: Selection, names: Collection[str], error: ConnectionFailed) -> LastSeen | None:
    """How they were at this cluster; None where it was never seen from here."""
    seen = recall(_place(selection))
    if seen is None or seen.cluster != cluster.identity:
        return None
    found = [_instance(record) for name, record in seen.instances.items() if not names or name in names]
    instances = tuple(item for item in found if item is not None)
    if not instances:
        return None
    return LastSeen(instances, seen.when, (f"this is how it was at {seen.when}: {error.problems[0].message}", *_changes(seen, selection)))


def _changes(seen: Seen, selection: Selection) -> list[str]:
    commit = commit_of_head(selection.workspace.root)
    if seen.commit != commit:
        return [f"the workspace was at {seen.commit[:12] or 'no commit'} then, and is at {commit[:12] or 'no commit'} now"]
    return ["the workspace's documents have changed since"] if seen.documents != _documents(selection.workspace) else []


def _instance(record: object) -> InstanceStatus | None:
    """The line of an instance; None where somebody else wrote it."""
    if not isinstance(record, dict):
        return None
    try:
        known = known_fields(InstanceStatus, record)
        check_kinds(InstanceStatus, known)
        return replace(InstanceStatus(**known), objects=(), details=tuple(str(line) for line in known.get("details", ())))
    except TypeError:
        return None


def _place(selection: Selection) -> Place:
    return Place(str(selection.workspace.root), selection.workspace.name, selection.environment.name)


def _documents(workspace: Workspace) -> str:
    """A digest of the workspace's documents, "" where one cannot be read."""
    apps, environments = workspace.apps.values(), workspace.environments.values()
    files = [workspace.document, *(app.document for app in apps), *(environment.document for environment in environments)]
    digest = hashlib.sha256()
    try:
        for file in sorted(files):
            content = file.read_bytes()
            digest.update(f"{file} {len(content)}\0".encode("utf-8", "surrogateescape") + content)
    except OSError:
        return ""
    return digest.hexdigest()


def _uid(cluster: Cluster) -> str:
    """The uid of kube-system, which no other cluster has; "" where it may not be read."""
    try:
        found = cluster.get(cluster.resource("v1", "Namespace"), None, "kube-system")
    except (ApiError, RoroError):
        return ""
    return str(found["metadata"]["uid"]) if found else ""
