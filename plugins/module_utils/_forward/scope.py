# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a forward lives: until it is stopped, or as long as the playbook that asked for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .._errors import UsageError
from .types import Scope

CONTAINER_MARKS = ("/run/.containerenv", "/.dockerenv")
RUNNER_HOME = "/runner"
"""Where ansible-runner and AWX mount a job's files in an execution environment."""
_PLAYBOOK_COMMANDS = ("ansible-playbook", "ansible", "ansible-console")


def in_execution_environment(environ: Mapping[str, str] | None = None, marks: tuple[str, ...] = CONTAINER_MARKS) -> bool:
    """Whether this process is a job in an execution environment (a container, or a pod of AWX), which ends with the job."""
    environ = os.environ if environ is None else environ
    contained = "KUBERNETES_SERVICE_HOST" in environ or environ.get("container") or any(Path(mark).exists() for mark in marks)
    launched = environ.get("AWX_ISOLATED_DATA_DIR", "").startswith(RUNNER_HOME) or environ.get("HOME", "").startswith(RUNNER_HOME)
    return bool(contained and launched)


def decide_scope(asked: str | None, environ: Mapping[str, str] | None = None, marks: tuple[str, ...] = CONTAINER_MARKS) -> Scope:
    """`lasting` unless a job is asked for; in an execution environment it is the other way round. Raises UsageError for what cannot be."""
    inside = in_execution_environment(environ, marks)
    if asked == "lasting" and inside:
        raise UsageError(
            "a lasting forward cannot be made here: this container ends with the job, and the forward with it",
            where="scope",
            hint="Ask for `scope: job`, which lasts as long as the playbook, or run the playbook on a machine of your own.",
        )
    return "job" if asked == "job" or (asked is None and inside) else "lasting"


def job_owner() -> tuple[int, float]:
    """The playbook's process (pid, creation time): the outermost ancestor that runs Ansible, else the parent."""
    import psutil

    this = psutil.Process()
    found = next(iter(this.parents()), this)
    for ancestor in this.parents():
        try:
            words = [Path(word).name for word in ancestor.cmdline()[:3]]
        except psutil.Error:
            break
        if any(word in _PLAYBOOK_COMMANDS for word in words):
            found = ancestor
    return found.pid, found.create_time()
