# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks: asked through tunnels and exec, by the daemon while an instance runs, and by `up` before it calls it healthy.

May import `_cluster`, `_daemon`, `_exec`, `_forward`, `_kube_events`, `_release` (whose a workload is), `_errors`, `_objects`, `_iregexp`,
types of `_model`. Third-party: aiohttp (where pods are asked).

Front door:
    specs_of(selection, reach) -> list[HealthSpec]      the checks of the documents, for the daemon
    start_checks(specs), resume_checks(ids), stop_checks(ids), remove_checks(ids) -> whether something had to be done
    known_checks() -> statuses                          without starting a daemon
    watch_checks(seconds) -> iterator of statuses       each change
    HealthGate(cluster)                                 what a run of `_release` asks before an instance is healthy; needs no daemon

The parts: `verdict` (thresholds), `limits` (how often a restart), `workload` (what may be restarted), `pods` (who is asked), `http`, all
pure; `line`, `command`, `probe` (one question), `asking` (one round); `check`, `healing`, `duty`, `keeper`, `store` (in
the daemon), `client`; `gate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from .client import known_checks, remove_checks, resume_checks, start_checks, stop_checks, watch_checks
    from .gate import HealthGate
    from .types import HealthSpec, HealthStatus, specs_of

__all__ = [
    "HealthGate",
    "HealthSpec",
    "HealthStatus",
    "known_checks",
    "remove_checks",
    "resume_checks",
    "specs_of",
    "start_checks",
    "stop_checks",
    "watch_checks",
]

_FILES = {
    "client": ("known_checks", "remove_checks", "resume_checks", "start_checks", "stop_checks", "watch_checks"),
    "types": ("HealthSpec", "HealthStatus", "specs_of"),
    "gate": ("HealthGate",),
}

__getattr__ = lazily(__name__, _FILES)
