# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only room that talks to an API server: connection, discovery, requests, list, watch.

May import `_errors`, `_objects`, `_state`. Third-party: urllib3; `kubernetes.config` lazily and only for kubeconfigs that need it.

Front door:
    connect(connection, *, concurrency=32, warn=None) -> Cluster      makes no request; raises ConnectionFailed
    describe(connection) -> ResolvedConnection                         what would be chosen, and by whom; no request, no plugin run
    contexts_of(connection) -> names                                   of its kubeconfig; raises ConnectionFailed
    refuse_foreign_means(paths, context, folder)                       a workspace's own kubeconfig runs no command and reads
                                                                       no file outside; raises ConnectionFailed
    pinned(connection) -> Connection                                   the same for another process: nothing left to the environment
    causes(body), manager_conflicts(body)                              what the Status of a refused write names
    saying(message) -> Saying                                          what a 500 of the server is about: reason and hint
    rfc3339(moment) -> str                                             as Kubernetes writes times
    follow (a sub-room)                                                the one way to follow a kind: streams, and caches that are shared
    collector_paused()                                                 context manager around big decodes elsewhere
    collector_seldom()                                                 the same around a whole run: the collector works seldom

    class Cluster (thread-safe; one connection pool; usable as a context manager):
        server: str                                   base URL, for messages
        context: str                                  context name or "" (in-cluster, host given)
        connection: ResolvedConnection
        now() -> datetime                             UTC by the server's clock
        requests: RequestCounter                      how many requests were sent, by verb (benchmarks and tests read it)
        followers: Followers                          caches that users share; see `follow`
        raw() -> RawAccess                            address, headers, TLS and proxy of connections that are no requests
        version() -> str                              `v1.34.4`
        resource(api_version, kind) -> Resource       discovery; refreshed once on a miss; raises KindNotServed
        find_resource(api_version, kind) -> Resource | None   the same without raising, with the refresh
        instead(api_version, kind) -> tuple[str, str] what is served instead of a kind that is not, and what to do
        resources() -> tuple[Resource, ...]           everything served, preferred versions first
        unanswered() -> frozenset[str]                group versions whose own API server does not answer
        invalidate_discovery() -> None                after a CRD or APIService appeared, or a LIST of a cached kind answered 404
        request(method, path, *, query, body, content_type, timeout, retry) -> Any   raw JSON both ways; raises ApiError, ConnectionFailed
        get(resource, namespace, name) -> KubeObject | None        None on 404
        list(resource, namespace=None, *, selector="", field_selector="", metadata_only=False, keep=None)
                                                      -> ObjectList   pages followed; GC paused
        watch(resource, namespace=None, *, selector="", field_selector="", resource_version="", metadata_only=False, keep=None, stop,
              trouble=None)
                                                      -> Iterator[WatchEvent]
        logs(namespace, pod, container="", *, tail=50, previous=False) -> str
        log_stream(namespace, pod, container, *, follow, previous, since, tail, stop) -> Iterator[bytes]    as it comes, with times
        apply(resource, obj, *, force=False, dry_run=False, field_manager=FIELD_MANAGER) -> tuple[KubeObject, bool]   (object, created);
                                                      server-side apply, https://kubernetes.io/docs/reference/using-api/server-side-apply/
        create(resource, obj, *, dry_run=False) -> KubeObject
        replace(resource, obj, *, dry_run=False) -> KubeObject
        merge_patch(resource, namespace, name, patch, *, dry_run=False) -> KubeObject
        delete(resource, namespace, name, *, uid=None, propagation="Background", dry_run=False) -> KubeObject | None
                                                      None when it was not there
        close() -> None                               ends its watches too

Writes are validated strictly: a field that the kind does not have is an ApiError, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._errors import ConnectionFailed
from .clock import rfc3339
from .conflicts import causes, manager_conflicts
from .pause import collector_paused, collector_seldom
from .server_errors import Saying, saying
from .types import Connection, ObjectList, ResolvedConnection, Resource, WatchEvent

if TYPE_CHECKING:
    from .cluster import Cluster

__all__ = [
    "Cluster",
    "Connection",
    "ObjectList",
    "ResolvedConnection",
    "Resource",
    "Saying",
    "WatchEvent",
    "causes",
    "collector_paused",
    "collector_seldom",
    "connect",
    "contexts_of",
    "describe",
    "manager_conflicts",
    "pinned",
    "refuse_foreign_means",
    "rfc3339",
    "saying",
]


def connect(connection: Connection, *, concurrency: int = 32, warn: Callable[[str], None] | None = None) -> Cluster:
    """A Cluster; nothing is sent yet. concurrency: threads that may ask at once. warn: gets each different warning of the server once.

    Raises ConnectionFailed.
    """
    try:
        import urllib3  # noqa: F401 - asked for here so that its absence has words
    except ImportError as error:
        raise ConnectionFailed("the Python library `urllib3` is missing", hint="Install it: `pip install urllib3`.") from error
    from .cluster import Cluster
    from .config import resolve

    access = resolve(connection)
    return Cluster(access, concurrency=concurrency, warn=warn) if warn else Cluster(access, concurrency=concurrency)


def describe(connection: Connection) -> ResolvedConnection:
    """Which cluster and user a connection leads to, and what chose them. Raises ConnectionFailed as `connect` does."""
    from .config import resolve

    return resolve(connection).resolved


def contexts_of(connection: Connection) -> list[str]:
    """Names of the contexts in the kubeconfig that a connection leads to, sorted. Raises ConnectionFailed when it cannot be read."""
    import os

    from .config import contexts_of as listed

    return listed(connection, os.environ)


def pinned(connection: Connection) -> Connection:
    """The connection with all that this process's environment adds, so that another process reaches the same. Raises ConnectionFailed."""
    import os

    from .config.pin import pinned as pin

    return pin(connection, os.environ)


def refuse_foreign_means(paths: str, context: str | None, folder: Path) -> None:
    """Raise ConnectionFailed when a kubeconfig that came with the workspace in `folder` would run a command or read a file outside it."""
    from .config.foreign import refuse_foreign_means as refuse

    refuse(paths, context, folder)


def __getattr__(name: str) -> Any:
    """`Cluster`, imported when first asked for: urllib3 costs 35 ms that reading documents need not pay."""
    if name == "Cluster":
        from .cluster import Cluster

        return Cluster
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
