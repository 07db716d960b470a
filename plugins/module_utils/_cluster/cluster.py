# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster as callers see it: objects in, objects out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Union
from urllib.parse import urlencode, urlsplit

from .._errors import ApiError, ClusterError
from .._objects import FIELD_MANAGER, KubeObject
from .calls import encoded, names_version, namespace_for, object_in, object_path, subject_for, subject_of, with_query, write_query
from .config import Access
from .conflicts import manager_conflicts
from .discovery import Discovery, instead
from .discovery_cache import DiscoveryCache, cache_key
from .errors import Subject, api_error
from .item_by_item import decode_items
from .listing import Page, list_all
from .redact import secret_values
from .retry import Limits
from .streams import StreamKeeper
from .transport import ANYTHING, JSON, Call, Reply, RequestCounter, Transport
from .types import Keep, ObjectList, ResolvedConnection, Resource, WatchEvent

if TYPE_CHECKING:
    from .follow import Followers
    from .raw import RawAccess
    from .watch import WatchLimits

APPLY_PATCH = "application/apply-patch+yaml"
MERGE_PATCH = "application/merge-patch+json"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
LOG_LIMIT_BYTES = 256 * 1024
APPLY_RACES = 4
"""How often an apply is sent again when the object changed under it on the server."""

Query = Union[Mapping[str, str], Sequence[tuple[str, str]]]  # noqa: UP007 - ansible-test reads it as an older Python


def _ignore(warning: str) -> None:
    """Default for warnings of the server."""


class Cluster:
    """One API server and one user. Thread-safe; nothing is sent before it is needed.

    warn: gets each different warning of the server once (deprecated versions, pod security).
    Every method raises ApiError when the server refuses and ConnectionFailed when it cannot be reached.
    """

    def __init__(
        self,
        access: Access,
        *,
        concurrency: int = 32,
        limits: Limits | None = None,
        watch_limits: WatchLimits | None = None,
        warn: Callable[[str], None] = _ignore,
        cache: DiscoveryCache | None = None,
    ) -> None:
        self._access = access
        self._transport = Transport(access, concurrency=concurrency, limits=limits or Limits(), warn=warn)
        self._watch_limits = watch_limits
        self._keeper = StreamKeeper(self._transport.closed)
        self._followers: Followers | None = None
        self._followers_lock = threading.Lock()
        self._discovery = Discovery(self._fetch_discovery, cache or DiscoveryCache(access), access.server)

    @property
    def server(self) -> str:
        """Base URL, for messages."""
        return self._access.server

    @property
    def identity(self) -> str:
        """A digest of the server's address and CA: a cluster that was made anew has another one. Asks nobody."""
        return cache_key(self._access)

    @property
    def context(self) -> str:
        """Context name, "" for an address that was given and for the in-cluster account."""
        return self._access.resolved.context

    @property
    def connection(self) -> ResolvedConnection:
        """What was chosen, and by whom."""
        return self._access.resolved

    @property
    def requests(self) -> RequestCounter:
        """How many requests were sent."""
        return self._transport.counter

    @property
    def followers(self) -> Followers:
        """Caches of what is on the cluster, which users of this connection share; they end with it."""
        from .follow import Followers

        with self._followers_lock:
            self._followers = self._followers or Followers(lambda: self)
            return self._followers

    def raw(self) -> RawAccess:
        """For connections that are no requests (WebSockets), with this cluster's credentials."""
        from .raw import RawAccess

        return RawAccess(self._access)

    def now(self) -> datetime:
        """The time in UTC by the server's clock, as its last answer told it; our own before the first."""
        return self._transport.clock.now()

    def given_up(self, stop: threading.Event) -> AbstractContextManager[None]:
        """What this thread asks for meanwhile is not asked for again once `stop` is set; an attempt under way is awaited."""
        return self._transport.given_up(stop)

    def one_try(self) -> AbstractContextManager[None]:
        """What this thread asks for meanwhile is asked for once: a server that is away is not waited for."""
        once = threading.Event()
        once.set()
        return self.given_up(once)

    # What is served

    def version(self) -> str:
        """The server's version, such as `v1.34.4`; kept with discovery."""
        return self._discovery.version()

    def resource(self, api_version: str, kind: str) -> Resource:
        """The resource of a kind. Raises KindNotServed, which names what is served instead."""
        return self._discovery.resource(api_version, kind)

    def find_resource(self, api_version: str, kind: str) -> Resource | None:
        """The resource of a kind, None when it is not served even after discovery was read anew."""
        return self._discovery.find(api_version, kind)

    def instead(self, api_version: str, kind: str) -> tuple[str, str]:
        """What is served instead of a kind that is not, as words after that sentence, and what to do; "" where nothing is like it."""
        return instead(api_version, kind, self._discovery.served())

    def resources(self) -> tuple[Resource, ...]:
        """Everything served, preferred versions first."""
        return self._discovery.served().resources

    def unanswered(self) -> frozenset[str]:
        """Group versions (`example.com/v1`) that are registered and whose own API server did not answer when discovery was read last."""
        return self._discovery.served().stale

    def invalidate_discovery(self) -> None:
        """Read discovery anew when it is needed next: a CRD or APIService came or went."""
        self._discovery.invalidate()

    # Reading

    def get(self, resource: Resource, namespace: str | None, name: str) -> KubeObject | None:
        """One object, None when it is not there."""
        call = Call("get", "GET", object_path(resource, namespace, name))
        reply = self._send(call, partial(subject_for, resource, namespace, name), accept=(404,))
        # A 404 about the kind (a removed CRD) carries no name; it is an answer about the object all the same.
        return None if reply.status == 404 else object_in(reply)

    def list(
        self,
        resource: Resource,
        namespace: str | None = None,
        *,
        selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
        keep: Keep | None = None,
    ) -> ObjectList:
        """All objects of a kind, in one namespace or in all (None).

        selector: labels, https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ .
        metadata_only: the items have apiVersion, kind and metadata, nothing else. keep: what the items are, made from each object.
        ApiError 404 says that the kind is gone: invalidate discovery.
        """
        subject = partial(subject_for, resource, namespace, "")
        headers = self._list_headers(metadata_only=metadata_only)
        decode = None if keep is None else partial(decode_items, keep=_reader(resource, keep))

        def page(query: dict[str, str]) -> Page:
            filters = {"labelSelector": selector, "fieldSelector": field_selector, **query}
            call = Call("list", "GET", with_query(resource.path(namespace), filters), headers=headers, decode=decode)
            return Page.of(self._send(call, subject).document)

        found = list_all(page)
        if keep is None:
            for item in found.items:
                _name_kind(item, resource)
        return found

    def watch(
        self,
        resource: Resource,
        namespace: str | None = None,
        *,
        selector: str = "",
        field_selector: str = "",
        resource_version: str = "",
        metadata_only: bool = False,
        keep: Keep | None = None,
        stop: threading.Event,
        trouble: Callable[[ClusterError | None], None] | None = None,
    ) -> Iterator[WatchEvent]:
        """Changes after resource_version ("": everything first, as RESYNC), over disconnects, until close or `stop` (noticed within 0.1 s).

        metadata_only, keep: as for `list`. trouble: told with the error when the server went away, and with None when it answers, also
        for the first time; the watch goes on meanwhile.
        Raises ApiError when the kind is gone or the right is missing, ConnectionFailed when the server stays away for minutes.
        """
        filters = {"labelSelector": selector, "fieldSelector": field_selector}

        def path(version: str, seconds: int) -> str:
            watch = {"watch": "true", "allowWatchBookmarks": "true", "resourceVersion": version, "timeoutSeconds": str(seconds)}
            return with_query(resource.path(namespace), {**filters, **watch})

        def relist() -> ObjectList:
            with self.given_up(stop):
                return self.list(
                    resource, namespace, selector=selector, field_selector=field_selector, metadata_only=metadata_only, keep=keep
                )

        def fail(status: int, body: bytes) -> ApiError:
            return api_error(status, body, subject_for(resource, namespace, ""), self._access)

        from .watch import Watch, WatchRequest

        headers = {"Accept": f"{METADATA},{JSON}"} if metadata_only else {}
        request = WatchRequest(path, relist, fail, _reader(resource, keep), headers, trouble)
        return Watch(self._transport, self._keeper, request, stop, self._watch_limits).events(resource_version)

    def logs(self, namespace: str, pod: str, container: str = "", *, tail: int = 50, previous: bool = False) -> Sequence[str]:
        """The last lines that a container wrote, at most 256 KiB. previous: the container before its restart."""
        resource = Resource("", "v1", "Pod", "pods", namespaced=True)
        query = {
            "container": container,
            "timestamps": "true",
            "tailLines": str(tail),
            "limitBytes": str(LOG_LIMIT_BYTES),
            "previous": "true" if previous else "",
        }
        from .log_stream import written

        call = Call("log", "GET", with_query(object_path(resource, namespace, pod) + "/log", query), headers={"Accept": ANYTHING})
        return written(self._send(call, partial(subject_for, resource, namespace, pod)).data)

    def log_stream(
        self,
        namespace: str,
        pod: str,
        container: str,
        *,
        follow: bool = False,
        previous: bool = False,
        since: str = "",
        tail: int | None = None,
        stop: threading.Event,
    ) -> Iterator[bytes]:
        """A container's log as it comes, each line after its time, over one connection until it ends, or `stop` (noticed within 0.1 s).

        since: RFC 3339; the kubelet looks at whole seconds. tail: the last lines only. Raises ConnectionFailed where it broke.
        """
        resource = Resource("", "v1", "Pod", "pods", namespaced=True)
        query = {
            "container": container,
            "timestamps": "true",
            "follow": "true" if follow else "",
            "previous": "true" if previous else "",
            "sinceTime": since,
            "tailLines": "" if tail is None else str(tail),
        }
        path = with_query(object_path(resource, namespace, pod) + "/log", query)

        def fail(status: int, body: bytes) -> ApiError:
            return api_error(status, body, subject_for(resource, namespace, pod), self._access)

        from .log_stream import LogRequest, log_blocks

        return log_blocks(self._transport, self._keeper, LogRequest(path, fail), stop)

    # Writing

    def apply(
        self,
        resource: Resource,
        obj: KubeObject,
        *,
        force: bool = False,
        dry_run: bool = False,
        field_manager: str = FIELD_MANAGER,
    ) -> tuple[KubeObject, bool]:
        """Server-side apply: the object as it is now, and whether it was created.

        https://kubernetes.io/docs/reference/using-api/server-side-apply/ ; a conflict names managers and fields. force: take those fields.
        """
        query = {"fieldManager": field_manager, "force": "true" if force else "", **write_query(dry_run=dry_run)}
        call = self._write("apply", "PATCH", resource, obj, query, APPLY_PATCH)
        subject = partial(subject_of, resource, obj)
        for _ in range(APPLY_RACES):
            reply = self._send(call, subject, accept=(409,))
            if reply.status != 409:
                return object_in(reply), reply.status == 201
            error = api_error(409, reply.data, subject(), self._access, attempts=reply.attempts)
            if any(manager_conflicts(error.body)) or names_version(obj):
                break
        raise error

    def create(self, resource: Resource, obj: KubeObject, *, dry_run: bool = False, again: bool = False) -> KubeObject:
        """POST. Never sent twice unless the first certainly did not arrive; ApiError AlreadyExists is for the caller.

        again: send it again when the answer was lost. The name is taken only once, so nothing is made twice, but AlreadyExists may
        then be about the caller's own object.
        """
        query = {"fieldManager": FIELD_MANAGER, **write_query(dry_run=dry_run)}
        call = self._write("create", "POST", resource, obj, query, JSON, repeatable=dry_run or again)
        return object_in(self._send(call, partial(subject_of, resource, obj)))

    def replace(self, resource: Resource, obj: KubeObject, *, dry_run: bool = False) -> KubeObject:
        """PUT. With a resourceVersion in the object, ApiError Conflict says that it changed meanwhile."""
        query = {"fieldManager": FIELD_MANAGER, **write_query(dry_run=dry_run)}
        return object_in(self._send(self._write("update", "PUT", resource, obj, query, JSON), partial(subject_of, resource, obj)))

    def merge_patch(
        self, resource: Resource, namespace: str | None, name: str, patch: Mapping[str, Any], *, dry_run: bool = False
    ) -> KubeObject:
        """JSON merge patch, RFC 7386: null removes."""
        query = {"fieldManager": FIELD_MANAGER, **write_query(dry_run=dry_run)}
        path = with_query(object_path(resource, namespace, name), query)
        call = Call("patch", "PATCH", path, encoded(patch), {"Content-Type": MERGE_PATCH})
        return object_in(self._send(call, partial(subject_for, resource, namespace, name, patch)))

    def delete(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        *,
        uid: str | None = None,
        propagation: str = "Background",
        dry_run: bool = False,
    ) -> KubeObject | None:
        """Delete one object; None when it was not there. uid: only that very object, else ApiError Conflict.

        What comes back is the object while finalizers keep it, or a Status. propagation: Background, Foreground or Orphan.
        """
        options: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        if uid:
            options["preconditions"] = {"uid": uid}
        if dry_run:
            options["dryRun"] = ["All"]
        call = Call("delete", "DELETE", object_path(resource, namespace, name), encoded(options), {"Content-Type": JSON})
        reply = self._send(call, partial(subject_for, resource, namespace, name), accept=(404,))
        return None if reply.status == 404 else object_in(reply)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: Any = None,
        content_type: str = JSON,
        timeout: float | None = None,
        retry: bool | None = None,
    ) -> Any:
        """Any request, JSON both ways (None for an empty answer). path: starts with `/`.

        timeout: seconds for the call with all its retries. retry: whether sending it twice is harmless; None: all methods but POST.
        """
        pairs = list(query.items()) if isinstance(query, Mapping) else list(query)
        headers = {} if body is None else {"Content-Type": content_type}
        repeatable = method != "POST" if retry is None else retry
        full = f"{path}{'&' if '?' in path else '?'}{urlencode(pairs)}" if pairs else path
        call = Call("raw", method, full, None if body is None else encoded(body), headers, repeatable, timeout)

        def subject() -> Subject:
            secret = secret_values(body if isinstance(body, dict) else None) if "/secrets" in path else None
            return Subject(f"{method} {path}", secret)

        return self._send(call, subject).document

    def close(self) -> None:
        """End watches and waiting retries, close the connections."""
        if self._followers is not None:
            self._followers.close()
        self._transport.close()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def _write(
        self,
        verb: str,
        method: str,
        resource: Resource,
        obj: KubeObject,
        query: Mapping[str, str],
        content_type: str,
        *,
        repeatable: bool = True,
    ) -> Call:
        metadata = obj.get("metadata") or {}
        namespace = metadata.get("namespace")
        if verb == "create":
            path = resource.path(namespace_for(resource, namespace, metadata.get("name") or ""))
        else:
            path = object_path(resource, namespace, metadata.get("name") or "")
        return Call(verb, method, with_query(path, query), encoded(obj), {"Content-Type": content_type}, repeatable)

    def _send(self, call: Call, subject: Callable[[], Subject], *, accept: tuple[int, ...] = ()) -> Reply:
        """subject: whom an error is about; asked for where there is one, as the values of a Secret are looked for then."""
        reply = self._transport.send(call)
        if reply.status >= 400 and reply.status not in accept:
            raise api_error(reply.status, reply.data, subject(), self._access, attempts=reply.attempts)
        return reply

    def _fetch_discovery(self, path: str, accept: str) -> dict[str, Any]:
        verb = "version" if path == "/version" else "discovery"
        document = self._send(Call(verb, "GET", path, headers={"Accept": accept}), partial(Subject, f"GET {path}")).document
        return document if isinstance(document, dict) else {}

    def _list_headers(self, *, metadata_only: bool) -> dict[str, str]:
        headers = {"Accept": f"{METADATA_LIST},{JSON}"} if metadata_only else {}
        if urlsplit(self.server).hostname not in ("127.0.0.1", "localhost", "::1"):
            headers["Accept-Encoding"] = "gzip"  # worth its time only where bytes travel
        return headers


def _name_kind(obj: KubeObject, resource: Resource) -> KubeObject:
    """Items of a list do not say what they are, and metadata alone says that it is that."""
    obj["apiVersion"], obj["kind"] = resource.api_version, resource.kind
    return obj


def _reader(resource: Resource, keep: Keep | None) -> Keep:
    """A decoded object -> what the caller gets of it."""
    return (lambda obj: _name_kind(obj, resource)) if keep is None else (lambda obj: keep(_name_kind(obj, resource)))
