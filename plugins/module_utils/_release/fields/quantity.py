# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource quantities that are written differently but mean the same: `1000m` and `1`, `1024Mi` and `1Gi`. Pure.

Grammar: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_GRAMMAR = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?")
_SUFFIXES = {
    **{suffix: Decimal(10) ** power for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
}
_PLACES = re.compile(
    r"\b(resources|limits|requests|capacity|hard|sizeLimit|overhead|default|defaultRequest|max|min|quantity|value|averageValue)\b"
)


def parse_quantity(value: Any) -> Decimal | None:
    """The number that a quantity stands for, or None when it is not one."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    match = _GRAMMAR.fullmatch(str(value))
    if match is None:
        return None
    number, exponent, suffix = match.groups()
    return Decimal(number + (exponent or "")) * (_SUFFIXES[suffix] if suffix else 1)


def same_quantity(first: Any, second: Any, path: str) -> bool:
    """Whether both are the same quantity, at a path where quantities stand (elsewhere `1` and `"1"` are different things)."""
    if not _PLACES.search(path):
        return False
    number = parse_quantity(first)
    return number is not None and number == parse_quantity(second)
