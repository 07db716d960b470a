# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hook of an instance, and what a step that runs one knows. What is a hook: `hooks.hook_manifests`."""

from __future__ import annotations

from dataclasses import dataclass

from ..._objects import KubeObject, ObjectRef

_RUN_ANEW = frozenset({("batch", "Job"), ("", "Pod")})


@dataclass(frozen=True)
class Hook:
    """One hook of an instance. object: as it is sent, {} for one that only a record knows. applied: digest of that. done: the digest with
    which it last completed for the present state of the instance, "" when it has to run (again)."""

    ref: ObjectRef
    object: KubeObject
    moments: tuple[str, ...]
    order: int = 0
    delete: tuple[str, ...] = ()
    applied: str = ""
    done: str = ""

    @property
    def runs_anew(self) -> bool:
        """Whether the object runs to completion, so that the one of last time goes first. Other kinds are applied in place."""
        return self.ref.identity[:2] in _RUN_ANEW


@dataclass(frozen=True)
class HookRun:
    """What a step that runs a hook knows besides. sweep: what goes when it succeeded (hooks of that moment that ask for it, in order).
    drop_failed: it goes when it failed, after its log was read."""

    moment: str
    runs_anew: bool = True
    sweep: tuple[ObjectRef, ...] = ()
    drop_failed: bool = False
