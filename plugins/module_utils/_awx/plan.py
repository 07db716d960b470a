# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to change in AWX, each change with its cause. Pure: items and what was observed in, changes or problems out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .._errors import AwxError, Problem
from .._secrets import HIDDEN
from .compare import ENCRYPTED, Difference, field_differs, hidden_differences, survey_differences
from .definitions import Item, Ref
from .kinds import KINDS
from .mark import is_marked, secrets_of
from .observe import Observed, Seen


@dataclass(frozen=True)
class Change:
    """What happens to one object: `create`, `update`, `delete` or `unchanged`.

    fields, links, survey, approval: what of it is written; all of it where it is created. by: who changed it last in AWX, and when.
    """

    ref: Ref
    action: str
    item: Item | None = None
    seen: Seen | None = None
    differences: tuple[Difference, ...] = ()
    fields: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    survey: bool = False
    approval: bool = False
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class Plan:
    """Changes in the order in which they are made, and what carries the mark but is defined no more and stays."""

    changes: tuple[Change, ...]
    left: tuple[Ref, ...] = ()


@dataclass
class _Parts:
    differences: list[Difference] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    survey: bool = False
    approval: bool = False


def make_plan(items: Iterable[Item], observed: Observed, *, mark: str, prune: bool, adopt: bool) -> Plan:
    """Compare. prune: delete what carries the mark and is not defined. adopt: take over what is there without the mark.

    Raises AwxError with every problem: an object that is not there, one that is there and not ours, a field that this AWX does not have.
    """
    items = list(items)
    ours = {item.ref for item in items}
    problems = [problem for item in items for problem in _problems(item, observed, ours, mark, adopt)]
    if problems:
        raise AwxError.of_problems(problems, next(problem.reason for problem in problems))
    changes = [_change(item, observed, mark) for item in items]
    inside = [seen for seen in observed.strays if KINDS[seen.ref.kind].inside]
    alone = [seen for seen in observed.strays if not KINDS[seen.ref.kind].inside]
    gone = sorted([*inside, *(alone if prune else [])], key=lambda seen: -list(KINDS).index(seen.ref.kind))
    deletions = [Change(seen.ref, "delete", seen=seen, by=_last(seen)[0], at=_last(seen)[1]) for seen in gone]
    return Plan((*changes, *deletions), () if prune else tuple(seen.ref for seen in alone))


def _change(item: Item, observed: Observed, mark: str) -> Change:
    seen = observed.objects.get(item.ref)
    if seen is None:
        links = tuple(name for name, refs in item.links.items() if refs)
        return Change(item.ref, "create", item=item, links=links, survey=bool(item.survey), approval=item.approval is not None)
    if item.kind.shared and not is_marked(str(seen.body.get("description") or ""), mark):
        return Change(item.ref, "unchanged", item=item, seen=seen)
    parts = _Parts()
    _compare_fields(item, seen, parts, mark)
    _compare_references(item, seen, observed, parts)
    _compare_links(item, seen, observed, parts)
    if item.survey is not None and (found := survey_differences(item.survey, seen.survey or {})):
        parts.differences += found
        parts.survey = True
    if item.approval is not None:
        _compare_approval(item.approval, seen, parts)
    by, at = _last(seen)
    return Change(
        item.ref,
        "update" if parts.differences else "unchanged",
        item=item,
        seen=seen,
        differences=tuple(parts.differences),
        fields=tuple(parts.fields),
        links=tuple(parts.links),
        survey=parts.survey,
        approval=parts.approval,
        by=by,
        at=at,
    )


def _compare_fields(item: Item, seen: Seen, parts: _Parts, mark: str) -> None:
    hidden = item.kind.secrets
    for name, ours in item.fields.items():
        theirs = seen.body.get(name)
        if name == item.kind.scope or name == hidden:
            continue
        if field_differs(name, ours, theirs, text=name in item.kind.texts):
            parts.differences.append(Difference(name, theirs, ours))
            parts.fields.append(name)
    if hidden and (hidden in item.fields or item.secrets):
        renew = secrets_of(str(seen.body.get("description") or ""), mark) != item.secrets_word
        found = hidden_differences(hidden, item.fields.get(hidden) or {}, seen.body.get(hidden) or {}, item.secrets, renew=renew)
        if found:
            parts.differences += found
            parts.fields.append(hidden)


def _compare_references(item: Item, seen: Seen, observed: Observed, parts: _Parts) -> None:
    for name, ref in item.references.items():
        target = observed.objects.get(ref)
        theirs = seen.body.get(name)
        if target is None or theirs != target.id:
            parts.differences.append(Difference(name, _summary_name(seen, name) if theirs is not None else None, ref.name))
            parts.fields.append(name)


def _compare_links(item: Item, seen: Seen, observed: Observed, parts: _Parts) -> None:
    for name, refs in item.links.items():
        theirs = [int(body["id"]) for body in seen.links.get(name, [])]
        ours = [target.id if (target := observed.objects.get(ref)) else None for ref in refs]
        ordered = name == "instance_groups"
        if (theirs != ours) if ordered else (set(theirs) != set(ours)):
            parts.differences.append(
                Difference(name, [_name_of(body, observed) for body in seen.links.get(name, [])], [ref.name for ref in refs])
            )
            parts.links.append(name)


def _compare_approval(approval: dict[str, Any], seen: Seen, parts: _Parts) -> None:
    summary = (seen.body.get("summary_fields") or {}).get("unified_job_template") or {}
    if summary.get("unified_job_type") != "workflow_approval":
        parts.differences.append(Difference("approval", summary.get("name"), approval.get("name")))
        parts.approval = True
        return
    for name, ours in approval.items():
        if field_differs(name, ours, summary.get(name)):
            parts.differences.append(Difference(f"approval.{name}", summary.get(name), ours))
            parts.approval = True


def _problems(item: Item, observed: Observed, ours: set[Ref], mark: str, adopt: bool) -> Iterable[Problem]:
    seen = observed.objects.get(item.ref)
    kind = item.kind
    if seen and kind.described and not kind.shared and not adopt and not is_marked(str(seen.body.get("description") or ""), mark):
        hint = f"With adopt it is taken over; or give yours another name. Ours have [{mark}] at the end of the description."
        yield Problem("it is there already and not one of these definitions", str(item.ref), hint, "NotOurs")
    named = {*item.references.items(), *((name, ref) for name, refs in item.links.items() for ref in refs)}
    if item.ref.scope is not None:
        named.add((kind.scope, item.ref.scope))
    for name, ref in sorted(named, key=str):
        if ref not in observed.objects and ref not in ours and ref.kind != "labels":
            where = f" in organization `{ref.scope.name}`" if ref.scope is not None and ref.scope.kind == "organizations" else ""
            yield Problem(f"{name}: there is no {ref}{where}", str(item.ref), "Define it, or name one that AWX has.", "Missing")
    known = observed.fields.get(item.ref.kind) or frozenset()
    for name in [*item.fields, *item.references] if known else ():
        if name not in known:
            yield Problem(
                f"{name}: this AWX has no such field",
                str(item.ref),
                "Is it written as the API writes it, and is AWX new enough?",
                "Missing",
            )
    yield from _open_secrets(item, observed)


def _open_secrets(item: Item, observed: Observed) -> Iterable[Problem]:
    """Secret inputs among those that may be shown."""
    kind_ref = item.references.get("credential_type")
    type_seen = observed.objects.get(kind_ref) if kind_ref else None
    inputs = (type_seen.body.get("inputs") or {}).get("fields", []) if type_seen else []
    for one in inputs:
        value = (item.fields.get("inputs") or {}).get(one.get("id"))
        if one.get("secret") and value not in (None, "", ENCRYPTED, HIDDEN):
            yield Problem(
                f"inputs.{one['id']}: it is secret", str(item.ref), "Give it in secret_inputs, which Ansible shows nowhere.", "OpenSecret"
            )


def _last(seen: Seen) -> tuple[str, str]:
    """Who changed it last, and when."""
    by = ((seen.body.get("summary_fields") or {}).get("modified_by") or {}).get("username") or ""
    return str(by), str(seen.body.get("modified") or "")


def _summary_name(seen: Seen, name: str) -> Any:
    return ((seen.body.get("summary_fields") or {}).get(name) or {}).get("name") or seen.body.get(name)


def _name_of(body: dict[str, Any], observed: Observed) -> Any:
    if "name" in body or "identifier" in body:
        return body.get("name") or body.get("identifier")
    for seen in [*observed.objects.values(), *observed.strays]:
        if seen.ref.kind == "workflow_nodes" and seen.id == body["id"]:
            return seen.ref.name
    return body["id"]
