"""How a benchmark ends whose budget is missed: with an exit code of its own, which `scripts/bench` tells from a failure."""

from __future__ import annotations

import sys
from collections.abc import Sequence

MISSED = 3
"""The exit code. Python itself ends with 1 after an error, argparse with 2."""


def keep(missed: Sequence[str]) -> None:
    """Say each budget that is missed and end the process with `MISSED`; nothing happens when there is none."""
    for what in missed:
        print(f"over the budget: {what}", file=sys.stderr)
    if missed:
        sys.exit(MISSED)
