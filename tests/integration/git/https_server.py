"""A real Git server over HTTPS: git-http-backend (git's own CGI program) behind TLS and passwords, in a thread of the test."""

from __future__ import annotations

import asyncio
import base64
import inspect
import os
import ssl
import subprocess
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.certificates import Authority

Answer = Callable[[web.Request], web.StreamResponse | Awaitable[web.StreamResponse | None] | None]


@dataclass
class HttpsServer:
    """Serves the repositories in `root`. users: name -> password, {} lets everybody in. before: may answer instead (a fault).
    host: the address to listen at, where it is not this machine alone that asks.

    asked: `METHOD path authorization` of each request. reached: set by each. sent: bytes of answers. A context manager.
    """

    root: Path
    authority: Authority
    users: dict[str, str] = field(default_factory=dict)
    wants_certificate: bool = False
    before: Answer | None = None
    host: str = "127.0.0.1"
    asked: list[str] = field(default_factory=list)
    reached: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    sent: int = 0

    @property
    def origin(self) -> str:
        """`https://localhost:PORT`, or with the host that was given."""
        return f"https://{'localhost' if self.host == '127.0.0.1' else self.host}:{self.port}"

    def url(self, name: str) -> str:
        """The address of a repository in `root`."""
        return f"{self.origin}/{name}"

    @property
    def authorizations(self) -> set[str]:
        """What was sent as proof, decoded; "" for none."""
        sent = {line.split(" ", 2)[2] for line in self.asked}
        return {base64.b64decode(one.removeprefix("Basic ")).decode() if one.startswith("Basic ") else one for one in sent}

    def stall(self) -> None:
        """From now on no request gets an answer."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def __enter__(self) -> HttpsServer:
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._flows.set()
        self._program = Path(subprocess.check_output(["git", "--exec-path"], text=True).strip()) / "git-http-backend"
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        application = web.Application(client_max_size=1 << 30)
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, ssl_context=self._tls())
        await site.start()
        self.port = self._runner.addresses[0][1]

    def _tls(self) -> ssl.SSLContext:
        pair = self.authority.issue("server", "localhost", hosts=["localhost", "127.0.0.1", self.host])
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.certificate, pair.key)
        if self.wants_certificate:
            context.load_verify_locations(self.authority.pair.certificate)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        authorization = request.headers.get("Authorization", "")
        self.asked.append(f"{request.method} {request.path} {authorization}")
        self.reached.set()
        await self._flows.wait()
        instead = self.before(request) if self.before is not None else None
        instead = await instead if inspect.isawaitable(instead) else instead
        if instead is not None:
            return instead
        user = self._user(authorization)
        if user is None:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})
        return await self._backend(request, user)

    def _user(self, authorization: str) -> str | None:
        if not self.users:
            return "anybody"
        name, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return name if authorization and self.users.get(name) == password else None

    async def _backend(self, request: web.Request, user: str) -> web.StreamResponse:
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": "/nonexistent",
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query_string,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "HTTP_GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
            "REMOTE_USER": user,
            "REMOTE_ADDR": "127.0.0.1",
        }
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(self._program, env=environment, stdin=pipe, stdout=pipe)
        output, _ = await process.communicate(await request.read())  # aiohttp has undone gzip, so the program is told of none
        head, _, content = output.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status = int(headers.pop("Status", "200").split(" ")[0])
        self.sent += len(content)
        return web.Response(status=status, headers=headers, body=content)
