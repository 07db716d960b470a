# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's duty that goes on syncing clones. Its one request is `sync`, with `what`: list; start (`syncs`: records); stop (`ids`);
watch, whose news are `{"sync": ...}`. All are answered by `changed` (id -> whether something had to be done) and `syncs`, how they are now.
What was stopped is forgotten."""

from __future__ import annotations

from .._daemon import Desk, Duty, Work


def _begin(desk: Desk) -> Work:
    from .keeper import Keeper

    return Keeper(desk)


DUTY = Duty("sync", ("sync",), ("syncs",), "sync", _begin)
