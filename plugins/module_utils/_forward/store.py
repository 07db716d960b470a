# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the daemon remembers of forwards: which there are, whether they are to run, and the local ports they had. Keys of its state file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._daemon import put_aside, read
from .._errors import RoroError
from .types import ForwardSpec, spec_of

MAX_PORTS = 500
"""The ports of so many forwards are remembered, the newest."""


@dataclass
class Memory:
    """forwards: id -> what was asked for. running: ids of those that are to run. ports: id -> the local port of last time."""

    forwards: dict[str, ForwardSpec] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    ports: dict[str, int] = field(default_factory=dict)

    def remember_port(self, forward: str, port: int) -> None:
        """The newest last."""
        self.ports.pop(forward, None)
        self.ports[forward] = port
        for oldest in list(self.ports)[:-MAX_PORTS]:
            del self.ports[oldest]

    def as_record(self) -> dict[str, Any]:
        """JSON-ready. A forward that ends with a job is not remembered."""
        lasting = {key: spec for key, spec in self.forwards.items() if spec.scope == "lasting"}
        return {
            "forwards": [spec.as_record() for spec in lasting.values()],
            "running": sorted(self.running & set(lasting)),
            "ports": self.ports,
        }


def memory_of(record: Mapping[str, Any]) -> Memory:
    """The memory of such a record, which may be empty. For what is none: ValueError, KeyError, TypeError, AttributeError, UsageError."""
    if not any(key in record for key in ("forwards", "running", "ports")):
        return Memory()
    specs = {spec.id: spec for spec in (spec_of(each) for each in record["forwards"])}
    ports = {str(key): int(value) for key, value in record["ports"].items()}
    return Memory(specs, {str(key) for key in record["running"]} & set(specs), ports)


def load(path: Path) -> Memory:
    """What the state file says; nothing where there is none. A file that is not ours to read is put aside, never trusted halfway."""
    try:
        return memory_of(read(path))
    except (ValueError, KeyError, TypeError, AttributeError, RoroError):
        put_aside(path)
        return Memory()
