# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engines that render an app file by file have in common: going through the files, and options that are true or false."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol

from .._errors import Problem, RenderError
from .near_names import nearest
from .types import RenderedFile, RenderRequest


class Session(Protocol):
    """One render of one app's templates. exhausted: its bounds are used up, what follows would fail as well."""

    exhausted: bool

    def rendered(self, file: Path) -> RenderedFile:
        """The text of one template. Raises RenderError."""


def render_each_file(session: Session, files: Sequence[Path]) -> tuple[RenderedFile, ...]:
    """The rendered texts in the order of the files. Raises RenderError carrying the problems of all files."""
    rendered: list[RenderedFile] = []
    problems: list[Problem] = []
    for file in files:
        try:
            rendered.append(session.rendered(file))
        except RenderError as error:
            problems.extend(error.problems)
        if session.exhausted:
            break
    if problems:
        raise RenderError.of(list(dict.fromkeys(problems)))
    return tuple(rendered)


def switches(request: RenderRequest, engine: str, known: Collection[str], meaning: str = "") -> dict[str, bool]:
    """The document's options for an engine whose options are all true or false. known: their names. meaning: what follows them in a hint.

    Raises RenderError for another name or value.
    """
    for name, value in request.source.options.items():
        if name not in known or not isinstance(value, bool):
            guess = nearest(name, known)
            raise RenderError(
                f"{engine} has no option {name}" if name not in known else f"option {name} of {engine} must be true or false",
                where=str(request.source.path),
                hint=f"{f'Did you mean {guess}? ' if guess and guess != name else ''}Options: {' and '.join(known)}{meaning}.",
            )
    return dict(request.source.options)
