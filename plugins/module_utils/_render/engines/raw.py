# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests as they are: no templating."""

from __future__ import annotations

from pathlib import Path

from ..types import Locate, RenderedFile, RenderRequest, TemplateLine


class RawEngine:
    """Gives every file unchanged."""

    name = "raw"
    version = "raw 1"

    def accepts(self, file: Path) -> bool:
        """Everything that no other engine claims."""
        return True

    def render(self, request: RenderRequest) -> tuple[RenderedFile, ...]:
        """The files' texts. Raises RenderError for a file that cannot be read."""
        return tuple(RenderedFile(file, request.app.read(file), _same_line(file)) for file in request.files)


def _same_line(file: Path) -> Locate:
    return lambda line, _column: TemplateLine(file, line)
