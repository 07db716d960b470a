# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three dialects of a value's path: RFC 9535, kubectl's by its braces, and jsonpath-ng by name.

May import `_jsonpath`, `_kubectl_path`, `_errors`.

Front door: `compile_value_path(text, engine)`, whose result has `one(data)`; the error `LibraryMissing` beside those of `_jsonpath`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from ._errors import RoroError
from ._jsonpath import PathNoMatch, PathSeveralMatches, PathSyntaxError, compile_path

ENGINES = ("rfc9535", "kubectl", "ng")


class LibraryMissing(RoroError):
    """The document asks for a dialect whose library is not installed."""


class ValuePath(Protocol):
    """A compiled path."""

    def one(self, data: Any) -> Any:
        """The value in the object. Raises PathNoMatch, PathSeveralMatches, PathSyntaxError."""


def compile_value_path(text: str, engine: str = "") -> ValuePath:
    """Compile a path in the dialect named, else in kubectl's where it has braces and does not begin with $, else RFC 9535.

    Raises PathSyntaxError with the character, LibraryMissing.
    """
    if engine == "ng":
        return _compile_ng(text)
    if engine == "kubectl" or (not engine and "{" in text and not text.lstrip().startswith("$")):
        from ._kubectl_path import compile_template  # few documents have one

        return compile_template(text)
    return compile_path(text)


@dataclass(frozen=True)
class _NgPath:
    text: str
    query: Any

    def one(self, data: Any) -> Any:
        try:
            found = [match.value for match in self.query.find(data)]
        except Exception as error:  # the library raises what the evaluation of a filter raises
            raise PathSyntaxError(self.text, f"jsonpath-ng cannot evaluate it: {type(error).__name__}", 1) from None
        if not found:
            raise PathNoMatch(self.text)
        if len(found) > 1:
            raise PathSeveralMatches(self.text, len(found))
        return found[0]


@lru_cache(maxsize=256)
def _compile_ng(text: str) -> _NgPath:
    try:
        from jsonpath_ng.exceptions import JSONPathError
        from jsonpath_ng.ext.parser import parse
    except ImportError:
        hint = 'Install it (`pip install jsonpath-ng`), or write the path without "engine": "ng".'
        raise LibraryMissing("the Python library jsonpath-ng is missing", hint=hint) from None
    try:
        return _NgPath(text, parse(text))
    except (JSONPathError, RecursionError, ValueError, AttributeError) as error:
        raise PathSyntaxError(text, f"jsonpath-ng cannot read it: {error}", 1) from None
