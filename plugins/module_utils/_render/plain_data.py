# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain data for templates: nothing that a template could climb out by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._errors import RenderError

MAX_DEPTH = 100


def plain(value: Any, name: str, depth: int = 0) -> Any:
    """The same value made of exact built-in types (subclasses of str, dict, ... become their base). Raises RenderError."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if depth > MAX_DEPTH:
        raise RenderError(f"variable {name} is nested deeper than {MAX_DEPTH}", hint="Make it flatter.")
    if isinstance(value, Mapping):
        return {plain(key, name, depth + 1): plain(item, f"{name}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{name}[{index}]", depth + 1) for index, item in enumerate(value)]
    for base in (str, int, float):
        if isinstance(value, base):
            return str.__str__(value) if base is str else base(value)
    raise RenderError(
        f"variable {name} is a {type(value).__name__}, which templates cannot use", hint="Use text, numbers, booleans, lists and maps."
    )
