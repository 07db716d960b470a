# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what AWX has is what a definition says. Pure.

AWX stores some things in another form than they were given (YAML as text, choices as lines, defaults filled in), and never tells a secret
again: `$encrypted$` stands for it. What only looks different is the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from .._secrets import HIDDEN

ENCRYPTED = "$encrypted$"


@dataclass(frozen=True)
class Difference:
    """One field that differs. theirs: what AWX has. ours: what the definition says. Secrets are hidden in both."""

    field: str
    theirs: Any
    ours: Any


def field_differs(name: str, ours: Any, theirs: Any, *, text: bool = False) -> bool:
    """Whether a plain field differs. text: it holds YAML or JSON, of which only the meaning counts."""
    if text:
        return bool(meaning(ours) != meaning(theirs))
    if name == "inputs":
        return bool(_with_types(ours) != _with_types(theirs))
    if name == "rrule":
        return str(ours).split() != str(theirs).split()
    if isinstance(ours, str) and (theirs is None or isinstance(theirs, str)):
        return ours.replace("\r\n", "\n").strip() != (theirs or "").replace("\r\n", "\n").strip()
    return bool(_typed(ours, theirs) != theirs)


def meaning(text: Any) -> Any:
    """What a text of YAML or JSON says; {} for nothing, the text itself where it is neither."""
    if not isinstance(text, str):
        return text or {}
    try:
        return yaml.safe_load(text) or {}
    except yaml.YAMLError:
        return text


def written(value: Any) -> str:
    """Variables as the text that AWX stores."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def survey_differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[Difference]:
    """Question by question. A password's default that is there counts as the one that was given."""
    mine, other = _by_variable(ours), _by_variable(theirs)
    found = []
    for variable in dict.fromkeys([*other, *mine]):
        if variable not in mine:
            found.append(Difference(f"survey_spec.{variable}", "asked", None))
        elif variable not in other:
            found.append(Difference(f"survey_spec.{variable}", None, "asked"))
        else:
            found += _question_differences(variable, mine[variable], other[variable])
    both = [variable for variable in mine if variable in other]
    if not found and both != [variable for variable in other if variable in mine]:
        found.append(Difference("survey_spec", list(other), list(mine)))
    return found


def hidden_differences(
    name: str, ours: Mapping[str, Any], theirs: Mapping[str, Any], secrets: Mapping[str, Any], *, renew: bool
) -> list[Difference]:
    """Of a field with secret parts (`inputs`, `notification_configuration`).

    secrets: the parts that nobody may see. renew: they are not those that AWX was given, so they are given again. A secret that AWX has is
    otherwise taken for the right one, and one that it does not have is given.
    """
    found = []
    for key, value in ours.items():
        if theirs.get(key) != ENCRYPTED and theirs.get(key) != value and not (value in ("", None) and theirs.get(key) in ("", None)):
            found.append(Difference(f"{name}.{key}", theirs.get(key), value))
    for key in secrets:
        if renew or theirs.get(key) in ("", None):
            found.append(Difference(f"{name}.{key}", HIDDEN if theirs.get(key) else None, HIDDEN))
    return found


def _with_types(inputs: Any) -> Any:
    """Inputs of a credential type with the type that AWX fills in, and without empty lists."""
    if not isinstance(inputs, Mapping):
        return inputs or {}
    fields = [{"type": "string", **one} if isinstance(one, Mapping) else one for one in inputs.get("fields") or []]
    return {name: value for name, value in {**inputs, "fields": fields}.items() if value}


def _by_variable(spec: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(question.get("variable")): question for question in spec.get("spec") or []}


def _question_differences(variable: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[Difference]:
    found = []
    for key in dict.fromkeys([*ours, *(key for key in ("default", "choices") if theirs.get(key) not in (None, "", []))]):
        mine, other = ours.get(key), theirs.get(key)
        if key == "default" and other == ENCRYPTED:
            continue
        if _lines(mine, key) != _lines(other, key):
            shown = (
                (HIDDEN if other else other, HIDDEN if mine else mine)
                if ours.get("type") == "password" and key == "default"
                else (other, mine)
            )
            found.append(Difference(f"survey_spec.{variable}.{key}", *shown))
    return found


def _lines(value: Any, key: str) -> Any:
    if key in ("choices", "default") and isinstance(value, (str, list)):
        lines = value.splitlines() if isinstance(value, str) else [str(line) for line in value]
        return [line for line in lines if line.strip()]
    return None if value == "" else value


def _typed(ours: Any, theirs: Any) -> Any:
    """Ours in the type that theirs has, where Ansible made a text of a number or a boolean."""
    if isinstance(ours, str) and isinstance(theirs, bool):
        return {"true": True, "false": False}.get(ours.lower(), ours)
    if isinstance(ours, str) and isinstance(theirs, int):
        return int(ours) if ours.lstrip("-").isdigit() else ours
    return ours
