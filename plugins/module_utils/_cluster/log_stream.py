# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a container: what an answer holds, and as a stream of bytes, for as long as one connection lasts.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from urllib3 import exceptions as http

from .._errors import ApiError, ConnectionFailed
from .errors import connection_failed
from .retry import is_unsettled
from .streams import StreamKeeper
from .transport import ANYTHING, Call, Transport
from .watch import blocks

SILENCE = 300.0
"""Seconds without a byte after which a log that is followed is asked for anew, as the connection may be dead."""


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) ?")


def written(log: bytes) -> list[str]:
    """The lines of a log that was asked for with times, without these. What has none was written by no program: a kubelet says so, in the
    place of the log, why it has none."""
    lines = log.decode("utf-8", "replace").split("\n")
    return [line[time.end() :] for line in lines if (time := _TIME.match(line))]


@dataclass(frozen=True)
class LogRequest:
    """What is asked for. path: with its query. fail: the error of an answer."""

    path: str
    fail: Callable[[int, bytes], ApiError]


def log_blocks(transport: Transport, keeper: StreamKeeper, request: LogRequest, stop: threading.Event) -> Iterator[bytes]:
    """Bytes as they arrive, until the server has ended the log in order, or `stop` is set (noticed within 0.1 s).

    Raises ApiError for an answer that is none, ConnectionFailed when the connection broke: then the last line may be half of one.
    """

    def broken(error: Exception) -> ConnectionFailed:
        transport.lost_connection()
        return connection_failed(error, transport.access, "GET")

    with keeper.guarding(stop) as guarded:
        try:
            call = Call("log", "GET", request.path, headers={"Accept": ANYTHING})
            response = transport.stream(call, read_timeout=SILENCE, on_connect=guarded.connected)
        except http.HTTPError as error:
            if stop.is_set() or transport.closed.is_set():
                return
            raise broken(error) from error
        try:
            if response.status != 200:
                body = response.read()
                if is_unsettled(response.status, body) and transport.settling:
                    raise ConnectionFailed("the API server has only just started", where=transport.access.server)
                raise request.fail(response.status, body)
            yield from blocks(response)
        except (http.HTTPError, OSError, ValueError) as error:
            if stop.is_set() or transport.closed.is_set():
                return
            raise broken(error) from error
        finally:
            response.close()
