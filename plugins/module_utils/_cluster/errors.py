# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures in words for a person: what the API server answered, or why it could not be reached."""

from __future__ import annotations

import errno
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from urllib3 import exceptions as http

from .._errors import ApiError, ConnectionFailed
from .config import Access
from .conflicts import causes, manager_conflicts
from .exchange import LongAnswer
from .pause import decode_json
from .redact import redacted, redacted_document
from .retry import HalfAnswer, is_broken_tls
from .server_errors import saying

_FORBIDDEN = re.compile(
    r'forbidden: User "(?P<user>[^"]*)" cannot (?P<verb>\S+) '
    r'(?:resource "(?P<resource>[^"]*)" in API group "(?P<group>[^"]*)"|path "(?P<path>[^"]*)")'
    r'(?: in the namespace "(?P<namespace>[^"]*)"| at the cluster scope)?'
)
_MAX_PLAIN = 300
_DATES = frozenset({9, 10})
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL."""


@dataclass(frozen=True)
class Subject:
    """What a request was about. where: `Deployment shop/web`, or method and path. secret: values to hide, None when it is no Secret."""

    where: str
    secret: frozenset[str] | None = None


def api_error(status: int, data: bytes, subject: Subject, access: Access, *, attempts: int = 1) -> ApiError:
    """The error of an answer with status 400 or above."""
    body = status_of(data)
    if subject.secret is not None:
        body = redacted_document(body, subject.secret)
    reason = str(body.get("reason") or "")
    message, hint = _explained(status, reason, body, data, access)
    if subject.secret is not None:
        message = redacted(message, subject.secret)
    if attempts > 1:
        message = f"{message} (after {attempts} attempts)"
    return ApiError(message, status=status, reason=reason, body=body, where=subject.where, hint=hint)


def status_of(data: bytes) -> dict[str, Any]:
    """The metav1.Status of a body, {} when it is something else."""
    try:
        body = decode_json(data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) and body.get("kind") == "Status" else {}


def _explained(status: int, reason: str, body: Mapping[str, Any], data: bytes, access: Access) -> tuple[str, str | None]:
    server_message = str(body.get("message") or "").strip()
    message = _with_causes(server_message, body) or _plain(status, data)
    if status == 401:
        return unauthorized(access)
    if status == 403:
        return _forbidden(message, access)
    if status == 409 and (conflicts := list(manager_conflicts(body))):
        return _conflict(conflicts)
    if "field not declared in schema" in message or "strict decoding error" in message:
        return message, "The kind has no such field: check its spelling and its place (`kubectl explain KIND.spec`)."
    if "unable to convert unstructured" in message:
        return message, "A value in the manifest has the wrong type or form: correct it."
    if status == 404 and message.startswith("namespaces "):
        return message, "Create the namespace first."
    if status == 409 and "UID in the precondition" in message:
        return message, "It was deleted and made anew by somebody else: look again before deleting it."
    if status == 500:
        return message, saying(message).hint
    return message, _HINTS.get(reason) or _HINTS.get(str(status))


_HINTS: dict[str, str] = {
    "Conflict": "Somebody else changed the object at the same time: try again.",
    "AlreadyExists": "Somebody else created it: try again, or choose another name.",
    "Invalid": "Correct the field in the manifest.",
    "ServiceUnavailable": "The API server, or the API service behind this kind, is not ready: see `kubectl get apiservices`.",
    "429": "The API server is overloaded: try again later, or with less concurrency.",
    "502": "Something between here and the API server (a proxy, a load balancer) failed.",
    "504": "The API server or its store did not answer in time: try again.",
}


def unauthorized(access: Access) -> tuple[str, str]:
    """Message and hint of a 401."""
    who = f' of user "{access.resolved.user}"' if access.resolved.user else ""
    kind = access.credentials.kind
    hints = {
        "none": "No credentials were given: add a user to the context, or set K8S_AUTH_API_KEY.",
        "token": "The token is wrong or expired: get a new one and put it where it came from.",
        "client certificate": "The client certificate is expired or from another cluster: fetch the kubeconfig again.",
    }
    hint = hints.get(kind, "Log in again: the credentials are wrong or expired.")
    return f"{access.server} does not accept the credentials{who} ({kind}) from {place(access)}", hint


def place(access: Access) -> str:
    """Where the connection comes from: `context "dev" (KUBECONFIG)`."""
    resolved = access.resolved
    if resolved.context:
        return f'context "{resolved.context}" ({resolved.origin})'
    return "the given host" if resolved.origin == "argument" else resolved.origin


def _forbidden(message: str, access: Access) -> tuple[str, str | None]:
    match = _FORBIDDEN.search(message)
    if match is None:
        return message, None
    group, namespace, verb = match["group"] or "", match["namespace"] or "", match["verb"]
    thing = match["path"] or (f"{match['resource']}.{group}" if group else match["resource"])
    scope = f'in the namespace "{namespace}"' if namespace else "in the whole cluster"
    told = message[match.end() :].strip(" :")
    option = f" --namespace {namespace}" if namespace else ""
    context = f" --context {access.resolved.context}" if access.resolved.context else ""
    hint = f"Ask for that right (a Role and a RoleBinding), then check it: `kubectl{context} auth can-i {verb} {thing}{option}`."
    return f'user "{match["user"]}" may not {verb} {thing} {scope}' + (f" ({told})" if told else ""), hint


def _conflict(conflicts: list[tuple[str, str]]) -> tuple[str, str]:
    by_manager: dict[str, list[str]] = {}
    for manager, field in conflicts:
        by_manager.setdefault(manager, []).append(field)
    owners = "; ".join(f'"{manager}" owns {", ".join(fields)}' for manager, fields in by_manager.items())
    return f"fields belong to other managers: {owners}", "Leave those fields out of the manifest, or take them with --force-conflicts."


def _with_causes(message: str, body: Mapping[str, Any]) -> str:
    """The message, plus each cause that it does not already tell."""
    parts = [message]
    for cause in causes(body):
        field, text = str(cause.get("field") or ""), str(cause.get("message") or "")
        if text and text not in message:
            parts.append(f"{field}: {text}" if field else text)
    return "; ".join(part for part in parts if part)


def _plain(status: int, data: bytes) -> str:
    """A body that is no Status: a proxy's page, an old server's text."""
    words = re.sub(r"<[^>]*>", " ", data[:4096].decode("utf-8", "replace")).split()
    text = " ".join(words)[:_MAX_PLAIN]
    return f"the answer was HTTP {status}: {text}" if text else f"the answer was HTTP {status} without a message"


def connection_failed(error: Exception, access: Access, method: str, *, attempts: int = 1, repeatable: bool = True) -> ConnectionFailed:
    """Why the server could not be reached, or stopped answering in the middle."""
    message, hint = _unreachable(error, access)
    if attempts > 1:
        message = f"{message} ({attempts} attempts)"
    if not repeatable and isinstance(error, http.ProtocolError | http.ReadTimeoutError):
        message = f"{message}; whether the {method} was carried out is not known"
    return ConnectionFailed(message, where=place(access), hint=hint, reason="NotTrusted" if _is_distrust(error) else "Unreachable")


def _unreachable(error: Exception, access: Access) -> tuple[str, str]:
    server = access.server
    if isinstance(error, http.ProxyError):
        return (
            f"the proxy on the way to {server} failed: {_root(error)}",
            "Check `proxy-url`, K8S_AUTH_PROXY or HTTPS_PROXY; NO_PROXY excludes servers.",
        )
    if isinstance(error, http.SSLError) and is_broken_tls(error):
        return f"{server} ended the TLS connection: {_root(error)}", "The API server may be restarting: try again."
    if isinstance(error, http.SSLError):
        return _untrusted(error, server)
    if isinstance(error, http.NameResolutionError):
        return f"the name in {server} cannot be resolved", "Check the address in the kubeconfig, DNS, and whether a VPN is needed."
    if isinstance(error, http.NewConnectionError):  # before ConnectTimeoutError, of which some versions of urllib3 make it a kind
        return _no_connection(error, server)
    if isinstance(error, http.ConnectTimeoutError):
        return f"{server} does not answer: no connection in time", "Check the address, firewalls, and whether a VPN or a proxy is needed."
    if isinstance(error, http.ReadTimeoutError):
        return f"{server} took the request and did not answer in time", "The API server may be overloaded or stuck: try again."
    if isinstance(error, HalfAnswer):
        return (
            f"{server} answered with something that is no JSON, or only a part of it",
            "Check that this is the address of an API server, and what stands between (a proxy, a load balancer).",
        )
    if isinstance(error, LongAnswer):
        return (
            f"{server} gave an answer that is too long: {error}",
            "Check that this is the address of an API server, and what stands between (a proxy, an aggregated API).",
        )
    if isinstance(error, http.ProtocolError):
        return f"{server} dropped the connection: {_root(error)}", "The API server may be restarting: try again."
    return f"{server} cannot be used: {_root(error)}", "Check the address in the kubeconfig."


def _no_connection(error: http.NewConnectionError, server: str) -> tuple[str, str]:
    cause = _os_error(error)
    if cause is not None and cause.errno == errno.ECONNREFUSED:
        return (
            f"{server} refuses connections: nothing listens there",
            "Start the cluster (a local one: `roro cluster up`), or choose another context.",
        )
    return f"{server} cannot be reached: {_root(error)}", "Check the address, the network, and whether a VPN is needed."


def _untrusted(error: http.SSLError, server: str) -> tuple[str, str]:
    cause = next((part for part in _chain(error) if isinstance(part, ssl.SSLError)), None)
    if isinstance(cause, ssl.SSLCertVerificationError) and cause.verify_code in _DATES:
        return (
            f"the certificate of {server} is not trusted: {cause.verify_message}",
            f"This machine's clock says {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: if that is wrong, set it; else renew the certificate.",
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {server} is not trusted: {cause.verify_message}",
            "If the cluster was made anew, fetch its kubeconfig again; else correct `certificate-authority` (K8S_AUTH_SSL_CA_CERT)"
            " or `tls-server-name`.",
        )
    reason = str(getattr(cause, "reason", None) or error)
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"):
        return f"{server} does not speak TLS", "Correct the address: http:// if that is meant, or another port."
    if "CERTIFICATE_REQUIRED" in reason or "BAD_CERTIFICATE" in reason:
        return f"{server} does not accept the client certificate", "Fetch the kubeconfig again."
    return (
        f"TLS with {server} failed: {reason.replace('_', ' ').lower()}",
        "Check the address and `certificate-authority` in the kubeconfig.",
    )


def _is_distrust(error: Exception) -> bool:
    """Whether one side does not trust the other's certificate: then the server is there."""
    return isinstance(error, http.SSLError) and not is_broken_tls(error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, urllib3's wrappings included."""
    seen: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        part = todo.pop()
        if isinstance(part, BaseException) and part not in seen:
            seen.append(part)
            yield part
            todo += [part.__cause__, part.__context__, getattr(part, "original_error", None), *part.args]


def _os_error(error: BaseException) -> OSError | None:
    return next((part for part in _chain(error) if isinstance(part, OSError) and part.errno), None)


def _root(error: Exception) -> str:
    cause = _os_error(error)
    if cause is not None and cause.strerror:
        return cause.strerror.lower()
    return {"RemoteDisconnected": "closed without an answer", "IncompleteRead": "the answer broke off"}.get(
        next((type(part).__name__ for part in reversed(list(_chain(error)))), ""), type(error).__name__
    )
