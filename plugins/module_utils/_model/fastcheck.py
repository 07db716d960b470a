# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A JSON Schema compiled to one fast yes-or-no function. Pure.

Good documents, which is nearly all of them, never load `jsonschema` (200 ms); bad ones are explained by it
(`schema_problems`). A test holds the two to the same answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], bool]

_TYPES: dict[str, Check] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer())),
    "number": lambda value: not isinstance(value, bool) and isinstance(value, (int, float)),
}
_ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "default"}


def compile_schema(schema: Mapping[str, Any]) -> Check:
    """A function that says whether a document is valid. Raises NotImplementedError for a keyword that it does not know."""
    return _Compiler(schema.get("$defs", {})).compile(schema)


class _Compiler:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._known: dict[str, Check] = {}

    def compile(self, schema: Any) -> Check:
        if isinstance(schema, bool):
            return lambda value: schema
        checks: list[Check] = []
        for keyword in schema:
            if keyword in _ANNOTATIONS or keyword in ("properties", "patternProperties", "additionalProperties"):
                continue
            make = getattr(self, "_" + keyword.replace("$", ""), None)
            if make is None:
                raise NotImplementedError(keyword)
            checks.append(make(schema[keyword]))
        if any(keyword in schema for keyword in ("properties", "patternProperties", "additionalProperties")):
            checks.append(self._members(schema))
        if len(checks) == 1:
            return checks[0]
        return lambda value: all(check(value) for check in checks)

    def _ref(self, target: str) -> Check:
        name = target.removeprefix("#/$defs/")

        def later(value: Any) -> bool:
            return self._known[name](value)

        if name not in self._known:
            # Entered before it is compiled: definitions may refer to themselves.
            self._known[name] = later
            self._known[name] = self.compile(self._definitions[name])
        return later

    def _type(self, types: str | list[str]) -> Check:
        tests = [_TYPES[name] for name in ([types] if isinstance(types, str) else types)]
        return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)

    def _enum(self, values: list[Any]) -> Check:
        return lambda value: not isinstance(value, (dict, list)) and any(value == item and type(value) is type(item) for item in values)

    def _const(self, wanted: Any) -> Check:
        return lambda value: not isinstance(value, bool) and bool(value == wanted)

    def _pattern(self, pattern: str) -> Check:
        search = re.compile(pattern).search
        return lambda value: not isinstance(value, str) or search(value) is not None

    def _minLength(self, limit: int) -> Check:  # noqa: N802 - keywords as JSON Schema spells them
        return lambda value: not isinstance(value, str) or len(value) >= limit

    def _maxLength(self, limit: int) -> Check:  # noqa: N802
        return lambda value: not isinstance(value, str) or len(value) <= limit

    def _minimum(self, limit: float) -> Check:
        return lambda value: not _TYPES["number"](value) or value >= limit

    def _maximum(self, limit: float) -> Check:
        return lambda value: not _TYPES["number"](value) or value <= limit

    def _minItems(self, limit: int) -> Check:  # noqa: N802
        return lambda value: not isinstance(value, list) or len(value) >= limit

    def _maxItems(self, limit: int) -> Check:  # noqa: N802
        return lambda value: not isinstance(value, list) or len(value) <= limit

    def _required(self, names: list[str]) -> Check:
        return lambda value: not isinstance(value, dict) or all(name in value for name in names)

    def _anyOf(self, schemas: list[Any]) -> Check:  # noqa: N802
        checks = [self.compile(schema) for schema in schemas]
        return lambda value: any(check(value) for check in checks)

    def _items(self, schema: Any) -> Check:
        check = self.compile(schema)
        return lambda value: not isinstance(value, list) or all(check(item) for item in value)

    def _propertyNames(self, schema: Any) -> Check:  # noqa: N802
        check = self.compile(schema)
        return lambda value: not isinstance(value, dict) or all(check(name) for name in value)

    def _members(self, schema: Mapping[str, Any]) -> Check:
        known = {name: self.compile(item) for name, item in schema.get("properties", {}).items()}
        patterns = [(re.compile(pattern).search, self.compile(item)) for pattern, item in schema.get("patternProperties", {}).items()]
        other = self.compile(schema.get("additionalProperties", True))

        def check(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            for name, item in value.items():
                tests = [test for search, test in patterns if search(name)]
                if name in known:
                    tests.append(known[name])
                if not all(test(item) for test in tests or [other]):
                    return False
            return True

        return check
