# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""K8S_AUTH_* and the proxy variables.

Names as kubernetes.core reads them (each option under its own name and under the Kubernetes client's); AWX's
credential "OpenShift or Kubernetes API Bearer Token" sets: K8S_AUTH_HOST, K8S_AUTH_API_KEY, K8S_AUTH_VERIFY_SSL, K8S_AUTH_SSL_CA_CERT.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from ..types import Connection

PREFIX = "K8S_AUTH_"

NAMES: dict[str, tuple[str, ...]] = {
    "kubeconfig": ("KUBECONFIG",),
    "context": ("CONTEXT",),
    "host": ("HOST",),
    "api_key": ("API_KEY",),
    "username": ("USERNAME",),
    "password": ("PASSWORD",),
    "client_cert": ("CLIENT_CERT", "CERT_FILE"),
    "client_key": ("CLIENT_KEY", "KEY_FILE"),
    "ca_cert": ("CA_CERT", "SSL_CA_CERT"),
    "validate_certs": ("VALIDATE_CERTS", "VERIFY_SSL"),
    "proxy": ("PROXY",),
    "no_proxy": ("NO_PROXY",),
    "proxy_headers": (),
    "impersonate_user": ("IMPERSONATE_USER",),
    "impersonate_groups": ("IMPERSONATE_GROUPS",),
    "persist_config": ("PERSIST_CONFIG",),
}
"""Field of Connection -> the endings of its variables, the stronger first."""

_BOOLEANS = frozenset({"validate_certs", "persist_config"})
_PROXY_HEADERS = ("proxy_basic_auth", "basic_auth", "user_agent")
_FALSE = frozenset({"0", "false", "no"})
_TARGET = ("host", "api_key", "username", "password", "client_cert", "client_key", "ca_cert")
"""Which server and which user: what an explicit kubeconfig or context decides instead."""


def from_environment(environ: Mapping[str, str]) -> tuple[Connection, dict[str, str]]:
    """What K8S_AUTH_* says, and field -> the variable that said it. Empty variables count as not set."""
    found: dict[str, object] = {}
    origins: dict[str, str] = {}
    for name, endings in NAMES.items():
        for variable in (PREFIX + ending for ending in endings):
            value = environ.get(variable, "")
            if value:
                found[name] = _typed(name, value)
                origins[name] = variable
                break
    headers = {key: value for key in _PROXY_HEADERS if (value := environ.get(f"{PREFIX}PROXY_HEADERS_{key.upper()}", ""))}
    if headers:
        found["proxy_headers"] = headers
        origins["proxy_headers"] = f"{PREFIX}PROXY_HEADERS_*"
    return replace(Connection(), **found), origins  # type: ignore[arg-type]  # each value has the type of its field, see _typed


def combined(connection: Connection, environ: Mapping[str, str]) -> tuple[Connection, dict[str, str], tuple[str, ...]]:
    """The connection completed from the environment, field -> variable for what came from there, and notes for a person."""
    given, origins = from_environment(environ)
    notes: tuple[str, ...] = ()
    if connection.host is None and (connection.kubeconfig or connection.context):
        ignored = [origins.pop(name) for name in _TARGET if name in origins]
        named = "context" if connection.context else "kubeconfig"
        notes = tuple(f"{variable} is set and left alone: the {named} was given explicitly" for variable in ignored)
    values: dict[str, object] = {}
    for name in list(origins):
        if getattr(connection, name) in (None, ()):
            values[name] = getattr(given, name)
        else:
            del origins[name]
    return replace(connection, **values), origins, notes  # type: ignore[arg-type]  # taken from another Connection


def proxy_from_environment(server: str, environ: Mapping[str, str]) -> str:
    """HTTPS_PROXY or HTTP_PROXY (either case) for this server, "" where there is none or NO_PROXY excludes it."""
    scheme = urlsplit(server).scheme
    proxy = environ.get(f"{scheme.upper()}_PROXY", "") or environ.get(f"{scheme}_proxy", "")
    return "" if bypassed(server, environ.get("NO_PROXY", "") or environ.get("no_proxy", "")) else proxy


def bypassed(server: str, no_proxy: str) -> bool:
    """Whether NO_PROXY excludes a server: `*`, names, `.suffix`, addresses, CIDR ranges, each with an optional port. Loopback always is.

    As Go's golang.org/x/net/http/httpproxy, which kubectl uses.
    """
    parts = urlsplit(server)
    host = (parts.hostname or "").lower()
    port = str(parts.port or (80 if parts.scheme == "http" else 443))
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    return any(_matches(entry.strip().lower(), host, port, address) for entry in no_proxy.split(",") if entry.strip())


def _matches(entry: str, host: str, port: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    if entry == "*":
        return True
    if address is not None and "/" in entry:
        try:
            return address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isdigit() and _address(entry) is None:
        if wanted != port:
            return False
        entry = name.strip("[]")
    if address is not None:
        return _address(entry) == address
    entry = entry.removeprefix("*")
    return host.endswith(entry) if entry.startswith(".") else host == entry or host.endswith(f".{entry}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _typed(name: str, value: str) -> object:
    if name in _BOOLEANS:
        return value.lower() not in _FALSE
    if name == "impersonate_groups":
        return tuple(group.strip() for group in value.split(",") if group.strip())
    return value
