"""The API server of the forwards' tests, with a Deployment that can be restarted, events, and commands in containers."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from fake_cluster import FakeCluster, Handler, Line

REPLICASET, DEPLOYMENT = "web-7c88c75b8c", "web"
OWNED = {"roro.dev/workspace": "w", "roro.dev/environment": "dev", "roro.dev/instance": "api"}
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments/web"


def answering(status: int = 200, body: str = "fine") -> Handler:
    """A pod that answers HTTP."""

    async def serve(line: Line) -> None:
        await line.read()
        await line.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await line.close()
        await line.verdict()

    return serve


class HealthCluster(FakeCluster):
    """deployment: as it is. patches: what was applied to it, in order. events: those that were made. refusals: HTTP statuses for the next
    patches. exit_code: of commands, None for one that never ends; words: what they say. commands: the words of those that ran. lease: the
    spec of the instance's lock, None where nobody holds it."""

    def __init__(self) -> None:
        super().__init__(answering())
        self.patches: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.refusals: list[int] = []
        self.exit_code: int | None = 0
        self.words = b"some words\n"
        self.lease: dict[str, Any] | None = None
        self.commands: list[tuple[str, list[str]]] = []
        self.read = asyncio.Event()
        self.deployment: dict[str, Any] = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": DEPLOYMENT, "namespace": "shop", "uid": "d", "generation": 1, "resourceVersion": "7", "labels": OWNED},
            "spec": {"replicas": 1, "template": {"metadata": {}}},
            "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1},
        }

    def rolled_out(self) -> None:
        """The controller has followed the newest template."""
        self.deployment["status"]["observedGeneration"] = self.deployment["metadata"]["generation"]

    def reasons(self) -> list[str]:
        """Of the events, in order."""
        return [event["reason"] for event in self.events]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[HealthCluster]:
        """Serve while the block runs."""
        app = web.Application()
        app.router.add_get("/api/v1/namespaces/shop/pods/{pod}/portforward", self._forward)
        app.router.add_get("/api/v1/namespaces/shop/pods/{pod}/exec", self._exec)
        app.router.add_get("/api/v1/namespaces/shop/pods/{pod}", self._pod)
        app.router.add_get(f"/apis/apps/v1/namespaces/shop/replicasets/{REPLICASET}", self._replicaset)
        app.router.add_get(DEPLOYMENTS, self._deployment)
        app.router.add_patch(DEPLOYMENTS, self._patch)
        app.router.add_post("/api/v1/namespaces/shop/events", self._event)
        app.router.add_get("/apis/coordination.k8s.io/v1/namespaces/shop/leases/roro.api", self._lease)
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

    async def _pod(self, request: web.Request) -> web.StreamResponse:
        found = self._objects["pods"].get(request.match_info["pod"])
        if found is None:
            return web.json_response({"kind": "Status", "code": 404}, status=404)
        pod = copy.deepcopy(found)
        for owner in pod["metadata"]["ownerReferences"]:
            owner["uid"] = "r"
        return web.json_response(pod)

    async def _replicaset(self, request: web.Request) -> web.StreamResponse:
        owner = {"kind": "Deployment", "name": DEPLOYMENT, "uid": "d", "controller": True}
        metadata = {"name": REPLICASET, "namespace": "shop", "uid": "r", "ownerReferences": [owner]}
        return web.json_response({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata})

    async def _deployment(self, request: web.Request) -> web.StreamResponse:
        self.read.set()
        return web.json_response(self.deployment)

    async def _patch(self, request: web.Request) -> web.StreamResponse:
        if self.refusals:
            status = self.refusals.pop(0)
            return web.json_response({"kind": "Status", "code": status, "reason": "Forbidden", "message": "no"}, status=status)
        sent, live = json.loads(await request.read()), self.deployment["metadata"]
        if sent["metadata"].get("resourceVersion", live["resourceVersion"]) != live["resourceVersion"]:
            return web.json_response({"kind": "Status", "code": 409, "reason": "Conflict", "message": "changed"}, status=409)
        self.patches.append({**sent, "manager": request.query["fieldManager"]})
        live["resourceVersion"] = str(int(live["resourceVersion"]) + 1)
        live["generation"] += 1
        live.setdefault("annotations", {}).update(sent["metadata"]["annotations"])
        return web.json_response(self.deployment)

    async def _lease(self, request: web.Request) -> web.StreamResponse:
        if self.lease is None:
            return web.json_response({"kind": "Status", "code": 404}, status=404)
        return web.json_response({"kind": "Lease", "metadata": {"name": "roro.api"}, "spec": self.lease})

    async def _event(self, request: web.Request) -> web.StreamResponse:
        self.events.append(json.loads(await request.read()))
        return web.json_response(self.events[-1], status=201)

    async def _exec(self, request: web.Request) -> web.StreamResponse:
        self.commands.append((request.query["container"], request.query.getall("command")))
        if self.answers:
            return web.Response(status=self.answers.pop(0))
        socket = web.WebSocketResponse(protocols=("v5.channel.k8s.io", "v4.channel.k8s.io"))
        await socket.prepare(request)
        self.sockets.add(socket)
        if self.exit_code is not None:
            await socket.send_bytes(b"\1" + self.words)
            await socket.send_bytes(b"\3" + json.dumps(ended(self.exit_code)).encode())
        async for _ in socket:
            pass
        self.sockets.discard(socket)
        return socket


def ended(code: int) -> dict[str, Any]:
    """The Status at the end of a command."""
    if code == 0:
        return {"status": "Success"}
    causes = [{"reason": "ExitCode", "message": str(code)}]
    return {"status": "Failure", "reason": "NonZeroExitCode", "message": "command terminated", "details": {"causes": causes}}
