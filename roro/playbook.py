"""Runs one of the collection's playbooks in a process of its own and brings back what its task returned.

The process is started before the command has read its documents, so that Ansible loads meanwhile (`playbook_process.py`), and lives in a
private directory of the run. The task's events and its result come through a named pipe there. Ctrl-C asks the task to stop and record;
what does not stop is interrupted, then killed, so that nothing keeps running behind: Ansible's workers are sessions of their own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.roro.kube.plugins.module_utils import _log as log
from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted, Problem, ReleaseError, RoroError
from ansible_collections.roro.kube.plugins.module_utils._given import given

from .channels import EventChannel, Lifeline
from .interrupts import told_to_end
from .playbook_environment import playbook_environment, without_shell_settings
from .runs import private_run

if TYPE_CHECKING:
    import psutil

GRACE_TO_RECORD = 0.6
"""Seconds that a cancelled task has to record what was under way; the whole of Ctrl-C stays under a second."""
GRACE_OF_A_HOST = 0.1
"""Seconds more for each further host: those that were not begun are begun by Ansible all the same, and end at once."""
ANSIBLE_FORKS = 5
GRACE_TO_DIE = 0.3
_LAST_LINES = 40
_PROGRAM = Path(__file__).with_name("playbook_process.py")

Receive = Callable[[dict[str, Any]], None]


@dataclass
class PlaybookResult:
    """How a playbook ended. record: what the task returned ({} when it never did), records: on each host; begun: hosts that something
    was told of, worked: those where it was of an instance; output: the last lines Ansible printed."""

    rc: int
    record: dict[str, Any] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    worked: set[str] = field(default_factory=set)
    output: list[str] = field(default_factory=list)
    interrupted: bool = False


@dataclass(frozen=True)
class Playbook:
    """What to run: the playbook's full name, the one task action whose result matters, extra variables, check and diff mode.
    hosts: name -> its variables, plain texts; {} for localhost. forks: hosts at once, None for Ansible's default."""

    name: str
    action: str
    variables: dict[str, Any]
    check: bool = False
    diff: bool = False
    hosts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    forks: int | None = None


@contextmanager
def prepared_playbook(verb: str) -> Iterator[PlaybookProcess]:
    """A process that loads Ansible and the action plugin roro.kube.`verb`, for one playbook. It ends with the block at the latest.
    Inside, SIGTERM is a KeyboardInterrupt."""
    with told_to_end(), private_run() as folder:
        process = PlaybookProcess(verb, folder)
        try:
            yield process
        finally:
            process.close()


def run_playbook(playbook: Playbook, receive: Receive) -> PlaybookResult:
    """Run it in a process that is only now started; see PlaybookProcess.run."""
    with prepared_playbook(playbook.action.rpartition(".")[2]) as process:
        return process.run(playbook, receive)


class PlaybookProcess:
    """A process for one playbook, with the pipes to its task, in a private directory."""

    def __init__(self, verb: str, folder: Path) -> None:
        self._folder = folder
        self.begun = False
        """Whether it was told what to run."""
        self._receive: Receive = lambda record: None
        self._action = ""
        self._grace = GRACE_TO_RECORD
        self._result = PlaybookResult(rc=-1)
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._ended = threading.Event()
        self._closed = False
        self._events, self._lifeline = EventChannel(folder, self._take), Lifeline(folder)
        with without_shell_settings():
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_PROGRAM), "ansible-playbook", verb],
                cwd=folder,
                env={**os.environ, **playbook_environment(folder, self._events.path, self._lifeline.path)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._listener = threading.Thread(target=self._listen, name="playbook-output", daemon=True)
        self._listener.start()
        threading.Thread(target=self._await_end, name="playbook", daemon=True).start()

    def run(self, playbook: Playbook, receive: Receive) -> PlaybookResult:
        """Run it; `receive` gets each event record as it happens. Once.

        Raises Interrupted after Ctrl-C, RoroError when the task failed as a whole.
        """
        return _checked(self.run_for_hosts(playbook, receive))

    def run_for_hosts(self, playbook: Playbook, receive: Receive) -> PlaybookResult:
        """Run it, as `run` does; what the task returned on each host is told to `receive` too, under `result`. Raises nothing of it."""
        self.begun, self._receive, self._action = True, receive, playbook.action
        self._grace = _grace(len(playbook.hosts), playbook.forks)
        log.tell("info", "roro", "playbook started", playbook=playbook.name, check=playbook.check or None)
        try:
            self._begin(playbook)
            self._ended.wait()
        except KeyboardInterrupt:
            self._stop()
        self.close()
        result = self._result
        failed = bool(result.record.get("failed", not result.record))
        level, interrupted = "error" if failed else "info", result.interrupted or None
        log.tell(level, "roro", "playbook ended", playbook=playbook.name, failed=failed, interrupted=interrupted)
        return result

    def close(self) -> None:
        """End the process where it is still there, and take what its task has told."""
        if self._closed:
            return
        self._closed = True
        self._process.kill()
        self._ended.wait(GRACE_TO_DIE)
        self._lifeline.close()
        self._events.close()
        if not self._result.record:
            self._listener.join(GRACE_TO_DIE)
        self._result.output = list(self._last)

    def _begin(self, playbook: Playbook) -> None:
        """Tell the process what to run. Where it has ended already, what it said is told at the end."""
        variables = self._folder / "variables.json"
        variables.touch(0o600, exist_ok=False)
        variables.write_text(json.dumps({name: untemplated(value) for name, value in playbook.variables.items()}), encoding="utf-8")
        flags = [flag for flag, on in (("--check", playbook.check), ("--diff", playbook.diff)) if on]
        flags += ["--forks", str(playbook.forks)] if playbook.forks else []
        arguments = ["-i", self._inventory(playbook), "-e", f"@{variables}", *flags, playbook.name]
        with suppress(BrokenPipeError), given(self._process.stdin, "the way to the playbook's process") as words:
            words.write(json.dumps(arguments).encode() + b"\n")

    def _inventory(self, playbook: Playbook) -> str:
        """What `-i` names."""
        if not playbook.hosts:
            return "localhost,"
        inventory = self._folder / "inventory.json"
        inventory.write_text(
            json.dumps({"all": {"hosts": {_host(name): variables for name, variables in playbook.hosts.items()}}}), encoding="utf-8"
        )
        return str(inventory)

    def _take(self, record: dict[str, Any]) -> None:
        host = record["host"] = str(record.get("host") or "").rstrip("-")
        self._result.begun.add(host)
        if record.get("instance"):
            self._result.worked.add(host)
        if "result" not in record:
            self._receive(record)
        elif record.get("action") == self._action:
            self._result.record = self._result.records[host] = record["result"]
            self._receive(record)

    def _listen(self) -> None:
        for line in given(self._process.stdout, "what the playbook's process says"):
            self._last.append(line.decode("utf-8", "replace").rstrip("\n"))

    def _await_end(self) -> None:
        self._result.rc = self._process.wait()
        self._ended.set()

    def _stop(self) -> None:
        """Ask, then interrupt, then kill: within a second, whatever the state of the playbook."""
        import psutil

        self._result.interrupted = True
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        seen: set[psutil.Process] = set()
        try:
            self._lifeline.cancel()
            for number, patience in ((None, self._grace), (signal.SIGINT, GRACE_TO_DIE), (signal.SIGKILL, GRACE_TO_DIE)):
                # Looked for each time: the playbook may only just have begun, or have started its worker since.
                seen |= set(psutil.Process().children(recursive=True))
                if number is not None:
                    _signal_all(seen, number)
                if self._ended.wait(patience):
                    break
            _signal_all(psutil.wait_procs(seen, GRACE_TO_DIE)[1], signal.SIGKILL)
        finally:
            signal.signal(signal.SIGINT, previous)


def _host(name: str) -> str:
    """The host of an environment, whose name ends in a letter or digit. Two names are those of Ansible's own groups."""
    return f"{name}-" if name in ("all", "ungrouped") else name


def _grace(hosts: int, forks: int | None) -> float:
    """Seconds that all hosts have to record, which those that are under way do side by side."""
    return GRACE_TO_RECORD * max(1, min(hosts, forks or ANSIBLE_FORKS)) + GRACE_OF_A_HOST * max(0, hosts - 1)


def untemplated(value: Any) -> Any:
    """An extra variable that Ansible takes literally: `{{ ... }}` in a value or a path is text, never run as a template.

    A mapping goes as one JSON text (which the option takes as well), so that nothing within it can be read as Ansible's own marks.
    """
    if isinstance(value, dict):
        return untemplated(json.dumps(value))
    if isinstance(value, list):
        return [untemplated(item) for item in value]
    return {"__ansible_unsafe": value} if isinstance(value, str) else value


def _signal_all(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Signal each process that is still the one that was seen (psutil compares the creation time)."""
    import psutil

    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def _checked(result: PlaybookResult) -> PlaybookResult:
    """Turn a task that failed as a whole into the error it reported."""
    if result.interrupted:
        raise Interrupted("interrupted; what was under way is recorded", hint="The next `roro up` completes it, `roro down` removes it.")
    record = result.record
    if record.get("problems") and not record.get("instances"):
        error = RoroError.of([Problem(p["message"], p.get("where"), p.get("hint")) for p in record["problems"]])
        error.exit_code = int(record.get("exit_code", 1))
        raise error
    if not record:
        tail = "\n       ".join(line for line in "\n".join(result.output).splitlines()[-8:] if line.strip())
        raise ReleaseError(
            f"the playbook ended without a result (code {result.rc})", hint=f"The last it said:\n       {tail}" if tail else None
        )
    return result
