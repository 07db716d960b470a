# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hooks of a service: initContainers before it, `lifecycle` after its start and before its end. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from .environment import escaped


def lifecycle(said: Mapping[str, Any]) -> dict[str, Any]:
    """`lifecycle` of a container; {} where it has no hooks."""
    found = {}
    for key, field in (("post_start", "postStart"), ("pre_stop", "preStop")):
        hooks = said.get(key) or ()
        if hooks:
            found[field] = {"exec": {"command": [escaped(word) for word in _command(hooks)]}}
    return found


def _command(hooks: Sequence[Mapping[str, Any]]) -> list[str]:
    """One command for several hooks: Kubernetes has room for one."""
    first = hooks[0]
    if len(hooks) == 1 and not first.get("working_dir") and not first.get("environment"):
        return list(first.get("command") or ["true"])
    return ["/bin/sh", "-c", " && ".join(map(_line, hooks))]


def _line(hook: Mapping[str, Any]) -> str:
    words = shlex.join(hook.get("command") or ["true"])
    given = [f"{name}={value}" for name, value in (hook.get("environment") or {}).items() if value is not None]
    words = f"env {shlex.join(given)} {words}" if given else words
    return f"(cd {shlex.quote(hook['working_dir'])} && {words})" if hook.get("working_dir") else words
