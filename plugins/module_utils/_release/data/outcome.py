# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..._objects import KubeObject
from .steps import Action

Checked = Literal["", "server", "elsewhere", "schema", "none"]
"""Who says that a write would succeed: the server's dry run of it, its dry run in another namespace, the schema of a definition that the
run brings, nobody. "" when the run is no check, or nothing is to be written."""


@dataclass(frozen=True)
class Outcome:
    """What a step did. action may be `unchanged` where the write turned out to change nothing. object: as the server has it now;
    None after a delete. ended: False while a deleted object still has finalizers or a grace period to go, or a hook runs.
    checked: in check mode, who says so."""

    action: Action
    object: KubeObject | None = None
    ended: bool = True
    checked: Checked = ""
