"""An API server of one namespace and a kubelet behind it, in this process: lists, watches, and port-forwards in both protocols.

What a pod does with a connection is a coroutine of the test.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import WSMsgType, web
from ansible_collections.roro.kube.plugins.module_utils._forward import spdy
from ansible_collections.roro.kube.plugins.module_utils._forward.tunnel import CHANNEL_PROTOCOL, SPDY_PROTOCOL

Obj = dict[str, Any]
NAMESPACE = "shop"
REFUSED = "error forwarding port 80 to pod x, uid : failed to connect to localhost:80: dial tcp4 127.0.0.1:80: connect: connection refused"


class Line:
    """The pod's side of one connection."""

    def __init__(self, pod: str, port: int, send: Callable[[bytes, bool], Awaitable[None]], end: Callable[[str], Awaitable[None]]) -> None:
        self.pod, self.port = pod, port
        self._send, self._end = send, end
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self.reset = asyncio.Event()

    def deliver(self, data: bytes) -> None:
        """From the client; b"" is its end."""
        self._inbox.put_nowait(data)

    async def read(self) -> bytes:
        """Some bytes, b"" at the end."""
        return await self._inbox.get()

    async def read_all(self) -> bytes:
        """Until the client's end."""
        found = b""
        while data := await self.read():
            found += data
        return found

    async def write(self, data: bytes) -> None:
        """To the client."""
        await self._send(data, False)

    async def close(self) -> None:
        """The pod writes no more."""
        await self._send(b"", True)

    async def verdict(self, message: str = "") -> None:
        """The node's last word."""
        await self._end(message)


Handler = Callable[[Line], Awaitable[None]]


async def hello(line: Line) -> None:
    """Answer the first bytes with the pod's name, and end."""
    await line.read()
    await line.write(line.pod.encode())
    await line.close()
    await line.verdict()


async def refuse(line: Line) -> None:
    """As a node whose pod does not listen."""
    await line.close()
    await line.verdict(REFUSED)


def pod(name: str, *, ready: bool = True, runtime: str = "cri-o", leaving: bool = False, created: str = "2026-01-01T00:00:00Z") -> Obj:
    """A Pod as the API server gives it."""
    metadata: Obj = {"name": name, "uid": f"uid-{name}", "creationTimestamp": created, "labels": {"app": "web"}}
    metadata["ownerReferences"] = [{"kind": "ReplicaSet", "name": "web-7c88c75b8c", "controller": True}]
    if leaving:
        metadata["deletionTimestamp"] = created
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    status = {"phase": "Running", "conditions": conditions, "containerStatuses": [{"containerID": f"{runtime}://abc"}]}
    ports = [{"name": "http", "containerPort": 80}, {"name": "dns", "containerPort": 53, "protocol": "UDP"}]
    spec = {"containers": [{"name": "main", "ports": ports}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def service(name: str = "web", **spec: Any) -> Obj:
    """A Service on port 80."""
    ports = [{"name": "http", "port": 80, "targetPort": "http"}, {"name": "dns", "port": 53, "protocol": "UDP"}]
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"selector": {"app": "web"}, "ports": ports, **spec}}


class FakeCluster:
    """handler: what pods do. protocols: what the server takes. answers: HTTP statuses for the next port-forwards. token: the one that is
    accepted, None for any. awake: as long as it is not set, port-forwards get no answer of any kind, as from a process that was stopped."""

    def __init__(self, handler: Handler = hello) -> None:
        self.handler = handler
        self.protocols: tuple[str, ...] = (SPDY_PROTOCOL, CHANNEL_PROTOCOL)
        self.answers: list[int] = []
        self.token: str | None = None
        self.awake = asyncio.Event()
        self.awake.set()
        self.dials = 0
        self.lines: list[Line] = []
        self.sockets: set[web.WebSocketResponse] = set()
        self.port = 0
        self._objects: dict[str, dict[str, dict[str, Any]]] = {"pods": {}, "services": {}, "endpointslices": {}}
        self._version = 1
        self._watchers: dict[str, set[asyncio.Queue[dict[str, Any]]]] = {kind: set() for kind in self._objects}
        self.forbidden = False

    def put(self, obj: dict[str, Any]) -> None:
        """Add or change an object."""
        kind = f"{obj['kind'].lower()}s"
        known = obj["metadata"]["name"] in self._objects[kind]
        self._change(kind, "MODIFIED" if known else "ADDED", obj)
        self._objects[kind][obj["metadata"]["name"]] = obj

    def remove(self, kind: str, name: str) -> None:
        """Delete an object."""
        self._change(kind, "DELETED", self._objects[kind].pop(name))

    def _change(self, kind: str, what: str, obj: dict[str, Any]) -> None:
        self._version += 1
        obj["metadata"]["resourceVersion"] = str(self._version)
        for queue in self._watchers[kind]:
            queue.put_nowait({"type": what, "object": obj})

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[FakeCluster]:
        """Serve while the block runs."""
        app = web.Application()
        app.router.add_get("/api/v1/namespaces/shop/pods/{pod}/portforward", self._forward)
        app.router.add_get("/api/v1/namespaces/shop/{kind}", self._list)
        app.router.add_get("/apis/discovery.k8s.io/v1/namespaces/shop/{kind}", self._list)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            for socket in list(self.sockets):
                await socket.close()
            await runner.cleanup()

    async def _list(self, request: web.Request) -> web.StreamResponse:
        kind = request.match_info["kind"]
        if self.forbidden:
            status = {"kind": "Status", "code": 403, "reason": "Forbidden", "message": f"{kind} is forbidden"}
            return web.json_response(status, status=403)
        if request.query.get("watch") != "true":
            items = list(self._objects[kind].values())
            return web.json_response({"items": items, "metadata": {"resourceVersion": str(self._version)}})
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        for obj in self._objects[kind].values():
            if int(obj["metadata"]["resourceVersion"]) > int(request.query["resourceVersion"]):
                queue.put_nowait({"type": "MODIFIED", "object": obj})
        self._watchers[kind].add(queue)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(json.dumps(await queue.get()).encode() + b"\n")
        return response

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        self.dials += 1
        await self.awake.wait()
        if self.token is not None and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        if self.answers:
            return web.Response(status=self.answers.pop(0))
        socket = web.WebSocketResponse(protocols=self.protocols, max_msg_size=0)
        await socket.prepare(request)
        self.sockets.add(socket)
        serve = self._spdy if socket.ws_protocol == SPDY_PROTOCOL else self._channels
        try:
            await serve(socket, request.match_info["pod"], int(request.query["ports"]))
        except ConnectionError:
            pass
        finally:
            self.sockets.discard(socket)
        return socket

    async def _spdy(self, socket: web.WebSocketResponse, name: str, _port: int) -> None:
        inflate, rest = zlib.decompressobj(), b""
        lines: dict[int, Line] = {}
        tasks = []
        async for message in socket:
            await self.awake.wait()
            if message.type is not WSMsgType.BINARY:
                continue
            rest += message.data
            while len(rest) >= 8 and len(rest) >= 8 + (length := struct.unpack("!I", rest[4:8])[0] & 0xFFFFFF):
                head, flags = struct.unpack("!I", rest[:4])[0], rest[4]
                payload, rest = rest[8 : 8 + length], rest[8 + length :]
                if not head >> 31:
                    if head in lines:
                        if payload:
                            lines[head].deliver(payload)
                        if flags & 1:
                            lines[head].deliver(b"")
                    continue
                stream = struct.unpack("!I", payload[:4])[0]
                if head & 0xFFFF == spdy.PING:
                    await socket.send_bytes(spdy.ping(stream))
                elif head & 0xFFFF == spdy.RST_STREAM and stream in lines:
                    lines.pop(stream).reset.set()
                elif head & 0xFFFF == spdy.SYN_STREAM:
                    headers = _headers(inflate.decompress(payload[10:]))
                    if headers["streamtype"] == "data":
                        lines[stream] = line = _spdy_line(socket, name, headers, stream)
                        self.lines.append(line)
                        tasks.append(asyncio.create_task(self._serve(line)))
        for task in tasks:
            task.cancel()

    async def _channels(self, socket: web.WebSocketResponse, name: str, port: int) -> None:
        for channel in (0, 1):
            await socket.send_bytes(bytes([channel]) + struct.pack("<H", port))

        async def send(data: bytes, fin: bool) -> None:
            if data:
                await socket.send_bytes(b"\0" + data)

        async def end(message: str) -> None:
            if message:
                await socket.send_bytes(b"\1" + message.encode())
            await socket.close()

        line = Line(name, port, send, end)
        self.lines.append(line)
        task = asyncio.create_task(self._serve(line))
        async for message in socket:
            if message.type is WSMsgType.BINARY and message.data[0] == 0:
                line.deliver(message.data[1:])
        line.reset.set()
        task.cancel()

    async def _serve(self, line: Line) -> None:
        with contextlib.suppress(ConnectionError):
            await self.handler(line)


def _spdy_line(socket: web.WebSocketResponse, name: str, headers: dict[str, str], stream: int) -> Line:
    async def send(data: bytes, fin: bool) -> None:
        for start in range(0, max(len(data), 1), 30000):
            piece = data[start : start + 30000]
            await socket.send_bytes(spdy.data_header(stream, len(piece), fin=fin) + piece)

    async def end(message: str) -> None:
        error = int(headers["requestid"])
        await socket.send_bytes(spdy.data_header(error, len(message.encode()), fin=True) + message.encode())

    return Line(name, int(headers["port"]), send, end)


def _headers(block: bytes) -> dict[str, str]:
    words, position = [], 4
    while position < len(block):
        length = struct.unpack("!I", block[position : position + 4])[0]
        words.append(block[position + 4 : position + 4 + length].decode())
        position += 4 + length
    return dict(zip(words[::2], words[1::2], strict=True))
