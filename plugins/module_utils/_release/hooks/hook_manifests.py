# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hooks: manifests that run at a moment of an instance's life instead of being part of it. What is one, and when it is due. Pure.

`roro.dev/hook` names the moments, `roro.dev/hook-order` who comes first, `roro.dev/hook-delete` what becomes of it. Helm's own annotations
(https://helm.sh/docs/topics/charts_hooks/) mean the same: HELM_* below is the whole translation. A hook is not owned as other objects are:
it is run anew each time, no prune touches it while it is in the manifests, and its record says whether it did what it is there for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from ..._errors import Problem
from ..._objects import ANNOTATION_HOOK, ANNOTATION_HOOK_DELETE, ANNOTATION_HOOK_ORDER, KubeObject, ref_of
from ..data.hook import Hook

Occasion = Literal["up", "install", "update", "rollback", "down"]
Side = Literal["before", "after"]

OCCASIONS: tuple[Occasion, ...] = ("up", "install", "update", "rollback", "down")
"""`up` is both `install` (nothing of the instance was healthy yet) and `update`."""
MOMENTS = tuple(f"{side}-{occasion}" for occasion in OCCASIONS for side in ("before", "after"))
DELETIONS = ("succeeded", "failed", "never")
NEVER = "test"
"""A moment that never comes: Helm's tests are run by people who ask for them."""

HELM_HOOK, HELM_WEIGHT, HELM_DELETE = "helm.sh/hook", "helm.sh/hook-weight", "helm.sh/hook-delete-policy"
HELM_MOMENTS = {
    "pre-install": "before-install",
    "post-install": "after-install",
    "pre-upgrade": "before-update",
    "post-upgrade": "after-update",
    "pre-rollback": "before-rollback",
    "post-rollback": "after-rollback",
    "pre-delete": "before-down",
    "post-delete": "after-down",
    "test": NEVER,
    "test-success": NEVER,
    "test-failure": NEVER,
    "crd-install": "before-install",
}
HELM_DELETIONS = {"hook-succeeded": "succeeded", "hook-failed": "failed", "before-hook-creation": "never"}
"""The old object is always replaced, so `before-hook-creation` asks for nothing more."""


def is_hook(obj: KubeObject) -> bool:
    """Whether the manifest is a hook."""
    annotations = _annotations(obj)
    return ANNOTATION_HOOK in annotations or HELM_HOOK in annotations


def hook_of(obj: KubeObject, applied: str, where: str) -> tuple[Hook, list[Problem]]:
    """The hook that a manifest describes, and what is wrong with its annotations. where: the manifest's place, for messages."""
    found, problems = _annotations(obj), []
    moments, wrong = _words(found, ANNOTATION_HOOK, HELM_HOOK, HELM_MOMENTS)
    problems += [_unknown(obj, where, name, word, MOMENTS) for name, word in wrong or _foreign(moments, ANNOTATION_HOOK, (*MOMENTS, NEVER))]
    delete, wrong = _words(found, ANNOTATION_HOOK_DELETE, HELM_DELETE, HELM_DELETIONS)
    problems += [_unknown(obj, where, n, word, DELETIONS) for n, word in wrong or _foreign(delete, ANNOTATION_HOOK_DELETE, DELETIONS)]
    order = str(found.get(ANNOTATION_HOOK_ORDER, found.get(HELM_WEIGHT, "0"))).strip()
    if not order.removeprefix("-").isdecimal():
        message = f"{ref_of(obj)}: annotation {ANNOTATION_HOOK_ORDER} has {order!r}, which is not a whole number"
        problems.append(Problem(message, where, f'For example {ANNOTATION_HOOK_ORDER}: "10"; smaller numbers come first.'))
        order = "0"
    return Hook(ref_of(obj), obj, moments, int(order), delete, applied), problems


def due(hooks: Iterable[Hook], side: Side, occasions: Iterable[Occasion]) -> list[tuple[Hook, str]]:
    """(hook, moment) of those that run on this side of these occasions, in order: by number, what runs nothing first, by name."""
    moments = [f"{side}-{occasion}" for occasion in occasions]
    chosen = [(hook, moment) for hook in hooks for moment in moments if moment in hook.moments]
    once = {hook.ref.identity: (hook, moment) for hook, moment in reversed(chosen)}
    return sorted(once.values(), key=lambda item: (item[0].order, item[0].runs_anew, item[0].ref.identity))


def remembered_hooks(hooks: Iterable[Hook], known: Iterable[Hook]) -> tuple[Hook, ...]:
    """`hooks` of the manifests, with what the record (`known`) says of when they last completed."""
    done = {hook.ref.identity: hook.done for hook in known}
    return tuple(replace(hook, done=done.get(hook.ref.identity, "")) for hook in hooks)


def has_moment(hooks: Iterable[Hook], occasion: Occasion) -> bool:
    """Whether any of them runs before or after this."""
    return any(moment.partition("-")[2] == occasion for hook in hooks for moment in hook.moments)


def _annotations(obj: KubeObject) -> dict[str, Any]:
    found = (obj.get("metadata") or {}).get("annotations")
    return found if isinstance(found, dict) else {}


def _words(
    found: Mapping[str, Any], ours: str, helms: str, translation: Mapping[str, str]
) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """(our words, [(annotation, unknown word of Helm)]). Our annotation wins."""
    if ours in found:
        return tuple(_split(found[ours])), []
    said = _split(found.get(helms, ""))
    return tuple(translation[word] for word in said if word in translation), [(helms, word) for word in said if word not in translation]


def _split(text: Any) -> list[str]:
    return [word for word in (part.strip() for part in str(text).split(",")) if word]


def _foreign(words: Iterable[str], annotation: str, known: Iterable[str]) -> list[tuple[str, str]]:
    return [(annotation, word) for word in words if word not in known]


def _unknown(obj: KubeObject, where: str, annotation: str, word: str, known: Iterable[str]) -> Problem:
    import difflib  # here, as it loads slowly

    allowed = list(HELM_MOMENTS if annotation == HELM_HOOK else HELM_DELETIONS if annotation == HELM_DELETE else known)
    near = difflib.get_close_matches(word, allowed, 1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return Problem(f"{ref_of(obj)}: annotation {annotation} has {word!r}", where, f"{hint}It is a list of {', '.join(allowed)}.")
