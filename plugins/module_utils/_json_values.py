# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What JSON is and Python or YAML take otherwise. Imports nothing.

How values compare: RFC 9535 section 2.3.5.2.2. Those of different types are neither equal nor in an order, and only numbers and texts have
one; to Python's own operators `True` is the number 1. How texts are written: YAML does not take every character that JSON takes.
"""

from __future__ import annotations

import re
from typing import Any

NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What may stand in a text of JSON and not in one of YAML, or is the end of a line there."""


def json_equal(left: Any, right: Any) -> bool:
    """Equality of JSON values: 1 equals 1.0, but true is not 1 and "1" is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(json_equal(value, right[key]) for key, value in left.items())
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(json_equal, left, right))
    return bool(left == right)


def json_less(left: Any, right: Any) -> bool:
    """Whether both are numbers, or both texts, and the left one is smaller."""
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    return isinstance(left, (int, float)) and isinstance(right, (int, float)) and left < right


def json_as_yaml(text: str) -> str:
    """A JSON text that is YAML of the same meaning: what YAML does not take is escaped."""
    return NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
