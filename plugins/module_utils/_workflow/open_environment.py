# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment on its cluster, as its documents and its records know it: what logs, events, usage and commands start from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .._cluster import Cluster, connect
from .._errors import UsageError
from .._model import Selection, load_workspace, select
from .._model.words import suggest
from .._release import Ancestry, Roots, find_roots
from .choose_cluster import choose_cluster
from .request import Request


@dataclass(frozen=True)
class OpenEnvironment:
    """While the connection is open. selection: all instances of the documents, whatever their profiles. roots: see `_release.Roots`.
    names: the instances that are asked for, () for all."""

    cluster: Cluster
    selection: Selection
    roots: Roots
    names: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """Names of workspace and environment."""
        return self.selection.workspace.name, self.selection.environment.name

    @property
    def known(self) -> set[str]:
        """Ids of all instances, those that only the cluster knows too."""
        return {instance.id for instance in self.selection.instances} | set(self.roots.instances)

    @property
    def wanted(self) -> set[str]:
        """Ids of those that are asked for."""
        return set(self.names) or self.known

    @property
    def namespaces(self) -> list[str]:
        """Where the pods of those may be."""
        wanted = self.wanted
        found = {instance.namespace for instance in self.selection.instances if instance.id in wanted}
        return sorted(found | {namespace for name in wanted for namespace in self.roots.namespaces.get(name, ())})

    def ancestry(self) -> Ancestry:
        """Tells whose pods are."""
        return Ancestry(self.cluster, *self.key, self.roots.uids)


@contextmanager
def open_environment(request: Request, tell: Callable[[str], None]) -> Iterator[OpenEnvironment]:
    """Connect and read the records. tell: notices for a person. Raises RoroError, UsageError for an instance that neither the documents
    nor the cluster know."""
    selection = select(
        load_workspace(request.workspace), request.environment, profiles=["*"], system_environment=None, with_dependencies=False
    )
    with connect(choose_cluster(request.connection, selection.environment, root=selection.workspace.root)) as cluster:
        homes = sorted({instance.namespace for instance in selection.instances})
        roots = find_roots(cluster, selection.workspace.name, selection.environment.name, homes)
        if roots.notice:
            tell(roots.notice)
        opened = OpenEnvironment(cluster, selection, roots, tuple(request.instances))
        for name in request.instances:
            if name not in opened.known:
                words = f'there is no instance "{name}" in environment {selection.environment.name}'
                raise UsageError(words, hint=suggest(name, opened.known, what="instances"))
        yield opened
