# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the next sync is due: a steady interval with jitter, longer after each failure in a row."""

from __future__ import annotations

from random import Random

JITTER = 0.1
"""Part of the interval by which it is longer or shorter, so that many clones do not ask their server at once."""
LONGEST = 600.0
"""Seconds that failures in a row may stretch a pause to; a longer interval stays as it is."""


def pause(interval: float, failures: int, chance: Random) -> float:
    """Seconds until the next try. interval: seconds between two syncs. failures: in a row, each doubles it."""
    stretched: float = interval * 2 ** min(failures, 16)
    return max(interval, min(stretched, LONGEST)) * chance.uniform(1 - JITTER, 1 + JITTER)
