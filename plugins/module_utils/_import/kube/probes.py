# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Healthchecks: a readinessProbe with the same command, and `health` of the app for one that asks a URL of its own. Pure.

Compose never restarts what is unhealthy, so there is no livenessProbe; it only tells, and lets others wait.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from .app import App
from .environment import escaped

SECOND = 10**9
_ONE_DAY = 24 * 3600


def probes(said: Mapping[str, Any]) -> dict[str, Any]:
    """The probes of a container; {} where it has no healthcheck."""
    check = said.get("healthcheck") or {}
    command = probe_command(check)
    if command is None:
        return {}
    interval = _seconds(check.get("interval"), 30)
    probe = {
        "exec": {"command": [escaped(word) for word in command]},
        "periodSeconds": interval,
        "timeoutSeconds": _seconds(check.get("timeout"), 30),
        "failureThreshold": max(1, int(check.get("retries") or 3)),
    }
    if interval <= 5:
        return {"readinessProbe": probe}
    often = min(interval, _seconds(check.get("start_interval"), 5))
    return {"startupProbe": {**probe, "periodSeconds": often, "failureThreshold": math.ceil(_ONE_DAY / often)}, "readinessProbe": probe}


def probe_command(check: Mapping[str, Any]) -> list[str] | None:
    """The command of a healthcheck; None where there is none."""
    test = check.get("test") or []
    if check.get("disable") or not test or test[0] == "NONE" or len(test) < 2:
        return None
    return ["/bin/sh", "-c", " ".join(test[1:])] if test[0] == "CMD-SHELL" else list(test[1:])


def _seconds(nanoseconds: int | None, default: int) -> int:
    return default if not nanoseconds else max(1, math.ceil(nanoseconds / SECOND))


def health(app: App, ports: Sequence[int]) -> list[dict[str, Any]]:
    """`health` of the app: one check where the healthcheck fetches a page of the service's own port."""
    check = app.said.get("healthcheck") or {}
    url = _own_url(probe_command(check) or [])
    if url is None or url.port not in ports:
        return []
    path = url.path or "/"
    http: dict[str, Any] = {"target": "service/{{ instance }}", "port": url.port, "path": path + (f"?{url.query}" if url.query else "")}
    if any(sign in http["path"] for sign in ("{{", "{%", "{#")):
        return []
    found: dict[str, Any] = {"name": "http", "http": http, "interval": f"{_seconds(check.get('interval'), 30)}s"}
    found["failures"] = min(1000, max(1, int(check.get("retries") or 3)))
    if check.get("start_period"):
        found["startPeriod"] = f"{_seconds(check['start_period'], 30)}s"
    return [found]


class _Url:
    """Port, path and query of an address."""

    def __init__(self, port: int, path: str, query: str) -> None:
        self.port, self.path, self.query = port, path, query


def _own_url(command: Sequence[str]) -> _Url | None:
    """What curl or wget fetches from this machine."""
    line = command[2] if len(command) == 3 and command[1] == "-c" else shlex.join(command)
    match = re.search(r"\b(?:curl|wget)\b[^|;&]*?[\s'\"](http://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::\d+)?(?:/[^\s'\"|;&]*)?)", line)
    if match is None or "$" in match.group(1):
        return None
    try:
        parts = urlsplit(match.group(1))
        return _Url(parts.port or 80, parts.path, parts.query)
    except ValueError:
        return None
