# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kubernetes on this machine, where no other cluster was named: made in one call, gone without a trace in another.

May import `_errors` and `_state`. Prints nothing: it tells what it does to a callable `progress(phase, message)`.
Front door: `up`, `down`, `status`, `load_images`, `merge_kubeconfig`, `CLUSTER_TOOLS`, `write_image`; the rest is private to the room.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from .._errors import LocalClusterError, UsageError
from . import kubeconfig
from .choose import choose_provider, provider_named
from .images import ImageConfig, write_image
from .paths import cluster_directory, known_clusters
from .record import ClusterRecord, cluster_lock, read_record, write_record
from .spec import PROVIDERS, LocalCluster, LocalClusterSpec, LocalClusterStatus, Progress, check_name, context_name
from .tools import CLUSTER_TOOLS, ToolCache

__all__ = [
    "CLUSTER_TOOLS",
    "PROVIDERS",
    "ImageConfig",
    "LocalCluster",
    "LocalClusterSpec",
    "LocalClusterStatus",
    "Progress",
    "ToolCache",
    "down",
    "load_images",
    "merge_kubeconfig",
    "status",
    "up",
    "write_image",
]


def up(spec: LocalClusterSpec, progress: Progress) -> LocalCluster:
    """Make the cluster that `spec` wants, or repair it, and wait until it is usable.

    Nothing is done to a healthy one: then `changed` is False. Raises UsageError (nothing was touched) or LocalClusterError.
    """
    spec.check()
    directory = cluster_directory(spec.name)
    with cluster_lock(spec.name, progress):
        record = read_record(directory)
        provider = choose_provider(spec, record, progress)
        cluster = provider.up(directory, record, spec, progress)
    if spec.merge_kubeconfig:
        merge_kubeconfig(spec.name)
    progress("ready", f"cluster {spec.name} is ready: kubeconfig {cluster.kubeconfig}, context {cluster.context}")
    return cluster


def down(name: str, progress: Progress) -> bool:
    """Remove a cluster and everything it left on the machine, also one that is half made or was killed. True when there was something."""
    check_name(name)
    directory = cluster_directory(name)
    with cluster_lock(name, progress):
        if not directory.path.is_dir():
            return False
        record = _record_or_none(name)
        if record is not None:
            _unmerge(record)
            provider_named(record.provider).down(directory, record, progress)
        # The record goes last: until then a repeated `down` knows what to remove.
        for path in directory.path.iterdir():
            if path != directory.record:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        shutil.rmtree(directory.path)
    progress("remove", f"cluster {name} is gone")
    return True


def status(name: str | None = None) -> list[LocalClusterStatus]:
    """How the cluster `name` is (empty list when there is none), or every cluster of this user."""
    names = list(known_clusters()) if name is None else [name]
    found = []
    for known in names:
        check_name(known)
        directory = cluster_directory(known)
        record = read_record(directory)
        if record is not None:
            found.append(provider_named(record.provider).status(directory, record))
    return found


def load_images(name: str, archives: Sequence[Path], progress: Progress) -> None:
    """Put images (docker-archive files, .tar or .tar.gz) into the nodes of a running cluster."""
    record = _known(name)
    for archive in archives:
        if not archive.is_file():
            raise UsageError(f"there is no file {archive}", hint="Name archives as written by `docker save`.")
    with cluster_lock(name, progress):
        provider_named(record.provider).load_images(cluster_directory(name), record, archives, progress)


def merge_kubeconfig(name: str, target: Path | None = None) -> bool:
    """Add the cluster's context to a kubeconfig, by default the user's own; True when that changed the file."""
    record = _known(name)
    directory = cluster_directory(name)
    changed = kubeconfig.merge_into(directory.kubeconfig, target or kubeconfig.user_kubeconfig())
    if target is None and not record.spec.merge_kubeconfig:
        from dataclasses import replace

        write_record(directory, replace(record, spec=replace(record.spec, merge_kubeconfig=True)))
    return changed


def _known(name: str) -> ClusterRecord:
    check_name(name)
    record = read_record(cluster_directory(name))
    if record is None:
        others = ", ".join(known_clusters())
        raise UsageError(f"there is no local cluster {name}", hint=f"Known: {others}." if others else f"Make it: roro cluster up --name {name}")
    return record


def _record_or_none(name: str) -> ClusterRecord | None:
    """A record that cannot be read must not keep anybody from removing the rest."""
    try:
        return read_record(cluster_directory(name))
    except LocalClusterError:
        return None


def _unmerge(record: ClusterRecord) -> None:
    directory = cluster_directory(record.spec.name)
    if record.spec.merge_kubeconfig and directory.kubeconfig.is_file():
        server = provider_named(record.provider).status(directory, record).server
        kubeconfig.remove_from(kubeconfig.user_kubeconfig(), record.context or context_name(record.spec.name), server)
