"""This side of a command in a container: stdin, stdout and stderr of this process, and its terminal where there is one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
from concurrent.futures import ThreadPoolExecutor
from types import FrameType, TracebackType
from typing import Any

from .notes import tell

READ_BYTES = 64 * 1024
_ENDED_BY = (signal.SIGTERM, signal.SIGHUP)


def has_terminal() -> bool:
    """Whether a person sits here: stdin and stdout are a terminal."""
    return os.isatty(0) and os.isatty(1)


class Streams:
    """The `Ways` of `_exec` over this process's own streams. A context manager: a terminal that was made raw becomes what it was, also
    when the process is told to end."""

    def __init__(self, *, tty: bool) -> None:
        self._tty = tty
        self._before: Any = None
        self._reader = ThreadPoolExecutor(1, "roro-stdin")
        self._wake, self._waker = os.pipe()
        self._resized = asyncio.Event()
        self._signals: dict[int, Any] = {}

    def __enter__(self) -> Streams:
        if self._tty:
            import termios

            self._before = termios.tcgetattr(0)
        for number in _ENDED_BY:
            self._signals[number] = signal.signal(number, _end)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.write(self._waker, b"x")
        self._reader.shutdown(wait=True)
        os.close(self._waker)
        os.close(self._wake)
        if self._before is not None:
            import termios

            # Drained first: what was typed is for the command, what it wrote last is not cut off.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(0, termios.TCSADRAIN, self._before)
        for number, handler in self._signals.items():
            signal.signal(number, handler)

    async def begin(self) -> None:
        """Keys go to the command from here on, Ctrl-C too."""
        if self._tty:
            import tty

            tty.setraw(0)
            asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._resized.set)
            self._resized.set()

    async def read(self) -> bytes:
        """The next bytes of stdin; b"" at its end, and when all is over."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, self._read)

    async def write(self, data: bytes, *, error: bool) -> None:
        """To stdout or stderr, all of it."""
        await asyncio.to_thread(write_all, 2 if error else 1, data)

    async def size(self) -> tuple[int, int]:
        """Of the window, when it has another."""
        await self._resized.wait()
        self._resized.clear()
        size = os.get_terminal_size(1)
        return size.columns, size.lines

    async def finish(self) -> None:
        """Nothing is held back."""

    def deaf(self) -> None:
        """Say why a command may wait for ever."""
        words = "this server (older than Kubernetes 1.30) cannot tell the command that its input has ended; Ctrl-C ends it"
        tell(words)

    def _read(self) -> bytes:
        try:
            ready, _, _ = select.select([0, self._wake], [], [])
            return os.read(0, READ_BYTES) if 0 in ready and self._wake not in ready else b""
        except (OSError, ValueError):
            return b""


def write_all(number: int, data: bytes) -> None:
    """All of it, also where a file does not take it at once."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(number, view) :]
        except BlockingIOError:
            select.select([], [number], [])


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
