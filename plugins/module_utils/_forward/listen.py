# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Local ports: binding them, finding a free one, and naming who holds one that is taken."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

BACKLOG = 512
TRIES = 20


@dataclass(eq=False)
class Conflict(Exception):
    """A port that cannot be had. reason: PortTaken, NotPermitted or NoAddress. free: another one, None when there is none."""

    port: int
    reason: str
    message: str
    free: int | None = None


def bind(addresses: Sequence[str], port: int | None) -> list[socket.socket]:
    """Listening sockets on all of the addresses, with one port; None: any free one. Raises Conflict.

    `::1` is left out where the machine has no IPv6.
    """
    if port is not None:
        return _bind_all(addresses, port)
    for _ in range(TRIES):
        first = _bind_all(addresses[:1], 0)
        try:
            return first + (_bind_all(addresses[1:], first[0].getsockname()[1]) if len(addresses) > 1 else [])
        except Conflict as conflict:
            first[0].close()
            if conflict.reason != "PortTaken":
                raise
    raise Conflict(0, "PortTaken", f"no port is free on {', '.join(addresses)}")


def free_port(addresses: Sequence[str]) -> int | None:
    """A port that is free now."""
    try:
        found = bind(addresses, None)
    except Conflict:
        return None
    port = int(found[0].getsockname()[1])
    for opened in found:
        opened.close()
    return port


def _bind_all(addresses: Sequence[str], port: int) -> list[socket.socket]:
    opened: list[socket.socket] = []
    try:
        for address in addresses:
            with contextlib.suppress(_NoIPv6):
                opened.append(_bind(address, port))
    except BaseException:
        for item in opened:
            item.close()
        raise
    return opened


class _NoIPv6(Exception):
    """The machine has none."""


def _bind(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        opened = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        if address == "::1":
            raise _NoIPv6 from error
        raise Conflict(port, "NoAddress", f"{address}: {error.strerror}") from error
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((address, port))
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except OSError as error:
        opened.close()
        if address == "::1" and error.errno == errno.EADDRNOTAVAIL:
            raise _NoIPv6 from error
        raise _conflict(address, port, error) from error
    return opened


def _conflict(address: str, port: int, error: OSError) -> Conflict:
    if error.errno == errno.EADDRINUSE:
        return Conflict(port, "PortTaken", f"port {port} on {address} is taken by {holder(port)}")
    if error.errno == errno.EACCES:
        return Conflict(port, "NotPermitted", f"port {port} may be used by root alone; take one from 1024 on")
    return Conflict(port, "NoAddress", f"{address} cannot be bound: {error.strerror}")


def holder(port: int) -> str:
    """Who listens on a port, for a person: `nginx (process 123)`, or that it is somebody else's."""
    try:
        listening = (c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr)
        found = next((c for c in listening if tuple(c.laddr)[-1] == port), None)
        if found is None or found.pid is None:
            return "another user's process" if found else "another process"
        return f"{psutil.Process(found.pid).name()} (process {found.pid})"
    except (psutil.Error, OSError):
        return "another process"
