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
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import AnsibleValidationError, UnsupportedError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.roro.kube.plugins.plugin_utils._compiled import compiled

with compiled():
    from ansible_collections.roro.kube.plugins.module_utils import _log as log
    from ansible_collections.roro.kube.plugins.module_utils._ansible_face import (
        SPECS,
        Mode,
        load_for,
        never_begun,
        returned,
        run,
        told,
        without_words,
    )
    from ansible_collections.roro.kube.plugins.module_utils._run_id import VARIABLE, run_id
    from ansible_collections.roro.kube.plugins.module_utils._secrets import Secrets, secret
    from ansible_collections.roro.kube.plugins.plugin_utils._extra_variables import check_extra_variables
    from ansible_collections.roro.kube.plugins.plugin_utils._lifeline import guarded
    from ansible_collections.roro.kube.plugins.plugin_utils._sinks import TaskSink, choose_sink, tell_result
    from ansible_collections.roro.kube.plugins.plugin_utils._vaulted import with_vaulted_apart

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
    _host = ""
    """To be named in lines of progress; "" where the play has one only."""
    _inventory_host = ""
    _supports_check_mode = True
    _supports_async = True

    def __init_subclass__(cls) -> None:
        """Loads what the plugin's work needs where the plugin is loaded: workers are forks of that process, one for each host."""
        super().__init_subclass__()
        with compiled():
            load_for(cls.NAME)

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ansible's entry: a result, never a traceback. The `roro` command is told it too."""
        name = f"roro.kube.{self.NAME}"
        self._inventory_host = str((task_vars or {}).get("inventory_hostname") or "")
        try:
            result, whole = self._run(tmp, task_vars)
        except AnsibleError as error:
            tell_result(name, {"failed": True, "msg": str(error)}, self._inventory_host)
            raise
        tell_result(name, whole, self._inventory_host)
        return result

    def _run(self, tmp: Any, task_vars: dict[str, Any] | None) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the task returns, and what the `roro` command is told."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        check_extra_variables(self._loader)
        self._host = _host_to_name(task_vars or {})
        if not self._runs_here():
            background = bool(self._task.async_val)
            module = f"roro.kube.{self.NAME}"
            self._task.environment = [{VARIABLE: run_id()}, *(self._task.environment or [])]
            result.update(self._execute_module(module, self.module_arguments(), task_vars=task_vars, wrap_async=background))
            return result, result
        parameters, secrets = self._parameters()
        self._set_environment()
        log.configure()
        if multiprocessing.parent_process() is not None:
            log.writes_to(_show_on_stderr)  # a worker has no stderr of its own
        cancel = threading.Event()
        with guarded(cancel):
            # Ansible begins the hosts that wait for a fork all the same.
            outcome = never_begun() if cancel.is_set() else self.run_engine(parameters, cancel)
        shown = secrets.hidden(returned(self.NAME, outcome, parameters, self._mode()))
        whole = secrets.hidden(told(self.NAME, without_words(outcome) if self._task.no_log else outcome))
        return {**result, **shown}, {**result, **whole}

    @classmethod
    def check_options(cls) -> None:
        """What ansible-lint calls as `main`, since it finds the action plugin where it looks for the module: the module's own check of its
        options, which ends the process with a message where one is wrong."""
        basic.AnsibleModule(**cls.spec())

    @classmethod
    def spec(cls) -> dict[str, Any]:
        """Keyword arguments of ArgumentSpecValidator, and AnsibleModule's `supports_check_mode`."""
        return SPECS[cls.NAME]

    def module_arguments(self) -> dict[str, Any]:
        """What the module is given when it runs elsewhere."""
        return with_vaulted_apart(self._task.args)

    def run_engine(self, parameters: dict[str, Any], cancel: threading.Event) -> dict[str, Any]:
        """The work, with validated parameters: a result, never an exception."""
        mode = self._mode()
        sink: TaskSink = choose_sink(self.tell, display.verbosity, silent=mode.silent, host=self._inventory_host)
        if multiprocessing.parent_process() is not None:
            # A worker is a fork that ends with its task: what Ansible had loaded is not looked through for garbage, what is new seldom.
            gc.freeze()
            gc.set_threshold(50_000, 20, 20)
        try:
            return run(self.NAME, parameters, mode, sink, cancel)
        finally:
            sink.close()

    def _mode(self) -> Mode:
        return Mode(check=self._task.check_mode, diff=self._task.diff, verbosity=display.verbosity, silent=bool(self._task.no_log))

    def tell(self, lines: str, weight: str = "detail") -> None:
        """A line of progress or several, each with the host in front where the play has several."""
        if not self._task.no_log:
            begin = f"[{self._host}] " if self._host else ""
            display.display("\n".join(f"{begin}{line}" for line in lines.split("\n")), color=_COLORS[weight])

    def _runs_here(self) -> bool:
        """In this process, unless the task points to another machine, another user, or into the background."""
        return self._connection.transport == "local" and not self._task.async_val and not self._play_context.become

    def _parameters(self) -> tuple[dict[str, Any], Secrets]:
        spec = {key: value for key, value in self.spec().items() if key != "supports_check_mode"}
        validated = ArgumentSpecValidator(**spec).validate(with_vaulted_apart(self._task.args))
        secrets = Secrets([secret(value) for value in validated._no_log_values])
        if validated.error_messages:
            raise AnsibleActionFail(secrets.hide("; ".join(map(self._sentence, validated.errors))))
        return validated.validated_parameters, secrets

    def _sentence(self, error: AnsibleValidationError) -> str:
        """What is wrong with the options, in the words that Ansible has for modules; of a task with `no_log` no value of one."""
        if isinstance(error, UnsupportedError):
            return f"Unsupported parameters for (roro.kube.{self.NAME}) module: {error.msg}"
        return f"an option of roro.kube.{self.NAME} has a value that it cannot have" if self._task.no_log else str(error.msg)

    def _set_environment(self) -> None:
        """The task's `environment:` for this process; the worker ends with the task."""
        wanted: dict[str, Any] = {}
        self._compute_environment_string(wanted)
        os.environ.update({str(name): str(value) for name, value in wanted.items()})


def _show_on_stderr(line: str) -> None:
    display.display(line, stderr=True)


def _host_to_name(task_vars: Mapping[str, Any]) -> str:
    """The host of this task where lines of several may come between each other, else nothing."""
    hosts = task_vars.get("ansible_play_hosts_all") or ()
    return str(task_vars.get("inventory_hostname") or "") if len(hosts) > 1 else ""
