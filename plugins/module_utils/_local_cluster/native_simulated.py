# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A native cluster with only simulated nodes: five ordinary processes on the loopback address, without root and containers."""

from __future__ import annotations

from pathlib import Path

from .addons import storage_class
from .api import Api
from .bootstrap import accounts_ready, start_control_plane, start_simulated, wait_for
from .control_plane import make_certificates
from .layout import Layout
from .parts import Parts, ThisMachine
from .paths import ClusterDirectory
from .simulated import SIMULATED_STORAGE
from .spec import Progress

PARTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")


def bring_up(layout: Layout, progress: Progress) -> tuple[bool, tuple[str, ...]]:
    """Start or repair it; whether something changed, and the names of the nodes."""
    make_certificates(layout)
    parts, api = Parts(layout.directory, ThisMachine(), progress), Api(layout.directory.kubeconfig)
    changed = start_control_plane(layout, parts, api, progress)
    changed |= api.apply(storage_class(SIMULATED_STORAGE, "Retain"))
    changed |= start_simulated(layout, parts, api, progress)
    wait_for("the default service account", lambda: accounts_ready(api), parts, "kube-controller-manager", progress, "ready")
    return changed, tuple(node["metadata"]["name"] for node in api.nodes())


def is_part(argv: list[str], directory: ClusterDirectory) -> bool:
    """Whether a command line is that of a part of this cluster: one of the names, and files in its directory."""
    return Path(argv[0]).name in PARTS and any(f"{directory.path}/" in word for word in argv[1:])
