# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kubernetes on this machine, where no other cluster was named: made in one call, gone without a trace in another.

May import `_errors` and `_state`. Prints nothing: it tells what it does to a callable `progress(phase, message)`.
Front door: `up`, `down`, `status`, `would_change`, `kubeconfig_path`, `load_images`, `images_of`, `image_store`, `merge_kubeconfig`,
`write_image`, `CLUSTER_TOOLS`,
`minor_version`, `run_task` for Ansible, and the module `registry` (`up`, `down`, `status`); the rest is private to the room.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .front import down, images_of, load_images, merge_kubeconfig, running_clusters, status, up, would_change
    from .image_stores import ImageStore, image_store
    from .images import ImageConfig, write_image
    from .paths import ROLE_FILES_VARIABLE, known_clusters, kubeconfig_path, role_files
    from .spec import PROVIDERS, LocalCluster, LocalClusterSpec, LocalClusterStatus, Progress
    from .task import run_task
    from .tools import CLUSTER_TOOLS, ToolCache, minor_version

__all__ = [
    "CLUSTER_TOOLS",
    "PROVIDERS",
    "ROLE_FILES_VARIABLE",
    "ImageConfig",
    "ImageStore",
    "LocalCluster",
    "LocalClusterSpec",
    "LocalClusterStatus",
    "Progress",
    "ToolCache",
    "down",
    "image_store",
    "images_of",
    "known_clusters",
    "kubeconfig_path",
    "load_images",
    "merge_kubeconfig",
    "minor_version",
    "role_files",
    "run_task",
    "running_clusters",
    "status",
    "up",
    "would_change",
    "write_image",
]

_HOMES = {
    "front": ("down", "images_of", "load_images", "merge_kubeconfig", "running_clusters", "status", "up", "would_change"),
    "image_stores": ("ImageStore", "image_store"),
    "images": ("ImageConfig", "write_image"),
    "paths": ("ROLE_FILES_VARIABLE", "known_clusters", "kubeconfig_path", "role_files"),
    "spec": ("PROVIDERS", "LocalCluster", "LocalClusterSpec", "LocalClusterStatus", "Progress"),
    "task": ("run_task",),
    "tools": ("CLUSTER_TOOLS", "ToolCache", "minor_version"),
}
"""Module -> what the front door hands out of it."""


def __getattr__(name: str) -> Any:
    """A part of the front door, imported when first asked for: whoever only wants to know where a kubeconfig is loads no provider."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
