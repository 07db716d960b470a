# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was learned and would grow for ever is bounded. Imports nothing; any room may use it."""

from __future__ import annotations

from itertools import islice
from typing import Any


def forget_oldest(learned: dict[Any, Any], most: int) -> None:
    """Where there are more entries than that, only the newest half of so many stays: then it is seldom done."""
    if len(learned) > most:
        for key in list(islice(learned, len(learned) - most // 2)):
            del learned[key]
