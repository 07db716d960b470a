# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own log: one line for each thing that happens, for machines. Off unless `RORO_LOG` is `json` or `text`; docs/logging.md.

A line has `time` (RFC 3339 in UTC), `level`, `run`, `component` (roro, action, engine, daemon), `event` and fields of its own. It goes
to stderr, or to the private file `RORO_LOG_FILE`, where every process of the run appends whole lines. Nothing that is marked as secret is
ever in it (`_secrets`, and `conceal`). A log that cannot be written stops no work.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ._run_id import run_id
from ._secrets import HIDDEN, Secrets, SecretText

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
PIPE_VARIABLE = "RORO_LOG_PIPE"
"""Where a process writes whose `roro` prints its lines: the pipe of events."""
LONGEST = 1000
"""Characters of a text in a line."""
_OFF = 100
Write = Callable[[str], None]


class _State:
    """What the environment asks for, read once. level: the lowest that is written. write: takes a record as JSON."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.style = environ.get("RORO_LOG", "").strip().lower()
        asked = environ.get("RORO_LOG_LEVEL", "info").strip().lower()
        self.level = LEVELS.get(asked, LEVELS["info"]) if self.style in ("json", "text") else _OFF
        self.pipe, self.file = environ.get(PIPE_VARIABLE, ""), environ.get("RORO_LOG_FILE", "")
        self.opened: tuple[int, int] | None = None
        self.write: Write = self._to_pipe if self.pipe else self._to_file if self.file else _to_stderr

    def _to_file(self, line: str) -> None:
        self._append(self._descriptor(lambda: _private_file(self.file)), line)

    def _to_pipe(self, line: str) -> None:
        self._append(self._descriptor(lambda: _pipe(self.pipe)), line)

    def _descriptor(self, open_it: Callable[[], int]) -> int:
        """A fork opens its own: a lock belongs to what was opened, not to the process."""
        if self.opened is None or self.opened[0] != os.getpid():
            self.opened = (os.getpid(), open_it())
        return self.opened[1]

    def _append(self, descriptor: int, line: str) -> None:
        data = line.encode() + b"\n"
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            while data:
                data = data[os.write(descriptor, data) :]
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)


_state: list[_State] = []
_secrets = Secrets()


def configure(environ: Mapping[str, str] | None = None) -> None:
    """Read the environment anew; None: that of this process."""
    _state[:] = [_State(os.environ if environ is None else environ)]


def writes_to(write: Write) -> None:
    """Lines that would go to stderr go here instead: a process whose stderr nobody sees."""
    state = _current()
    if not state.pipe and not state.file:
        state.write = write


def told(level: str = "info") -> bool:
    """Whether lines of the level are written; asked before anything is computed for one."""
    return LEVELS[level] >= _current().level


def place() -> str:
    """Where the log is, for a person; "" when there is none."""
    state = _current()
    return "" if state.level == _OFF else state.file or "stderr"


def conceal(values: Secrets) -> None:
    """From now on these are hidden in every line."""
    global _secrets
    if told("error"):
        _secrets = _secrets | values


def tell(level: str, component: str, event: str, /, *, run: str | None = None, **fields: Any) -> None:
    """Write a line. run: of which run, where it is not this process's. fields: JSON-ready; None and "" are left out."""
    state = _current()
    if LEVELS[level] < state.level:
        return
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record = {"time": now, "level": level, "run": run_id() if run is None else run, "component": component, "event": event}
    record |= {key: _shown(value) for key, value in fields.items() if value is not None and value != ""}
    try:
        state.write(json.dumps({"log": record}) if state.pipe else line_of(record))
    except (OSError, ValueError):
        return


def tell_bug(component: str, error: BaseException) -> None:
    """The line of an error that nobody should ever see: its type and where, without its words, as they may quote a secret."""
    if not told("error"):
        return
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-12:]]
    tell("error", component, "unexpected error", type=type(error).__name__, frames=frames)


def pass_on(record: Mapping[str, Any]) -> None:
    """Write a line that another process of the run made."""
    try:
        _current().write(line_of(record))
    except (OSError, ValueError):
        return


def line_of(record: Mapping[str, Any]) -> str:
    """A record as one line of the chosen style."""
    if _current().style == "json":
        return json.dumps(record)
    head = f"{record.get('time')} {record.get('level', ''):<7} {record.get('run')} {record.get('component')}: {record.get('event')}"
    rest = (f"{key}={_plain(value)}" for key, value in record.items() if key not in ("time", "level", "run", "component", "event"))
    return " ".join([head, *rest])


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text.isprintable() and " " not in text else json.dumps(value)


def _current() -> _State:
    if not _state:
        configure()
    return _state[0]


def _shown(value: Any) -> Any:
    """The value without secrets, in plain types and of bounded length."""
    if isinstance(value, SecretText):
        return HIDDEN
    if isinstance(value, str):
        hidden = _secrets.hide(str.__str__(value))
        return hidden if len(hidden) <= LONGEST else hidden[: LONGEST - 3] + "..."
    if isinstance(value, Mapping):
        return {str(key): _shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(item) for item in value]
    return value if isinstance(value, (int, float, bool)) else str(value)


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _private_file(path: str) -> int:
    """Made 0600; one that is there is made so, where it is a file and ours."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    info = os.fstat(descriptor)
    if stat.S_ISREG(info.st_mode) and info.st_mode & 0o077 and info.st_uid == os.getuid():
        os.fchmod(descriptor, 0o600)
    return descriptor


def _pipe(path: str) -> int:
    """Opens without waiting for a reader; then writes may wait."""
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    os.set_blocking(descriptor, True)
    return descriptor
