"""Runs the `roro` command as a person or a script would, and tells what is left of its processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import psutil

DEADLINE = 240.0
"""Seconds for one command. Generous: it is there so that a hanging test ends, and says nothing about speed."""
MARK = "TEST_OF_RORO"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\r")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """What `--output json` printed: exactly one document."""
        loaded: dict[str, Any] = json.loads(self.stdout)
        return loaded

    @property
    def told(self) -> str:
        """Everything, for the message of a failed assertion."""
        return f"exit code {self.code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


class Running:
    """A command that is under way, with what it printed so far."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self._log = log
        self._news = threading.Condition()
        self._lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._open = 2
        for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
            threading.Thread(target=self._read, args=(name, stream), daemon=True).start()

    def wait_for_line(self, pattern: str, count: int = 1, stream: str = "stderr") -> None:
        """Until `count` lines on stderr (or stdout) match; AssertionError when it ends before that."""
        found = re.compile(pattern)

        def enough() -> bool:
            return sum(1 for line in self._lines[stream] if found.search(line)) >= count

        with self._news:
            self._news.wait_for(lambda: enough() or self._open == 0, DEADLINE)
            assert enough(), f"{pattern!r} did not come {count} times:\n{''.join(self._lines[stream])}"

    def wait(self) -> Ran:
        """Until it has ended by itself."""
        code = self.process.wait(DEADLINE)
        with self._news:
            self._news.wait_for(lambda: self._open == 0, 10)
        ran = Ran(code, "".join(self._lines["stdout"]), "".join(self._lines["stderr"]))
        self._log.write_text(ran.told)
        return ran

    def _read(self, name: str, stream: Any) -> None:
        for line in stream:
            with self._news:
                self._lines[name].append(line)
                self._news.notify_all()
        with self._news:
            self._open -= 1
            self._news.notify_all()


@dataclass
class Command:
    """`roro` on one workspace, away from the person's own settings. mark: in the environment of every process it starts."""

    folder: Path
    environ: dict[str, str]
    mark: str
    started: list[Running] = field(default_factory=list)
    terminals: list[pexpect.spawn[str]] = field(default_factory=list)

    def __call__(self, *arguments: str, **environ: str) -> Ran:
        """Run to the end."""
        return self.start(*arguments, **environ).wait()

    def start(self, *arguments: str, program: tuple[str, ...] = (sys.executable, "-m", "roro"), **environ: str) -> Running:
        """Start and return at once. It is the leader of a process group of its own, as a shell would have it."""
        process = subprocess.Popen(
            [*program, *arguments],
            cwd=self.folder,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        running = Running(process, self._log_file(arguments))
        self.started.append(running)
        return running

    def on_terminal(self, *arguments: str, **environ: str) -> pexpect.spawn[str]:
        """Start it on a terminal of its own, 40 lines of 150 columns."""
        terminal = pexpect.spawn(
            sys.executable,
            ["-m", "roro", *arguments],
            cwd=str(self.folder),
            env={**self.environ, "TERM": "xterm-256color", **environ},
            dimensions=(40, 150),
            encoding="utf-8",
            timeout=DEADLINE,
        )
        terminal.logfile_read = self._log_file(arguments).open("w")
        self.terminals.append(terminal)
        return terminal

    @property
    def ansible_playbook(self) -> str:
        """The program, of the same environment."""
        return str(Path(sys.executable).with_name("ansible-playbook"))

    def playbook(self, name: str, *arguments: str) -> Ran:
        """Run `ansible-playbook roro.kube.<name>` on the environment dev."""
        program = (self.ansible_playbook, "-i", "localhost,", f"roro.kube.{name}")
        variables = ("-e", f"roro_workspace={self.folder}", "-e", "roro_environment=dev")
        return self.start(*variables, *arguments, program=program).wait()

    def processes(self) -> list[psutil.Process]:
        """Every process that lives and was started by a command of this test, directly or not."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self.mark
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def _log_file(self, arguments: tuple[str, ...]) -> Path:
        logs = self.folder.parent / "runs"
        logs.mkdir(exist_ok=True)
        return logs / f"{len(self.started) + len(self.terminals):02d}-{next(iter(arguments), 'roro')}.txt"


def end(terminal: pexpect.spawn[str]) -> tuple[int | None, str]:
    """(exit code, what was printed since the last `expect`, without escape sequences) once it has ended by itself."""
    terminal.expect(pexpect.EOF)
    terminal.wait()
    return terminal.exitstatus, plain_text(terminal.before or "")


def plain_text(text: str) -> str:
    """Terminal output without escape sequences."""
    return _ESCAPES.sub("", text)


def clean_environment(**wanted: str) -> dict[str, str]:
    """This process's environment without what a person set for roro, Ansible or clusters."""
    prefixes = ("K8S_AUTH_", "KUBE", "RORO_", "ANSIBLE_", "XDG_", "COV", "NO_COLOR", "FORCE_COLOR")
    return {**{key: value for key, value in os.environ.items() if not key.startswith(prefixes)}, **wanted}
