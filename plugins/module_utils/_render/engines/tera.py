# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tera 1: an own reader of the language, bounded. Reads only files below the app's folder."""

from __future__ import annotations

from pathlib import Path

from ..types import RenderedFile, RenderRequest


class TeraEngine:
    """Files that end in `.tera`, or all when the app names `tera`."""

    name = "tera"
    version = "tera 1"

    def accepts(self, file: Path) -> bool:
        """`*.tera`."""
        return file.suffix == ".tera"

    def render(self, request: RenderRequest) -> tuple[RenderedFile, ...]:
        """Render every file; raises RenderError with all problems of all files."""
        from ..tera.session import render_all  # imported only when there is something to render

        return render_all(request)
