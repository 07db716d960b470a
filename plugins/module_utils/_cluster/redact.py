# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes Secret data out of what the server says: validation and admission messages may echo the object."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._secrets import HIDDEN

_SHORTEST = 4
"""Shorter values are left: hiding every "a" would hide the message and protect nothing."""

_PATTERNS = (
    re.compile(r'Invalid value: (?:"(?:[^"\\]|\\.)*"|[^\s,;:]+)'),
    re.compile(r'(?i)"?(?:string)?data"?\s*[:=]\s*\{[^{}]*\}'),
    re.compile(r"(?i)(?:string)?data:map\[.*?\](?=\s|$|\})"),
    re.compile(r"\[\d{1,3}(?:[ ,]+\d{1,3}){3,}\]"),
)
_REPLACEMENTS = (f"Invalid value: {HIDDEN}", f"data: {HIDDEN}", f"data: {HIDDEN}", HIDDEN)


def secret_values(obj: Mapping[str, Any] | None) -> frozenset[str]:
    """The values of a Secret as sent, encoded and decoded."""
    found: set[str] = set()
    for section in ("data", "stringData"):
        values = (obj or {}).get(section)
        for value in values.values() if isinstance(values, Mapping) else ():
            if isinstance(value, str):
                found |= _forms(value)
    return frozenset(value for value in found if len(value) >= _SHORTEST)


def redacted(message: str, values: Iterable[str]) -> str:
    """A message about a Secret without its values, those known and those that look like data."""
    for value in sorted(values, key=len, reverse=True):
        message = message.replace(value, HIDDEN)
    for pattern, replacement in zip(_PATTERNS, _REPLACEMENTS, strict=True):
        message = pattern.sub(replacement, message)
    return message


def redacted_document(document: Any, values: Iterable[str]) -> Any:
    """The same for every text of a decoded document."""
    known = tuple(values)
    if isinstance(document, str):
        return redacted(document, known)
    if isinstance(document, Mapping):
        return {key: redacted_document(value, known) for key, value in document.items()}
    if isinstance(document, list):
        return [redacted_document(value, known) for value in document]
    return document


def _forms(value: str) -> set[str]:
    forms = {value, base64.b64encode(value.encode()).decode("ascii")}
    with contextlib.suppress(binascii.Error, ValueError):  # stringData, or bytes that are no text
        forms.add(base64.b64decode(value, validate=True).decode())
    return {form.strip() for form in forms} | {line.strip() for form in forms for line in form.splitlines()}
