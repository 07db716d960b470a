# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster room takes and gives. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._objects import KubeObject


@dataclass(frozen=True)
class Resource:
    """A kind as the API server serves it. group "" is core; verbs such as `list`, `watch`, `patch`.

    `apiVersion` grammar: https://kubernetes.io/docs/reference/using-api/api-concepts/
    """

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str] = frozenset()
    subresources: frozenset[str] = frozenset()

    @property
    def api_version(self) -> str:
        """`v1` or `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """URL path of the collection or the object. A namespace is ignored for cluster-scoped kinds."""
        base = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{base}{scope}/{self.plural}" + (f"/{name}" if name else "")


@dataclass(frozen=True)
class ObjectList:
    """A LIST: items carry apiVersion and kind; resource_version is where a watch continues."""

    items: list[KubeObject]
    resource_version: str


@dataclass(frozen=True)
class WatchEvent:
    """One change. type: ADDED, MODIFIED, DELETED, BOOKMARK, or RESYNC (object is {}: the watch had to LIST again; `items` has everything)."""

    type: str
    object: KubeObject
    items: tuple[KubeObject, ...] = ()


@dataclass(frozen=True)
class Connection:
    """How to reach a cluster, every part optional; the K8S_AUTH_* spelling of kubernetes.core.

    An explicit field wins over K8S_AUTH_* in the environment, which wins over the kubeconfig. With none of host, kubeconfig,
    context given anywhere, KUBECONFIG and then ~/.kube/config with its current context are used, else the in-cluster account.
    """

    kubeconfig: str | dict[str, Any] | None = None
    context: str | None = None
    host: str | None = None
    api_key: str | None = None
    username: str | None = None
    password: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    ca_cert: str | None = None
    validate_certs: bool | None = None
    proxy: str | None = None
    no_proxy: str | None = None
    impersonate_user: str | None = None
    impersonate_groups: tuple[str, ...] = ()
    persist_config: bool | None = None
