# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rendering takes and gives. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .._model import ManifestSource, Position
from .._objects import KubeObject, ObjectRef, ref_of


@dataclass(frozen=True)
class Manifest:
    """One Kubernetes object, rendered. source: the template's file and the line where the object begins (in the template when
    that is known, else in the rendered text)."""

    object: KubeObject
    source: Position

    @property
    def ref(self) -> ObjectRef:
        """The object's name as written (namespace None when the manifest says none)."""
        return ref_of(self.object)


@dataclass(frozen=True)
class RenderedFile:
    """Text that one template gave. file: the template, absolute."""

    file: Path
    text: str


@dataclass(frozen=True)
class EngineResult:
    """What an engine gives for one app: rendered texts in file order, and every file of the app that it read (for caching and watching)."""

    files: tuple[RenderedFile, ...]
    inputs: frozenset[Path]


class Engine(Protocol):
    """A template engine. `name` is what documents call it."""

    name: str

    def accepts(self, file: Path) -> bool:
        """Whether this engine renders this file when the document names no engine."""
        ...

    def render(self, source: ManifestSource, files: tuple[Path, ...], variables: Mapping[str, Any]) -> EngineResult:
        """Render `files` (absolute, below source.path). Raises RenderError with file and line."""
        ...
