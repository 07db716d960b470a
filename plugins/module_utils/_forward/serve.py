# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's socket: requests and answers, one JSON object a line.

`{"id": 1, "do": "list"}` is answered by `{"id": 1, "ok": true, ...}` or `{"id": 1, "ok": false, "problem": {"message", "where", "hint"}}`.
do: hello; list; start (`forwards`: records); resume, stop, remove (`ids`); watch: the answer, then `{"status": ...}` for each change
until the client hangs up; shutdown; health (`what`: list, start with `checks`, resume, stop, remove, watch, which tells `{"check": ...}`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from typing import TYPE_CHECKING, Any

from .._errors import RoroError, UsageError
from .process import Stamp
from .types import Told, Topic, spec_of

if TYPE_CHECKING:
    from .daemon import Daemon

MAX_BACKLOG = 10_000
"""A client that does not read its statuses is let go."""
log = logging.getLogger("roro.forward")


class Serving:
    """The clients of one daemon."""

    def __init__(self, daemon: Daemon, stamp: Stamp) -> None:
        self._daemon, self._stamp = daemon, stamp
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client until it hangs up."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            while line := await reader.readline():
                request = json.loads(line)
                writer.write(_line({"id": request.get("id"), **await self._answer(request)}))
                await writer.drain()
                if "watch" in (request.get("do"), request.get("what")):
                    await self._stream(reader, writer, "status" if request["do"] == "watch" else "check")
                    break
        except (OSError, ValueError, AttributeError, asyncio.CancelledError):
            log.debug("a client left")
        finally:
            writer.close()

    async def close(self) -> None:
        """Let go of all clients."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            async with self._turn:
                return {"ok": True, **await self._do(str(request.get("do")), request)}
        except RoroError as error:
            problem = error.problems[0]
            return _refusal(problem.message, problem.where, problem.hint)
        except Exception as error:
            log.exception("a request failed")
            return _refusal(f"unexpected {type(error).__name__}: {error}", "forward daemon", None)

    async def _do(self, what: str, request: dict[str, Any]) -> dict[str, Any]:
        daemon, keys = self._daemon, [str(key) for key in request.get("ids") or []]
        changed: dict[str, bool] = {}
        if what == "hello":
            return {"pid": os.getpid(), "stamp": self._stamp, "tasks": len(asyncio.all_tasks())}
        if what == "shutdown":
            daemon.ending.set()
            return {}
        if what == "health":
            return await daemon.health(str(request.get("what")), request)
        if what == "start":
            changed = await daemon.start([spec_of(record) for record in request["forwards"]])
        elif what == "resume":
            changed = await daemon.resume(keys)
        elif what in ("stop", "remove"):
            changed = await daemon.stop(keys, forget=what == "remove")
        elif what not in ("list", "watch"):
            hint = "`roro forward shutdown` ends it; the next command starts a new one."
            raise UsageError(f'the forward daemon knows no "{what}"', hint=hint)
        return {"changed": changed, "forwards": [status.as_record() for status in daemon.statuses()]}

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wanted: Topic) -> None:
        queue: asyncio.Queue[Told] = asyncio.Queue(MAX_BACKLOG)
        full = asyncio.Event()

        def told(topic: Topic, status: Told) -> None:
            try:
                if topic == wanted:
                    queue.put_nowait(status)
            except asyncio.QueueFull:
                full.set()

        end = self._daemon.listen(told)
        gone = asyncio.ensure_future(reader.read())
        try:
            while not full.is_set():
                item = asyncio.ensure_future(queue.get())
                await asyncio.wait([item, gone], return_when=asyncio.FIRST_COMPLETED)
                if not item.done():
                    item.cancel()
                    break
                writer.write(_line({wanted: item.result().as_record()}))
                await writer.drain()
        finally:
            end()
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await gone


def _refusal(message: str, where: str | None, hint: str | None) -> dict[str, Any]:
    return {"ok": False, "problem": {"message": message, "where": where, "hint": hint}}


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":"), default=str).encode() + b"\n"
