# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compose project as a workspace: read, translated, and every remark with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .._errors import DocumentError, Problem
from .compose.project import Project, Wanted, read_project
from .compose.wrong import Wrong
from .imported import Imported, Remark
from .kube.notices import Notice
from .kube.workspace import make_workspace


def import_compose(wanted: Wanted, into: Path, yaml_text: Callable[[Any], str], name: str = "") -> Imported:
    """The workspace that a project becomes. into: its folder, absolute. yaml_text: value -> YAML. name: of the workspace; default the
    project's. Raises DocumentError with `file:line:column`, UsageError."""
    project = read_project(wanted)
    try:
        made = make_workspace(project, into, yaml_text, name)
    except Wrong as error:
        spot = project.sources.spot(error.path)
        where = f"{project.files.shown(spot.file)}:{spot.line}:{spot.column}" if spot else None
        raise DocumentError.of([Problem(error.message, where, error.hint)]) from None
    told = [(_spot(project, notice), notice) for notice in made.notices]
    for variable, path, file in project.blank:
        notice = Notice(
            path, f"the variable {variable} is not set and is empty here", f"set it and import again: {variable}=... roro import"
        )
        told.append((_spot(project, notice, file), notice))
    told.sort(key=lambda item: item[0])
    remarks = tuple(
        Remark(f"{file}:{line}:{column}" if file else "", ".".join(map(str, notice.path)), notice.message, notice.hint, notice.lost)
        for (file, line, column), notice in told
    )
    return Imported("compose", made.name, made.files, made.private, made.apps, remarks)


def _spot(project: Project, notice: Notice, file: Path | None = None) -> tuple[str, int, int]:
    spot = project.sources.spot(notice.path, file)
    return (project.files.shown(spot.file), spot.line, spot.column) if spot else ("", 0, 0)
