# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Label selectors, as the API server reads them. Pure.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from .._errors import DocumentError

_KEY = r"[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?"
_TERM = re.compile(
    rf"\s*(?:(?P<absent>!)\s*(?P<gone>{_KEY})"
    rf"|(?P<set>{_KEY})\s+(?P<how>in|notin)\s*\((?P<values>[^()]*)\)"
    rf"|(?P<key>{_KEY})\s*(?P<sign>==|=|!=)\s*(?P<value>[-A-Za-z0-9_.]*)"
    rf"|(?P<present>{_KEY}))\s*(?:,|\Z)"
)
Term = tuple[str, str, frozenset[str]]
"""(key, "in" | "notin" | "exists" | "absent", values)"""


def matches(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether the labels meet every term. Raises DocumentError for what is no selector."""
    return all(_meets(term, labels) for term in terms(selector))


@lru_cache(maxsize=256)
def terms(selector: str) -> tuple[Term, ...]:
    """The terms of a selector. Raises DocumentError naming the character."""
    found: list[Term] = []
    position = 0
    while position < len(selector):
        match = _TERM.match(selector, position)
        if match is None or match.end() == position:
            hint = "Such as app=db,tier!=test or app in (db,cache)."
            raise DocumentError(f'the selector "{selector}" is wrong at character {position + 1}', hint=hint)
        found.append(_term(match))
        position = match.end()
    return tuple(found)


def _term(match: re.Match[str]) -> Term:
    if match["absent"]:
        return match["gone"], "absent", frozenset()
    if match["set"]:
        return match["set"], match["how"], frozenset(value.strip() for value in match["values"].split(","))
    if match["key"]:
        return match["key"], "notin" if match["sign"] == "!=" else "in", frozenset({match["value"]})
    return match["present"], "exists", frozenset()


def _meets(term: Term, labels: Mapping[str, str]) -> bool:
    key, how, values = term
    if how == "exists":
        return key in labels
    if how == "absent":
        return key not in labels
    return (labels.get(key) in values) if how == "in" else (key not in labels or labels[key] not in values)
