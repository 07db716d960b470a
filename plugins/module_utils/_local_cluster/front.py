# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the room offers: each call finds the cluster's record and provider, and works under the cluster's lock."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .._errors import LocalClusterError, UsageError
from . import kubeconfig, registry
from .choose import choose_provider, provider_named
from .engine_images import image_archives
from .parts import Parts, ThisMachine, recorded_parts
from .paths import ClusterDirectory, cluster_directory, known_clusters
from .record import ClusterRecord, cluster_lock, read_record, write_record
from .spec import LocalCluster, LocalClusterSpec, LocalClusterStatus, Progress, check_name, context_name


def up(spec: LocalClusterSpec, progress: Progress) -> LocalCluster:
    """Make the cluster that `spec` wants, or repair it, and wait until it is usable.

    Nothing is done to a healthy one: then `changed` is False. Raises UsageError (nothing was touched) or LocalClusterError.
    """
    spec.check()
    directory = cluster_directory(spec.name)
    with cluster_lock(spec.name, progress):
        record = read_record(directory)
        if record is not None and record.spec.merge_kubeconfig:
            # Once merged, `down` has to take it out again, whoever ran `up` in between.
            spec = replace(spec, merge_kubeconfig=True)
        if record is not None and spec.kubernetes_version is None:
            spec = replace(spec, kubernetes_version=record.spec.kubernetes_version)
        provider = choose_provider(spec, record, progress)
        cluster = provider.up(directory, record, spec, progress)
    if spec.merge_kubeconfig:
        merge_kubeconfig(spec.name)
    registry.connect_cluster(progress)
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
        else:
            _stop_all(directory, progress)
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


def would_change(spec: LocalClusterSpec) -> bool:
    """Whether `up` would do something, without doing it. Raises UsageError as `up` would for a spec that makes no sense."""
    spec.check()
    directory = cluster_directory(spec.name)
    record = read_record(directory)
    if record is None or (record.spec.simulated_nodes, record.spec.audit) != (spec.simulated_nodes, spec.audit):
        return True
    return provider_named(record.provider).status(directory, record).state != "running"


def load_images(name: str, images: Sequence[str | Path], progress: Progress) -> bool:
    """Put images into the nodes of a running cluster; True when that changed what is there.

    images: docker-archive files (.tar or .tar.gz), or names of images that the Docker or Podman of this machine has.
    """
    record, directory = _known(name), cluster_directory(name)
    with image_archives([str(image) for image in images], directory.path, progress) as archives, cluster_lock(name, progress):
        return provider_named(record.provider).load_images(directory, record, archives, progress)


def images_of(name: str) -> set[str] | None:
    """Names in full of the images that a cluster's nodes have; None where that cannot be told. Raises UsageError where it is not there."""
    return provider_named(_known(name).provider).images(cluster_directory(name), _known(name))


def running_clusters() -> list[LocalClusterStatus]:
    """The clusters of this user that answer, fully or in part. One whose record cannot be read is left out."""
    found = []
    for name in known_clusters():
        record = _record_or_none(name)
        if record is not None:
            status_now = provider_named(record.provider).status(cluster_directory(name), record)
            found += [status_now] if status_now.state != "stopped" else []
    return found


def merge_kubeconfig(name: str, target: Path | None = None) -> bool:
    """Add the cluster's context to a kubeconfig, by default the user's own; True when that changed the file."""
    record = _known(name)
    directory = cluster_directory(name)
    changed = kubeconfig.merge_into(directory.kubeconfig, target or kubeconfig.user_kubeconfig())
    if target is None and not record.spec.merge_kubeconfig:
        write_record(directory, replace(record, spec=replace(record.spec, merge_kubeconfig=True)))
    return changed


def _known(name: str) -> ClusterRecord:
    check_name(name)
    record = read_record(cluster_directory(name))
    if record is None:
        others = ", ".join(known_clusters())
        raise UsageError(
            f"there is no local cluster {name}", hint=f"Known: {others}." if others else f"Make it: roro cluster up --name {name}"
        )
    return record


def _record_or_none(name: str) -> ClusterRecord | None:
    """A record that cannot be read must not keep anybody from removing the rest."""
    try:
        return read_record(cluster_directory(name))
    except LocalClusterError:
        return None


def _stop_all(directory: ClusterDirectory, progress: Progress) -> None:
    """Without a record: end what the process files name. The first process of a node takes its network and mounts with it."""
    parts = Parts(directory, ThisMachine(), progress)
    for name in recorded_parts(directory):
        parts.stop_part(name, grace=0)


def _unmerge(record: ClusterRecord) -> None:
    directory = cluster_directory(record.spec.name)
    if record.spec.merge_kubeconfig and directory.kubeconfig.is_file():
        server = provider_named(record.provider).status(directory, record).server
        kubeconfig.remove_from(kubeconfig.user_kubeconfig(), record.context or context_name(record.spec.name), server)
