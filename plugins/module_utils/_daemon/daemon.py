# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All duties of the daemon: found by the names of their modules, begun when they have something to do, ended together."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from .._errors import RoroError
from .duty import Duty, Shared, Told
from .hosted import Hosted, in_words
from .state import State

LOOK_SECONDS = 1.0
"""How often it is looked at whether something is left to do, and whether clients can still find the daemon."""
OWN = ("hello", "shutdown", "host")
"""Requests that the daemon itself answers."""
Listener = Callable[[str, Told], None]
log = logging.getLogger("roro.daemon")


class Daemon:
    """Lives on one event loop; the methods are called there. state: the file."""

    def __init__(self, state: Path) -> None:
        self._state = State(state)
        self._hosted: dict[str, Hosted] = {}
        self._missing: dict[str, str] = {}
        self._shared: dict[type[Any], Shared] = {}
        self._listeners: set[Listener] = set()
        self._quiet_since = 0.0
        self.ending = asyncio.Event()

    async def restore(self, modules: Iterable[str] = ()) -> None:
        """Host these duties and those that were remembered, and go on with what ran before. The remembered name of a duty that one of the
        modules holds is not looked at: it may have moved."""
        await self.host(modules)
        await self.host([module for name, module in self._state.duties.items() if name not in self._hosted])

    async def host(self, modules: Iterable[str]) -> None:
        """Host the duties of these modules, where that was not done. One that cannot be is told of by `duties`, and what it kept stays."""
        for module in modules:
            if any(self._state.duties.get(name) == module for name in self._hosted):
                continue
            try:
                duty: Duty = importlib.import_module(module).DUTY
                self._check(duty)
            except Exception as error:
                log.warning("the duty of module %s is not known: %s", module, in_words(error), exc_info=not isinstance(error, ImportError))
                self._missing[module] = in_words(error)
                continue
            for name in (module, self._state.duties.get(duty.name, "")):
                self._missing.pop(name, None)
            self._state.duties[duty.name] = module
            self._hosted[duty.name] = hosted = Hosted(duty, self._state, self._wake, self._pass_on, self._share)
            await hosted.resume()

    def duties(self) -> list[dict[str, Any]]:
        """Each as a record: `name`, `module`, `busy`, `problem` ("" when all is well). Those that are not known here have no name."""
        modules = self._state.duties
        known = [{"name": name, "module": modules[name], "busy": h.busy, "problem": h.problem} for name, h in self._hosted.items()]
        return known + [{"name": "", "module": module, "busy": False, "problem": words} for module, words in self._missing.items()]

    def duty(self, do: str) -> Hosted | None:
        """The one that answers a request."""
        return next((hosted for hosted in self._all() if do in hosted.duty.requests), None)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with the topic and the status of all news; returns what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def live(self, idle: float, found_by: tuple[Path, ...]) -> None:
        """Until asked to end, until nothing has run for `idle` seconds, or until one of the files that clients find it by is gone (its
        socket, its pid file): nobody could end it any more, and the next daemon could not begin."""
        waiting = asyncio.create_task(self.ending.wait())
        self._wake()
        while not self.ending.is_set() and await asyncio.to_thread(_all_there, found_by):
            await asyncio.wait([waiting], timeout=min(LOOK_SECONDS, idle))
            if self._listeners or any(hosted.busy for hosted in self._all()):
                self._wake()
            elif _now() - self._quiet_since >= idle:
                break
        waiting.cancel()

    async def close(self) -> None:
        """Stop all duties, and what they shared."""
        await asyncio.gather(*(hosted.stop() for hosted in self._all()))
        for shared in self._shared.values():
            try:
                await shared.close()
            except Exception:
                log.exception("%s", type(shared).__name__)

    def _all(self) -> list[Hosted]:
        return list(self._hosted.values())

    def _check(self, duty: Duty) -> None:
        """Raise RoroError where a duty wants what another has."""
        if duty.name in self._hosted:
            raise RoroError(f'there is a duty "{duty.name}" already, of module {self._state.duties[duty.name]}')
        for other in (hosted.duty for hosted in self._all()):
            if both := ({*duty.requests} & {*other.requests}) | ({*duty.keeps} & {*other.keeps}):
                raise RoroError(f'the duty "{duty.name}" wants what "{other.name}" has: {", ".join(sorted(both))}')
        if own := {*duty.requests} & {*OWN}:
            raise RoroError(f'the duty "{duty.name}" wants what the daemon answers: {", ".join(sorted(own))}')

    def _share(self, kind: type[Any]) -> Any:
        return self._shared.get(kind) or self._shared.setdefault(kind, kind())

    def _wake(self) -> None:
        self._quiet_since = _now()

    def _pass_on(self, topic: str, status: Told) -> None:
        for listener in list(self._listeners):
            listener(topic, status)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _all_there(files: tuple[Path, ...]) -> bool:
    return all(file.exists() for file in files)
