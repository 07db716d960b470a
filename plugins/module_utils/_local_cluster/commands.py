# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the machine's own commands and turns their failures into errors a person can act on."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .._errors import LocalClusterError

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def find(command: str) -> str | None:
    """Path of a command, also of those in sbin directories that are not on a user's PATH."""
    return shutil.which(command, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}")


def run(argv: Sequence[str | Path], *, timeout: float = 60.0, input_text: str | None = None) -> str:
    """Run to the end and give back standard output. Raises LocalClusterError with what the command said; timeout in seconds."""
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, input=input_text, check=False, env=environment())
    except FileNotFoundError as error:
        raise LocalClusterError(f"command {words[0]} is missing", hint=f"Install {Path(words[0]).name}, then run again.") from error
    except subprocess.TimeoutExpired as error:
        raise LocalClusterError(f"`{' '.join(words)}` did not end within {timeout:.0f} seconds") from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
        raise LocalClusterError(f"`{' '.join(words)}` failed with exit code {done.returncode}: {' '.join(said[-4:])}")
    return done.stdout


def succeeds(argv: Sequence[str | Path], *, timeout: float = 10.0) -> bool:
    """Whether the command exists, ends in time and ends well."""
    try:
        run(argv, timeout=timeout)
    except LocalClusterError:
        return False
    return True


def run_long(
    argv: Sequence[str | Path],
    tick: Callable[[], None],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> tuple[int, list[str]]:
    """Run a command that takes minutes, calling `tick` every second; its exit code and the lines it wrote. Ends it when interrupted."""
    words = [str(word) for word in argv]
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                words, cwd=cwd, env={**environment(), **(env or {})}, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        except FileNotFoundError as error:
            raise LocalClusterError(f"command {words[0]} is missing", hint=f"Install {Path(words[0]).name}, then run again.") from error
        try:
            while True:
                try:
                    process.wait(1.0)
                    break
                except subprocess.TimeoutExpired:
                    tick()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        output.seek(0)
        return process.returncode, output.read().decode(errors="replace").strip().splitlines()


def environment() -> dict[str, str]:
    """The user's environment with the sbin directories on PATH and messages in English."""
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}", "LC_ALL": "C.UTF-8"}
