# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom resources: by the conditions that controllers commonly write.

https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
and kstatus (pkg/kstatus/README.md): Reconciling and Stalled first, then the first of a list of positive conditions that is there.
"""

from __future__ import annotations

from ..._objects import KubeObject
from .fields import at, condition, entries, mapping, text, tidy
from .types import Related, Verdict

POSITIVE = ("Ready", "Available", "Healthy", "Programmed", "Succeeded", "Complete", "Completed")
"""Conditions that say "ready" when True, strongest first."""
ENDING = frozenset({"Succeeded"})
"""Of these, False means that it ended badly (Tekton, Knative); Unknown that it runs."""
FAILED_GRACE = 10.0


def judge_custom(obj: KubeObject, related: Related) -> Verdict:
    """Reconciling waits, Stalled and Failed fail, a positive condition decides; without any of them it is ready, as kstatus has it."""
    if not mapping(obj, "status"):
        return Verdict("ready", "NoStatus", "exists; it has no status to judge by (a readiness rule can say what to wait for)")
    if _true(obj, "Reconciling"):
        return _told("progressing", "Reconciling", condition(obj, "Reconciling"))
    if _true(obj, "Stalled"):
        return _told("failed", "Stalled", condition(obj, "Stalled"))
    if _true(obj, "Failed"):
        return _told("failed", "Failed", condition(obj, "Failed"), FAILED_GRACE)
    for kind in POSITIVE:
        found = condition(obj, kind)
        if found:
            return _by_positive(obj, kind, found)
    return Verdict("ready", "NoConditions", "exists; its status has no condition to judge by (a readiness rule can say what to wait for)")


def is_stale(obj: KubeObject, found: KubeObject) -> bool:
    """Whether a condition speaks about an older generation (conditions[].observedGeneration)."""
    generation, observed = at(obj, "metadata", "generation"), at(found, "observedGeneration")
    return isinstance(generation, int) and isinstance(observed, int) and 0 < observed < generation


def _by_positive(obj: KubeObject, kind: str, found: KubeObject) -> Verdict:
    status = text(found, "status")
    if is_stale(obj, found):
        return Verdict("progressing", "StaleCondition", f"condition {kind} is about an older generation")
    if status == "True":
        return Verdict("ready", "Ready", f"condition {kind} is True")
    if status == "False" and kind in ENDING:
        return _told("failed", text(found, "reason") or "Failed", found, FAILED_GRACE)
    return _told("progressing", text(found, "reason") or f"Not{kind}", found)


def _told(state: str, reason: str, found: KubeObject, grace: float = 0.0) -> Verdict:
    said, message = text(found, "reason"), tidy(text(found, "message"))
    detail = ": ".join(part for part in (said, message) if part)
    told = f"condition {text(found, 'type')} is {text(found, 'status') or 'not set'}{' (' + detail + ')' if detail else ''}"
    return Verdict("failed" if state == "failed" else "progressing", tidy(reason, 80), told, grace)


def _true(obj: KubeObject, kind: str) -> bool:
    return any(
        text(item, "type") == kind and text(item, "status") == "True" and not is_stale(obj, item)
        for item in entries(obj, "status", "conditions")
    )
