# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a role or module as questions of a survey. Pure.

A question has no default: an answer becomes an extra variable, the strongest that Ansible has, and would win over the inventory although
nobody chose it. What holds without an answer stands in the question's description.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Question = dict[str, Any]

_MARKUP = re.compile(r"\b[A-Z]+\(([^()]*)\)")
_LONGEST_LINE = 1024
_LONGEST_TEXT = 32768


def survey(options: Mapping[str, Mapping[str, Any]], *, without: Iterable[str] = (), only: Iterable[str] = ()) -> dict[str, Any]:
    """The survey that asks for each option of an `argument_specs` entry, as the API takes it; {} when nothing is left to ask."""
    left_out, wanted = set(without), set(only)
    names = [name for name in options if name not in left_out and (not wanted or name in wanted)]
    return {"name": "", "description": "", "spec": [question(name, options[name]) for name in names]} if names else {}


def question(name: str, option: Mapping[str, Any]) -> Question:
    """One option as one question.

    Its type decides: choices and booleans become a choice, lists with choices several of them, numbers a number, hidden texts a password,
    dictionaries a text area for JSON, other lists a line separated by commas, and everything else a line.
    """
    asked: Question = {
        "question_name": _label(name),
        "question_description": _description(option),
        "variable": name,
        "required": bool(option.get("required")),
        **_answer(option),
    }
    return asked


def _answer(option: Mapping[str, Any]) -> dict[str, Any]:
    kind, choices = option.get("type", "str"), option.get("choices")
    if option.get("no_log"):
        return {"type": "password", "min": 0, "max": _LONGEST_TEXT}
    if kind == "bool":
        return {"type": "multiplechoice", "choices": ["true", "false"]}
    if choices:
        return {"type": "multiselect" if kind == "list" else "multiplechoice", "choices": [str(choice) for choice in choices]}
    if kind in ("int", "float"):
        return {"type": "integer" if kind == "int" else "float", "min": None, "max": None}
    if kind in ("dict", "raw", "json") or (kind == "list" and option.get("elements") in ("dict", "list", "raw")):
        return {"type": "textarea", "min": 0, "max": _LONGEST_TEXT}
    return {"type": "text", "min": 0, "max": _LONGEST_LINE}


def _label(name: str) -> str:
    words = name.removeprefix("roro_").replace("_", " ")
    return words[:1].upper() + words[1:]


def _description(option: Mapping[str, Any]) -> str:
    given = option.get("description") or ""
    text = given if isinstance(given, str) else " ".join(given)
    parts = [_MARKUP.sub(r"\1", text).strip()]
    if option.get("type") == "dict":
        parts.append('As JSON, such as {"replicas": 2}.')
    elif option.get("type") == "list" and not option.get("choices"):
        parts.append("Separated by commas.")
    if (default := option.get("default")) not in (None, "", [], {}):
        parts.append(
            f"Without an answer: {str(default).lower() if isinstance(default, bool) else default}, unless the inventory says otherwise."
        )
    return " ".join(part for part in parts if part)
