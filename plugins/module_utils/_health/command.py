# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command in a container: the WebSocket of `kubectl exec` and how the command ended.

Channels: 1 stdout, 2 stderr, 3 the end as a Status. `v5.channel.k8s.io` (KEP-4006) adds only the closing of stdin, which checks do not
have; older servers take v4. https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#-strong-misc-operations-pod-v1-core-strong-
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType

from .._forward.dial import Purpose
from .verdict import PASSED, Answer

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
RUNNING = Purpose("run commands in", "pods/exec")
MAX_OUTPUT = 4096
TOLD = 200
"""How many letters of the output a message has."""
_OUTPUTS, _STATUS = (1, 2), 3


def exec_path(namespace: str, pod: str, container: str, command: Sequence[str]) -> str:
    """The path of the request, with its query."""
    query = [("container", container), ("stdout", "true"), ("stderr", "true"), *(("command", word) for word in command)]
    return f"/api/v1/namespaces/{namespace}/pods/{pod}/exec?{urlencode(query)}"


async def outcome(socket: ClientWebSocketResponse) -> Answer:
    """Read until the command has ended. Unknown when the connection broke before."""
    output = b""
    while True:
        message = await socket.receive()
        if message.type is WSMsgType.PING:
            await socket.pong(message.data)
        elif message.type is WSMsgType.BINARY and message.data:
            channel, data = message.data[0], message.data[1:]
            if channel in _OUTPUTS:
                output = (output + data)[-MAX_OUTPUT:]
            elif channel == _STATUS and data:
                return ended(data, output)
        elif message.type not in (WSMsgType.PONG, WSMsgType.TEXT, WSMsgType.BINARY):
            return Answer("unknown", "Unreachable", "the API server ended the connection before the command did")


async def answers(socket: ClientWebSocketResponse, seconds: float) -> bool:
    """Whether the peer gives a sign of life within `seconds`: without one, a command that did not end says nothing."""
    try:
        async with asyncio.timeout(seconds):
            await socket.ping()
            return (await socket.receive()).type in (WSMsgType.PONG, WSMsgType.PING, WSMsgType.BINARY)
    except (TimeoutError, ClientError, OSError):
        return False


def ended(status: bytes, output: bytes) -> Answer:
    """The end as the node tells it. Without an exit code the command did not run: that says nothing about the workload, unless the
    command is not there at all."""
    try:
        document: dict[str, Any] = json.loads(status)
    except ValueError:
        return Answer("unknown", "Unreachable", "the node's word on the command cannot be read")
    if document.get("status") == "Success":
        return PASSED
    causes = (document.get("details") or {}).get("causes") or []
    code = next((str(cause.get("message")) for cause in causes if cause.get("reason") == "ExitCode"), "")
    if code:
        return Answer("failed", "BadExit", f"exit code {code}, expected 0{_said(output)}")
    words = str(document.get("message") or "it did not run")
    if "executable file not found" in words or "no such file or directory" in words:
        return Answer("failed", "NoCommand", f"the command cannot be started: {words[-TOLD:]}")
    return Answer("unknown", "NotRun", f"the command did not run: {words[-TOLD:]}")


def _said(output: bytes) -> str:
    """The end of what the command said, on one line."""
    words = " ".join(output.decode("utf-8", "replace").split())
    return f"; it said: {words[-TOLD:]}" if words else ""
