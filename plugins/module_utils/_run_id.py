# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One id through everything that one command, or one playbook, does: in its log, its locks, the revisions that it writes, its forwards.

`RORO_RUN_ID` brings it from outside: the `roro` command gives it to its playbook, and a pipeline may give one of its own. AWX's job is
part of it. Imports nothing.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping

VARIABLE = "RORO_RUN_ID"
_ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_known: list[str] = []


def run_id() -> str:
    """The id of this run; forks have it too."""
    if not _known:
        _known.append(make_run_id(os.environ))
    return _known[0]


def make_run_id(environ: Mapping[str, str]) -> str:
    """The id that was given, where it is letters, digits and `. _ -`, at most 64; else 8 new hex digits, in AWX `awx-<job>-<digits>`."""
    given = environ.get(VARIABLE, "")
    if _ALLOWED.fullmatch(given):
        return given
    # AWX sets JOB_ID and AWX_HOST for a playbook; other systems set JOB_ID for something else.
    job = environ.get("AWX_JOB_ID") or (environ.get("JOB_ID", "") if environ.get("AWX_HOST") else "")
    new = secrets.token_hex(4)
    return f"awx-{job}-{new}" if job.isascii() and job.isdigit() and len(job) < 20 else new
