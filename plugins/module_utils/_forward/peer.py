# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operating system knows about a local connection's other end, and how to end one so that the other end can tell."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import struct
import sys
from pathlib import Path

ACKNOWLEDGED_SECONDS = 1.0


def is_gone(connection: asyncio.WriteTransport) -> bool:
    """Whether the program at the other end closed its socket wholly, rather than only its sending half.

    Both look the same on the wire (a FIN). On Linux the kernel's table tells: a socket without a program has no inode. Where it
    cannot be known (other systems, clients on other machines) the answer is False.
    """
    ours, theirs = connection.get_extra_info("sockname"), connection.get_extra_info("peername")
    if sys.platform != "linux" or not ours or not theirs or not ipaddress.ip_address(theirs[0].partition("%")[0]).is_loopback:
        return False
    table = Path("/proc/net/tcp6" if ":" in theirs[0] else "/proc/net/tcp")
    wanted = (_hex(theirs), _hex(ours))
    try:
        lines = table.read_text("ascii").splitlines()[1:]
    except OSError:
        return False
    for line in lines:
        fields = line.split()
        if (fields[1], fields[2]) == wanted:
            return fields[9] == "0"
    return True


def _hex(address: tuple[str, int]) -> str:
    """As in /proc/net/tcp: each 32-bit word of the address in the machine's byte order."""
    packed = ipaddress.ip_address(address[0].partition("%")[0]).packed
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{address[1]:04X}"


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
