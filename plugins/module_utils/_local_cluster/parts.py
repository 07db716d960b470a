# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a cluster: processes that are started once, found again by later runs, and replaced when their command changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .._errors import LocalClusterError
from .paths import ClusterDirectory
from .processes import ProcessFile, ProcessIdentity, end_all, identify, start, stop
from .spec import Progress

LOG_LINES = 6


@dataclass(frozen=True)
class Part:
    """One process. files: configuration it reads only when it starts; a change there means a new start, as a change of argv does."""

    name: str
    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    @property
    def digest(self) -> str:
        """What the process was started with."""
        known = hashlib.sha256(json.dumps([self.argv, sorted(self.env.items())]).encode())
        for path in self.files:
            known.update(path.read_bytes())
        return known.hexdigest()[:16]


class Ground(Protocol):
    """Where parts run."""

    def start(self, argv: list[str], log: Path, env: dict[str, str]) -> ProcessIdentity | None:
        """Start a process; None when it ended at once."""


class ThisMachine:
    """Parts run as ordinary processes of the user."""

    def start(self, argv: list[str], log: Path, env: dict[str, str]) -> ProcessIdentity | None:
        """Start a process in a session of its own. One with the very same command is ours, from a run that was killed: it goes first."""
        end_all(lambda words: words == argv)
        return identify(start(argv, log, env).pid)


class Parts:
    """Starts, watches and stops the parts of one cluster."""

    def __init__(self, directory: ClusterDirectory, ground: Ground, progress: Progress) -> None:
        self._directory, self._ground, self._progress = directory, ground, progress
        self._started: dict[str, int] = {}
        self._watched: set[str] = set()

    def ensure(self, part: Part, phase: str) -> bool:
        """Make sure the part runs with this command; True when it had to be started."""
        file, known = self._file(part.name), self._file(part.name).read()
        self._watched.add(part.name)
        if known is not None and known[0].alive:
            if known[1] == part.digest:
                return False
            stop(known[0])
        log = self.log(part.name)
        self._started[part.name] = log.stat().st_size if log.exists() else 0
        self._progress(phase, f"starting {part.name}")
        identity = self._ground.start(list(part.argv), log, part.env)
        if identity is None:
            raise self._ended(part.name)
        file.write(identity, part.digest)
        return True

    def check(self) -> None:
        """Raise LocalClusterError when one that should run has ended."""
        for name in sorted(self._watched):
            if self._file(name).alive() is None:
                raise self._ended(name)

    def runs(self, name: str) -> bool:
        """Whether a part that was started still runs."""
        return self._file(name).alive() is not None

    def last_words(self, name: str) -> str:
        """The end of what a part wrote since this run started it."""
        try:
            with self.log(name).open("rb") as stream:
                stream.seek(min(self._started.get(name, 0), stream.seek(0, 2)))
                lines = stream.read()[-20000:].decode(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-LOG_LINES:])

    def failure(self, name: str, what: str) -> LocalClusterError:
        """An error about a part, with its last words and its log."""
        return LocalClusterError(
            f"{name} {what}; it said last:\n{self.last_words(name) or '(nothing)'}",
            where=str(self.log(name)),
            hint=f"`roro cluster up --name {self._directory.path.name}` repairs what it can; `down` and `up` begin anew.",
        )

    def _ended(self, name: str) -> LocalClusterError:
        return self.failure(name, "ended right after it was started" if name in self._started else "ended")

    def log(self, name: str) -> Path:
        """The log of a part."""
        return self._directory.logs / f"{name}.log"

    def _file(self, name: str) -> ProcessFile:
        return ProcessFile(self._directory.run / f"{name}.json")

    def stop_part(self, name: str, grace: float = 10.0) -> bool:
        """Stop one part; True when it ran."""
        identity = self._file(name).alive()
        if identity is not None:
            stop(identity, grace)
        self._file(name).path.unlink(missing_ok=True)
        self._watched.discard(name)
        return identity is not None

    def states(self, names: Iterable[str]) -> dict[str, str]:
        """`running` or `stopped` for each part."""
        return {name: "running" if self._file(name).alive() else "stopped" for name in names}


def recorded_parts(directory: ClusterDirectory) -> list[str]:
    """Names of the processes that were started for a cluster and not stopped in order."""
    return sorted(path.stem for path in directory.run.glob("*.json"))
