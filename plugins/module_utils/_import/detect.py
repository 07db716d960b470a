# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody wants to import: told by the names of files, and of manifests by what they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from .._errors import UsageError
from .compose.project import NAMES

KINDS = ("compose", "helm", "kustomize", "manifests")
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MANIFEST = re.compile(r"^(?:apiVersion|kind)\s*:", re.MULTILINE)
_COMPOSE = re.compile(r"^(?:services|jobs|include)\s*:", re.MULTILINE)
_HEAD = 256 * 1024


def what_is_it(path: Path) -> str:
    """The kind of what lies at a path, one of KINDS. Raises UsageError where nothing can be told."""
    if path.is_file():
        return _file(path)
    if not path.is_dir():
        raise UsageError(f"there is no {path}", hint="name a Compose file, or the folder of a chart, a kustomization or manifests")
    if any((path / name).is_file() for name in NAMES):
        return "compose"
    if (path / "Chart.yaml").is_file():
        return "helm"
    if kustomized(path) or overlays(path):
        return "kustomize"
    if any(_holds(file, _MANIFEST) for file in manifests(path)):
        return "manifests"
    raise UsageError(
        f"{path} holds no Compose file, chart, kustomization or manifests",
        hint="name what it is: roro import compose|helm|kustomize|manifests PATH",
    )


def _file(path: Path) -> str:
    if path.name == "Chart.yaml" or path.name.endswith((".tgz", ".tar.gz")):
        return "helm"
    if path.name in _KUSTOMIZATIONS:
        return "kustomize"
    if path.name in NAMES or _holds(path, _COMPOSE):
        return "compose"
    if _holds(path, _MANIFEST):
        return "manifests"
    raise UsageError(f"{path} is no Compose file, and no manifest", hint="a Compose file begins with services:")


def kustomized(folder: Path) -> bool:
    """Whether a folder is a kustomization."""
    return any((folder / name).is_file() for name in _KUSTOMIZATIONS)


def overlays(folder: Path) -> list[str]:
    """The names of kustomizations below `overlays`, each of which is an environment."""
    below = folder / "overlays"
    return sorted(entry.name for entry in below.iterdir() if entry.is_dir() and kustomized(entry)) if below.is_dir() else []


def manifests(folder: Path) -> Sequence[Path]:
    """Files that may be manifests, directly in a folder and one below it; at most a thousand."""
    found = [file for pattern in ("*", "*/*") for file in sorted(folder.glob(pattern)) if file.suffix in (".yaml", ".yml", ".json")]
    return [file for file in found if file.is_file() and not file.is_symlink()][:1000]


def _holds(path: Path, pattern: re.Pattern[str]) -> bool:
    try:
        with path.open("rb") as stream:
            return pattern.search(stream.read(_HEAD).decode("utf-8", "replace")) is not None
    except OSError:
        return False
