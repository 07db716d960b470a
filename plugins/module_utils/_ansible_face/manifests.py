# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered manifests for a person: hidden Secret data in results, private files in a directory."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .._errors import RoroError
from .._objects import KubeObject, without_secret_values
from .._render.yaml_text import dump_yaml
from .._state import write_private

MARK = "# Rendered by roro.kube. Changes are lost at the next render."


@dataclass
class Written:
    """What writing did, or would do in check mode. files: those of the instances, also the unchanged ones; diffs in Ansible's form."""

    changed: bool = False
    files: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    diffs: list[dict[str, str]] = field(default_factory=list)


def write_manifests(dest: Path, objects: Mapping[str, Sequence[KubeObject]], *, complete: bool, check: bool) -> Written:
    """One file `<instance>.yaml` an instance in `dest` (0700, made when missing; files 0600), objects in the order given.

    complete: the whole environment was rendered, so files that an earlier render left for other instances are removed.
    check: write nothing, only tell. Raises RoroError.
    """
    written = Written()
    if not check:
        _make_directory(dest)
    for instance, manifests in objects.items():
        path = dest / f"{instance}.yaml"
        text = _text(manifests)
        written.files.append(str(path))
        before = _read(path)
        if before == text:
            continue
        written.changed = True
        written.diffs.append(_diff(path, _shown(before), _text([without_secret_values(obj) for obj in manifests])))
        if not check:
            write_private(path, text.encode())
    if complete:
        _remove_stale(dest, set(written.files), written, check)
    return written


def _remove_stale(dest: Path, wanted: set[str], written: Written, check: bool) -> None:
    for path in sorted(dest.glob("*.yaml")):
        text = _read(path)
        if str(path) in wanted or not text.startswith(MARK):
            continue
        written.changed = True
        written.removed.append(str(path))
        written.diffs.append(_diff(path, _shown(text), ""))
        if not check:
            path.unlink()


def _text(manifests: Sequence[KubeObject]) -> str:
    return "\n".join([MARK, *(f"---\n{dump_yaml(obj, sort_keys=False)}" for obj in manifests)]) + "\n"


def _shown(text: str) -> str:
    """A file's text with Secret data hidden; text that is not ours is shown as a size only."""
    if not text.startswith(MARK):
        return f"({len(text)} characters)\n" if text else ""
    return _text([without_secret_values(obj) for obj in yaml.safe_load_all(text) if isinstance(obj, dict)])


def _diff(path: Path, before: str, after: str) -> dict[str, str]:
    return {"before_header": str(path), "after_header": str(path), "before": before, "after": after}


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise RoroError(f"cannot read {path}: {error}", hint="Name another directory with dest.") from error


def _make_directory(dest: Path) -> None:
    try:
        dest.mkdir(mode=0o700, parents=True, exist_ok=True)
        if dest.stat().st_uid == os.getuid() and not any(dest.iterdir()):
            dest.chmod(0o700)
    except OSError as error:
        raise RoroError(f"cannot make {dest}: {error.strerror}", hint="Name another directory with dest.") from error
