"""A workspace of a test's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from command_cluster import Footprint
from command_runs import Command

BUILD_SECRET = "a-secret-of-builds"
"""What the workspace `built` gets in the variable of this name."""


@dataclass(frozen=True)
class Workspace:
    """A workspace with a name of its own, the command in it, and what it has on the cluster."""

    root: Path
    name: str
    roro: Command
    footprint: Footprint

    @property
    def namespace(self) -> str:
        """Where the instances of `dev` go."""
        return f"{self.name}-dev"

    def edit(self, file: str, change: Callable[[Any], Any]) -> None:
        """Let `change` alter the content of a JSON document."""
        content = json.loads((self.root / file).read_text())
        change(content)
        (self.root / file).write_text(json.dumps(content, indent=2))
