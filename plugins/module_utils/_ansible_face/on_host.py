# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's side: the engine in a process of its own, on the host that the task points to."""

from __future__ import annotations

import signal
import threading
from typing import Any, Protocol

from .._events import Event, Notice
from .guarded import run
from .returned import returned
from .types import Mode


class ModuleLike(Protocol):
    """What is needed of AnsibleModule."""

    params: dict[str, Any]
    check_mode: bool
    no_log: bool
    _diff: bool
    _verbosity: int

    def warn(self, warning: str) -> None: ...
    def exit_json(self, **result: Any) -> None: ...
    def fail_json(self, msg: str, **result: Any) -> None: ...


def run_module(module: ModuleLike, name: str) -> None:
    """Run and end the process with the result. A SIGTERM or SIGINT cancels the run, so that what was under way is recorded."""
    cancel = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: cancel.set())
    warnings: list[str] = []

    def sink(event: Event) -> None:
        if isinstance(event, Notice) and event.level == "warning":
            warnings.append(f"{event.instance}: {event.message}" if event.instance else event.message)

    mode = Mode(check=module.check_mode, diff=module._diff, verbosity=module._verbosity, silent=module.no_log)
    outcome = returned(name, run(name, module.params, mode, sink, cancel), module.params, mode)
    for warning in () if module.no_log else warnings:
        module.warn(warning)
    if outcome.pop("failed", False):
        module.fail_json(**outcome)
    module.exit_json(**outcome)
