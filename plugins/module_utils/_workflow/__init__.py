# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that people ask for, from documents to result: up, down, status, diff, config.

Each function loads the workspace, renders, connects and calls `_release`; the action plugins, the modules and the `roro`
command all come in here. May import every room.

Front door:
    up(request: Request, sink, cancel) -> RunResult        down(request, sink, cancel) -> RunResult
    diff(request, sink) -> RunResult                        status(request) -> StatusReport
    config(request) -> ConfigReport                         load(request) -> Selection
"""

from __future__ import annotations
