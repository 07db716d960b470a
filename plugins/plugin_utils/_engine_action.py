# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin behind every twin: runs the engine in the controller process, or sends the module to where the task points.

Private to this collection. The engine is imported here, once for each playbook: action plugins are loaded by ansible-playbook
itself, and its workers are forks of it.
"""

from __future__ import annotations

import os
import threading
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.roro.kube.plugins.plugin_utils import _compiled

_compiled.install()

from ansible_collections.roro.kube.plugins.module_utils._ansible_face import SPECS, Mode, run
from ansible_collections.roro.kube.plugins.plugin_utils._lifeline import guarded
from ansible_collections.roro.kube.plugins.plugin_utils._sinks import TaskSink, choose_sink

display = Display()

_COLORS = {
    "ok": constants.COLOR_OK,
    "change": constants.COLOR_CHANGED,
    "warning": constants.COLOR_WARN,
    "error": constants.COLOR_ERROR,
    "detail": None,
}


class EngineAction(ActionBase):  # type: ignore[misc]
    """Base of the action plugins; `NAME` is the module's short name."""

    NAME: ClassVar[str]
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ansible's entry: a result, never a traceback."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        if not self._runs_here():
            module = self._execute_module(f"roro.kube.{self.NAME}", task_vars=task_vars, wrap_async=bool(self._task.async_val))
            result.update(module)
            return result
        parameters, secrets = self._parameters()
        self._set_environment()
        result.update(remove_values(self._run_engine(parameters), secrets))
        return result

    def _runs_here(self) -> bool:
        """In this process, unless the task points to another machine, another user, or into the background."""
        return self._connection.transport == "local" and not self._task.async_val and not self._play_context.become

    def _parameters(self) -> tuple[dict[str, Any], set[str]]:
        spec = {key: value for key, value in SPECS[self.NAME].items() if key != "supports_check_mode"}
        validator = ArgumentSpecValidator(**spec)
        validated = validator.validate(self._task.args)
        secrets = set(validated._no_log_values)
        if validated.error_messages:
            raise AnsibleActionFail(remove_values("; ".join(validated.error_messages), secrets))
        return validated.validated_parameters, secrets

    def _set_environment(self) -> None:
        """The task's `environment:` for this process; the worker ends with the task."""
        wanted: dict[str, Any] = {}
        self._compute_environment_string(wanted)
        os.environ.update({str(name): str(value) for name, value in wanted.items()})

    def _run_engine(self, parameters: dict[str, Any]) -> dict[str, Any]:
        mode = Mode(check=self._task.check_mode, diff=self._task.diff, verbosity=display.verbosity)
        cancel = threading.Event()
        sink: TaskSink = choose_sink(_show, display.verbosity)
        try:
            with guarded(cancel):
                return run(self.NAME, parameters, mode, sink, cancel)
        finally:
            sink.close()


def _show(line: str, weight: str) -> None:
    display.display(line, color=_COLORS[weight])
