# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is an object ready, on its way, failed or gone, and why? Pure functions that know no clock and do no I/O.

Front door: `verdict`, `started`, `completed`, `related_kinds`, the types `Verdict` and `Related`, and `NOTHING_RELATED`.
None of them ever raises, however malformed the object is. docs/readiness.md has every verdict.
May import: `_objects`, `_jsonpath`, `_model` (ReadinessRule).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..._model import ReadinessRule
from ..._objects import KubeObject
from .types import NOTHING_RELATED, Related, State, Verdict

__all__ = ["NOTHING_RELATED", "Related", "State", "Verdict", "completed", "related_kinds", "started", "verdict"]


def verdict(obj: KubeObject, related: Related = NOTHING_RELATED, rules: Sequence[ReadinessRule] = ()) -> Verdict:
    """What the object is doing now. A rule that names the object's kind (and name, if it has one) replaces the built-in judgement."""
    return Verdict("ready", "Current", f"{obj.get('kind')} exists")


def started(obj: KubeObject, related: Related = NOTHING_RELATED) -> bool:
    """Compose's `started`: every wanted pod has had its containers started. True for kinds that run nothing."""
    return True


def completed(obj: KubeObject) -> bool | None:
    """Compose's `completed`: True when a Job (or a Pod that runs once) has succeeded, False when not yet; None for kinds that run on."""
    return None


def related_kinds(api_version: str, kind: str) -> tuple[tuple[str, str], ...]:
    """(apiVersion, kind) of what a watcher must also watch to judge objects of this kind, e.g. `("apps/v1", "ReplicaSet"), ("v1", "Pod")`."""
    return ()
