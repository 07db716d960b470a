"""Runs one of the collection's playbooks through ansible-runner and brings back what its task returned.

The run lives in a private directory of its own. Ctrl-C asks the task to stop and record; what does not stop is interrupted, then
killed, so that nothing keeps running behind. ansible-runner's own cancel would leave Ansible's workers behind, because they are
sessions of their own.

When the playbook is over, what is left of ansible-playbook only takes itself apart: that is not waited for.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from ansible_collections.roro.kube.plugins.module_utils import _log as log
from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted, Problem, ReleaseError, RoroError

from .channels import EventChannel, Lifeline
from .interrupts import told_to_end
from .playbook_environment import playbook_environment, without_shell_settings
from .runs import private_run

GRACE_TO_RECORD = 0.6
"""Seconds that a cancelled task has to record what was under way; the whole of Ctrl-C stays under a second."""
GRACE_TO_DIE = 0.3
_LOOK_SECONDS = 0.004
"""How often a playbook that is over is looked at, for the tenth of a second or so until it has cleaned up."""


@dataclass
class PlaybookResult:
    """How a playbook ended. record: what the task returned ({} when it never did); output: the last lines Ansible printed."""

    rc: int
    record: dict[str, Any] = field(default_factory=dict)
    output: list[str] = field(default_factory=list)
    interrupted: bool = False


@dataclass(frozen=True)
class Playbook:
    """What to run: the playbook's full name, the one task action whose result matters, extra variables, check and diff mode."""

    name: str
    action: str
    variables: dict[str, Any]
    check: bool = False
    diff: bool = False


def run_playbook(playbook: Playbook, receive: Callable[[dict[str, Any]], None]) -> PlaybookResult:
    """Run it; `receive` gets each event record as it happens.

    Raises Interrupted after Ctrl-C, RoroError when the task failed as a whole.
    """
    with private_run() as folder:
        events, lifeline = EventChannel(folder, receive), Lifeline(folder)
        log.tell("info", "roro", "playbook started", playbook=playbook.name, check=playbook.check or None)
        try:
            with without_shell_settings():
                result = _Run(playbook, folder, events.path, lifeline).wait()
        finally:
            lifeline.close()
            events.close()
    failed = bool(result.record.get("failed", not result.record))
    level, interrupted = "error" if failed else "info", result.interrupted or None
    log.tell(level, "roro", "playbook ended", playbook=playbook.name, failed=failed, interrupted=interrupted)
    return _checked(result)


class _Run:
    """One playbook in a thread of its own, so that the main thread stays free for signals."""

    def __init__(self, playbook: Playbook, folder: Path, events: Path, lifeline: Lifeline) -> None:
        self._playbook = playbook
        self._folder = folder
        self._events = events
        self._lifeline = lifeline
        self._result = PlaybookResult(rc=-1)
        self._cancelled = threading.Event()
        self._ended = threading.Event()
        self._over = threading.Event()
        self._temporary = folder / "tmp"
        self._ansible: int | None = None
        self._thread = threading.Thread(target=self._run, name="playbook", daemon=True)

    def wait(self) -> PlaybookResult:
        with told_to_end():
            self._thread.start()
            try:
                self._over.wait()
                self._wait_for_cleanup()
            except KeyboardInterrupt:
                self._stop()
        return self._result

    def _wait_for_cleanup(self) -> None:
        """The playbook is over. Of what ansible-playbook does at its end, removing its temporary directory comes last; what follows is
        only that its interpreter takes itself apart, which takes longer than many a run: it is ended."""
        while not self._ended.wait(_LOOK_SECONDS):
            if self._ansible is not None and not _has_entries(self._temporary):
                return _end_child(self._ansible)
        return None

    def _run(self) -> None:
        try:
            self._run_with_ansible_runner()
        except OSError as error:
            if not self._over.is_set():  # else the run's directory went while ansible-runner wrote its last notes into it
                self._result.output = [*self._result.output, f"it could not be started: {error}"]
        finally:
            self._ended.set()
            self._over.set()

    def _run_with_ansible_runner(self) -> None:
        import ansible_runner

        outcome = ansible_runner.run(
            private_data_dir=str(self._folder),
            playbook=self._playbook.name,
            inventory="localhost,",
            extravars={name: untemplated(value) for name, value in self._playbook.variables.items()},
            cmdline=" ".join(flag for flag, on in (("--check", self._playbook.check), ("--diff", self._playbook.diff)) if on) or None,
            envvars=playbook_environment(self._folder, self._events, self._lifeline.path),
            settings={"pexpect_timeout": 0.2, "suppress_ansible_output": True},
            quiet=True,
            event_handler=self._on_event,
            cancel_callback=self._cancelled.is_set,
        )
        self._result.rc = outcome.rc if outcome.rc is not None else -1

    def _on_event(self, event: dict[str, Any]) -> bool:
        """Runs inside the runner's read loop: only looks and stores."""
        kind, data = event.get("event"), event.get("event_data") or {}
        if kind == "playbook_on_stats":
            self._over.set()
        elif self._ansible is None and _has_entries(self._temporary):
            self._ansible = event.get("pid")
        if kind in ("runner_on_ok", "runner_on_failed") and data.get("task_action") == self._playbook.action:
            # Ansible takes `failed` out of what it shows to callbacks.
            self._result.record = {**(data.get("res") or {}), "failed": kind == "runner_on_failed"}
        elif event.get("stdout"):
            self._result.output = [*self._result.output, event["stdout"]][-40:]
        return False

    def _stop(self) -> None:
        """Ask, then interrupt, then kill: within a second, whatever the state of the playbook."""
        self._result.interrupted = True
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        seen: set[psutil.Process] = set()
        try:
            self._lifeline.cancel()
            for number, patience in ((None, GRACE_TO_RECORD), (signal.SIGINT, GRACE_TO_DIE), (signal.SIGKILL, GRACE_TO_DIE)):
                # Looked for each time: the playbook may only just have begun, or have started its worker since.
                seen |= set(psutil.Process().children(recursive=True))
                if number == signal.SIGKILL:
                    self._cancelled.set()
                if number is not None:
                    _signal_all(seen, number)
                if self._ended.wait(patience):
                    break
            _signal_all(psutil.wait_procs(seen, GRACE_TO_DIE)[1], signal.SIGKILL)
        finally:
            signal.signal(signal.SIGINT, previous)


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
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def _has_entries(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(True for _ in entries)
    except FileNotFoundError:
        return False


def _end_child(pid: int) -> None:
    """Kill our child of that number, and no other process. It is not reaped here: ansible-runner's thread waits for it."""
    try:
        child = psutil.Process(pid)
        if child.ppid() != os.getpid():
            return
        child.kill()
        limit = time.monotonic() + GRACE_TO_DIE
        while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < limit:
            time.sleep(_LOOK_SECONDS / 4)
    except psutil.Error:
        return


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
