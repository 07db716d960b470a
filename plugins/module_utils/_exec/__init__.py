# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in containers: the WebSocket of `exec` and `attach`, what goes in and comes out of it, and how the command ended.

May import `_errors`, `_cluster` and the dialer of `_forward`. Third-party: aiohttp. Used by `_health` (checks that run a command) and by
`_workflow` (`exec`, `cp`, `run`).

Front door:
    converse(cluster, wanted: Wanted, ways: Ways, window=None) -> Ending      one command from start to end; raises RoroError
    exec_path, PROTOCOLS, RUNNING, frames, read_ending           the protocol alone, for those who hold a connection of their own

Protocol: `v5.channel.k8s.io` (KEP-4006) and `v4.channel.k8s.io`.
"""

from __future__ import annotations

from .protocol import PROTOCOLS, RUNNING, Ending, exec_path, frames, read_ending
from .session import Wanted, Ways, converse

__all__ = ["PROTOCOLS", "RUNNING", "Ending", "Wanted", "Ways", "converse", "exec_path", "frames", "read_ending"]
