# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's duty that keeps forwards open. Requests: list; start (`forwards`: records); resume, stop, remove (`ids`); watch, whose news
are `{"status": ...}`. All are answered by `changed` (id -> whether something had to be done) and `forwards`, how they are now."""

from __future__ import annotations

from .._daemon import Desk, Duty, Work


def _begin(desk: Desk) -> Work:
    from .forwards import Forwards

    return Forwards(desk)


DUTY = Duty("forward", ("list", "start", "resume", "stop", "remove", "watch"), ("forwards", "running", "ports"), "status", _begin)
