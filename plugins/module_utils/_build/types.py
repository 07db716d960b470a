# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of the room: what is to be built, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .._model import ImageBuild

State = Literal["waiting", "building", "delivering", "built", "unchanged", "failed"]
Tell = Callable[[str, State, str], None]
"""Called with the image's label, its state and a line of what is done, from several threads."""


@dataclass(frozen=True, kw_only=True)
class ImageSpec(ImageBuild):
    """An image of the documents whose templates are filled in. label: what people call it here, `<app>` or `<app>/<name>`. root: the
    workspace's folder."""

    label: str
    root: Path


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
