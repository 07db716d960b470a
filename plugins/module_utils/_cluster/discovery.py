# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which kinds the server serves.

Aggregated discovery (two requests): https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery , KEP-3352;
one request per group version where the server is older than 1.26.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._errors import ApiError, KindNotServed
from .._given import given
from .discovery_cache import DiscoveryCache, Served
from .types import Resource

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

AGGREGATED = ",".join(
    [*(f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" for version in ("v2", "v2beta1")), "application/json"]
)
TRUST_SECONDS = 1.0
"""A kind that a reading this young does not have is not asked for again: one reading answers for many unknown kinds."""

Fetch = Callable[[str, str], dict[str, Any]]
"""(path, Accept header) -> decoded JSON; raises ApiError or ConnectionFailed."""


class Discovery:
    """Thread-safe and lazy: nothing is read before somebody asks, and a cached reading needs no request."""

    def __init__(self, fetch: Fetch, cache: DiscoveryCache, server: str) -> None:
        self._fetch = fetch
        self._cache = cache
        self._server = server
        self._lock = threading.RLock()
        self._served: Served | None = None
        self._index: dict[tuple[str, str], Resource] = {}
        self._read_at = float("-inf")

    def find(self, api_version: str, kind: str) -> Resource | None:
        """The resource, None when it is not served even after a fresh reading. Raises ApiError, ConnectionFailed."""
        with self._lock:
            served = self._current()
            found = self._index.get((api_version, kind))
            if found is not None and api_version not in served.stale:
                return found
            if time.monotonic() - self._read_at > TRUST_SECONDS:
                self._refresh()
            return self._index.get((api_version, kind))

    def resource(self, api_version: str, kind: str) -> Resource:
        """The resource. Raises KindNotServed with what is served instead."""
        found = self.find(api_version, kind)
        if found is None:
            raise not_served(api_version, kind, self.served(), self._server)
        return found

    def served(self) -> Served:
        """Everything, as last read."""
        with self._lock:
            return self._current()

    def version(self) -> str:
        """`v1.34.4`; one request, unless it is known since the last reading. Others may ask for kinds meanwhile."""
        known = self.served().version
        if known:
            return known
        version = str(self._fetch("/version", "application/json").get("gitVersion") or "")
        with self._lock:
            self._served = replace(self._current(), version=version)
            self._cache.save(self._served)
        return version

    def invalidate(self) -> None:
        """Read anew when somebody asks next, here and in later runs."""
        with self._lock:
            self._served = None
            self._index = {}
            self._read_at = float("-inf")
            self._cache.drop()

    def _current(self) -> Served:
        if self._served is None:
            cached = self._cache.load()
            if cached is None:
                self._refresh()
            else:
                self._take(cached)
        return given(self._served, "what was just read")

    def _refresh(self) -> None:
        served = read_served(self._fetch)
        self._take(served)
        self._read_at = time.monotonic()
        self._cache.save(served)

    def _take(self, served: Served) -> None:
        self._served = served
        self._index = {}
        for resource in served.resources:
            self._index.setdefault((resource.api_version, resource.kind), resource)


def _threads(count: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # here, as it loads slowly and what is served is mostly known

    return ThreadPoolExecutor(count, thread_name_prefix="roro-discovery")


def read_served(fetch: Fetch) -> Served:
    """Read everything from the server. Raises ApiError, ConnectionFailed."""
    with _threads(2) as pool:
        documents = list(pool.map(lambda path: fetch(path, AGGREGATED), ("/api", "/apis")))
    if all(document.get("kind") == "APIGroupDiscoveryList" for document in documents):
        resources, stale = aggregated(documents)
    else:
        resources, stale = _unaggregated(documents, fetch)
    return Served(preferred_first(resources), frozenset(stale))


def aggregated(documents: Iterable[Mapping[str, Any]]) -> tuple[list[Resource], list[str]]:
    """Resources and stale group versions of APIGroupDiscoveryLists."""
    resources: list[Resource] = []
    stale: list[str] = []
    for document in documents:
        for group in document.get("items") or []:
            name = str((group.get("metadata") or {}).get("name") or "")
            for version in group.get("versions") or []:
                if version.get("freshness") == "Stale":
                    stale.append(f"{name}/{version['version']}")
                resources += [
                    _resource(name, version["version"], entry)
                    for entry in version.get("resources") or []
                    if (entry.get("responseKind") or {}).get("kind")
                ]
    return resources, stale


def _resource(group: str, version: str, entry: Mapping[str, Any]) -> Resource:
    return Resource(
        group,
        version,
        entry["responseKind"]["kind"],
        entry["resource"],
        entry.get("scope") == "Namespaced",
        frozenset(entry.get("verbs") or ()),
        frozenset(sub["subresource"] for sub in entry.get("subresources") or ()),
    )


def _unaggregated(documents: list[dict[str, Any]], fetch: Fetch) -> tuple[list[Resource], list[str]]:
    """APIVersions and APIGroupList, then an APIResourceList for each group version."""
    core, groups = documents
    names = list(core.get("versions") or [])
    for group in groups.get("groups") or []:
        preferred = (group.get("preferredVersion") or {}).get("groupVersion")
        versions = [version["groupVersion"] for version in group.get("versions") or []]
        names += [name for name in versions if name == preferred] + [name for name in versions if name != preferred]

    def read(name: str) -> dict[str, Any] | None:
        try:
            return fetch(f"/apis/{name}" if "/" in name else f"/api/{name}", "application/json")
        except ApiError as error:
            if error.status in (404, 500, 503):
                return None  # one broken API service must not hide all others
            raise

    with _threads(8) as pool:
        lists = list(pool.map(read, names))
    resources: list[Resource] = []
    for name, document in zip(names, lists, strict=True):
        resources += resources_of_list(name, document) if document else []
    return resources, [name for name, document in zip(names, lists, strict=True) if document is None]


def resources_of_list(group_version: str, document: Mapping[str, Any]) -> list[Resource]:
    """Resources of one APIResourceList; subresources are told with their resource."""
    group, _, version = group_version.rpartition("/")
    rows = document.get("resources") or []
    subresources: dict[str, set[str]] = {}
    for row in rows:
        plural, slash, sub = row["name"].partition("/")
        if slash:
            subresources.setdefault(plural, set()).add(sub)
    return [
        Resource(
            group,
            version,
            row["kind"],
            row["name"],
            bool(row.get("namespaced")),
            frozenset(row.get("verbs") or ()),
            frozenset(subresources.get(row["name"], ())),
        )
        for row in rows
        if "/" not in row["name"]
    ]


def preferred_first(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Those of each group's first version, which the server prefers, then the others; else in the order given."""
    ordered = tuple(resources)
    preferred: dict[tuple[str, str], str] = {}
    for resource in ordered:
        preferred.setdefault((resource.group, resource.kind), resource.version)
    return tuple(sorted(ordered, key=lambda resource: preferred[resource.group, resource.kind] != resource.version))


def not_served(api_version: str, kind: str, served: Served, server: str) -> KindNotServed:
    """The error for a kind that is missing: another version, another group, a near name, or an API service that does not answer.

    Manifests and values ask for kinds, and it is told where they are written: the hint names neither.
    """
    more, hint = instead(api_version, kind, served)
    hint = hint or "Install the CustomResourceDefinition that defines it, or correct apiVersion and kind."
    return KindNotServed(f"{api_version} {kind} is not served{more}", where=server, hint=hint)


def instead(api_version: str, kind: str, served: Served) -> tuple[str, str]:
    """What is served instead of a kind that is missing, to be put after that sentence, and what to do; "" where nothing is like it."""
    if api_version in served.stale:
        more = f": the API service of {api_version} does not answer"
        return more, f"See `kubectl get apiservices`: repair or remove the one of {api_version}."
    group = api_version.rpartition("/")[0]
    same = [resource.api_version for resource in served.resources if resource.kind == kind]
    same.sort(key=lambda version: version.rpartition("/")[0] != group)
    if same:
        return f"; {', '.join(same)} {kind} is", f"Write apiVersion {same[0]} there."
    import difflib  # here, as it loads slowly and kinds are mostly served

    kinds = {resource.kind.lower(): resource.kind for resource in served.resources}
    near = [kinds[name] for name in difflib.get_close_matches(kind.lower(), kinds, n=3, cutoff=0.7)]
    rows = [f"{resource.api_version} {resource.kind}" for resource in served.resources if resource.kind in near]
    return "", f"Did you mean {' or '.join(rows[:3])}?" if rows else ""
