# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders in a child that is killed at its bounds, because no check inside a process can interrupt one long step of its interpreter.

The child is a fork: it has the modules, the compiled templates and the request already, costs a few milliseconds, and works the same in
`roro`, in Ansible's workers and in a module that runs elsewhere. It ends with the process that made it (`_die_with`).

A template that broke out of its sandbox would still be in this child: without the parent's connections and files, without a network where
the system allows that, and what it answers is plain JSON of a known form, never code.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import json
import mmap
import os
import select
import signal
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

from .._die_with import die_with, libc
from .._errors import Problem, RenderError, RoroError
from .bounds import MIB, Bounds, limit_cpu, limit_memory, without_descriptors, without_network
from .rendered_before import key_of, pack, unpack
from .types import Engine, RenderedFile, RenderRequest, TemplateLine

BOUNDS = Bounds(cpu_seconds=30.0, wall_seconds=300.0, memory=1024 * MIB, output=256 * MIB)
"""Of one app's templates together. Each engine's own limits are tighter and name the line; these hold when those cannot."""
COLLECT = (20_000, 20, 20)
"""When the child looks for cycles to free: it lives short, and what it may take is bounded anyway."""
SECONDS_A_FILE = 0.05
"""What the processor time grows by with each file."""
_IMPORTS = {"jinja2": ".jinja", "tera": ".tera.session", "handlebars": ".handlebars.session"}
"""What an engine imports when it renders first: done before the fork, so that the next child has it too."""
_SIZE = struct.Struct("!Q")
_PATH_BYTES = 4096
_one = threading.Lock()
"""One child at a time: another's would inherit the pipe and keep it open. Waiting for it costs nothing, as rendering does not overlap."""


def render_in_child(engine: Engine, request: RenderRequest) -> tuple[RenderedFile, ...]:
    """What `engine.render(request)` gives, or the RenderError that it raises; one that names the limit when the child was killed.

    No child is made where the result is known from the same input.
    """
    folder, key = request.app.folder, key_of(engine, request)

    def make() -> str:
        return pack(folder, *_render(engine, request))

    texts, inputs = _render(engine, request) if key is None else unpack(folder, request.cache.result(key, make, keep=True))
    request.app.inputs.update({Path(path): digest for path, digest in inputs.items()})
    return tuple(
        RenderedFile(Path(file), text, _Locator(engine, request, Path(file)), repeats, notes) for file, text, repeats, notes in texts
    )


def _render(engine: Engine, request: RenderRequest) -> tuple[list[Any], dict[str, str]]:
    """Texts and inputs as plain data. Raises RenderError."""
    with suppress(ImportError):
        importlib.import_module(_IMPORTS.get(engine.name, ".types"), __package__)
    cache = request.cache

    def work() -> Any:
        before = cache.hits, cache.misses
        try:
            texts = [(str(one.file), one.text, one.repeats, one.notes) for one in engine.render(request)]
            problems = []
        except RenderError as error:
            texts, problems = [], [astuple(problem) for problem in error.problems]
        inputs = {str(path): digest for path, digest in request.app.inputs.items()}
        return texts, problems, inputs, (cache.hits - before[0], cache.misses - before[1])

    texts, problems, inputs, (hits, misses) = in_child(work, request, _is_rendered)
    cache.count(hits, misses)
    if problems:
        request.app.inputs.update({Path(path): digest for path, digest in inputs.items()})
        raise RenderError.of([Problem(*fields) for fields in problems])
    return texts, inputs


def _is_rendered(answer: Any) -> bool:
    """Whether an answer has the form that `_render` gives."""
    if not isinstance(answer, list) or [type(part) for part in answer] != [list, list, dict, list]:
        return False
    texts, problems, inputs, counts = answer
    return (
        all(isinstance(one, list) and [type(part) for part in one] == [str, str, bool, bool] for one in texts)
        and _are_problems(problems)
        and all(isinstance(digest, str) for digest in inputs.values())
        and [type(count) for count in counts] == [int, int]
    )


def _are_problems(found: Any) -> bool:
    """Whether these are the fields of problems."""
    text, maybe = (str,), (str, type(None))
    return isinstance(found, list) and all(
        isinstance(one, list) and len(one) == 4 and all(map(isinstance, one, (text, maybe, maybe, text))) for one in found
    )


def _is_line(answer: Any) -> bool:
    """Whether an answer is a template's line, or that there is none."""
    return answer is None or (isinstance(answer, list) and [type(part) for part in answer] == [str, int])


class _Locator:
    """For `RenderedFile.locate`: renders the file once more in a child, where the engine can tell."""

    def __init__(self, engine: Engine, request: RenderRequest, file: Path) -> None:
        self._engine, self._request, self._file = engine, request, file
        self._known: dict[tuple[int, int], TemplateLine | None] = {}

    def __call__(self, line: int, column: int) -> TemplateLine | None:
        if (line, column) not in self._known:
            self._known[line, column] = self._ask(line, column)
        return self._known[line, column]

    def _ask(self, line: int, column: int) -> TemplateLine | None:
        request = replace(self._request, files=(self._file,))

        def work() -> Any:
            found = self._engine.render(request)[0].locate(line, column)
            return None if found is None else (str(found.file), found.line)

        try:
            found = in_child(work, request, _is_line)
        except RoroError:  # what was found wrong is told anyway, at the line of the rendered text
            return None
        return None if found is None else TemplateLine(Path(found[0]), found[1])


def in_child(work: Callable[[], Any], request: RenderRequest, expected: Callable[[Any], bool]) -> Any:
    """What `work` gives in a forked child, as JSON has it. Raises RenderError when the child went over a bound, broke, or gave what is not
    `expected`."""
    bounds = replace(BOUNDS, cpu_seconds=BOUNDS.cpu_seconds + SECONDS_A_FILE * len(request.files))
    libc()
    with _one, mmap.mmap(-1, _PATH_BYTES) as shared:
        reader, writer = os.pipe()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            _be_child(work, writer, parent, bounds, request, shared)  # never returns
        status = None
        try:
            os.close(writer)
            data = _receive(reader, bounds)
            if data is None:
                os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
        finally:
            os.close(reader)
            if status is None:
                with suppress(ProcessLookupError, ChildProcessError):
                    os.kill(child, signal.SIGKILL)
                    os.waitpid(child, 0)
        rendered = bytes(shared).rstrip(b"\0").decode("utf-8", "replace")
    kind, content = _understood(data, expected) if data else ("gone", "")
    if kind == "done":
        return content
    raise _failure(kind, content, status or 0, bounds, rendered or str(request.source.path))


def _understood(data: bytes, expected: Callable[[Any], bool]) -> tuple[str, Any]:
    """What the child said. Nothing of it is believed that has another form."""
    try:
        kind, content = json.loads(data.decode("utf-8", "surrogatepass"))
    except (ValueError, TypeError, RecursionError):
        kind, content = "", ""
    good: dict[str, Callable[[Any], bool]] = {
        "done": expected,
        "error": _are_problems,
        "fault": lambda text: isinstance(text, str),
        "memory": lambda _nothing: True,
    }
    if not isinstance(kind, str) or kind not in good or not good[kind](content) or (kind == "error" and not content):
        return "fault", "the answer of its renderer cannot be read"
    return kind, content


def _be_child(work: Callable[[], Any], writer: int, parent: int, bounds: Bounds, request: RenderRequest, shared: mmap.mmap) -> None:
    """Work, send, and leave without any of the parent's last acts (buffers, exit handlers, threads)."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU):
            signal.signal(number, signal.SIG_DFL)
        faulthandler.disable()
        without_descriptors(writer)
        without_network()
        die_with(parent)
        gc.freeze()
        gc.set_threshold(*COLLECT)
        limit_memory(bounds.memory)
        limit_cpu(bounds.cpu_seconds)

        def note(path: Path) -> None:
            shared[:] = str(path).encode()[:_PATH_BYTES].ljust(_PATH_BYTES, b"\0")

        request.app.on_read = note
        try:
            message = "done", work()
        except MemoryError:
            message = "memory", None
        except RoroError as error:
            message = "error", [astuple(problem) for problem in error.problems]
        except Exception as error:  # told by the parent as a fault of ours
            message = "fault", f"{type(error).__name__}: {error}"
        data = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
        rest = memoryview(_SIZE.pack(len(data)) + data)
        while rest:
            rest = rest[os.write(writer, rest) :]
    finally:
        os._exit(0)


def _receive(reader: int, bounds: Bounds) -> bytes | None:
    """The message, b"" when the child ended without one, None when it is not there in time or too long."""
    deadline = time.monotonic() + bounds.wall_seconds
    data = bytearray()
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return None
        chunk = os.read(reader, 1 << 20)
        if not chunk:
            return b""
        data += chunk
        if len(data) >= _SIZE.size:
            (size,) = _SIZE.unpack_from(data)
            if size > bounds.output:
                return None
            if len(data) >= _SIZE.size + size:
                return bytes(data[_SIZE.size :])


def _failure(kind: str, content: Any, status: int, bounds: Bounds, where: str) -> RenderError:
    hint = "Make the template do less; the limits are in docs/templates.md."
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if kind == "error":
        error = RenderError.of([Problem(*fields) for fields in content])
        return error if isinstance(error, RenderError) else RenderError(str(error))
    if kind == "memory":
        return _over(f"{bounds.memory // MIB:,} MiB of memory", where, hint)
    if number in (signal.SIGXCPU, signal.SIGKILL):
        return _over(f"{bounds.cpu_seconds:g} s of processor time, or {bounds.wall_seconds:g} s in all", where, hint)
    if kind == "fault":
        return RenderError(f"this template cannot be rendered: {content}", where=where, hint="Make it simpler, and report this as a fault.")
    name = signal.Signals(number).name if number else f"exit code {os.waitstatus_to_exitcode(status)}"
    return RenderError(f"the template brought its renderer down ({name})", where=where, hint="Look for deep nesting or endless recursion.")


def _over(bound: str, where: str, hint: str) -> RenderError:
    return RenderError(f"the template went over a limit: {bound}", where=where, hint=hint)
