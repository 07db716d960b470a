# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From all that a task has to tell to what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .how_much import shown
from .silent import without_words
from .stats import with_stats
from .types import Mode, Outcome


def returned(name: str, outcome: Outcome, parameters: Mapping[str, Any], mode: Mode) -> Outcome:
    """As much as its option `result` says, with what a workflow's next job finds; of a silent task without words."""
    result = with_stats(name, shown(name, outcome, parameters.get("result") or "counts"), parameters, mode)
    return without_words(result) if mode.silent else result
