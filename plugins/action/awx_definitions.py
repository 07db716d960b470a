# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module roro.kube.awx_definitions in the controller process."""

from __future__ import annotations

from ansible_collections.roro.kube.plugins.plugin_utils._engine_action import EngineAction


class ActionModule(EngineAction):
    """See the module's documentation."""

    NAME = "awx_definitions"


main = ActionModule.check_options
