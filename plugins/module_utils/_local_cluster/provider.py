# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every kind of local cluster can do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from .paths import ClusterDirectory
from .record import ClusterRecord
from .spec import LocalCluster, LocalClusterSpec, LocalClusterStatus, Progress


class Provider(Protocol):
    """One way to have a local cluster. All methods are called with the cluster's lock held, except `why_not` and `status`."""

    name: str

    def why_not(self) -> str | None:
        """None when this machine can run it, else the reason, as a sentence without full stop."""

    def up(self, directory: ClusterDirectory, record: ClusterRecord | None, spec: LocalClusterSpec, progress: Progress) -> LocalCluster:
        """Make the cluster as wanted, or repair it. record: what an earlier run wrote. Raises LocalClusterError."""

    def down(self, directory: ClusterDirectory, record: ClusterRecord, progress: Progress) -> bool:
        """Remove everything but the directory itself; True when there was something. May be repeated."""

    def status(self, directory: ClusterDirectory, record: ClusterRecord) -> LocalClusterStatus:
        """How it is."""

    def load_images(self, directory: ClusterDirectory, record: ClusterRecord, archives: Sequence[Path], progress: Progress) -> bool:
        """Put docker-archives into the cluster's nodes; True when that changed what is there."""

    def images(self, directory: ClusterDirectory, record: ClusterRecord) -> set[str] | None:
        """Names in full of the images that its nodes have, None where that cannot be told."""
