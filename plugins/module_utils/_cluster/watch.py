# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches that survive: disconnects, stalled connections, server restarts, 410 Gone.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from urllib3 import BaseHTTPResponse, HTTPResponse
from urllib3 import exceptions as http

from .._errors import ApiError, ClusterError
from .errors import connection_failed
from .exchange import LongAnswer
from .retry import Limits, is_unsettled, retry_after
from .streams import StreamKeeper
from .transport import Call, Transport
from .types import LASTING, Keep, ObjectList, WatchEvent

MAX_LINE = 256 * 1024**2
"""Bytes of one line of a stream, which is one object."""


@dataclass(frozen=True)
class WatchLimits:
    """Seconds. server: how long the server keeps one watch open (jittered up to twice, as client-go). silence: without a byte for so
    long (jittered up to 1.25 times) a connection counts as stalled; the server sends a bookmark a minute. patience: how long a
    server may stay away."""

    server: float = 300.0
    silence: float = 70.0
    patience: float = 300.0


@dataclass(frozen=True)
class WatchRequest:
    """What is watched. path: for a resource version. relist: everything anew, for 410 Gone. fail: the error of an answer. read: what an
    event has of a decoded object. trouble: told with the error when the server cannot be watched for now, and with None once it can."""

    path: Callable[[str, int], str]
    relist: Callable[[], ObjectList]
    fail: Callable[[int, bytes], ApiError]
    read: Keep
    headers: Mapping[str, str]
    trouble: Callable[[ClusterError | None], None] | None = None


class _Gone(Exception):
    """The resource version is too old to continue from."""


class _Broken(Exception):
    """The stream ended in a way that asking again may mend. error: the failure for a person, should it last."""

    def __init__(self, error: ClusterError, pause: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause = pause


class Watch:
    """One watch; `events` runs in the caller's thread until `stop` is set or the cluster is closed."""

    def __init__(
        self, transport: Transport, keeper: StreamKeeper, request: WatchRequest, stop: threading.Event, limits: WatchLimits | None = None
    ) -> None:
        self._transport = transport
        self._keeper = keeper
        self._request = request
        self._stop = stop
        self._limits = limits or WatchLimits()
        self._retry: Limits = transport.limits
        self._version = ""
        self._troubled: bool | None = None

    def events(self, resource_version: str) -> Iterator[WatchEvent]:
        """Changes after `resource_version` ("": everything first, as RESYNC). Raises ApiError, ConnectionFailed when it cannot go on."""
        self._version = resource_version
        failures, failing_since = 0, 0.0
        while not self._ended():
            try:
                if not self._version:
                    yield self._resync()
                heard = False
                for event in self._stream():
                    heard, failures = True, 0
                    yield event
                if not heard and not self._ended():
                    self._stop.wait(self._retry.pause(0))  # a server that ends every watch at once must not be asked without a pause
            except _Gone:
                self._version = ""
            except _Broken as broken:
                if self._ended():
                    return
                failures += 1
                if failures > 1:  # one stream that ended says nothing yet
                    self._tell_trouble(broken.error)
                failing_since = time.monotonic() if failures == 1 else failing_since
                if failures > 1 and time.monotonic() - failing_since > self._limits.patience:
                    raise broken.error from broken.__cause__
                self._stop.wait(self._retry.pause(failures) if broken.pause is None else broken.pause)

    def _tell_trouble(self, error: ClusterError | None) -> None:
        if self._request.trouble is not None and self._troubled != (error is not None):
            self._troubled = error is not None
            self._request.trouble(error)

    def _ended(self) -> bool:
        return self._stop.is_set() or self._transport.closed.is_set()

    def _resync(self) -> WatchEvent:
        listed = self._request.relist()
        self._version = listed.resource_version
        return WatchEvent("RESYNC", {}, tuple(listed.items), self._version)

    def _stream(self) -> Iterator[WatchEvent]:
        """One connection's worth of events, then None of it: returns when the server ended the watch in order."""
        path = self._request.path(self._version, round(self._limits.server * random.uniform(1, 2)))  # noqa: S311
        call = Call("watch", "GET", path, headers=self._request.headers)
        silence = self._limits.silence * random.uniform(1, 1.25)  # noqa: S311
        with self._keeper.guarding(self._stop) as guarded:
            try:
                response = self._transport.stream(call, read_timeout=silence, on_connect=guarded.connected)
            except http.HTTPError as error:
                if not self._ended():
                    self._transport.lost_connection()
                raise _Broken(connection_failed(error, self._transport.access, "GET")) from error
            try:
                if response.status != 200:
                    self._refused(response)
                self._tell_trouble(None)
                for line in lines(response):
                    if self._ended():
                        return
                    yield self._event(line)
            except (http.HTTPError, OSError, ValueError) as error:
                if not self._ended():
                    self._transport.lost_connection()
                raise _Broken(connection_failed(error, self._transport.access, "GET")) from error
            finally:
                response.close()

    def _refused(self, response: BaseHTTPResponse) -> None:
        body = response.read()
        error = self._request.fail(response.status, body)
        if response.status == 410:
            raise _Gone
        if response.status in LASTING and not (is_unsettled(response.status, body) and self._transport.settling):
            raise error
        raise _Broken(error, retry_after(response.headers))

    def _event(self, line: bytes) -> WatchEvent:
        """Decode one line and remember how far we are. Raises _Gone, _Broken, ValueError for half a line."""
        document: dict[str, Any] = json.loads(line)
        kind, obj = document["type"], document["object"]
        if kind == "ERROR":
            code = int(obj.get("code") or 500)
            if code == 410:
                raise _Gone
            raise _Broken(self._request.fail(code, json.dumps(obj).encode()))
        self._version = obj["metadata"].get("resourceVersion") or self._version
        return WatchEvent(kind, obj if kind == "BOOKMARK" else self._request.read(obj), version=self._version)


def lines(response: BaseHTTPResponse) -> Iterator[bytes]:
    """The lines of a stream as they come; half a line at its end is dropped, as the next connection brings it whole.

    Raises LongAnswer for one that does not end.
    """
    rest = bytearray()
    for block in blocks(response):
        *whole, tail = block.split(b"\n")
        if whole:
            whole[0], rest = bytes(rest) + whole[0], bytearray()
        rest += tail
        if len(rest) > MAX_LINE:
            raise LongAnswer(MAX_LINE)
        for line in whole:
            if line:
                yield line


def blocks(response: BaseHTTPResponse) -> Iterator[bytes]:
    """Bytes as they arrive, never waiting to fill a buffer."""
    if isinstance(response, HTTPResponse) and response.headers.get("Transfer-Encoding", "").lower() == "chunked":
        yield from response.read_chunked()
        return
    while block := response.read1(65536):
        yield block
