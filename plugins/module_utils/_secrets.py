# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that nobody may see, and texts that are never a template.

A value from a Secret and a variable from a vault are `SecretText` wherever they go as data; what they become inside other texts is found
again by value. Imports nothing.

Front door: `Literal`, `SecretText`, `Secrets`, `literal`, `secret`, `HIDDEN`
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

HIDDEN = "<hidden>"
SHORTEST = 4
"""Shorter texts are hidden only where they are a whole value: hiding every "a" would hide the message and protect nothing."""


_PLAIN = frozenset({str, int, float, bool})


class Literal(str):
    """A text from outside the documents (command line, system environment, cluster): `{{ }}` in it is text."""


class SecretText(Literal):
    """A text that is not shown: not in messages, diffs, events and results."""

    def __repr__(self) -> str:
        return HIDDEN


class Secrets:
    """What must not be shown, by value. Grows while a run reads more; adding and hiding may happen in different threads."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self._whole: frozenset[str] = frozenset()
        self._parts: tuple[str, ...] = ()
        for value in values:
            self.add(value)

    def __bool__(self) -> bool:
        return bool(self._whole)

    def __or__(self, other: Secrets) -> Secrets:
        joined = Secrets()
        joined._keep(self._whole | other._whole)
        return joined

    def add(self, value: Any) -> None:
        """Take in every SecretText in the value; a map's and list's are found at any depth."""
        found = {form for text in secret_leaves(value) for form in _forms(str(text))}
        if not found <= self._whole:
            self._keep(self._whole | found)

    def _keep(self, texts: frozenset[str] | set[str]) -> None:
        self._whole = frozenset(texts)
        self._parts = tuple(sorted((text for text in texts if len(text) >= SHORTEST), key=len, reverse=True))

    def holds(self, value: Any) -> bool:
        """Whether a single value (text or number) is secret or has a secret in it."""
        if value is None or isinstance(value, bool) or value == "":
            return False
        text = str.__str__(value) if isinstance(value, str) else str(value)
        return text in self._whole or any(part in text for part in self._parts)

    def hide(self, text: str) -> str:
        """A message without the secrets in it."""
        for part in self._parts:
            text = text.replace(part, HIDDEN)
        return text

    def hidden(self, data: Any) -> Any:
        """The same for decoded JSON, in plain types: a text or number that is a secret is hidden whole, a text with one in it in part."""
        if data is None or (not self._whole and type(data) in _PLAIN):
            return data
        if isinstance(data, Mapping):
            return {self.hide(str.__str__(key)) if isinstance(key, str) else key: self.hidden(value) for key, value in data.items()}
        if isinstance(data, (list, tuple)):
            return [self.hidden(item) for item in data]
        if not self.holds(data):
            return str.__str__(data) if isinstance(data, str) else data
        return HIDDEN if str(data) in self._whole else self.hide(str(data))


def literal(value: Any) -> Any:
    """The value with every text in it marked as no template."""
    return _marked(value, Literal)


def secret(value: Any) -> Any:
    """The value with every text in it marked as secret; numbers become texts, as a number cannot carry the mark."""
    return _marked(value, SecretText)


def _marked(value: Any, kind: type[Literal]) -> Any:
    if isinstance(value, Mapping):
        return {key: _marked(item, kind) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_marked(item, kind) for item in value]
    if isinstance(value, SecretText):
        return value
    if isinstance(value, str) or (kind is SecretText and isinstance(value, (int, float)) and not isinstance(value, bool)):
        return kind(value)
    return value


def secret_leaves(value: Any) -> Iterator[SecretText]:
    """Every secret text in the value."""
    if isinstance(value, SecretText):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secret_leaves(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from secret_leaves(item)


def _forms(text: str) -> set[str]:
    """How the text may stand in a message or a manifest: as it is, without the space around it, line by line, in JSON, in base64."""
    forms = {text, text.strip(), json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    forms |= {base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")}
    forms |= {line for whole in list(forms) for line in map(str.strip, whole.splitlines()) if len(line) >= SHORTEST}
    return {form for form in forms if form}
