# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where events go while a task works: the pipe of the `roro` command, or Ansible's display.

Private to this collection; runs in the worker process of ansible-playbook.
"""

from __future__ import annotations

import fcntl
import json
import os
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ansible_collections.roro.kube.plugins.module_utils._events import (
    Event,
    InstanceState,
    Notice,
    ObjectState,
    PlanReady,
    RunPhase,
    StepDone,
    as_record,
)
from ansible_collections.roro.kube.plugins.module_utils._harmless import harmless
from ansible_collections.roro.kube.plugins.plugin_utils._gathered import Gathered

EVENTS_VARIABLE = "RORO_EVENTS"
FLUSH_SECONDS = 2.0
GATHER_SECONDS = 0.03
"""How long a line may wait for others to be written with it: a write wakes the reader, and thousands of steps end within seconds."""


TOGETHER_SECONDS = 0.2
"""How long a line for people may wait for others to be shown with it."""


class TaskSink(Protocol):
    """A sink with an end."""

    def __call__(self, event: Event) -> None:
        """Take one event; returns at once."""

    def close(self) -> None:
        """Everything taken so far is out, or cannot be delivered any more."""


class PipeSink:
    """One JSON line for each event into a named pipe.

    A thread writes, so that a slow reader never holds up the engine. Lines are longer than PIPE_BUF at times and several workers
    share the pipe, therefore each write holds a lock on it (flock(2)). A reader that is gone is not an error: events are dropped.
    Of a step that had nothing to change nothing is told: `roro` shows none, and there are many. host: of the task, told with each event.
    """

    def __init__(self, path: str, host: str = "") -> None:
        self._whose = {"host": host} if host else {}
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._pipe = _open_pipe(path)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write_all, name="roro-events", daemon=True)
        if self._pipe is not None:
            self._thread.start()

    def __call__(self, event: Event) -> None:
        if self._pipe is None or (isinstance(event, StepDone) and event.action == "unchanged" and not event.error):
            return
        self._lines.put(json.dumps({**as_record(event), **self._whose}).encode() + b"\n")

    def close(self) -> None:
        """Wait until every line is written, at most two seconds."""
        if self._pipe is not None:
            self._lines.put(None)
            self._closing.set()
            self._thread.join(FLUSH_SECONDS)

    def _next(self) -> list[bytes]:
        """What waits to be written, at least one line; [] at the end. What comes after the end is nobody's."""
        lines: list[bytes] = []
        while not lines or not self._lines.empty():
            line = self._lines.get()
            if line is None:
                self._lines.put(None)
                break
            if not lines:
                self._closing.wait(GATHER_SECONDS)
            lines.append(line)
        return lines

    def _write_all(self) -> None:
        pipe = self._pipe
        if pipe is None:
            return
        try:
            while lines := self._next():
                _write_locked(pipe, b"".join(lines))
        except OSError:
            self._pipe = None
        finally:
            os.close(pipe)


def _open_pipe(path: str) -> int | None:
    """Opens without waiting for a reader (ENXIO when there is none), then writes may wait."""
    try:
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    os.set_blocking(pipe, True)
    return pipe


def _write_locked(pipe: int, data: bytes) -> None:
    fcntl.flock(pipe, fcntl.LOCK_EX)
    try:
        _write(pipe, data)
    finally:
        fcntl.flock(pipe, fcntl.LOCK_UN)


def _write(pipe: int, data: bytes) -> None:
    while data:
        data = data[os.write(pipe, data) :]


def tell_result(action: str, outcome: Mapping[str, Any], host: str = "") -> None:
    """What a task returns on a host, for the `roro` command where it named a pipe in RORO_EVENTS: one line after all events of the task."""
    path = os.environ.get(EVENTS_VARIABLE)
    pipe = _open_pipe(path) if path else None
    if pipe is None:
        return
    record = {"action": action, **({"host": host} if host else {}), "result": {**outcome, "failed": bool(outcome.get("failed"))}}
    try:
        _write_locked(pipe, json.dumps(record, default=str).encode() + b"\n")
    except OSError:
        return
    finally:
        os.close(pipe)


Print = Callable[[str, str], None]
"""Prints one line; the second argument is its weight: ok, change, warning, error or detail."""


class DisplaySink:
    """Lines for a person, without cursor movement, so that they read well in a terminal, a log file and AWX.

    verbosity 0: what concerns an instance (status, plan, what it waits for longer than `interval` seconds, one line in as many), failures
    and notices. 1: every object that changed or became ready. 2: unchanged objects too.
    """

    def __init__(self, show: Print, verbosity: int, interval: float = 2.0) -> None:
        self._show = show
        self._verbosity = verbosity
        self._waiting = _Throttle(lambda line: show(harmless(line), "detail"), interval)
        self._told: dict[str, tuple[str, str, str]] = {}
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self._dispatch(event)

    def close(self) -> None:
        """Nothing is printed afterwards."""
        self._waiting.stop()

    def _dispatch(self, event: Event) -> None:
        match event:
            case InstanceState():
                self._instance(event)
            case ObjectState():
                self._object(event)
            case StepDone():
                self._step(event)
            case PlanReady(instance=instance, steps=steps, objects=objects):
                if steps:
                    self._line(instance, f"{_count(steps, 'change')}, {_count(objects, 'object')}", "detail")
            case Notice(instance=instance, level=level, message=message):
                self._line(instance, message, "warning" if level == "warning" else "detail")
            case RunPhase(instance=instance, phase=phase, message=message) if self._verbosity >= 1:
                self._line(instance, f"{phase} {message}".strip(), "detail")

    def _instance(self, event: InstanceState) -> None:
        state = (event.status, event.reason, event.message)
        if self._told.get(event.instance) == state:
            return
        self._told[event.instance] = state
        if event.status not in ("Deploying", "Updating"):
            self._waiting.forget(event.instance)
        weight = {"Running": "ok", "Failed": "error"}.get(event.status, "detail")
        # The result tells a failure in full, once.
        message = "" if event.status == "Failed" and event.reason not in ("", "DependencyFailed") else event.message
        self._line(event.instance, _because(event.status, event.reason, message), weight)

    def _object(self, event: ObjectState) -> None:
        name = _named(event.kind, event.namespace, event.name)
        if event.state == "failed":
            self._line(event.instance, _because(f"{name} failed", event.reason, ""), "error")
        elif event.state == "waiting":
            text = _because(f"waiting for {name}", event.reason, event.message)
            self._waiting(event.instance, _prefixed(event.instance, text))
        elif self._verbosity >= 1:
            self._line(event.instance, f"{name} ready", "ok")

    def _step(self, event: StepDone) -> None:
        name = _named(event.kind, event.namespace, event.name)
        if event.error:
            self._line(event.instance, f"{event.action} {name} failed", "error")
        elif self._verbosity >= (2 if event.action == "unchanged" else 1):
            self._line(event.instance, f"{event.action} {name}" + (f" ({event.cause})" if event.cause else ""), "change")

    def _line(self, instance: str, text: str, weight: str) -> None:
        self._show(harmless(_prefixed(instance, text)), weight)


class GatheredDisplaySink(DisplaySink):
    """The same with lines that come together shown together."""

    def __init__(self, show: Print, verbosity: int) -> None:
        self._gathered = Gathered(show, TOGETHER_SECONDS)
        super().__init__(self._gathered, verbosity)

    def close(self) -> None:
        """Everything is shown, and nothing afterwards."""
        super().close()
        self._gathered.close()


class _Throttle:
    """Lets one line for each key through in `interval` seconds: the newest when the time is up, so what passes sooner is never told."""

    def __init__(self, show: Callable[[str], None], interval: float) -> None:
        self._show = show
        self._interval = interval
        self._last: dict[str, str] = {}
        self._held: dict[str, str] = {}
        self._timers: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()

    def __call__(self, key: str, line: str) -> None:
        with self._lock:
            self._held[key] = line
            if key not in self._timers:
                self._start(key)

    def forget(self, key: str) -> None:
        """What is held back for this key is out of date."""
        with self._lock:
            self._held.pop(key, None)

    def stop(self) -> None:
        """Drop what is held back and start no timer any more."""
        with self._lock:
            for timer in self._timers.values():
                timer.cancel()
            self._held.clear()

    def _say(self, key: str, line: str) -> None:
        if self._last.get(key) == line:
            return
        self._last[key] = line
        self._show(line)
        self._start(key)

    def _start(self, key: str) -> None:
        timer = threading.Timer(self._interval, self._elapsed, (key,))
        timer.daemon = True
        self._timers[key] = timer
        timer.start()

    def _elapsed(self, key: str) -> None:
        with self._lock:
            del self._timers[key]
            line = self._held.pop(key, None)
            if line is not None:
                self._say(key, line)


def _prefixed(instance: str, text: str) -> str:
    return f"{instance or 'roro'}: {text}"


def _named(kind: str, namespace: str, name: str) -> str:
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def _because(text: str, reason: str, message: str) -> str:
    reasons = ": ".join(part for part in (reason, message) if part)
    return f"{text} ({reasons})" if reasons else text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


class SilentSink:
    """Of a task with `no_log`: nothing is told."""

    def __call__(self, event: Event) -> None:
        return

    def close(self) -> None:
        """Nothing was kept."""


def choose_sink(show: Print, verbosity: int, environ: dict[str, str] | None = None, *, silent: bool = False, host: str = "") -> TaskSink:
    """The pipe that the `roro` command named in RORO_EVENTS, else the display; neither for a silent task. host: of the task."""
    if silent:
        return SilentSink()
    path = (os.environ if environ is None else environ).get(EVENTS_VARIABLE)
    return PipeSink(path, host) if path else GatheredDisplaySink(show, verbosity)
