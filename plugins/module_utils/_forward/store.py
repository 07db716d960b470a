# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the daemon remembers: forwards and health checks, whether they are to run, and the local ports they had. One private JSON file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._errors import RoroError
from .._state import state_directory, write_private
from .types import ForwardSpec, spec_of

FORMAT = 1
MAX_PORTS = 500
"""The ports of so many forwards are remembered, the newest."""


@dataclass
class Memory:
    """forwards: id -> what was asked for. running: ids of those that are to run. ports: id -> the local port of last time.

    checks: id -> a health check as `_health` wrote it, which alone can read it. watching: ids of those that are to run.
    """

    forwards: dict[str, ForwardSpec] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    ports: dict[str, int] = field(default_factory=dict)
    checks: dict[str, dict[str, Any]] = field(default_factory=dict)
    watching: set[str] = field(default_factory=set)

    def remember_port(self, forward: str, port: int) -> None:
        """The newest last."""
        self.ports.pop(forward, None)
        self.ports[forward] = port
        for oldest in list(self.ports)[:-MAX_PORTS]:
            del self.ports[oldest]


def state_path() -> Path:
    """The file."""
    return state_directory("forward") / "forwards.json"


def kept_path() -> Path | None:
    """The file, None where nothing was kept: also on a machine that keeps no files. Raises nothing."""
    try:
        return path if (path := state_path()).exists() else None
    except (RoroError, OSError):
        return None


def load(path: Path) -> Memory:
    """What the file says; nothing where there is none. A file that is not ours to read is put aside, never trusted halfway."""
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        specs = {spec.id: spec for spec in (spec_of(record) for record in document["forwards"])}
        ports = {str(key): int(value) for key, value in document["ports"].items()}
        checks = {str(key): dict(record) for key, record in (document.get("checks") or {}).items()}
        watching = {str(key) for key in document.get("watching") or ()} & set(checks)
        return Memory(specs, {str(key) for key in document["running"]} & set(specs), ports, checks, watching)
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RoroError):
        try:
            path.replace(path.with_suffix(".unreadable"))
        except OSError:
            return Memory()
        return Memory()


def save(path: Path, memory: Memory) -> None:
    """Write it. A forward that ends with a job is not remembered. Raises RoroError."""
    lasting = {key: spec for key, spec in memory.forwards.items() if spec.scope == "lasting"}
    document = {
        "version": FORMAT,
        "forwards": [spec.as_record() for spec in lasting.values()],
        "running": sorted(memory.running & set(lasting)),
        "ports": memory.ports,
        "checks": memory.checks,
        "watching": sorted(memory.watching),
    }
    write_private(path, json.dumps(document, indent=1).encode())
