# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters whose nodes take images without a registry, told by their context: those made here, and those of kind, k3d and minikube."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .._errors import LocalClusterError
from . import front
from .commands import find, run_long
from .external import Driver, listed_images
from .k3d import K3d
from .kind import Kind
from .minikube import Minikube
from .paths import known_clusters, kubeconfig_path


@dataclass(frozen=True)
class ImageStore:
    """name: of the cluster, for people. images: names in full of what its nodes have, None where that cannot be told. load: brings a
    docker-archive there, raises RoroError."""

    name: str
    images: Callable[[], set[str] | None]
    load: Callable[[Path], None]


def image_store(context: str | None, kubeconfig: str | None) -> ImageStore | None:
    """The cluster that these name; None where its nodes get images from a registry only. Raises LocalClusterError."""
    for name in known_clusters():
        own = kubeconfig_path(name)
        if context == f"roro-{name}" or (kubeconfig and Path(kubeconfig).resolve() == own.resolve()):
            return _own(name)
    for driver, cluster in _drivers(context or ""):
        if find(driver.command) is not None and driver.exists(cluster):
            return _foreign(driver, cluster, context or "")
    return None


def _own(name: str) -> ImageStore:
    def load(archive: Path) -> None:
        front.load_images(name, [archive], lambda phase, message: None)

    return ImageStore(f"cluster {name}", lambda: front.images_of(name), load)


def _drivers(context: str) -> list[tuple[Driver, str]]:
    """By the names that these commands give their contexts."""
    for prefix, driver in (("kind-", Kind()), ("k3d-", K3d())):
        if context.startswith(prefix):
            return [(driver, context.removeprefix(prefix))]
    return [(Minikube(), context)] if context == "minikube" else []


def _foreign(driver: Driver, cluster: str, context: str) -> ImageStore:
    def load(archive: Path) -> None:
        argv = driver.load(cluster, archive)
        code, lines = run_long(argv, lambda: None)
        if code != 0:
            said = " ".join(lines[-4:]) or "it said nothing"
            raise LocalClusterError(f"{driver.command} did not take the image: {said}", hint=f"Try it by hand: {' '.join(argv)}")

    return ImageStore(f"cluster {context}", lambda: listed_images(driver.images(cluster)), load)
