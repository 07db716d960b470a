# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module roro.kube.local_cluster in the controller process, telling what it does while it lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.guarded import error_result, plain
from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted, RoroError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import OPTIONS, role_files, run_task
from ansible_collections.roro.kube.plugins.plugin_utils._lifeline import guarded

display = Display()


class ActionModule(ActionBase):  # type: ignore[misc]
    """See the module's documentation."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ansible's entry: a result, never a traceback."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        if self._runs_here():
            result.update(self._run_engine(self._parameters()))
            return result
        # The module cannot find the role from where Ansible carries it; on this machine it may still read it here.
        args = {**({"files": str(role_files())} if self._connection.transport == "local" else {}), **self._task.args}
        module = self._execute_module(
            "roro.kube.local_cluster", module_args=args, task_vars=task_vars, wrap_async=bool(self._task.async_val)
        )
        result.update(module)
        return result

    def _runs_here(self) -> bool:
        """In this process, unless the task points to another machine, another user, or into the background."""
        return self._connection.transport == "local" and not self._task.async_val and not self._play_context.become

    def _parameters(self) -> dict[str, Any]:
        validated = ArgumentSpecValidator(OPTIONS).validate(self._task.args)
        if validated.error_messages:
            raise AnsibleActionFail("; ".join(validated.error_messages))
        parameters: dict[str, Any] = plain(validated.validated_parameters)
        return parameters

    def _run_engine(self, parameters: dict[str, Any]) -> dict[str, Any]:
        cancel = threading.Event()
        try:
            with guarded(cancel):
                return run_task(parameters, self._task.check_mode, _progress(cancel))
        except RoroError as error:
            return error_result(error)


def _progress(cancel: threading.Event) -> Callable[[str, str], None]:
    """Lines on Ansible's display. A run that was stopped ends at its next line; the next run goes on from there."""

    def show(phase: str, message: str) -> None:
        if cancel.is_set():
            raise Interrupted("stopped while the cluster was being worked on", hint="Run it again: it goes on from there.")
        display.display(f"{phase}: {message}")

    return show
