# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operating system knows about a local connection's other end, and how to end one so that the other end can tell."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import struct
import sys

ACKNOWLEDGED_SECONDS = 1.0
_SOCK_DIAG, _BY_FAMILY, _REQUEST, _ANY = 4, 20, 1, 0xFFFFFFFF


def is_gone(connection: asyncio.WriteTransport) -> bool:
    """Whether the program at the other end closed its socket wholly, rather than only its sending half.

    Both look the same on the wire (a FIN). On Linux the kernel tells: a socket without a program has no inode. Where it cannot be
    known (other systems, clients on other machines) the answer is False.
    """
    ours, theirs = connection.get_extra_info("sockname"), connection.get_extra_info("peername")
    if sys.platform != "linux" or not ours or not theirs:
        return False
    address = ipaddress.ip_address(theirs[0].partition("%")[0])
    if not address.is_loopback:
        return False
    try:
        return _inode(address.packed, theirs[1], ipaddress.ip_address(ours[0].partition("%")[0]).packed, ours[1]) == 0
    except (OSError, struct.error):
        return False


def _inode(source: bytes, source_port: int, target: bytes, target_port: int) -> int:
    """The inode of a TCP socket of this machine, 0 when no program has it or there is none.

    One lookup by sock_diag(7); reading /proc/net/tcp for it takes the kernel tens of milliseconds.
    """
    family = socket.AF_INET6 if len(source) == 16 else socket.AF_INET
    identity = struct.pack("!HH16s16s", source_port, target_port, source, target) + struct.pack("=III", 0, _ANY, _ANY)
    request = struct.pack("=BBBBI", family, socket.IPPROTO_TCP, 0, 0, _ANY) + identity
    header = struct.pack("=IHHII", 16 + len(request), _BY_FAMILY, _REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG) as kernel:
        kernel.settimeout(1.0)
        kernel.send(header + request)
        answer = kernel.recv(4096)
    if struct.unpack_from("=H", answer, 4)[0] == _BY_FAMILY:
        return int(struct.unpack_from("=I", answer, 16 + 4 + len(identity) + 16)[0])
    error = -int(struct.unpack_from("=i", answer, 16)[0])
    if error != errno.ENOENT:
        raise OSError(error, "sock_diag")
    return 0


async def reset(connection: asyncio.WriteTransport) -> None:
    """End with a RST, so that a cut answer is not taken for a whole one; what was written reaches the other end first.

    The caller has seen to it that the transport's own buffer is empty.
    """
    raw = connection.get_extra_info("socket")
    if raw is not None and not connection.is_closing():
        await _acknowledged(raw)
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()


async def _acknowledged(raw: socket.socket) -> None:
    """Wait, at most a second, until the other end's kernel has everything: a RST throws away what is still on its way."""
    if sys.platform != "linux":
        return
    import fcntl
    import termios

    end = asyncio.get_running_loop().time() + ACKNOWLEDGED_SECONDS
    with contextlib.suppress(OSError):
        while asyncio.get_running_loop().time() < end:
            left = struct.unpack("i", fcntl.ioctl(raw.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))[0]
            if not left:
                return
            await asyncio.sleep(0.005)
