# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check makes of a command in a container: how it ended, as an Answer. The protocol is that of `_exec`."""

from __future__ import annotations

import asyncio

from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType

from .._exec.protocol import STATUS, STDERR, STDOUT, frames, read_ending
from .verdict import PASSED, Answer

MAX_OUTPUT = 4096
TOLD = 200
"""How many letters of the output a message has."""


async def outcome(socket: ClientWebSocketResponse) -> Answer:
    """Read until the command has ended. Unknown when the connection broke before."""
    output = b""
    async for channel, data in frames(socket):
        if channel in (STDOUT, STDERR):
            output = (output + data)[-MAX_OUTPUT:]
        elif channel == STATUS and data:
            return ended(data, output)
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
    ending = read_ending(status)
    if ending.code == 0:
        return PASSED
    if ending.code is not None:
        return Answer("failed", "BadExit", f"exit code {ending.code}, expected 0{_said(output)}")
    if ending.reason == "NoCommand":
        return Answer("failed", "NoCommand", f"the command cannot be started: {ending.message[-TOLD:]}")
    if ending.reason == "Broken":
        return Answer("unknown", "Unreachable", ending.message)
    return Answer("unknown", "NotRun", f"the command did not run: {ending.message[-TOLD:]}")


def _said(output: bytes) -> str:
    """The end of what the command said, on one line."""
    words = " ".join(output.decode("utf-8", "replace").split())
    return f"; it said: {words[-TOLD:]}" if words else ""
