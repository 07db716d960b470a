# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves to controllers, or as it is on the cluster: the objects of a plan without it, and the notice. Pure, see `controllers`
and `ignored`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..._errors import PlanError
from ..._jsonpath import PathSyntaxError, compile_path
from ..._model import DriftIgnore
from ..._objects import Identity, KubeObject, ObjectRef
from ..data.observed import Observed
from ..data.options import Options
from ..data.steps import Action
from ..data.wanted import Wanted
from ..fields.controllers import NOTHING, Left, left_to_controllers, scale_targets
from ..fields.fieldset import covering, cut
from ..fields.ignored import Ignored, ignored


def without_what_is_left(
    wanted: Sequence[Wanted], observed: Observed, options: Options, turning: Collection[str], doomed: Collection[Identity]
) -> list[Wanted]:
    """The objects as they are sent. turning: instances that are stopped or started, whose replicas are a person's word. doomed: what this
    run deletes; an autoscaler among that scales nothing any more."""
    staying = (obj for identity, obj in observed.objects.items() if identity not in doomed)
    scaled = observed.scaled | scale_targets(item.object for item in wanted) | scale_targets(staying)
    return [item if item.hook or item.instance.id in turning else _left_out(item, observed, scaled, options) for item in wanted]


def _left_out(wanted: Wanted, observed: Observed, scaled: Collection[tuple[str, str, str, str]], options: Options) -> Wanted:
    live = observed.objects.get(wanted.ref.identity)
    left = left_to_controllers(wanted.object, live, scaled, force=options.force_conflicts)
    sent = wanted.object
    if options.ignore_drift and live is not None:
        left, sent = _as_it_is(left, wanted, live)
    if left is NOTHING:
        return wanted
    if not left.fields and sent is wanted.object:
        return replace(wanted, left=left)
    return replace(wanted, left=left, object=cut(sent, left.fields), whole=wanted.object)


def _as_it_is(left: Left, wanted: Wanted, live: KubeObject) -> tuple[Left, KubeObject]:
    """`left` and the manifest with what the documents let differ. Raises PlanError."""
    rules = [rule for rule in wanted.instance.drift.ignore if _is_about(rule, wanted.ref)]
    if not rules:
        return left, wanted.object
    paths, found = tuple(rule.path for rule in rules), _ignored(wanted, live, rules)
    if found is None:
        return replace(left, may_differ=paths), wanted.object
    claims = replace(left.claims, give=covering(left.claims.give, found.give))
    return Left(covering(left.fields, found.fields), claims, left.words, paths, found.kept, found.differing), found.sent


def _ignored(wanted: Wanted, live: KubeObject, rules: Sequence[DriftIgnore]) -> Ignored | None:
    """What the documents let differ of this object. Raises PlanError where a path cannot be evaluated."""
    try:
        return ignored(wanted.object, live, [compile_path(rule.path) for rule in rules])
    except PathSyntaxError as error:
        first = error.problems[0]
        raise PlanError(f"{wanted.ref}: {first.message}", where=str(rules[0].place or ""), hint=first.hint) from None


def _is_about(rule: DriftIgnore, ref: ObjectRef) -> bool:
    kind, dot, group = rule.kind.partition(".")
    return ref.kind == kind and (not dot or ref.group == group) and rule.name in (None, ref.name)


def left_notices(wanted: Wanted, action: Action) -> list[str]:
    """Told when the object is written anyway, where manifest and cluster differ."""
    if action != "update" or not wanted.left.words:
        return []
    hint = "leave it out of the manifest, or take it with --force-conflicts"
    return [f"{wanted.ref}: {', '.join(wanted.left.words)}, whatever the manifest says ({hint})"]
