# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module roro.kube.crd_value_info in the controller process; what comes from a Secret is not shown."""

from __future__ import annotations

from typing import Any

from ansible_collections.roro.kube.plugins.plugin_utils._engine_action import EngineAction


class ActionModule(EngineAction):
    """See the module's documentation."""

    NAME = "crd_value_info"

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """See the base. Callbacks get a censored result where the value is secret; `register` gets it whole."""
        result = super().run(tmp, task_vars)
        if result.get("secret"):
            result["_ansible_no_log"] = True
        return result


main = ActionModule.check_options
