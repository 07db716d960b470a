# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that a schema cannot say, about settings in their mergeable form: one app alone, or an instance after the merge. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .._iregexp import BadPattern, compile_pattern
from .._jsonpath import PathSyntaxError
from .._value_path import compile_value_path
from .builds import build_problems
from .merge import Merged
from .template import BadTemplate, substitute
from .windows import UnknownZoneError, zone
from .words import nearest

Report = Callable[[tuple[str, ...], str, "str | None"], None]
"""Tell a problem: path in the mergeable form, message, hint."""

_PROBE_KEYS = {"http": ("target", "port"), "tcp": ("target", "port"), "exec": ("target", "command")}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x1f\x7f]*")
"""RFC 9110 section 5: a name is a token, a value has no control characters."""
_RULE_HINT = 'write "path" with "equals", "oneOf" or "exists"; or "condition"; or "anyOf"'
COMPUTED_HERE = ("workspace", "environment", "app", "instance", "suffix")
NO_COMPUTED = dict.fromkeys(COMPUTED_HERE, "x")
NO_COMPUTED_ALL = {**NO_COMPUTED, "namespace": "x"}


def check_settings(settings: Mapping[str, Any], variables: Mapping[str, Merged], report: Report) -> None:
    """Everything below."""
    for name, item in variables.items():
        if item.key == "values":
            check_value(name, item.value, report)
    for name, item in (settings.get("forwards") or {}).items():
        missing_keys(item, ("target", "port"), ("forwards", name), report)
        check_templates(item, ("target", "open"), ("forwards", name), report)
    for name, item in (settings.get("health") or {}).items():
        check_health(name, item, report)
    for number, rule in enumerate(settings.get("readiness") or ()):
        check_rule(rule, ("readiness", number), report)
    check_namespace(settings.get("namespace"), report)
    for path, message, hint in build_problems(settings, {name: item.key for name, item in variables.items()}, NO_COMPUTED_ALL):
        report(path, message, hint)


def missing_keys(item: Mapping[str, Any], keys: tuple[str, ...], path: tuple[Any, ...], report: Report) -> bool:
    """Tell which keys are not there."""
    missing = [key for key in keys if key not in item]
    for key in missing:
        report(path, f'the key "{key}" is missing', f'add "{key}": neither this document nor a weaker one says it')
    return bool(missing)


def check_value(name: str, value: Mapping[str, Any], report: Report) -> None:
    """A value names exactly one resource and a path."""
    path = ("values", name)
    if missing_keys(value, ("resource", "path"), path, report):
        return
    if value.get("engine") != "ng":  # an optional library, which reading documents need not load
        check_path(value["path"], (*path, "path"), report, value.get("engine", ""))
    resource = value["resource"]
    missing_keys(resource, ("apiVersion", "kind"), (*path, "resource"), report)
    if ("name" in resource) == ("selector" in resource):
        found = 'both "name" and "selector"' if "name" in resource else 'neither "name" nor "selector"'
        report(
            (*path, "resource"), f"found {found}; expected exactly one of them", 'name one resource by "name", or select it by its labels'
        )
    check_templates(resource, ("name", "namespace", "selector"), (*path, "resource"), report)


def check_health(name: str, check: Mapping[str, Any], report: Report) -> None:
    """A health check has exactly one probe, written in full."""
    probes = [kind for kind in _PROBE_KEYS if kind in check]
    if len(probes) != 1:
        found = "none" if not probes else " and ".join(probes)
        report(
            ("health", name),
            f"found {found}; expected exactly one of http, tcp and exec",
            "keep one; an instance removes the one of its app with null" if probes else None,
        )
        return
    path, probe = ("health", name, probes[0]), check[probes[0]]
    missing_keys(probe, _PROBE_KEYS[probes[0]], path, report)
    check_templates(probe, ("target", "path"), path, report)
    for number, name in enumerate(probe.get("headers") or {}):
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(probe["headers"][name]):
            report((*path, "headers", name), f"header {number + 1} cannot be sent", "names are letters, digits and dashes, values one line")
    if probe.get("bodyPattern") is not None:
        try:
            compile_pattern(probe["bodyPattern"])
        except BadPattern as error:
            report((*path, "bodyPattern"), str(error), "RFC 9485 says what an I-Regexp may hold")


def check_rule(rule: Mapping[str, Any], path: tuple[Any, ...], report: Report) -> None:
    """A readiness rule says one thing."""
    ways = [key for key in ("path", "condition", "anyOf") if rule.get(key) is not None]
    tests = [key for key in ("equals", "oneOf", "exists") if rule.get(key) is not None]
    if len(ways) != 1:
        found = "none" if not ways else " and ".join(ways)
        report(path, f"found {found}; expected exactly one of path, condition and anyOf", _RULE_HINT)
    elif ways == ["path"] and len(tests) != 1 and not (not tests and rule.get("fails")):
        found = "none" if not tests else " and ".join(tests)
        report(path, f"found {found}; expected exactly one of equals, oneOf and exists beside path", _RULE_HINT)
    elif ways != ["path"] and tests:
        report(path, f"found {tests[0]} without path", _RULE_HINT)
    elif ways == ["anyOf"] and rule.get("fails") is not None:
        report(path, "found fails beside anyOf", "write it inside the tests of anyOf")
    elif ways == ["condition"] and not all(isinstance(reason, str) for reason in rule.get("fails") or ()):
        report((*path, "fails"), "beside condition it lists reasons, which are texts", None)
    if rule.get("path") is not None:
        check_path(rule["path"], (*path, "path"), report)
    for number, test in enumerate(rule.get("anyOf") or ()):
        check_rule(test, (*path, "anyOf", number), report)


def check_drift(drift: Mapping[str, Any] | None, path: tuple[Any, ...], report: Report) -> None:
    """`drift` of one document, at this path: its rules of `ignore` are not merged but add up."""
    for number, rule in enumerate((drift or {}).get("ignore") or ()):
        place = (*path, "ignore", number)
        check_path(rule["path"], (*place, "path"), report)
        if rule["path"] == "$":
            report((*place, "path"), "it selects the whole object", "name the fields that may differ, such as $.spec.replicas")
        check_templates(rule, ("name",), place, report)
    for number, window in enumerate((drift or {}).get("windows") or ()):
        if window.get("timezone") is not None:
            _check_zone(window["timezone"], (*path, "windows", number, "timezone"), report)


def _check_zone(name: str, path: tuple[Any, ...], report: Report) -> None:
    try:
        zone(name)
    except UnknownZoneError as error:
        near = nearest(name, error.known)
        hint = f'did you mean "{near}"?' if near else "a name of the IANA time zone database, such as Europe/Berlin"
        if not error.known:
            hint = "this machine has no time zone database: install the package tzdata"
        report(path, f'there is no time zone "{name}"', hint)


def check_path(text: str, path: tuple[Any, ...], report: Report, engine: str = "rfc9535") -> None:
    """A JSONPath can be read, in its dialect."""
    try:
        compile_value_path(text, engine)
    except PathSyntaxError as error:
        report(path, error.problems[0].message, error.problems[0].hint)


def check_namespace(namespace: str | None, report: Report) -> None:
    """The template names only what is known when namespaces are chosen."""
    if namespace is not None:
        _check_template(namespace, NO_COMPUTED, ("namespace",), report)


def check_templates(item: Mapping[str, Any], keys: tuple[str, ...], path: tuple[Any, ...], report: Report) -> None:
    """The texts at these keys name only computed variables."""
    for key in keys:
        if isinstance(item.get(key), str):
            _check_template(item[key], NO_COMPUTED_ALL, (*path, key), report)


def _check_template(template: str, computed: Mapping[str, str], path: tuple[Any, ...], report: Report) -> None:
    try:
        substitute(template, computed)
    except BadTemplate as error:
        report(path, error.message, error.hint)
