# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task takes and gives. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Outcome = dict[str, Any]
"""A result as Ansible wants it: `changed`, `failed`, `msg`, `diff` and the module's own keys."""


@dataclass(frozen=True)
class Mode:
    """How Ansible asked for the task to run. verbosity: the number of -v. silent: `no_log`, nothing of it is shown or logged."""

    check: bool = False
    diff: bool = False
    verbosity: int = 0
    silent: bool = False
