# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arithmetic on 64-bit whole numbers and floats, with the crate's rules for both."""

from __future__ import annotations

import math

from .values import I64, U64, Fault


class Infinite(ArithmeticError):
    """A sum or difference of floats that is no number any more."""


def calculate(left: int | float, operator: str, right: int | float) -> int | float | None:
    """`left operator right`; None for what Tera prints as NaN. Raises Fault for a whole number that does not fit, Infinite."""
    if operator == "/":
        return _divide(float(left), float(right))
    if isinstance(left, int) and isinstance(right, int):
        for allowed in (I64, U64):
            if left in allowed and right in allowed:
                return _whole(left, operator, right, allowed)
    return _floats(float(left), operator, float(right))


def _whole(left: int, operator: str, right: int, allowed: range) -> int:
    if operator == "%":
        if right == 0:
            raise Fault("a remainder of a division by zero")
        if left == I64.start and right == -1:
            raise Fault("this remainder does not fit in 64 bits")
        return left % right if left >= 0 and right > 0 else int(math.copysign(1, left)) * (abs(left) % abs(right))
    result = {"+": left + right, "-": left - right, "*": left * right}[operator]
    if result not in allowed:
        raise Fault(f"the result of `{operator}` does not fit in 64 bits")
    return result


def _floats(left: float, operator: str, right: float) -> float | None:
    if operator == "%":
        return math.fmod(left, right) if right != 0 else None
    result = left * right if operator == "*" else left + right if operator == "+" else left - right
    if math.isfinite(result):
        return result
    if operator == "*":
        return None
    raise Infinite


def _divide(left: float, right: float) -> int | float | None:
    """A quotient without a fraction becomes a whole number."""
    if right == 0:
        return None  # infinite and NaN print alike
    result = left / right
    if not math.isfinite(result):
        return None
    if result == math.floor(result):
        return max(I64.start, min(I64.stop - 1, int(result)))
    return result
