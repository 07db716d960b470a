# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handlebars: handlebars.js in a small JavaScript engine, strict, bounded. Reads only files below the app's folder."""

from __future__ import annotations

from pathlib import Path

from ..types import RenderedFile, RenderRequest


class HandlebarsEngine:
    """Files that end in `.hbs`, or all when the app names `handlebars`."""

    name = "handlebars"
    version = "handlebars 4.7 1"

    def accepts(self, file: Path) -> bool:
        """`*.hbs`."""
        return file.suffix == ".hbs"

    def render(self, request: RenderRequest) -> tuple[RenderedFile, ...]:
        """Render every file; raises RenderError with all problems of all files, and where handlebars.js or dukpy is missing."""
        from ..handlebars.session import render_all  # imported only when there is something to render

        return render_all(request)
