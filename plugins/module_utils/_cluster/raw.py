# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection needs that is not a request of ours: address, headers, TLS and proxy, with credentials that are renewed.

For WebSockets (port-forward, exec), which the forward daemon opens itself.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

import urllib3

from .._version import VERSION
from .config import Access
from .tls import CurrentTls


@dataclass(frozen=True)
class RawConnection:
    """How to open one connection now. headers: in order, names may repeat. tls: None for plain HTTP. server_name: "" for the host's own.

    proxy: URL or "". proxy_headers: for the proxy alone.
    """

    server: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    tls: ssl.SSLContext | None
    server_name: str
    proxy: str = field(repr=False)
    proxy_headers: tuple[tuple[str, str], ...] = field(repr=False)
    authorization: str | None = field(repr=False)


class RawAccess:
    """Gives RawConnections for one server and user. Thread-safe."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._tls = CurrentTls(access)

    def prepare(self) -> RawConnection:
        """How to connect now. May read files and run a credential plugin: not for an event loop. Raises ConnectionFailed."""
        access = self._access
        authorization = access.credentials.authorization()
        headers = [("User-Agent", f"roro/{VERSION}"), *access.impersonation]
        if authorization:
            headers.append(("Authorization", authorization))
        given = access.proxy_headers
        proxy_headers = urllib3.make_headers(proxy_basic_auth=given.get("proxy_basic_auth"), user_agent=given.get("user_agent"))
        return RawConnection(
            access.server,
            tuple(headers),
            self._tls.context(),
            access.server_name,
            access.proxy,
            tuple((str(name), str(value)) for name, value in proxy_headers.items()),
            authorization,
        )

    def renew(self, refused: RawConnection) -> bool:
        """Called after a 401: True when another try can differ. May run a plugin. Raises ConnectionFailed."""
        return self._access.credentials.renew(refused.authorization)
