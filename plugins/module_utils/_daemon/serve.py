# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's socket: requests and answers, one JSON object a line.

`{"id": 1, "do": "list"}` is answered by `{"id": 1, "ok": true, ...}` or `{"id": 1, "ok": false, "problem": {"message", "where", "hint"}}`.
do: hello (`pid`, `stamp`, `tasks`, `duties`); shutdown; host (`modules`); all else is a duty's, and refused with `"unknown": true` where no
duty knows it. A duty's request whose `do` or `what` is `watch` is answered, then followed by `{<topic of the duty>: ...}` for each news
until the client hangs up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from typing import Any

from .._errors import RoroError
from .daemon import Daemon
from .duty import Told
from .hosted import in_words
from .process import Stamp

MAX_BACKLOG = 10_000
"""A client that does not read its news is let go."""
log = logging.getLogger("roro.daemon")


class Serving:
    """The clients of one daemon."""

    def __init__(self, daemon: Daemon, stamp: Stamp) -> None:
        self._daemon, self._stamp = daemon, stamp
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
                hosted = self._daemon.duty(str(request.get("do")))
                if hosted is not None and "watch" in (request["do"], request.get("what")):
                    await self._stream(reader, writer, hosted.duty.topic)
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
        do = str(request.get("do"))
        hosted = self._daemon.duty(do)
        try:
            if hosted is not None:
                return {"ok": True, **await hosted.answer(do, request)}
            own = await self._own(do, request)
        except RoroError as error:
            problem = error.problems[0]
            return _refusal(problem.message, problem.where, problem.hint)
        except Exception as error:
            log.exception("a request failed")
            return _refusal(in_words(error), "daemon", None)
        if own is None:
            words = f'the daemon knows no "{do}"'
            return {**_refusal(words, None, "`roro forward shutdown` ends it; the next command starts a new one."), "unknown": True}
        return {"ok": True, **own}

    async def _own(self, do: str, request: dict[str, Any]) -> dict[str, Any] | None:
        """The answers of the daemon itself, None for what it does not know. See `daemon.OWN`."""
        if do == "hello":
            return {"pid": os.getpid(), "stamp": self._stamp, "tasks": len(asyncio.all_tasks()), "duties": self._daemon.duties()}
        if do == "shutdown":
            self._daemon.ending.set()
            return {}
        if do == "host":
            await self._daemon.host([str(module) for module in request.get("modules") or []])
            return {"duties": self._daemon.duties()}
        return None

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wanted: str) -> None:
        queue: asyncio.Queue[Told] = asyncio.Queue(MAX_BACKLOG)
        full = asyncio.Event()

        def told(topic: str, status: Told) -> None:
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
