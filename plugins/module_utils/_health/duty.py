# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's duty that goes on asking health checks. Its one request is `health`, with `what`: list; start (`checks`: records); resume,
stop, remove (`ids`); watch, whose news are `{"check": ...}`. All are answered by `changed` and `checks`, how they are now."""

from __future__ import annotations

from .._daemon import Desk, Duty, Work


def _begin(desk: Desk) -> Work:
    from .keeper import Keeper

    return Keeper(desk)


DUTY = Duty("health", ("health",), ("checks", "watching"), "check", _begin)
