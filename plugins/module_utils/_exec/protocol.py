# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels of a command's WebSocket.

Each message is one byte, the channel, and its data: 0 stdin, 1 stdout, 2 stderr, 3 the end as a Status, 4 the size of the terminal,
and in `v5.channel.k8s.io` (KEP-4006) 255: the channel named by the next byte is closed. Servers before Kubernetes 1.30 take v4, which
cannot say that stdin has ended. https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#-strong-misc-operations-pod-v1-core-strong-
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import ClientWebSocketResponse, WSMsgType

from .._forward.dial import Purpose

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
RUNNING = Purpose("run commands in", "pods/exec")
ATTACHING = Purpose("attach to", "pods/attach")
STDIN, STDOUT, STDERR, STATUS, SIZE, CLOSE = 0, 1, 2, 3, 4, 255
END_OF_STDIN = bytes((CLOSE, STDIN))
_NOT_THERE = ("executable file not found", "no such file or directory")


@dataclass(frozen=True)
class Ending:
    """How a command ended. code: its exit code, None where it did not run or its end was not heard. reason: "" where there is a code,
    else `NoCommand` (the container has no such program), `NotRun` or `Broken` (the connection ended first). message: why it did not."""

    code: int | None
    reason: str = ""
    message: str = ""


def exec_path(
    namespace: str, pod: str, container: str, command: Sequence[str], *, stdin: bool = False, tty: bool = False, verb: str = "exec"
) -> str:
    """The path of the request, with its query. A terminal has one stream of output: stderr is in it. verb: `exec` or `attach`."""
    flags = {"container": container, "stdin": stdin, "stdout": True, "stderr": not tty, "tty": tty}
    query = [(name, "true" if value is True else str(value)) for name, value in flags.items() if value]
    words = [("command", word) for word in command]
    return f"/api/v1/namespaces/{quote(namespace)}/pods/{quote(pod)}/{verb}?{urlencode(query + words)}"


async def frames(socket: ClientWebSocketResponse) -> AsyncIterator[tuple[int, bytes]]:
    """(channel, data) until the connection ends. Pings are answered."""
    while True:
        message = await socket.receive()
        if message.type is WSMsgType.PING:
            await socket.pong(message.data)
        elif message.type is WSMsgType.BINARY:
            if message.data:
                yield message.data[0], message.data[1:]
        elif message.type not in (WSMsgType.PONG, WSMsgType.TEXT):
            return


def read_ending(status: bytes) -> Ending:
    """The end as the node tells it."""
    try:
        document: dict[str, Any] = json.loads(status)
        causes = (document.get("details") or {}).get("causes") or []
        code = next((str(cause.get("message")) for cause in causes if cause.get("reason") == "ExitCode"), "")
    except (ValueError, AttributeError, TypeError, RecursionError):
        return Ending(None, "Broken", "the node's word on the command cannot be read")
    if document.get("status") == "Success":
        return Ending(0)
    if code.isascii() and code.isdigit():
        return Ending(int(code))
    words = str(document.get("message") or "it did not run")
    return Ending(None, "NoCommand" if any(sign in words for sign in _NOT_THERE) else "NotRun", words)
