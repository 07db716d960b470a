"""A cluster in this process and forwards to it, and how the tests of both talk to them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._daemon.daemon import Daemon
from ansible_collections.roro.kube.plugins.module_utils._forward.ask import make_spec, reach
from ansible_collections.roro.kube.plugins.module_utils._forward.forward import Forward
from ansible_collections.roro.kube.plugins.module_utils._forward.forwards import Forwards
from ansible_collections.roro.kube.plugins.module_utils._forward.link import Link
from ansible_collections.roro.kube.plugins.module_utils._forward.types import ForwardSpec, ForwardStatus
from fake_cluster import NAMESPACE, FakeCluster

SECONDS = 30.0


async def begun(state: Path) -> tuple[Daemon, Forwards]:
    """A daemon with this state file, and its forwards."""
    daemon = Daemon(state)
    await daemon.restore(["ansible_collections.roro.kube.plugins.module_utils._forward.duty"])
    return daemon, await daemon.duty("list").begin()


@dataclass
class Stage:
    """A fake cluster with the Service `web` and the pod `a`, and forwards to it."""

    cluster: FakeCluster
    told: list[ForwardStatus] = field(default_factory=list)
    forwards: list[Forward] = field(default_factory=list)

    def connection(self, **more: Any) -> Connection:
        """The way to the fake."""
        return Connection(host=f"http://127.0.0.1:{self.cluster.port}", api_key=None if more else "token-1", **more)

    def spec(self, target: str = "service/web", port: int | str = 80, **more: Any) -> ForwardSpec:
        """What to forward."""
        return make_spec(reach(more.pop("connection", None) or self.connection()), target, port, namespace=NAMESPACE, **more)

    async def open(self, *, state: str = "Active", **spec: Any) -> Forward:
        """A forward in a state."""
        made = self.spec(**{"local_port": "auto", **spec})
        forward = Forward(made, Link(made.connection), self.told.append)
        self.forwards.append(forward)
        forward.start()
        await until(lambda: forward.status.state == state)
        return forward

    async def ask(self, forward: Forward, data: bytes = b"hi") -> bytes:
        """Send, and read until the end."""
        async with connected(forward) as (reader, writer):
            writer.write(data)
            return await reader.read()


@contextlib.asynccontextmanager
async def connected(forward: Forward) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a forward's port."""
    reader, writer = await asyncio.open_connection("127.0.0.1", forward.status.local_port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def until(question: Callable[[], Any]) -> Any:
    """Wait for an answer that is true."""
    async with asyncio.timeout(SECONDS):
        while not (answer := question()):  # noqa: ASYNC110 - what is asked has no event of its own
            await asyncio.sleep(0.005)
        return answer
