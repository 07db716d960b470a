# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only room that talks to an API server: connection, discovery, requests, list, watch.

May import `_errors`, `_objects`, `_state`. Third-party: urllib3; `kubernetes.config` lazily and only for kubeconfigs that need it.

Front door:
    connect(connection: Connection) -> Cluster

    class Cluster (thread-safe; one connection pool):
        server: str                                   base URL, for messages
        context: str                                  context name or "" (in-cluster, host given)
        requests: RequestCounter                      how many requests were sent, by verb (benchmarks and tests read it)
        version() -> str                              `v1.34.4`
        resource(api_version, kind) -> Resource       discovery; refreshed once on a miss; raises KindNotServed
        find_resource(api_version, kind) -> Resource | None   the same without raising, with the refresh
        resources() -> tuple[Resource, ...]           everything served, preferred versions first
        invalidate_discovery() -> None                after a CRD or APIService appeared
        request(method, path, *, query, body, content_type, timeout, retry) -> Any   raw JSON both ways; raises ApiError, ConnectionFailed
        get(resource, namespace, name) -> KubeObject | None        None on 404
        list(resource, namespace=None, *, selector="", field_selector="", metadata_only=False) -> ObjectList   pages followed; GC paused
        watch(resource, namespace=None, *, selector="", field_selector="", resource_version, stop) -> Iterator[WatchEvent]
        apply(resource, obj, *, force=False, dry_run=False, field_manager=FIELD_MANAGER) -> tuple[KubeObject, bool]   (object, created);
                                                      server-side apply, https://kubernetes.io/docs/reference/using-api/server-side-apply/
        create(resource, obj, *, dry_run=False) -> KubeObject
        replace(resource, obj, *, dry_run=False) -> KubeObject
        merge_patch(resource, namespace, name, patch, *, dry_run=False) -> KubeObject
        delete(resource, namespace, name, *, uid=None, propagation="Background", dry_run=False) -> KubeObject | None   None when it was not there
        close() -> None
"""

from __future__ import annotations

from .types import Connection, ObjectList, Resource, WatchEvent

__all__ = ["Connection", "ObjectList", "Resource", "WatchEvent"]
