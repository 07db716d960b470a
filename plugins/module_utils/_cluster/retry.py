# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is tried again, and when. Pure; the transport asks.

HTTP rules follow client-go (https://pkg.go.dev/k8s.io/client-go/rest, `WithRetry`): 429, and 5xx that carry Retry-After, were not carried
out and may be repeated whatever they were; any other failure only where repeating cannot do the thing twice.
"""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

from urllib3 import exceptions as http

from .clock import read_date
from .exchange import LongAnswer

PASSING = frozenset({500, 502, 503, 504})
MAX_SERVER_ERRORS = 4
"""A 500 is often final (a webhook that refuses to work, a conversion that fails): it gets this many tries, not the whole patience."""
NEVER_HELPS = (
    b"field not declared in schema",
    b"failed to create typed patch object",
    b"strict decoding error",
    b"unable to convert unstructured",
)
"""Server-side apply answers 500 to a field that the kind does not have, and to a value of the wrong type."""


@dataclass(frozen=True)
class Limits:
    """Seconds. connect, read: one attempt. total: a call with all its attempts. first_contact: the same while the server has
    never answered, as a person waits then. backoff: first pause, doubled each time up to backoff_cap.
    settle: for so long after a lost connection 401, 403, 500 and unknown paths are not believed, as an API server that starts answers
    before it has read roles, service accounts, custom resource definitions, and the addresses of Services ("range is full")."""

    connect: float = 5.0
    read: float = 60.0
    total: float = 120.0
    first_contact: float = 2.0
    backoff: float = 0.1
    backoff_cap: float = 5.0
    settle: float = 15.0

    def pause(self, attempt: int) -> float:
        """Seconds before attempt number attempt + 1: exponential with full jitter, at least a tenth so that it is never a busy loop."""
        highest = min(self.backoff_cap, self.backoff * 2.0 ** min(attempt, 16))
        return highest * random.uniform(0.1, 1.0)  # noqa: S311 - jitter, no secret


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header (number or date, RFC 9110 section 10.2.3), or None. A date is the server's: it counts from the
    Date of the same answer, as our clock may be off."""
    value = (headers.get("Retry-After") or "").strip()
    if not value:
        return None
    if value.isdigit():
        return float(value)
    until, sent = read_date(value), read_date(headers.get("Date") or "")
    return None if until is None else max(0.0, until - (time.time() if sent is None else sent))


_BROKEN = ("DECODE_ERROR", "INTERNAL_ERROR", "BAD_RECORD_MAC", "UNEXPECTED_EOF_WHILE_READING")


def reply_may_pass(status: int, headers: Mapping[str, str], body: bytes, *, repeatable: bool, errors: int, settling: bool) -> bool:
    """Whether another attempt makes sense after this answer. errors: how many answers to the call were 500 or no answers at all, with
    this one. settling: the server may just have started."""
    if is_unsettled(status, body):
        return settling
    if status == 429:
        return True
    if status not in PASSING or any(words in body for words in NEVER_HELPS):
        return False
    if status == 500 and errors >= MAX_SERVER_ERRORS and not settling:
        return False
    return repeatable or (status != 500 and retry_after(headers) is not None)


def is_unsettled(status: int, body: bytes) -> bool:
    """Whether a server that has just started may answer so: this user may not, or it knows no such path, as of custom resources."""
    return status in (401, 403) or (status == 404 and body.startswith(b"404 page not found"))


def never_reached(error: Exception) -> bool:
    """Whether the request certainly was not sent: no connection was made."""
    return isinstance(error, http.NewConnectionError | http.NameResolutionError | http.ConnectTimeoutError)


class HalfAnswer(http.ProtocolError):
    """A success whose body is no JSON, or only its beginning."""


def fault_may_pass(error: Exception, *, repeatable: bool, errors: int) -> bool:
    """Whether another attempt makes sense after a failure that was no answer. errors: see reply_may_pass."""
    if is_final(error) or not (repeatable or never_reached(error)):
        return False
    return not isinstance(error, HalfAnswer) or errors < MAX_SERVER_ERRORS


def is_final(error: Exception) -> bool:
    """Whether trying again cannot help: TLS was refused, the address is no address, the answer has no end."""
    if isinstance(error, http.SSLError):
        return not is_broken_tls(error)
    return isinstance(error, http.LocationValueError | http.InvalidHeader | LongAnswer)


def is_broken_tls(error: Exception) -> bool:
    """Whether a TLS connection broke, as one without TLS may, and nobody refused the other: a server that ends during the handshake, and
    alerts about a message that arrived otherwise than it was sent (RFC 8446, 6.2)."""
    cause = next((part for part in (error.__cause__, *error.args) if isinstance(part, ssl.SSLError)), None)
    return isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError) or (cause is not None and (cause.reason or "").endswith(_BROKEN))
