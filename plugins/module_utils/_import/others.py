# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Charts, kustomizations and manifests as a workspace of one app: copied as they are, with a document beside them."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from .._errors import UsageError
from .detect import overlays
from .imported import Imported, Remark
from .kube.names import label

MAX_FILES = 2000
MAX_BYTES = 8 * 1024 * 1024
_VALUES = re.compile(r"values[-.]([a-z0-9]([-a-z0-9]*[a-z0-9])?)\.yaml")
_SKIPPED = {".git", ".hg", ".svn", "node_modules", "__pycache__"}


def import_other(kind: str, path: Path, name: str = "") -> Imported:
    """The workspace of a chart (`helm`), a kustomization or manifests. path: a folder, or a file of it. Raises UsageError."""
    archive = path.is_file() and path.name.endswith((".tgz", ".tar.gz"))
    folder = path if path.is_dir() else path.parent
    if archive:
        copied: dict[str, bytes] = {f"chart/{path.name}": _read(path)}
    elif path.is_file() and kind == "manifests":
        copied = {f"manifests/{path.name}": _read(path)}
    else:
        copied = {f"{'chart' if kind == 'helm' else 'manifests'}/{below}": content for below, content in _tree(folder).items()}
    app = label(name or (path.name.split(".tgz")[0].split(".tar")[0] if archive else folder.resolve().name), 63)
    document, environments = _document(kind, folder, copied, f"chart/{path.name}" if archive else "")
    files: dict[str, str | bytes] = {"workspace.json": _json({"version": 1, "name": app})}
    files[f"apps/{app}/app.json"] = _json(document)
    files |= {f"apps/{app}/{below}": content for below, content in copied.items()}
    for environment in environments or ["dev"]:
        files[f"environments/{environment}/environment.json"] = _json({})
    return Imported(kind, app, files, frozenset(), {app: kind}, _outside(kind, folder, copied))


def _document(kind: str, folder: Path, copied: dict[str, bytes], archive: str) -> tuple[dict[str, Any], list[str]]:
    """(app.json, environments)."""
    if kind == "helm":
        if not archive and "chart/Chart.yaml" not in copied:
            raise UsageError(f"{folder} has no Chart.yaml", hint="name the folder of the chart")
        manifests: dict[str, Any] = {"engine": "helm", "path": archive or "chart"}
        found = [match.group(1) for below in copied if (match := _VALUES.fullmatch(below.removeprefix("chart/")))]
        every = sorted({"dev", *found})
        if found:
            form = next(below for below in copied if _VALUES.fullmatch(below.removeprefix("chart/")))
            sign = "-" if form.startswith("chart/values-") else "."
            manifests["values"] = [{"file": f"chart/values{sign}{{{{ environment }}}}.yaml", "required": False}]
        return {"manifests": manifests}, every
    if kind == "kustomize":
        several = overlays(folder)
        path = "manifests/overlays/{{ environment }}" if several else "manifests"
        return {"manifests": {"engine": "kustomize", "path": path}}, several
    if not any(below.endswith((".yaml", ".yml", ".json")) for below in copied):
        raise UsageError(f"{folder} has no .yaml, .yml or .json files", hint="name the folder of the manifests")
    return {"manifests": {"engine": "raw"}}, []


def _tree(folder: Path) -> dict[str, bytes]:
    """Every regular file below a folder; links are followed where they stay inside. Raises UsageError."""
    found: dict[str, bytes] = {}
    root = os.path.realpath(folder)
    total = 0
    for place, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in _SKIPPED)
        for name in sorted(files):
            path = Path(place, name)
            if not os.path.realpath(path).startswith(root + os.sep):
                raise UsageError(f"{path} is a link that leads outside of {folder}", hint="put the file itself there")
            found[str(path.relative_to(root))] = content = _read(path)
            total += len(content)
            if len(found) > MAX_FILES or total > MAX_BYTES:
                raise UsageError(
                    f"{folder} holds more than {MAX_FILES} files or {MAX_BYTES // 1024 // 1024} MiB", hint="name a smaller folder"
                )
    return found


def _read(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise UsageError(f"{path} is no regular file", hint="remove it, or name another folder")
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    if len(content) > MAX_BYTES:
        raise UsageError(f"{path} is larger than {MAX_BYTES // 1024 // 1024} MiB")
    return content


def _outside(kind: str, folder: Path, copied: dict[str, bytes]) -> tuple[Remark, ...]:
    """Kustomizations that name what lies outside of the folder, which is not copied."""
    found = []
    for below, content in copied.items() if kind == "kustomize" else ():
        depth = len(Path(below).parent.parts) - 1
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            match = re.search(r"-\s+[\"']?((?:\.\./)+)", line)
            if match and match.group(1).count("../") > depth and Path(below).name.lower().startswith("kustomization"):
                above = Path(folder.resolve(), *below.split("/")[1:-1], match.group(1)).resolve()
                hint = f"import the folder that holds both: roro import kustomize {above}"
                found.append(
                    Remark(
                        f"{below.removeprefix('manifests/')}:{number}:1",
                        "",
                        f"{line.strip(' -')} is outside of {folder} and is not copied",
                        hint,
                        True,
                    )
                )
    return tuple(found)


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
