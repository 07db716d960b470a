"""A command's WebSocket from start to end, with a server that does what the test says."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from ansible_collections.roro.kube.plugins.module_utils._cluster.raw import RawConnection
from ansible_collections.roro.kube.plugins.module_utils._errors import ClusterError
from ansible_collections.roro.kube.plugins.module_utils._exec import Wanted, converse
from ansible_collections.roro.kube.plugins.module_utils._exec.protocol import END_OF_STDIN, PROTOCOLS
from ansible_collections.roro.kube.plugins.module_utils._exec.session import CHUNK

Act = Callable[[web.WebSocketResponse], Awaitable[None]]
SUCCESS = b"\x03" + json.dumps({"status": "Success"}).encode()


class Server:
    """An API server for one command. act: what it does. url: as a cluster has it."""

    def __init__(self) -> None:
        self.act: Act | None = None
        self.protocols = PROTOCOLS
        self.refusal = 0
        self.heard: list[bytes] = []
        self.paths: list[str] = []
        self.url = ""

    def raw(self) -> Any:
        return self

    def prepare(self) -> RawConnection:
        return RawConnection(self.url, (), None, "", "", (), None)

    def renew(self, _refused: RawConnection) -> bool:
        return False

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.path_qs)
        if self.refusal:
            return web.Response(status=self.refusal)
        socket = web.WebSocketResponse(protocols=self.protocols)
        await socket.prepare(request)
        assert self.act is not None
        await self.act(socket)
        return socket


@pytest.fixture
def server() -> Iterator[Server]:
    found, loop, ready = Server(), asyncio.new_event_loop(), threading.Event()

    async def begin() -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/{path:.*}", found.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        return runner

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(begin(), loop).result(30)
    assert ready.wait(30)
    yield found
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)


class Ways:
    """What the command is connected to: a few parts of stdin, and what came out."""

    def __init__(self, *parts: bytes) -> None:
        self.parts, self.out, self.err = list(parts), b"", b""
        self.is_deaf = self.finished = False

    async def begin(self) -> None: ...

    async def read(self) -> bytes:
        return self.parts.pop(0) if self.parts else b""

    async def write(self, data: bytes, *, error: bool) -> None:
        if error:
            self.err += data
        else:
            self.out += data

    async def size(self) -> tuple[int, int]:
        if self.finished:
            await asyncio.Event().wait()
        self.finished = True
        return 80, 24

    async def finish(self) -> None: ...

    def deaf(self) -> None:
        self.is_deaf = True


def wanted(**more: Any) -> Wanted:
    return Wanted("shop", "api-0", "main", ("cat",), **more)


async def until_end(server: Server, socket: web.WebSocketResponse) -> None:
    """Hear stdin to its end, then give it back and succeed."""
    while True:
        message = await socket.receive()
        if message.type is not WSMsgType.BINARY:
            return
        server.heard.append(message.data)
        if message.data == END_OF_STDIN:
            break
    for part in server.heard[:-1]:
        await socket.send_bytes(b"\x01" + part[1:])
    await socket.send_bytes(SUCCESS)


def test_stdin_must_go_in_parts_that_servers_take_and_end_with_its_end(server: Server) -> None:
    server.act = lambda socket: until_end(server, socket)
    data = bytes(range(256)) * 300
    ways = Ways(data[:10], data[10:])
    assert converse(server, wanted(stdin=True), ways).code == 0  # type: ignore[arg-type]
    assert ways.out == data
    assert max(len(part) for part in server.heard) <= CHUNK + 1
    assert "stdin=true" in server.paths[0]


def test_a_server_that_cannot_hear_the_end_must_be_told_of(server: Server) -> None:
    server.protocols = PROTOCOLS[1:]

    async def act(socket: web.WebSocketResponse) -> None:
        server.heard.append((await socket.receive()).data)
        await socket.send_bytes(b"\x02oops")
        await socket.send_bytes(SUCCESS)

    server.act = act
    ways = Ways(b"x")
    assert converse(server, wanted(stdin=True), ways).code == 0  # type: ignore[arg-type]
    assert (ways.is_deaf, ways.err, server.heard) == (True, b"oops", [b"\x00x"])


def test_a_connection_that_ends_first_must_not_look_like_an_end(server: Server) -> None:
    async def act(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"\x01half")

    server.act = act
    ways = Ways()
    ending = converse(server, wanted(), ways)  # type: ignore[arg-type]
    assert (ending.code, ending.reason, ways.out) == (None, "Broken", b"half")


def test_what_comes_after_the_status_must_be_shown_too(server: Server) -> None:
    async def act(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(SUCCESS)
        await socket.send_bytes(b"\x01late")

    server.act = act
    ways = Ways()
    assert (converse(server, wanted(), ways).code, ways.out) == (0, b"late")  # type: ignore[arg-type]


def test_a_window_must_be_told_of(server: Server) -> None:
    async def act(socket: web.WebSocketResponse) -> None:
        server.heard.append((await socket.receive()).data)
        await socket.send_bytes(SUCCESS)

    server.act = act
    ways = Ways()
    assert converse(server, wanted(tty=True), ways, ways.size).code == 0  # type: ignore[arg-type]
    assert server.heard == [b'\x04{"Width": 80, "Height": 24}']


@pytest.mark.parametrize(("status", "words"), [(403, "may not run commands in pod shop/api-0"), (404, "is not there any more")])
def test_a_refusal_must_say_what_is_missing(server: Server, status: int, words: str) -> None:
    server.refusal = status
    with pytest.raises(ClusterError, match=words):
        converse(server, wanted(), Ways())  # type: ignore[arg-type]


def test_what_the_taker_raises_must_end_it(server: Server) -> None:
    async def act(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"\x01x")
        await socket.receive()

    class Full(Ways):
        async def write(self, data: bytes, *, error: bool) -> None:
            raise BrokenPipeError

    server.act = act
    with pytest.raises(BrokenPipeError):
        converse(server, wanted(), Full())  # type: ignore[arg-type]
