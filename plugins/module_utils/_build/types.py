# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of the room: what is to be built, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .._model import BuildSecret

State = Literal["waiting", "building", "delivering", "built", "unchanged", "failed"]
Tell = Callable[[str, State, str], None]
"""Called with the image's label, its state and a line of what is done, from several threads."""


@dataclass(frozen=True)
class ImageSpec:
    """An image whose templates are filled in. label: what people call it here, `<app>` or `<app>/<name>`. root: the workspace's folder;
    everything else as in `ImageBuild`."""

    label: str
    root: Path
    context: Path
    dockerfile: Path
    repository: str
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[BuildSecret, ...] = ()
    platforms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    max_size: int | None = None


@dataclass(frozen=True)
class Built:
    """What became of an image. state: built, unchanged or failed. reference: what manifests name. inputs: digest of what it was made
    of. size: bytes unpacked, None where nobody measured. delivered: cluster or registry that has it now. seconds: what it took."""

    label: str
    state: State
    reference: str = ""
    inputs: str = ""
    builder: str = ""
    image_id: str = ""
    size: int | None = None
    delivered: tuple[str, ...] = ()
    seconds: float = 0.0
    error: Exception | None = field(default=None, compare=False)

    def as_record(self) -> dict[str, object]:
        """For `-o json`."""
        names = ("label", "state", "reference", "inputs", "builder", "image_id", "size", "seconds")
        found: dict[str, object] = {name: getattr(self, name) for name in names}
        return {**found, "seconds": round(self.seconds, 3), "delivered": list(self.delivered), "error": str(self.error or "")}
