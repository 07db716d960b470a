# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module roro.kube.local_cluster in the controller process, telling what it does while it lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ansible.utils.display import Display
from ansible_collections.roro.kube.plugins.plugin_utils._compiled import compiled
from ansible_collections.roro.kube.plugins.plugin_utils._engine_action import EngineAction

with compiled():
    from ansible_collections.roro.kube.plugins.module_utils._ansible_face.local_cluster import OPTIONS, run_local_cluster
    from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted
    from ansible_collections.roro.kube.plugins.module_utils._local_cluster import role_files

display = Display()


class ActionModule(EngineAction):
    """See the module's documentation."""

    NAME = "local_cluster"

    @classmethod
    def spec(cls) -> dict[str, Any]:
        """The local cluster's own options."""
        return {"argument_spec": OPTIONS}

    def module_arguments(self) -> dict[str, Any]:
        """The module cannot find the role from where Ansible carries it; on this machine it may still read it here."""
        return {**({"files": str(role_files())} if self._connection.transport == "local" else {}), **self._task.args}

    def run_engine(self, parameters: dict[str, Any], cancel: threading.Event) -> dict[str, Any]:
        """Make, repair or remove the cluster, with a line for each thing that it does."""
        return run_local_cluster(parameters, self._task.check_mode, _progress(cancel, self.tell), display.verbosity)


def _progress(cancel: threading.Event, tell: Callable[[str], None]) -> Callable[[str, str], None]:
    """Lines on Ansible's display. A run that was stopped ends at its next line; the next run goes on from there."""

    def show(phase: str, message: str) -> None:
        if cancel.is_set():
            raise Interrupted("stopped while the cluster was being worked on", hint="Run it again: it goes on from there.")
        tell(f"{phase}: {message}")

    return show


main = ActionModule.check_options
