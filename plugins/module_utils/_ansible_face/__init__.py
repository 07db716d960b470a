# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules and the action plugins share: one argument spec and one runner for each pair of twins.

Private to this collection. Imports nothing from Ansible, so that the same code runs in the controller process and on a managed host.

Front door:
    SPECS[name] -> keyword arguments of AnsibleModule (argument_spec, supports_check_mode, ...)
    run(name, parameters, mode, sink, cancel) -> Outcome    runs the engine; an error becomes a result, never an exception
    returned(name, outcome, parameters, mode) -> Outcome    what the task returns of it: as much as its `result` says, and statistics
    told(name, outcome) -> Outcome                          what the `roro` command gets of it
    load_for(name)                                          loads what that work needs, before processes are forked
    never_begun() -> Outcome                                of a task that was to stop before it had begun
    run_module(module, name)                                the whole of a module's main
    without_words(outcome) -> the outcome as a task with `no_log` may return it
"""

from __future__ import annotations

from .guarded import load_for, never_begun, run
from .how_much import told
from .on_host import run_module
from .returned import returned
from .silent import without_words
from .specs import SPECS
from .types import Mode, Outcome

__all__ = ["SPECS", "Mode", "Outcome", "load_for", "never_begun", "returned", "run", "run_module", "told", "without_words"]
