# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `jsonschema` finds wrong, in the words of this project: what was found, what is expected, the nearest right name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from .problems import Problems
from .schema import Kind, document_schema
from .types import Place
from .words import found, listed, nearest, suggest

_TYPE_NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}


def add_schema_problems(problems: Problems, file: Path, kind: Kind, data: Mapping[str, Any]) -> None:
    """Tell everything that the schema has against a document."""
    for error in Draft202012Validator(document_schema(kind)).iter_errors(data):
        _explain(problems, file, error)


def _explain(problems: Problems, file: Path, error: ValidationError) -> None:
    place = Place(file, tuple(error.absolute_path))
    validator = str(error.validator)
    if "propertyNames" in error.schema_path:
        name = str(error.instance)
        expected = _schema(error).get("title", "another name")
        like = _like(name) if "lower-case" in expected else name.replace("-", "_").replace(".", "_")
        hint = f'such as "{like}"' if like and like != name else None
        problems.add(Place(file, (*place.path, name)), f'found the key "{name[:80]}"; expected {expected}', hint, key=True)
    elif validator == "anyOf":
        _explain_choice(problems, file, place, error)
    elif validator == "additionalProperties":
        _explain_unknown(problems, file, place, error)
    elif validator == "required":
        _explain_missing(problems, place, error)
    else:
        problems.add(place, f"found {found(error.instance)}; expected {_expected(error)}", _hint(error))


def _explain_missing(problems: Problems, place: Place, error: ValidationError) -> None:
    """One problem for each key that is missing; none where it is there, spelled otherwise (an unknown key with a suggestion)."""
    present: Mapping[str, Any] = dict(_instance(error))
    known = _schema(error).get("properties", {})
    for name in _value(error):
        if name not in present:
            if any(key not in known and nearest(key, [name]) for key in present):
                continue
            about = known.get(name, {}).get("title") or known.get(name, {}).get("description")
            problems.add(place, f'the key "{name}" is missing', f'add "{name}"' + (f": {about}" if about else ""))


def _explain_choice(problems: Problems, file: Path, place: Place, error: ValidationError) -> None:
    """Of several allowed forms, tell what is wrong with the one that was meant: the one of the same type."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    forms = [errors for errors in branches.values() if not _only_null(errors)]
    meant = forms if len(forms) == 1 else [errors for errors in forms if not any(_wrong_type(inner, error) for inner in errors)]
    schema = _schema(error)
    is_plain = not isinstance(_instance(error), (dict, list))
    if len(meant) == 1 and not (is_plain and "title" in schema):
        for inner in meant[0]:
            _explain(problems, file, inner)
        return
    expected = schema.get("title") or " or ".join(dict.fromkeys(_expected(errors[0]) for errors in forms))
    problems.add(place, f"found {found(error.instance)}; expected {expected}", _hint(error))


def _wrong_type(inner: ValidationError, outer: ValidationError) -> bool:
    """Whether this branch is for another type of value."""
    return inner.validator == "type" and len(inner.absolute_path) == len(outer.absolute_path)


def _only_null(errors: Iterable[ValidationError]) -> bool:
    return all(error.validator == "type" and error.validator_value == "null" for error in errors)


def _explain_unknown(problems: Problems, file: Path, place: Place, error: ValidationError) -> None:
    """One problem for each key that is not known."""
    schema = _schema(error)
    properties = schema.get("properties", {})
    known = [key for key in properties if key != "$schema"]
    for name in _instance(error):
        if name not in properties and not name.startswith("x-"):
            left = [key for key in known if key not in _instance(error)] or known
            hint = suggest(name, left, what="known keys")
            problems.add(
                Place(file, (*place.path, name)), f'found the unknown key "{name}"; expected one of {listed(sorted(known))}', hint, key=True
            )


def _expected(error: ValidationError) -> str:
    """The noun phrase for what is allowed."""
    schema = _schema(error)
    value = _value(error)
    if error.validator == "enum":
        return "one of " + listed(f'"{item}"' for item in value if item is not None) if len(value) > 1 else f'"{value[0]}"'
    if error.validator == "minItems":
        return f"a list with at least {value}"
    if error.validator == "maxItems":
        return f"a list with at most {value}"
    if error.validator == "minLength":
        return f"{schema.get('title', 'a text')}, not an empty one"
    if error.validator == "maxLength":
        return f"at most {value} characters"
    if "title" in schema:
        return str(schema["title"])
    if error.validator == "type":
        types = [value] if isinstance(value, str) else value
        return " or ".join(_TYPE_NAMES[item] for item in types if item != "null") or "null"
    return f"{error.validator} {found(value)}"


def _hint(error: ValidationError) -> str | None:
    """What was probably meant."""
    schema = _schema(error)
    value = _instance(error)
    title = str(schema.get("title", ""))
    if error.validator == "enum" and isinstance(value, str):
        return suggest(value, [item for item in _value(error) if item is not None], what="allowed")
    if error.validator == "const":
        return (
            f"this roro reads documents of version {error.validator_value}: write that, or use the roro that the document was written for"
        )
    if "duration" in title:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return f'write "{value}s"' if number else 'a number with ms, s, m, h or d, such as "30s"'
    if isinstance(value, str) and title.startswith(("a name of", "a suffix", "a namespace")):
        return f'such as "{_like(value)}"' if _like(value) else None
    if isinstance(value, str) and title.startswith(("a port", "a number")) and value.isdigit():
        return f"write {value} without quotes"
    if isinstance(value, str) and title == "true or false":
        return "write true or false without quotes"
    if isinstance(value, str) and "list" in title:
        return f'write ["{value}"]' if len(value) <= 60 else "put it into [ ]"
    if not isinstance(value, str) and title == "a text" and not isinstance(value, (dict, list)):
        return "put it into quotes"
    return str(schema["description"]) if schema.get("description") else None


def _like(name: str) -> str:
    """A valid name made of this one, or ""."""
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in name.lower()).strip("-")[:63].strip("-")


def _instance(error: ValidationError) -> Any:
    """What the document says there."""
    return error.instance


def _value(error: ValidationError) -> Any:
    """What the failed keyword says."""
    return error.validator_value


def _schema(error: ValidationError) -> Mapping[str, Any]:
    """The schema that the error is about ({} for true and false)."""
    return error.schema if isinstance(error.schema, Mapping) else {}
