# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the WebSocket of a tunnel: address, credentials, protocol; and says in words why it cannot be opened."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

import aiohttp

from .._cluster.raw import RawAccess, RawConnection
from .._errors import RoroError
from .tunnel import CHANNEL_PROTOCOL, SPDY_PROTOCOL, ChannelTunnel, SpdyTunnel, tunnel_for

PROTOCOLS = (SPDY_PROTOCOL, CHANNEL_PROTOCOL)
"""Offered together, best first: a server of Kubernetes 1.31 takes the tunnel, an older one hands the request to the node, which knows
only the channels. Nothing is asked twice."""
OPEN_SECONDS = 20.0
_KEEPALIVE = (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))


class Purpose(NamedTuple):
    """What a WebSocket is for, as a refusal says it. right: the subresource that is needed."""

    doing: str
    right: str


FORWARDING = Purpose("forward ports of", "pods/portforward")


class DialFailed(Exception):
    """No tunnel. reason: machine-readable. final: trying again does not help until somebody changes something."""

    def __init__(self, reason: str, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.final = final


class Dialer:
    """Opens tunnels with one server's credentials. protocols: what to offer."""

    def __init__(self, raw: RawAccess, protocols: Sequence[str] = PROTOCOLS) -> None:
        self._raw = raw
        self._protocols = tuple(protocols)
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        self._session = aiohttp.ClientSession(connector=connector, trust_env=False, auto_decompress=False)

    async def close(self) -> None:
        """Close what is left."""
        await self._session.close()

    async def dial(self, namespace: str, pod: str, port: int) -> SpdyTunnel | ChannelTunnel:
        """A tunnel to a pod. Raises DialFailed."""
        path = f"/api/v1/namespaces/{quote(namespace)}/pods/{quote(pod)}/portforward?ports={port}"
        return tunnel_for(await self.open(path, self._protocols, f"{namespace}/{pod}", FORWARDING))

    async def open(self, path: str, protocols: Sequence[str], where: str, purpose: Purpose) -> aiohttp.ClientWebSocketResponse:
        """A WebSocket to something below a pod (`where`: namespace/name); a 401 leads to one renewal. Raises DialFailed."""
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                way = await asyncio.to_thread(self._raw.prepare)
                try:
                    return await self._open(way, path, protocols)
                except aiohttp.WSServerHandshakeError as error:
                    if error.status != 401 or not await asyncio.to_thread(self._raw.renew, way):
                        raise
                way = await asyncio.to_thread(self._raw.prepare)
                return await self._open(way, path, protocols)
        except aiohttp.WSServerHandshakeError as error:
            raise _refused(error.status, where, purpose) from error
        except RoroError as error:
            raise DialFailed("NoCredentials", no_credentials(error)) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise DialFailed("Unreachable", unreachable(error)) from error

    async def _open(self, way: RawConnection, path: str, protocols: Sequence[str]) -> aiohttp.ClientWebSocketResponse:
        if self._session.closed:
            raise DialFailed("Unreachable", "the configuration was read anew at this moment")
        opened = await self._session.ws_connect(
            way.server + path,
            protocols=protocols,
            headers=list(way.headers),
            ssl=way.tls or True,
            server_hostname=way.server_name or None,
            proxy=way.proxy or None,
            proxy_headers=list(way.proxy_headers) if way.proxy_headers else None,
            timeout=aiohttp.ClientWSTimeout(ws_receive=None, ws_close=2.0),
            autoping=False,
            max_msg_size=0,
        )
        _keep_alive(opened)
        return opened


def _keep_alive(opened: aiohttp.ClientWebSocketResponse) -> None:
    """A peer that vanished is noticed after half a minute, whatever the state of the tunnel."""
    connection = opened.get_extra_info("socket")
    if connection is None:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _refused(status: int, where: str, purpose: Purpose) -> DialFailed:
    if status == 401:
        return DialFailed("Unauthorized", "the API server does not accept the credentials; log in again")
    if status == 403:
        words = f"this user may not {purpose.doing} pod {where}: it needs `create` and `get` on {purpose.right}"
        return DialFailed("Forbidden", words, final=True)
    if status == 404:
        return DialFailed("PodGone", f"pod {where} is not there any more")
    if status in (429, 503):
        return DialFailed("Busy", f"the API server is busy (HTTP {status})")
    if status == 400:
        return DialFailed("NoUpgrade", "the API server, or a proxy before it, does not let WebSockets through (HTTP 400)")
    return DialFailed("ServerError", f"the API server answered HTTP {status}: the node of pod {where} may not be reachable")


def no_credentials(error: RoroError) -> str:
    """What a plugin said, and where it ran: what it lacks is often a variable that the asker's own shell has."""
    words = error.problems[0].message
    if "exec plugin" not in words:
        return words
    return (
        f"{words}; the daemon runs it with the environment of the command that started the daemon: "
        "name what it needs under `exec.env` in the kubeconfig, or `roro forward shutdown` and ask again from here"
    )


def unreachable(error: BaseException) -> str:
    """Why there is no connection, in words."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        return "the API server's certificate is not trusted; if the cluster was made anew, fetch its kubeconfig again"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return "the proxy on the way to the API server cannot be reached"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        need = " wants credentials (HTTP 407): name them in its URL, http://USER:PASSWORD@HOST:PORT"
        return f"the proxy on the way to the API server{need if error.status == 407 else f' answered HTTP {error.status}'}"
    if isinstance(error, aiohttp.ClientConnectorError):
        if isinstance(error.os_error, ConnectionRefusedError):
            return "the API server refuses connections: nothing listens there"
        return f"the API server cannot be reached: {error.os_error.strerror or type(error.os_error).__name__}".lower()
    if isinstance(error, asyncio.TimeoutError):
        return f"the API server did not answer in {OPEN_SECONDS:.0f} s"
    return "the API server dropped the connection"
