# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in what runs: the way from an instance's name to a container of one of its pods."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .._cluster import Resource
from .._errors import ApiError, ClusterError, ReleaseError, UsageError
from .._exec.choose import Place, choose
from .._objects import KubeObject
from .open_environment import OpenEnvironment, open_environment
from .request import Request

PODS = Resource("", "v1", "Pod", "pods", True)


@dataclass(frozen=True)
class Deployed(OpenEnvironment):
    """The one instance that is asked for, on its cluster."""

    @property
    def instance(self) -> str:
        """Its id."""
        return self.names[0]

    def pods(self) -> list[KubeObject]:
        """All pods of the instance. Raises ClusterError."""
        found = [pod for namespace in self.namespaces for pod in self._list(namespace)]
        return [pod for whose, pod in zip(self.ancestry().instances_of(found), found, strict=True) if whose == self.instance]

    def place(self, container: str = "", pod: str = "") -> Place:
        """The container that a command goes to. Raises ClusterError, ReleaseError when none runs."""
        found = choose(self.instance, self.pods(), container, pod)
        if isinstance(found, Place):
            return found
        raise ReleaseError.of([found])

    def _list(self, namespace: str) -> list[KubeObject]:
        try:
            return self.cluster.list(PODS, namespace).items
        except ApiError as error:
            if error.status != 403:
                raise
            raise ClusterError(f"you may not see the pods of namespace {namespace}", hint="Ask for get and list on pods.") from error


@contextmanager
def deployed(request: Request, tell: Callable[[str], None]) -> Iterator[Deployed]:
    """The one instance that the request names. tell: notices for a person. Raises RoroError."""
    if len(request.instances) != 1:
        raise UsageError("which instance?", hint="Name one: `roro exec ENV INSTANCE -- COMMAND`; `roro ps` lists them.")
    with open_environment(request, tell) as opened:
        yield Deployed(opened.cluster, opened.selection, opened.roots, opened.names)
