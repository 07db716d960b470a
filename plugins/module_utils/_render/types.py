# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rendering takes and gives. Pure data, apart from `RenderRequest.read`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .._model import ManifestSource, Position
from .._objects import KubeObject, ObjectRef, ref_of

if TYPE_CHECKING:
    from .cache import RenderCache
    from .files import AppFiles


@dataclass(frozen=True)
class Manifest:
    """One Kubernetes object, rendered. source: the template's file and the line where the object begins (exact for `raw`; for a
    template it is the line of the rendered text, because exact lines cost a second render and are only worked out for errors)."""

    object: KubeObject
    source: Position

    @property
    def ref(self) -> ObjectRef:
        """The object's name as written (namespace None when the manifest says none)."""
        return ref_of(self.object)


@dataclass(frozen=True)
class RenderedInstance:
    """Everything an instance's templates gave.

    inputs: every file that was read, absolute. digest: hex SHA-256 of all that went in (engines' version, files, variables);
    equal digests mean equal manifests.
    """

    manifests: tuple[Manifest, ...]
    inputs: frozenset[Path]
    digest: str


@dataclass(frozen=True)
class TemplateLine:
    """Where a piece of rendered text came from: file (absolute) and 1-based line of the template."""

    file: Path
    line: int


Locate = Callable[[int, int], TemplateLine | None]
"""(rendered line, rendered column), both 1-based -> the template's line, or None when it cannot be told. May be slow."""


def _unknown(_line: int, _column: int) -> TemplateLine | None:
    return None


@dataclass(frozen=True)
class RenderedFile:
    """Text that one template gave. file: the template, absolute. locate: from a place in `text` to the template's line."""

    file: Path
    text: str
    locate: Locate = _unknown


@dataclass(frozen=True)
class RenderRequest:
    """What an engine is given for one app.

    files: absolute, below source.path. app: reads files, and only those below the app's folder. pending: variable -> sentence,
    for names that are declared but have no value (a value of the cluster that was not read).
    """

    source: ManifestSource
    files: tuple[Path, ...]
    app: AppFiles
    variables: Mapping[str, Any]
    cache: RenderCache
    pending: Mapping[str, str] = field(default_factory=dict)


class Engine(Protocol):
    """A template engine. `name` is what documents call it; `version` changes when the same input may give another output."""

    name: str
    version: str

    def accepts(self, file: Path) -> bool:
        """Whether this engine renders this file when the document names no engine."""
        ...

    def render(self, request: RenderRequest) -> tuple[RenderedFile, ...]:
        """The rendered texts, in the order of request.files. Raises RenderError with file and line, all problems at once."""
        ...
