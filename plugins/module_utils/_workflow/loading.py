# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every job begins with: the documents of a request, and the cluster that it is about."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from .._cluster import Cluster, connect
from .._events import RunPhase, Sink
from .._model import Selection, load_workspace, merge, select, told_below
from .._secrets import secret
from .choose_cluster import choose_cluster
from .git_variables import with_git
from .registry_auth import with_registry_auth
from .request import Request


def load(
    request: Request,
    *,
    with_dependencies: bool = True,
    reads_environment: bool = True,
    asking: Collection[str] | None = None,
    images: bool = True,
) -> Selection:
    """Read, check and merge the documents. reads_environment: whether variables are wanted; asking: of which instances, None for all.
    images: whether their references are, for which sources are looked through.

    Raises DocumentError, UsageError.
    """
    environ = with_registry_auth(os.environ if request.system_environment is None else request.system_environment)
    selection = select(
        load_workspace(request.workspace),
        request.environment,
        instances=request.instances,
        variables=merge(request.variables, secret(request.secret_variables)),
        profiles=request.profiles,
        system_environment=environ if reads_environment else None,
        allowed_environment=request.allow_environment,
        with_dependencies=with_dependencies,
        asking=asking,
    )
    return _with_computed(selection, images) if reads_environment else selection


def _with_computed(selection: Selection, images: bool) -> Selection:
    """With what is computed of the repository and of sources, for those who name it."""
    selection = with_git(selection)
    if images and any(instance.builds for instance in selection.instances):
        from .image_references import with_images  # most workspaces build nothing

        return with_images(selection)
    return selection


@contextmanager
def cluster_of(request: Request, selection: Selection, sink: Sink) -> Iterator[Cluster]:
    """The cluster of a request, while the connection is open. Raises RoroError."""
    sink(RunPhase("", "connect"))
    with told_below(selection.workspace.root):
        cluster = connect(choose_cluster(request.connection, selection.environment, root=selection.workspace.root))
        try:
            yield cluster
        finally:
            cluster.close()
