# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building the images of an environment, and bringing them to its cluster or registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .._build import BuildOptions, Built, Destination, Images, LastImage, Tell, registry_of, warnings, write_last
from .._cluster import describe
from .._errors import ConnectionFailed, UsageError
from .._local_cluster import image_store
from .._model import Selection
from .choose_cluster import choose_cluster
from .image_references import WantedImage, wanted_images
from .loading import load
from .request import Request

Deliver = Literal["auto", "nothing", "load", "push"]
NOBODYS = "roro.local"


@dataclass(frozen=True)
class BuildReport:
    """images: in the order of the instances."""

    workspace: str
    environment: str
    images: tuple[Built, ...]

    @property
    def failed(self) -> tuple[Built, ...]:
        """Those that were not built, or not delivered."""
        return tuple(one for one in self.images if one.state == "failed")


def build(request: Request, options: BuildOptions, deliver: Deliver, tell: Tell, notice: Callable[[str], None]) -> BuildReport:
    """Build what the request's instances are made of. options: its `deliver` is chosen by this `deliver`, where auto loads into a cluster
    that takes images, else pushes to the registries that the names say. Raises RoroError before anything is built; what fails then is in
    the report."""
    selection = load(request, images=False)
    wanted = wanted_images(selection)
    if not wanted:
        _refuse_nothing(request, selection)
        return BuildReport(selection.workspace.name, selection.environment.name, ())
    specs = [one.spec for one in wanted]
    for sentence in warnings(specs):
        notice(sentence)
    destination = _destination(request, selection) if deliver in ("auto", "load") else None
    how = _how(deliver, destination, wanted, notice)
    chosen = BuildOptions(how, options.builder, options.no_cache, options.pull, options.allowed_secrets, options.authfile)
    built = Images(chosen, destination, tell).build(specs)
    if how != "nothing":
        _remember(selection, wanted, built, local=how == "load")
    return BuildReport(selection.workspace.name, selection.environment.name, tuple(built))


def _refuse_nothing(request: Request, selection: Selection) -> None:
    """Somebody who named instances wanted images of these. Raises UsageError."""
    if request.instances:
        named = ", ".join(request.instances)
        raise UsageError(f"nothing is built for {named}", hint='An app that is built says so: "build" in its app.json (docs/builds.md).')


def _destination(request: Request, selection: Selection) -> Destination | None:
    """The environment's cluster, where its nodes take images. A cluster that is not named, or not there, is none."""
    try:
        connection = choose_cluster(request.connection, selection.environment, root=selection.workspace.root)
        context = describe(connection).context
    except (ConnectionFailed, UsageError):
        return None
    return image_store(context, connection.kubeconfig if isinstance(connection.kubeconfig, str) else None)


def _how(
    deliver: Deliver, destination: Destination | None, wanted: list[WantedImage], notice: Callable[[str], None]
) -> Literal["nothing", "load", "push"]:
    """Raises UsageError for what cannot be."""
    nobodys = [one.spec.label for one in wanted if registry_of(one.spec.repository) == NOBODYS]
    if deliver == "push" or (deliver == "auto" and destination is None and not nobodys):
        if nobodys:
            hint = 'Say where it goes: "image": "registry.example.com/shop/api" in its "build".'
            raise UsageError(f"image {nobodys[0]} has no registry in its name, so it cannot be pushed", hint=hint)
        return "push"
    if deliver == "load" and destination is None:
        hint = "roro cluster up makes one; images of any other cluster are pushed: --push."
        raise UsageError("the environment's cluster takes no images: it is no local cluster", hint=hint)
    if destination is not None:
        return "load"
    if deliver == "auto":
        notice(f"image {nobodys[0]} stays on this machine: no local cluster takes it, and its name has no registry")
    return "nothing"


def _remember(selection: Selection, wanted: list[WantedImage], built: list[Built], *, local: bool) -> None:
    for one, result in zip(wanted, built, strict=True):
        if result.state != "failed":
            last = LastImage(result.inputs, result.reference, local)
            for label in one.labels:
                write_last(selection.workspace.root, selection.environment.name, label, last)
