# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was chosen for a cluster, kept so that a later `up` repairs the same cluster, and the lock that orders runs on it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from .._errors import LocalClusterError
from .._state import lock_within, write_private
from .paths import ClusterDirectory, clusters_directory
from .spec import LocalClusterSpec, Progress

LOCK_SECONDS = 3600.0
"""That another process may work on a cluster, its tools built from sources at worst."""


@dataclass(frozen=True)
class ClusterRecord:
    """One cluster. network: its number on this machine (network.py), None without a network of its own. ports: name -> TCP port, for a
    cluster on the loopback address. context: name in the cluster's kubeconfig.
    """

    spec: LocalClusterSpec
    provider: str
    network: int | None = None
    ports: dict[str, int] = field(default_factory=dict)
    context: str = ""


def read_record(directory: ClusterDirectory) -> ClusterRecord | None:
    """The record of a cluster, None when there is none. Raises LocalClusterError when it cannot be read."""
    try:
        data: dict[str, Any] = json.loads(directory.record.read_bytes())
        return ClusterRecord(
            spec=LocalClusterSpec(**data["spec"]),
            provider=data["provider"],
            network=data["network"],
            ports=dict(data["ports"]),
            context=data["context"],
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LocalClusterError(
            f"cannot read the record of this cluster: {error}",
            where=str(directory.record),
            hint=f"Run `roro cluster down --name {directory.path.name}`, then up again.",
        ) from error


def write_record(directory: ClusterDirectory, record: ClusterRecord) -> None:
    """Keep the record."""
    write_private(directory.record, json.dumps(asdict(record), indent=2).encode() + b"\n")


@contextmanager
def cluster_lock(name: str, progress: Progress) -> Iterator[None]:
    """Only one run at a time works on the cluster `name`; others wait. The lock file goes when the lock is given back."""
    path = clusters_directory() / f".{name}.lock"
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not lock_within(handle, 0.0):
            progress("provider", f"waiting for another run that works on cluster {name}")
            if not lock_within(handle, LOCK_SECONDS):
                os.close(handle)
                raise LocalClusterError(
                    f"another run has worked on cluster {name} for {LOCK_SECONDS / 60:g} minutes",
                    where=str(path),
                    hint="See what it waits for, or end it.",
                )
        # Whoever held it before may have removed the file: then this lock orders nothing, and a new file is needed.
        if path.exists() and os.fstat(handle).st_ino == path.stat().st_ino:
            break
        os.close(handle)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)
