# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server's refusal of a write says: that an existing object is fixed, or that another object is in the way. Pure.

The server alone knows which fields a kind never lets change: its validation, a custom resource's transition rules, admission. So no field
is listed here; an update is fixed when it is refused and a new object of the same manifest would be taken. Only where admission refuses, a
policy that nothing gets past may be meant: there its own words have to say that the field is immutable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from ..._cluster import causes
from ..._errors import ApiError
from ..data.refusal import Refusal

Key = tuple[str, str, str, str]
"""ObjectRef.identity."""
_FIXED = re.compile(
    r"\bimmutable\b|may not (be )?chang|cannot change|(may|can|must) ?not be (changed|updated|modified)"
    r"|updates to .* (are|is) forbidden|not allowed to (change|update)|\bunchangeable\b|read-only after",
    re.IGNORECASE,
)
"""How validations and webhooks say that a field is fixed."""
_ADMISSION = re.compile(r"admission webhook|ValidatingAdmissionPolicy|denied the request|denied request")
_NO_RIGHT = re.compile(r'User "[^"]*" cannot ')
_VALUE = re.compile(
    r'^(?:Invalid|Duplicate|Unsupported) value: (?:"(?:[^"\\]|\\.)*"|\S*\{.*\}|\S*\[.*\]|[^\s:]+): |^(?:Forbidden|Required value): ',
    re.DOTALL,
)
_TAKEN = re.compile(
    r"already (allocated|in use|exists?|defined|marked|used|taken|claimed|registered|bound|managed|owned|reserved)"
    r"|only one .* can|exceeded quota|conflicts? with|must be unique",
    re.IGNORECASE,
)
"""How servers and webhooks say that something can be had only once, and is had."""
_BY_ANOTHER = re.compile(r"already (allocated|in use|exists?|taken|claimed|reserved|defined)|exceeded quota", re.IGNORECASE)
"""Those of them that cannot be about two things within the refused object itself."""

_RUN_PODS = {("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("apps", "ReplicaSet"), ("batch", "Job")}


def is_refused_as_it_stands(error: ApiError) -> bool:
    """Whether asking for the same again cannot help, whoever asks: not a missing right, not a race, not a server in trouble."""
    if error.status == 400:
        return by_admission(error)
    return error.status in (403, 422) and not _NO_RIGHT.search(str(error.body.get("message") or error))


def says_fixed(error: ApiError) -> bool:
    """Whether the refusal says in words that an existing object keeps what it has."""
    return any(_FIXED.search(message) for _, message in _causes(error))


def by_admission(error: ApiError) -> bool:
    """Whether a webhook or a policy refused, not the kind's own validation."""
    return bool(_ADMISSION.search(str(error.body.get("message") or error)))


def refusal_of(error: ApiError, *, as_new: ApiError | None = None) -> Refusal:
    """The refusal of an update as data. as_new: that of a new object."""
    found = list(_causes(error))
    fixed = [pair for pair in found if _FIXED.search(pair[1])] or found
    fields = tuple(dict.fromkeys(field for field, _ in fixed if field))
    words = "; ".join(dict.fromkeys(_reason(message) for _, message in fixed))
    return Refusal(fields, words, as_new.problems[0].message if as_new is not None else "")


def in_the_way(error: ApiError, kind: tuple[str, str], namespace: str, doomed: Collection[Key]) -> set[Key]:
    """Those of the doomed objects that a write of this (group, kind) and namespace may have been refused for.

    Named in the refusal; else, where it can only be about another object: all of the same kind, for a quota those in the namespace, and
    for a pod also what runs pods there.
    """
    if not is_refused_as_it_stands(error) or not is_taken(error):
        return set()
    whole = " ".join(message for _, message in _causes(error))
    if "exceeded quota" in whole:
        counted = {kind, *(_RUN_PODS if kind == ("", "Pod") else ())}
        return {identity for identity in doomed if identity[2] == namespace and identity[:2] in counted}
    named = {identity for identity in doomed if re.search(rf"(?<![\w.-]){re.escape(identity[3])}(?![\w-]|\.\w)", whole)}
    alike = {identity for identity in doomed if identity[:2] == kind} if _BY_ANOTHER.search(whole) else set()
    return {identity for identity in named if identity[:2] == kind} or named or alike


def is_taken(error: ApiError) -> bool:
    """Whether all that the refusal says is that something is had by another object, or by the object's own predecessor."""
    return all(_TAKEN.search(message) for _, message in _causes(error))


def _causes(error: ApiError) -> Iterable[tuple[str, str]]:
    """(field, message) of each cause; the whole message for a refusal without."""
    found = [(str(item.get("field") or ""), str(item.get("message") or "")) for item in causes(error.body)]
    found = [(field if field != "<nil>" else "", message) for field, message in found]
    return [pair for pair in found if pair[1]] or [("", str(error.body.get("message") or error.problems[0].message))]


def _reason(message: str) -> str:
    """The message without the value that it repeats, and without the differences that some kinds show below it."""
    return _VALUE.sub("", message, count=1).strip().partition("\n")[0]
