# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict: what holds for every kind first, then the kind's own rule or the user's."""

from __future__ import annotations

from collections.abc import Sequence

from ..._model import ReadinessRule
from ..._objects import KubeObject
from .fields import condition_status, generation_gap, group_kind, is_deleting, number, text, uid_of
from .jobs import cleaned_up
from .kinds import KINDS, Watched, kind_of
from .pods import pod_started
from .rules import judge_by_rules, rules_for
from .terminating import keepers
from .types import NOTHING_RELATED, Related, Verdict
from .workloads import current_pods, is_observed, wanted_pods


def verdict(obj: KubeObject, related: Related = NOTHING_RELATED, rules: Sequence[ReadinessRule] = ()) -> Verdict:
    """What the object is doing now.

    The order: absent or being deleted -> `gone`; status about an older generation -> `progressing`; rules of the user that name the kind;
    the kind's own rule. A user's rule decides what is ready, but failures of a built-in workload (image, crash loop, quota) still count
    while it waits.
    """
    if not isinstance(obj, dict) or not obj:
        return Verdict("gone", "NotFound", "does not exist")
    if is_deleting(obj) and not cleaned_up(obj):
        return _terminating(obj, related)
    gap = generation_gap(obj)
    if gap:
        return Verdict("progressing", "LatestGenerationNotObserved", f"generation {gap[0]} is not observed yet (status is about {gap[1]})")
    group_and_kind = group_kind(obj)
    judge = kind_of(*group_and_kind).judge
    applying = rules_for(obj, rules)
    if not applying:
        return judge(obj, related)
    by_rule = judge_by_rules(obj, applying)
    if by_rule.state == "progressing" and group_and_kind in KINDS:
        built_in = judge(obj, related)
        return built_in if built_in.state == "failed" else by_rule
    return by_rule


def started(obj: KubeObject, related: Related = NOTHING_RELATED) -> bool:
    """Compose's `started`: every wanted pod of the newest revision has had its containers started, whether or not they serve.

    Kinds that run no pods have started when they exist and are not being deleted. A Job has started with its first pod.
    """
    if not isinstance(obj, dict) or not obj or is_deleting(obj) or generation_gap(obj):
        return False
    group, kind = group_kind(obj)
    if not kind_of(group, kind).runs_pods:
        return True
    if kind == "Pod":
        return pod_started(obj)
    if kind == "Job":
        return _job_started(obj, related)
    if not is_observed(obj):
        return False
    return sum(1 for pod in current_pods(obj, related) if pod_started(pod)) >= wanted_pods(obj)


def completed(obj: KubeObject) -> bool | None:
    """Compose's `completed`: True when a Job, or a bare Pod that is not restarted for ever, has succeeded; False while it has not (a
    failed one included); None for kinds that run on."""
    group, kind = group_kind(obj)
    if (group, kind) == ("batch", "Job"):
        return condition_status(obj, "Complete") == "True" and (cleaned_up(obj) or not is_deleting(obj))
    if (group, kind) == ("", "Pod") and text(obj, "spec", "restartPolicy") in ("Never", "OnFailure"):
        return text(obj, "status", "phase") == "Succeeded"
    return None


def related_kinds(api_version: str, kind: str) -> Watched:
    """(apiVersion, kind) of what must be watched besides, to judge objects of this kind: `(("apps/v1", "ReplicaSet"), ("v1", "Pod"), ...)`.

    Everything works without (a person who may not list events, say): the verdict then has fewer reasons. Only `started` needs the pods.
    """
    return kind_of(api_version.rpartition("/")[0], kind).watch


def _terminating(obj: KubeObject, related: Related) -> Verdict:
    kept = keepers(obj, related)
    return Verdict("gone", "Terminating", "is being deleted" + (f", {kept}" if kept else ""))


def _job_started(job: KubeObject, related: Related) -> bool:
    if condition_status(job, "Complete") == "True" or number(job, "status", "succeeded") or number(job, "status", "failed"):
        return True
    return any(pod_started(pod) for pod in related.children(uid_of(job), "Pod")) if uid_of(job) else False
