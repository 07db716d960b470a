# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster room takes and gives. Pure data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from .._objects import KubeObject

_PLAIN = re.compile(r"[A-Za-z0-9._:-]+")


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
        """URL path of the collection or the object. A namespace is ignored for cluster-scoped kinds; names are escaped."""
        base = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{_segment(namespace)}" if self.namespaced and namespace else ""
        return f"{base}{scope}/{self.plural}" + (f"/{_segment(name)}" if name else "")


def _segment(text: str) -> str:
    """A part of a path, escaped where it has to be."""
    return text if _PLAIN.fullmatch(text) else quote(text, safe=":")


LASTING = frozenset({400, 401, 403, 404, 405, 422})
"""Answers to a watch that asking again does not change."""
Keep = Callable[[KubeObject], Any]
"""What stays of an object, taken from it as soon as it is decoded; the object itself is forgotten."""


@dataclass(frozen=True)
class ObjectList:
    """A LIST: items carry apiVersion and kind (or are what was kept of the objects); resource_version is where a watch continues."""

    items: list[Any]
    resource_version: str


@dataclass(frozen=True)
class WatchEvent:
    """One change. type: ADDED, MODIFIED, DELETED, BOOKMARK, or RESYNC (a new LIST: object is {}, `items` has everything).

    version: the resourceVersion up to which everything is told; another watch can continue there.
    """

    type: str
    object: Any
    items: tuple[Any, ...] = ()
    version: str = ""


@dataclass(frozen=True)
class Connection:
    """How to reach a cluster, every part optional; the K8S_AUTH_* spelling of kubernetes.core.

    An explicit field wins over K8S_AUTH_* in the environment, which wins over the kubeconfig. An explicit kubeconfig or context
    chooses the cluster and its user: K8S_AUTH_HOST and credentials from the environment are then left alone. With none of host, kubeconfig,
    context given anywhere, KUBECONFIG and then ~/.kube/config with its current context are used, else the in-cluster account.
    kubeconfig: a path (several joined as in KUBECONFIG) or the decoded document. Secrets are not part of the repr.
    proxy_headers: `proxy_basic_auth`, `basic_auth` (both `user:password`), `user_agent`.
    """

    kubeconfig: str | dict[str, Any] | None = field(default=None, repr=False)
    context: str | None = None
    host: str | None = None
    api_key: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_cert: str | None = None
    client_key: str | None = None
    ca_cert: str | None = None
    validate_certs: bool | None = None
    proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None
    proxy_headers: Mapping[str, str] | None = field(default=None, repr=False)
    impersonate_user: str | None = None
    impersonate_groups: tuple[str, ...] = ()
    persist_config: bool | None = None


Source = Literal["host", "context", "kubeconfig", "current-context", "in-cluster"]


@dataclass(frozen=True)
class ResolvedConnection:
    """What a Connection comes down to, found without a request and without running a credential plugin.

    source: what chose the cluster: `host` (an address was given), `context` (a context was named), `kubeconfig` (a kubeconfig was
    given, its current context is used), `current-context` (nothing was given: that of KUBECONFIG or ~/.kube/config), `in-cluster`.
    origin: where that was said, for a person: `argument`, `K8S_AUTH_CONTEXT`, `KUBECONFIG`, `~/.kube/config`, `service account`.
    user: the kubeconfig's user name, else "". namespace: the context's namespace, "" for none.
    notes: things a person may not expect, such as a K8S_AUTH_HOST that was left alone.
    """

    server: str
    context: str
    user: str
    namespace: str
    source: Source
    origin: str
    kubeconfig: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def chosen(self) -> bool:
        """Whether somebody named this cluster: False when only a current context, or the pod's own account, leads there."""
        return self.source in ("host", "context", "kubeconfig")
