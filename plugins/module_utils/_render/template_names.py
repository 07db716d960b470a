# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How templates name each other, the same in every engine that has includes."""

from __future__ import annotations

from pathlib import Path

from .types import RenderRequest


def find_template(request: RenderRequest, name: str, asking: str | None) -> str:
    """The absolute path that a name means: `./x` and `../x` from the asking file, else from the manifests' folder, then the app's.

    It need not exist. Whether it is inside the app's folder is checked when it is read.
    """
    if asking is not None and name.startswith(("./", "../")):
        return str(Path(asking).parent / name)
    source = request.source.path
    base = source if source.is_dir() else source.parent
    candidates = [folder / name for folder in (base, request.app.folder)]
    return str(next((path for path in candidates if path.exists()), candidates[0]))
