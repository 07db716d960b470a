# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jinja2: sandboxed, strict, bounded. Reads only files below the app's folder."""

from __future__ import annotations

from pathlib import Path

from ..types import RenderedFile, RenderRequest


class Jinja2Engine:
    """Files that end in `.j2`, or all when the app names `jinja2`."""

    name = "jinja2"
    version = "jinja2 1"

    def accepts(self, file: Path) -> bool:
        """`*.j2`."""
        return file.suffix == ".j2"

    def render(self, request: RenderRequest) -> tuple[RenderedFile, ...]:
        """Render every file; raises RenderError with all problems of all files."""
        from ..jinja import render_all  # Jinja2 is imported only when there is something to render

        return render_all(request)
