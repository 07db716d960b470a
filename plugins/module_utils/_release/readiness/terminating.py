# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps an object that is being deleted: its finalizers, its pods, what the controller of its deletion says in conditions."""

from __future__ import annotations

from collections.abc import Iterator

from ..._objects import KubeObject
from .fields import at, condition, count, group_kind, is_deleting, name_of, number, text, tidy, uid_of
from .types import NOTHING_RELATED, Related

CONDITIONS = {
    ("", "Namespace"): (
        "NamespaceDeletionDiscoveryFailure",
        "NamespaceDeletionGroupVersionParsingFailure",
        "NamespaceDeletionContentFailure",
        "NamespaceFinalizersRemaining",
        "NamespaceContentRemaining",
    ),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): ("Terminating",),
}
"""Conditions of a deletion that has not ended, in the order of what a person should look at first:
https://pkg.go.dev/k8s.io/api/core/v1#NamespaceConditionType and CustomResourceDefinitionConditionType."""
_CASCADE = frozenset({"foregroundDeletion", "orphan"})
"""Finalizers of the garbage collector: https://kubernetes.io/docs/concepts/architecture/garbage-collection/"""
_OWN = {("apiextensions.k8s.io", "CustomResourceDefinition"): frozenset({"customresourcecleanup.apiextensions.k8s.io"})}
"""Finalizers that every object of a kind has: its conditions say more."""
_MAX_NAMED = 3


def keepers(obj: KubeObject, related: Related = NOTHING_RELATED) -> str:
    """What keeps it, for a person (`waits for finalizers x.example.com/y`); "" where nothing says."""
    pods = list(_pods(obj, related))
    said = [tidy(text(found, "message")) for found in _deletion_conditions(obj)]
    return "; ".join(part for part in (_finalizers(obj, bool(pods)), _running(pods), *said) if part)


def _finalizers(obj: KubeObject, pods: bool) -> str:
    names = _texts(obj, "metadata", "finalizers")
    ours = _OWN.get(group_kind(obj), frozenset()) | (_CASCADE if pods else frozenset())
    if group_kind(obj) == ("", "Namespace"):
        names += [name for name in _texts(obj, "spec", "finalizers") if name != "kubernetes"]
    named = [f"{name} (what it owns goes first)" if name == "foregroundDeletion" else name for name in names if name not in ours]
    return f"waits for finalizers {', '.join(named)}" if named else ""


def _deletion_conditions(obj: KubeObject) -> Iterator[KubeObject]:
    for kind in CONDITIONS.get(group_kind(obj), ()):
        found = condition(obj, kind)
        if text(found, "status") == "True":
            yield found


def _pods(obj: KubeObject, related: Related) -> Iterator[KubeObject]:
    """The pod itself, or the pods below."""
    if group_kind(obj) == ("", "Pod"):
        yield obj
        return
    uid = uid_of(obj)
    for kind in ("Pod", "ReplicaSet", "Job") if uid else ():
        for child in related.children(uid, kind):
            yield from (child,) if kind == "Pod" else _pods(child, related)


def _running(pods: list[KubeObject]) -> str:
    """`waits for pod api-1, which has 30 s to end`."""
    if not pods:
        return ""
    named = ", ".join(sorted(name_of(pod) for pod in pods)[:_MAX_NAMED])
    more = f" and {len(pods) - _MAX_NAMED} more" if len(pods) > _MAX_NAMED else ""
    grace = max((number(pod, "metadata", "deletionGracePeriodSeconds") for pod in pods if is_deleting(pod)), default=0)
    held = sorted({name for pod in pods for name in _texts(pod, "metadata", "finalizers")})
    words = f"waits for {'pod' if len(pods) == 1 else count(len(pods), 'pod') + ':'} {named}{more}"
    words += f", which {'has' if len(pods) == 1 else 'have'} {count(grace, 'second')} to end" if grace else ""
    return words + (f" (finalizers {', '.join(held)})" if held else "")


def _texts(obj: KubeObject, *path: str) -> list[str]:
    found = at(obj, *path)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []
