# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is an object ready, on its way, failed or gone, and why? Pure functions that know no clock and do no I/O.

Front door: `verdict`, `started`, `completed`, `cleaned_up`, `keepers` (what keeps an object that is being deleted), `pod_maker` (whose
controller makes a workload's pods), `rests_on` and `unproven_starts` (starts of containers that nothing vouches for yet), `tells_at_once`,
`related_kinds`, `tidy` (one printable line), `BUILT_IN_GROUPS`, `FRESH_SECONDS`, the types `Verdict`, `Cause`, `Start` and `Related`, and
`NOTHING_RELATED`. None ever raises, however malformed the object. docs/readiness.md has every verdict.
May import: `_objects`, `_jsonpath`, `_kube_events` (what it has that is pure), `_model` (ReadinessRule).
"""

from __future__ import annotations

from .failures import HASTY_CALM, HASTY_RESTARTS
from .fields import tidy
from .fresh_starts import FRESH_SECONDS, Start, rests_on, tells_at_once, unproven_starts
from .jobs import cleaned_up
from .judge_object import completed, related_kinds, started, verdict
from .kinds import BUILT_IN_GROUPS
from .terminating import keepers
from .types import NOTHING_RELATED, Cause, NothingRelated, Related, State, Verdict
from .workloads import pod_maker

__all__ = [
    "BUILT_IN_GROUPS",
    "FRESH_SECONDS",
    "HASTY_CALM",
    "HASTY_RESTARTS",
    "NOTHING_RELATED",
    "Cause",
    "NothingRelated",
    "Related",
    "Start",
    "State",
    "Verdict",
    "cleaned_up",
    "completed",
    "keepers",
    "pod_maker",
    "related_kinds",
    "rests_on",
    "started",
    "tells_at_once",
    "tidy",
    "unproven_starts",
    "verdict",
]
