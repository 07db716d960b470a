# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workspaces made out of what people have: Compose projects, charts, kustomizations, manifests.

Reads files of the project's folder only, runs nothing, and writes only where nothing is yet. `compose/` reads Compose files as Compose
does, `kube/` makes documents and manifests of them; both are pure but for `compose/files.py`, which reads, and `write.py`, which writes.

Front door:
    import_compose(wanted, into, yaml_text, name) -> Imported: the files of a workspace, and what is not carried over
    Wanted: which files, variables and profiles; `compose/project.py` says more
    import_other(kind, folder, into, name) -> Imported: of a chart, a kustomization, manifests
    what_is_it(path) -> compose, helm, kustomize or manifests
    check_free(into, files), write_files(into, files, private): the last step
    key_table() -> every key of the Compose specification with what becomes of it, for the documentation
"""

from __future__ import annotations

from .compose.project import Wanted
from .detect import KINDS, what_is_it
from .from_compose import import_compose
from .imported import Imported, Remark
from .key_table import key_table
from .others import import_other
from .write import check_free, write_files

__all__ = [
    "KINDS",
    "Imported",
    "Remark",
    "Wanted",
    "check_free",
    "import_compose",
    "import_other",
    "key_table",
    "what_is_it",
    "write_files",
]
