# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command of somebody else (`helm`, `kubectl`, `kustomize`) on input that is not trusted: where it is, what it may see and take."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .._die_with import die_with, libc
from .._errors import RenderError, RoroError
from .._given import given
from .._state import cache_directory
from .bounds import MIB, Bounds, limit_cpu, limit_memory, without_network

COMMAND_BOUNDS = Bounds(cpu_seconds=60.0, wall_seconds=300.0, memory=2048 * MIB, output=64 * MIB)
_CHUNK = 1 << 16
_OUT_OF_MEMORY = ("runtime: out of memory", "runtime: cannot allocate memory", "out of memory allocating heap", "errno=12")
"""What a Go program says when the system gives it no more memory."""


@dataclass(frozen=True)
class Finished:
    """A command that ended by itself."""

    code: int
    output: str
    errors: str


def find_command(name: str) -> Path | None:
    """The command on PATH, else the one that this project built or downloaded (its tool cache); None when there is none."""
    found = shutil.which(name)
    if found is not None:
        return Path(found).absolute()
    try:
        built = [path for path in cache_directory("tools").glob(f"*/{name}") if os.access(path, os.X_OK)]
    except RoroError:
        return None
    return max(built, key=lambda path: path.stat().st_mtime, default=None)


def identity(command: Path) -> str:
    """What changes when the command is another one: its path, size and time of change."""
    info = command.stat()
    return f"{command.resolve()} {info.st_size} {info.st_mtime_ns}"


def isolated_environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment without the user's home, configuration, credentials, plugins and proxies. home: an empty private directory."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_CACHE_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "KUBECONFIG": os.devnull,
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        # Where a network could not be taken away, whatever asks for an address of the world ends at a closed port of this machine.
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        **(more or {}),
    }


def run_bounded(
    argv: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str], what: str, bounds: Bounds | None = None
) -> Finished:
    """Run a command to its end in `folder`, in a session of its own, without network where the system allows that.

    It and all that it started are killed when it goes over a bound, and when this process ends. what: the command in messages.
    Raises RenderError when a bound was reached or the command cannot be started.
    """
    parent, bounds = os.getpid(), bounds or COMMAND_BOUNDS
    libc()

    def prepare() -> None:
        die_with(parent)
        without_network()
        limit_memory(bounds.memory)
        limit_cpu(bounds.cpu_seconds)

    try:
        process = subprocess.Popen(
            [str(word) for word in argv],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=prepare,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise RenderError(f"{what} cannot be started: {error}", where=str(argv[0]), hint="Check it with `roro doctor`.") from error
    with process:
        try:
            deadline = time.monotonic() + bounds.wall_seconds
            output, errors = _collect(process, bounds, what, deadline)
            code = _end_of(process, bounds, what, deadline)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        raise _too_much(what, f"{bounds.cpu_seconds:g} s of processor time")
    if code != 0 and any(sign in errors for sign in _OUT_OF_MEMORY):
        raise _too_much(what, f"{bounds.memory // MIB} MiB of memory")
    return Finished(code, output, errors)


def _end_of(process: subprocess.Popen[bytes], bounds: Bounds, what: str, deadline: float) -> int:
    """The exit code of a command that has closed its output, which is not the same as having ended."""
    try:
        return process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise _too_much(what, f"{bounds.wall_seconds:g} s") from None


def _collect(process: subprocess.Popen[bytes], bounds: Bounds, what: str, deadline: float) -> tuple[str, str]:
    stdout, stderr = given(process.stdout, "the output that was asked for"), given(process.stderr, "the errors that were asked for")
    taken: dict[int, bytearray] = {stdout.fileno(): bytearray(), stderr.fileno(): bytearray()}
    with selectors.DefaultSelector() as selector:
        for handle in taken:
            selector.register(handle, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise _too_much(what, f"{bounds.wall_seconds:g} s")
            for key, _events in selector.select(left):
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fd)
                taken[key.fd] += chunk
            if sum(map(len, taken.values())) > bounds.output:
                raise _too_much(what, f"{bounds.output // MIB} MiB of output")
    output, errors = (bytes(part).decode("utf-8", "replace") for part in taken.values())
    return output, errors


def _too_much(what: str, bound: str) -> RenderError:
    return RenderError(f"{what} went over a limit: {bound}", hint="Make the templates do less; the limits are in docs/templates.md.")


def private_folder() -> tempfile.TemporaryDirectory[str]:
    """A 0700 directory for one render, removed afterwards."""
    return tempfile.TemporaryDirectory(prefix="roro-render-", ignore_cleanup_errors=True)
