# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fake refuses as AWX does: surveys, credential types, types of fields.

Each rule returns a refusal `{field: [messages]}` or {}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

Refusal = dict[str, Any]

_ANSWERS: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": (str, list),
    "integer": int,
    "float": (int, float),
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def wrong_type(name: str, field: Mapping[str, Any], value: Any) -> Refusal:
    """A value that the field cannot have."""
    if value is None:
        return {} if field["type"] in ("id", "json") or "default" not in field else {name: ["This field may not be null."]}
    kind = field["type"]
    if kind == "string" and not isinstance(value, (str, int, float)):
        return {name: ["Not a valid string."]}
    if kind == "boolean" and value not in (True, False, "true", "false", 0, 1):
        return {name: ["Must be a valid boolean."]}
    if kind == "integer" and not (isinstance(value, int) or (isinstance(value, str) and value.lstrip("-").isdigit())):
        return {name: ["A valid integer is required."]}
    if kind == "id" and not (isinstance(value, int) or (isinstance(value, str) and value.isdigit())):
        return {name: [f"Incorrect type. Expected pk value, received {type(value).__name__}."]}
    if kind == "choice" and value not in [choice for choice, _ in field["choices"]]:
        return {name: [f'"{value}" is not a valid choice.']}
    return {}


def survey(new: Any, old: Mapping[str, Any]) -> Refusal:
    """A survey specification. Passwords' defaults are kept as `$encrypted$...`, as in AWX's database."""
    for name, kind in (("name", str), ("description", str), ("spec", list)):
        if name not in new:
            return {"error": f"Field '{name}' is missing from survey spec."}
        if not isinstance(new[name], kind):
            return {"error": f"Expected another type for field '{name}'."}
    if not new["spec"]:
        return {"error": "'spec' doesn't contain any items."}
    before = {question["variable"]: question for question in old.get("spec", [])}
    seen: set[str] = set()
    for index, question in enumerate(new["spec"]):
        refused = _question(question, index, before, seen)
        if refused:
            return {"error": refused}
        seen.add(question["variable"])
    return {}


def _question(question: Any, index: int, before: Mapping[str, Any], seen: set[str]) -> str:
    if not isinstance(question, dict):
        return f"Survey question {index} is not a json object."
    for name, kind in (("type", str), ("question_name", str), ("variable", str), ("required", bool)):
        if name not in question:
            return f"'{name}' missing from survey question {index}"
        if not isinstance(question[name], kind):
            return f"'{name}' in survey question {index} expected to be {'boolean' if kind is bool else 'string'}."
    if question["variable"] in seen:
        return f"'variable' '{question['variable']}' duplicated in survey question {index}."
    kind = question["type"]
    if kind not in _ANSWERS:
        return f"'{kind}' in survey question {index} is not one of '{', '.join(_ANSWERS)}' allowed question types."
    default = question.get("default", "")
    if default != "" and not isinstance(default, _ANSWERS[kind]):
        return f"Default value {default} in survey question {index} expected to be another type."
    for key in ("min", "max"):
        if question.get(key) is not None and not isinstance(question[key], int):
            return f"The {key} limit in survey question {index} expected to be integer."
    if kind in ("multiselect", "multiplechoice"):
        if "choices" not in question:
            return f"Survey question {index} of type {kind} must specify choices."
        chosen = default.splitlines() if isinstance(default, str) else default
        if kind == "multiplechoice" and len(chosen) > 1:
            return "Multiple Choice (Single Select) can only have one default value."
        if any(choice not in question["choices"] for choice in chosen):
            return "Default choice must be answered from the choices listed."
    return _hidden_default(question, index, before)


def _hidden_default(question: dict[str, Any], index: int, before: Mapping[str, Any]) -> str:
    default = question.get("default")
    if isinstance(default, str) and default.startswith("$encrypted$"):
        if question["type"] != "password":
            return f"$encrypted$ is a reserved keyword for password question defaults, survey question {index}."
        if not str(before.get(question["variable"], {}).get("default", "x")).startswith("$encrypted$"):
            return f"$encrypted$ is a reserved keyword, may not be used for new default in position {index}."
        question["default"] = before[question["variable"]]["default"]
    elif question["type"] == "password" and default:
        question["default"] = f"$encrypted$fake${len(default)}"
    return ""


def credential_type(body: Mapping[str, Any]) -> Refusal:
    """Inputs and injectors of a credential type; a type that is left out becomes `string`."""
    inputs, injectors = body.get("inputs") or {}, body.get("injectors") or {}
    if unknown := set(inputs) - {"fields", "required"}:
        return {"inputs": [f"Additional properties are not allowed ({sorted(unknown)} was unexpected)"]}
    ids = []
    for field in inputs.get("fields", []):
        if problem := _input_field(field, ids):
            return {"inputs": [problem]}
        ids.append(field["id"])
    if unknown := set(injectors) - {"file", "env", "extra_vars"}:
        return {"injectors": [f"Additional properties are not allowed ({sorted(unknown)} was unexpected)"]}
    return {"injectors": [problem]} if (problem := _injectors(injectors, ids)) else {}


def _input_field(field: dict[str, Any], ids: list[str]) -> str:
    allowed = {"type", "format", "choices", "id", "label", "help_text", "multiline", "secret", "ask_at_runtime", "default"}
    if unknown := set(field) - allowed:
        return f"Additional properties are not allowed ({sorted(unknown)} was unexpected)"
    if "id" not in field or "label" not in field:
        return "'id' and 'label' are required properties"
    if not _NAME.fullmatch(field["id"]):
        return f"{field['id']} is an invalid variable name"
    if field["id"] == "tower":
        return '"tower" is a reserved field name'
    if field["id"] in ids:
        return f"field IDs must be unique ({field['id']})"
    if field.get("format", "url") not in ("ssh_private_key", "url"):
        return f"{field['format']!r} is not one of ['ssh_private_key', 'url']"
    if field.setdefault("type", "string") not in ("string", "boolean"):
        return f"{field['type']!r} is not one of ['string', 'boolean']"
    extra = next((key for key in ("choices", "multiline", "format", "secret") if key in field and field["type"] != "string"), "")
    return f"{extra} not allowed for {field['type']} type ({field['id']})" if extra else ""


def _injectors(injectors: Mapping[str, Any], ids: list[str]) -> str:
    files = injectors.get("file") or {}
    for name in files:
        if not re.fullmatch(r"template(\.[A-Za-z_][A-Za-z0-9_]*)?", name):
            return f"{name!r} does not match any of the regexes"
    if "template" in files and len(files) > 1:
        return "Must use multi-file syntax when injecting multiple files"
    for name in injectors.get("env") or {}:
        if not _NAME.fullmatch(name):
            return f"{name!r} does not match any of the regexes"
        if name.startswith("ANSIBLE_"):
            return f"Environment variable {name} may affect Ansible configuration so its use is not allowed in credentials."
        if name in ("VIRTUAL_ENV", "PATH", "PYTHONPATH", "JOB_ID", "HOME"):
            return f"Environment variable {name} is not allowed to be used in credentials."
    filename: Any = "FILE" if "template" in files else {name.split(".")[1]: "FILE" for name in files}
    known = {**dict.fromkeys(ids, "EXAMPLE"), "tower": {"filename": filename}}
    sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for kind, templates in injectors.items():
        for name, template in templates.items():
            try:
                sandbox.from_string(str(template)).render(known)
            except TemplateError as error:
                return f"{name} uses an undefined field ({error}) in {kind}"
    return ""
