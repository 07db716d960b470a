# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the user (`readiness` in app.json): what ready means for a kind.

Several rules for one object must all hold; `any_of` is for alternatives. A rule decides what is ready; failures that the pods of a
built-in workload show are still found (see `judge_object.py`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..._jsonpath import PathSyntaxError, compile_path, json_equal
from ..._model import MISSING, ReadinessRule
from ..._objects import KubeObject
from .custom import is_stale
from .fields import condition, group_kind, name_of, text, tidy
from .types import Verdict


def rules_for(obj: KubeObject, rules: Sequence[ReadinessRule]) -> list[ReadinessRule]:
    """The rules that speak about this object: `Kind` fits any group, `Kind.group` only that; a name narrows further."""
    if not rules:
        return []
    group, kind = group_kind(obj)
    names = (kind, f"{kind}.{group}")
    return [rule for rule in rules if rule.kind in names and rule.name in (None, name_of(obj))]


def judge_by_rules(obj: KubeObject, rules: Sequence[ReadinessRule]) -> Verdict:
    """All must hold. The first failure, else the first that waits, speaks. At least one rule is needed."""
    verdicts = [_judge(obj, rule) for rule in rules]
    return min(verdicts, key=lambda verdict: ("failed", "progressing", "ready").index(verdict.state))


def _judge(obj: KubeObject, rule: ReadinessRule) -> Verdict:
    if rule.any_of:
        return _any_of(obj, rule.any_of)
    if rule.condition:
        return _by_condition(obj, rule)
    try:
        values = compile_path(rule.path or "$").find(obj)
    except PathSyntaxError as error:
        return Verdict("failed", "BadReadinessRule", tidy(error.problems[0].message))
    return _by_path(rule, values)


def _any_of(obj: KubeObject, alternatives: Sequence[ReadinessRule]) -> Verdict:
    """One that holds is enough; else a value that can never become ready fails; else wait."""
    verdicts = [_judge(obj, rule) for rule in alternatives]
    ready = next((verdict for verdict in verdicts if verdict.state == "ready"), None)
    if ready:
        return ready
    failed = next((verdict for verdict in verdicts if verdict.state == "failed"), None)
    return failed or Verdict("progressing", "RuleNotMet", " or ".join(dict.fromkeys(verdict.message for verdict in verdicts)))


def _by_condition(obj: KubeObject, rule: ReadinessRule) -> Verdict:
    """`Ready` or `Ready=False`; `fails` are reasons of the condition that never heal."""
    kind, _, wanted = (rule.condition or "").partition("=")
    wanted = wanted or "True"
    found = condition(obj, kind)
    status, reason = text(found, "status"), text(found, "reason")
    if found and not is_stale(obj, found) and status.lower() == wanted.lower():
        return Verdict("ready", "RuleMet", f"condition {kind} is {status}")
    detail = ": ".join(part for part in (reason, tidy(text(found, "message"))) if part)
    told = f"condition {kind} is {status or 'not there'}, {wanted} is wanted{' (' + detail + ')' if detail else ''}"
    if reason and reason in rule.fails:
        return Verdict("failed", "RuleFailed", told)
    return Verdict("progressing", "RuleNotMet", told)


def _by_path(rule: ReadinessRule, values: list[Any]) -> Verdict:
    """Every selected value must be wanted; one that never heals fails."""
    path = rule.path or "$"
    broken = [value for value in values if _among(value, rule.fails)]
    if broken:
        return Verdict("failed", "RuleFailed", f"{path} is {_shown(broken[0])}, which the rule takes as failed")
    if not _tests_value(rule):
        return _by_existence(path, bool(values), rule.exists is not False)
    wanted = rule.one_of if rule.equals is MISSING else (rule.equals, *rule.one_of)
    if values and all(_among(value, wanted) for value in values):
        return Verdict("ready", "RuleMet", f"{path} is {_shown(values[0])}")
    have = _shown(next(value for value in values if not _among(value, wanted))) if values else "not there"
    return Verdict("progressing", "RuleNotMet", f"{path} is {have}, wanted is {' or '.join(map(_shown, wanted))}")


def _by_existence(path: str, there: bool, wanted: bool) -> Verdict:
    told = f"{path} is {'there' if there else 'not there'}"
    return Verdict("ready", "RuleMet", told) if there is wanted else Verdict("progressing", "RuleNotMet", told)


def _tests_value(rule: ReadinessRule) -> bool:
    return rule.equals is not MISSING or bool(rule.one_of)


def _among(value: Any, wanted: Sequence[Any]) -> bool:
    return any(json_equal(value, item) for item in wanted)


def _shown(value: Any) -> str:
    """As JSON, so that "1" and 1 look different."""
    return tidy(json.dumps(value, ensure_ascii=False, default=str), 80)
