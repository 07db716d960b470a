# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a template may use up, so that a bad or hostile one ends with an error instead of a full memory.

Bounds count work and what is produced; they hold inside one process, and a message can name the line. What they cannot stop is one long
call inside the interpreter (comparing huge nested lists, say): `child.py` kills that.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sized
from typing import Any

MAX_OUTPUT = 32 * 1024 * 1024
"""Characters that one file may render to, and the longest string inside a template."""
MAX_PRODUCED = 4 * MAX_OUTPUT
"""Characters that one instance's templates may make in all; an item of a list counts as `ITEM_WEIGHT`."""
MAX_STEPS = 2_000_000
"""Loop rounds and calls of one instance's templates."""
MAX_SECONDS = 10.0
"""Processor time for one file (not time on the clock: a busy machine must not fail anybody). Checked at loops, calls and outputs."""
MAX_WIDTH = 10_000
"""Largest number that pads, indents or repeats inside a filter or format."""
MAX_BITS = 4096
"""Size of the largest whole number."""
ITEM_WEIGHT = 40
"""What one item of a list counts, in characters: about the memory of a number and its place."""
_CHECK_EVERY = 64

_NUMBERS = re.compile(r"\d+")
_CONVERSION = re.compile(r"%(?:\([^)]*\))?[-#0 +]*([*\d.]*)")


class LimitReached(Exception):
    """A template went over a bound. The message says which."""


class Meter:
    """Counts what one instance's templates use. Every method raises LimitReached."""

    def __init__(self, seconds: float = MAX_SECONDS) -> None:
        self.steps = 0
        self.produced = 0
        self._seconds = seconds
        self._until_check = _CHECK_EVERY
        self.restart_clock()

    def restart_clock(self) -> None:
        """The time of the next file begins."""
        self._deadline = time.thread_time() + self._seconds

    def step(self, count: int = 1) -> None:
        """Count loop rounds or calls."""
        self.steps += count
        if self.steps > MAX_STEPS:
            raise LimitReached(f"more than {MAX_STEPS:,} loop rounds and calls")
        self.tick()

    def tick(self) -> None:
        """Look at the clock, now and then."""
        self._until_check -= 1
        if self._until_check <= 0:
            self._until_check = _CHECK_EVERY
            if time.thread_time() > self._deadline:
                raise LimitReached(f"rendering took more than {self._seconds:g} s of processor time")

    def produce(self, size: int) -> None:
        """Count what is about to be made, in characters."""
        if size > MAX_OUTPUT:
            raise LimitReached(f"a text or list of more than {MAX_OUTPUT:,} characters")
        self.produced += size
        if self.produced > MAX_PRODUCED:
            raise LimitReached(f"more than {MAX_PRODUCED:,} characters in all")

    def made(self, value: Any) -> Any:
        """Count a value that was just made, and give it back."""
        if isinstance(value, (str, list, tuple, dict)):
            self.produce(_weight(value))
        return value

    def measure(self, value: Any) -> int:
        """Roughly how long `str(value)` would be. Raises before anything of that size is made, also for nested lists that share parts."""
        if isinstance(value, str):
            return len(value)
        if not isinstance(value, (list, tuple, Mapping)):
            return 24
        size = 0
        waiting = [value]
        while waiting:
            item = waiting.pop()
            size += ITEM_WEIGHT
            if isinstance(item, str):
                size += len(item)
            elif isinstance(item, Mapping):
                waiting.extend(item.keys())
                waiting.extend(item.values())
            elif isinstance(item, (list, tuple)):
                waiting.extend(item)
            if size > MAX_OUTPUT:
                raise LimitReached(f"a text or list of more than {MAX_OUTPUT:,} characters")
        return size

    def width(self, number: Any) -> None:
        """Check a number that pads, indents or repeats."""
        if isinstance(number, (int, float)) and abs(number) > MAX_WIDTH:
            raise LimitReached(f"a width above {MAX_WIDTH:,}")

    def operate(self, operator: str, left: Any, right: Any) -> None:
        """Check a binary operation before it is done."""
        if operator == "+" and isinstance(left, Sized) and isinstance(right, Sized):
            self.produce(_weight(left) + _weight(right))
        elif operator == "*":
            self._multiply(left, right)
        elif operator == "**" and isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > MAX_BITS:
            raise LimitReached(f"a number of more than {MAX_BITS} bits")
        elif operator == "%" and isinstance(left, str):
            self.percent(left, right)

    def _multiply(self, left: Any, right: Any) -> None:
        if isinstance(left, int) and isinstance(right, int):
            if left.bit_length() + right.bit_length() > MAX_BITS:
                raise LimitReached(f"a number of more than {MAX_BITS} bits")
            return
        for text, times in ((left, right), (right, left)):
            if isinstance(text, Sized) and isinstance(times, int):
                self.produce(_weight(text) * max(times, 0))

    def percent(self, pattern: str, arguments: Any) -> None:
        """Check `pattern % arguments` before it is done."""
        for width in _CONVERSION.findall(pattern):
            self.spec(width)
        items = list(arguments.values()) if isinstance(arguments, Mapping) else arguments
        biggest = max((self.measure(item) for item in items), default=0) if isinstance(items, (list, tuple)) else self.measure(items)
        self.produce(len(pattern) + pattern.count("%") * biggest)

    def spec(self, spec: str) -> None:
        """Check a format specification such as `>10` or `*`."""
        if spec.startswith("*") or ".*" in spec:
            raise LimitReached("a width that is computed (`*`)")
        for number in _NUMBERS.findall(spec):
            self.width(int(number[:9]))


def _weight(value: Sized) -> int:
    return len(value) if isinstance(value, str) else ITEM_WEIGHT * len(value)
