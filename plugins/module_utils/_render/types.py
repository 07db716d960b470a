# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rendering takes and gives. Pure data, apart from `RenderRequest.read`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .._model import ManifestSource, Position
from .._objects import KubeObject, ObjectRef, ref_of

if TYPE_CHECKING:
    from .cache import RenderCache
    from .files import AppFiles


@dataclass(frozen=True)
class Manifest:
    """One Kubernetes object, rendered. source: the template's file, below the workspace's folder where that is known, and the line where
    the object begins (exact for `raw`; for a template it is the line of the rendered text, because exact lines cost a second render and
    are only worked out for errors). locate: the place of a path inside the object, worked out when it is asked; None where the object does
    not come from a template."""

    object: KubeObject
    source: Position
    locate: Callable[[Sequence[str | int]], str] | None = field(default=None, compare=False, repr=False)

    def place(self, path: Sequence[str | int]) -> str:
        """The place of a field of the object, for a message."""
        return self.locate(path) if self.locate is not None else str(self.source)

    @cached_property
    def ref(self) -> ObjectRef:
        """The object's name as written (namespace None when the manifest says none)."""
        return ref_of(self.object)


@dataclass(frozen=True)
class RenderedInstance:
    """Everything an instance's templates gave.

    inputs: every file that was read, absolute. digest: hex SHA-256 of all that went in (engines' version, files, variables);
    equal digests mean equal manifests from the same engine's command. notes: what the app has to say to a person after `up`, or "".
    """

    manifests: tuple[Manifest, ...]
    inputs: frozenset[Path]
    digest: str
    notes: str = ""


@dataclass(frozen=True)
class TemplateLine:
    """Where a piece of rendered text came from: file (absolute) and 1-based line of the template."""

    file: Path
    line: int


Locate = Callable[[int, int], "TemplateLine | None"]
"""(rendered line, rendered column), both 1-based -> the template's line, or None when it cannot be told. May be slow."""


def _unknown(_line: int, _column: int) -> TemplateLine | None:
    return None


@dataclass(frozen=True)
class RenderedFile:
    """Text that one template gave. file: the template, absolute. locate: from a place in `text` to the template's line.

    repeats: a key may be there twice, as the engine's own reader takes it (the last one counts). notes: text for a person, no manifests.
    """

    file: Path
    text: str
    locate: Locate = _unknown
    repeats: bool = False
    notes: bool = False


@dataclass(frozen=True)
class ClusterFacts:
    """What an engine may know of the cluster. version: such as `v1.34.4`. api_versions: sorted, `apps/v1` and `apps/v1/Deployment`."""

    version: str
    api_versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class RenderRequest:
    """What an engine is given for one app.

    files: absolute, below source.path; empty for an engine that takes the folder as a whole. app: reads files, and only those below the
    app's folder. pending: variable -> sentence, for names that are declared but have no value (a value of the cluster that was not
    read). computed: names of the variables that no document says. cluster: None where none is at hand. secret: something that goes in
    may be a secret, so that nothing of the result is kept on disk. hide: takes what nobody may see out of what a command said, before
    the engine cuts anything off. removed: see Instance.
    """

    source: ManifestSource
    files: tuple[Path, ...]
    app: AppFiles
    variables: Mapping[str, Any]
    cache: RenderCache
    pending: Mapping[str, str] = field(default_factory=dict)
    computed: frozenset[str] = frozenset()
    cluster: ClusterFacts | None = None
    secret: bool = False
    hide: Callable[[str], str] = str
    removed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Advice:
    """One finding of a linter. severity: `error`, `warning` or `info`. where: file, or file and line."""

    severity: str
    where: str
    message: str


class Engine(Protocol):
    """A template engine. `name` is what documents call it; `version` changes when the same input may give another output."""

    name: str
    version: str

    def accepts(self, file: Path) -> bool:
        """Whether this engine renders this file when the document names no engine."""

    def render(self, request: RenderRequest) -> tuple[RenderedFile, ...]:
        """The rendered texts, in the order of request.files. Raises RenderError with file and line, all problems at once."""


class FolderEngine(Engine, Protocol):
    """An engine that takes `manifests.path` as a whole, by a command of somebody else."""

    def accepts(self, file: Path) -> bool:
        """Whether this folder (or archive) is the engine's, where the document names no engine."""

    def lint(self, request: RenderRequest) -> tuple[Advice, ...]:
        """What the engine's own linter says; () where there is none. Raises RenderError when it cannot run."""
