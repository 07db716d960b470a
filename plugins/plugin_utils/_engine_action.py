# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin behind every twin: runs the engine in the controller process, or sends the module to where the task points.

Private to this collection. The engine is imported here, once for each playbook: action plugins are loaded by ansible-playbook
itself, and its workers are forks of it.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.roro.kube.plugins.plugin_utils._compiled import compiled
from ansible_collections.roro.kube.plugins.plugin_utils._extra_variables import check_extra_variables
from ansible_collections.roro.kube.plugins.plugin_utils._lifeline import guarded
from ansible_collections.roro.kube.plugins.plugin_utils._vaulted import with_vaulted_apart

with compiled():
    from ansible_collections.roro.kube.plugins.module_utils import _log as log
    from ansible_collections.roro.kube.plugins.module_utils._ansible_face import SPECS, Mode, run
    from ansible_collections.roro.kube.plugins.module_utils._run_id import VARIABLE, run_id
    from ansible_collections.roro.kube.plugins.plugin_utils._sinks import TaskSink, choose_sink

display = Display()
run_id()  # of the playbook, whose workers are forks of this process

_COLORS = {
    "ok": constants.COLOR_OK,
    "change": constants.COLOR_CHANGED,
    "warning": constants.COLOR_WARN,
    "error": constants.COLOR_ERROR,
    "detail": None,
}


class EngineAction(ActionBase):  # type: ignore[misc]
    """Base of the action plugins; `NAME` is the module's short name.

    A plugin whose work is not one of `_ansible_face`'s jobs overrides `spec`, `run_engine` and, where needed, `module_arguments`.
    """

    NAME: ClassVar[str]
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ansible's entry: a result, never a traceback."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        check_extra_variables(self._loader)
        if not self._runs_here():
            background = bool(self._task.async_val)
            module = f"roro.kube.{self.NAME}"
            self._task.environment = [{VARIABLE: run_id()}, *(self._task.environment or [])]
            result.update(self._execute_module(module, self.module_arguments(), task_vars=task_vars, wrap_async=background))
            return result
        parameters, secrets = self._parameters()
        self._set_environment()
        log.configure()
        if multiprocessing.parent_process() is not None:
            log.writes_to(_show_on_stderr)  # a worker has no stderr of its own
        cancel = threading.Event()
        with guarded(cancel):
            outcome = self.run_engine(parameters, cancel)
        result.update(remove_values(outcome, secrets))
        return result

    def spec(self) -> dict[str, Any]:
        """Keyword arguments of ArgumentSpecValidator, and AnsibleModule's `supports_check_mode`."""
        return SPECS[self.NAME]

    def module_arguments(self) -> dict[str, Any]:
        """What the module is given when it runs elsewhere."""
        return with_vaulted_apart(self._task.args)

    def run_engine(self, parameters: dict[str, Any], cancel: threading.Event) -> dict[str, Any]:
        """The work, with validated parameters: a result, never an exception."""
        mode = Mode(check=self._task.check_mode, diff=self._task.diff, verbosity=display.verbosity)
        sink: TaskSink = choose_sink(_show, display.verbosity)
        if multiprocessing.parent_process() is not None:
            gc.freeze()  # a worker is a fork that ends with its task: what Ansible had loaded is not looked through for garbage
        try:
            return run(self.NAME, parameters, mode, sink, cancel)
        finally:
            sink.close()

    def _runs_here(self) -> bool:
        """In this process, unless the task points to another machine, another user, or into the background."""
        return self._connection.transport == "local" and not self._task.async_val and not self._play_context.become

    def _parameters(self) -> tuple[dict[str, Any], set[str]]:
        spec = {key: value for key, value in self.spec().items() if key != "supports_check_mode"}
        validated = ArgumentSpecValidator(**spec).validate(with_vaulted_apart(self._task.args))
        secrets = set(validated._no_log_values)
        if validated.error_messages:
            raise AnsibleActionFail(remove_values("; ".join(validated.error_messages), secrets))
        return validated.validated_parameters, secrets

    def _set_environment(self) -> None:
        """The task's `environment:` for this process; the worker ends with the task."""
        wanted: dict[str, Any] = {}
        self._compute_environment_string(wanted)
        os.environ.update({str(name): str(value) for name, value in wanted.items()})


def _show_on_stderr(line: str) -> None:
    display.display(line, stderr=True)


def _show(line: str, weight: str) -> None:
    display.display(line, color=_COLORS[weight])
