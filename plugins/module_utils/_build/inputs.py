# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest of everything an image is made of, and the reference that follows from it.

It is the same on every machine with the same sources, so that whoever deploys knows the name of what somebody else has built.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .._errors import BuildError
from .context import context_digest, ignore_file
from .types import ImageSpec

VERSION = 1
"""Of what goes into the digest."""
DIGITS = 16


def inputs_of(spec: ImageSpec) -> str:
    """Hexadecimal, 64 digits. What secrets hold is not part of it, nor are further tags. Raises BuildError."""
    _check_place(spec)
    ignored = ignore_file(spec.context, spec.dockerfile)
    data = {
        "version": VERSION,
        "context": context_digest(spec.context, spec.dockerfile),
        "dockerfile": _digest(spec.dockerfile),
        "ignore": _digest(ignored) if ignored else "",
        "target": spec.target,
        "args": dict(sorted(spec.args.items())),
        "secrets": sorted(secret.id for secret in spec.secrets),
        "platforms": sorted(spec.platforms),
        "labels": dict(sorted(spec.labels.items())),
    }
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def reference_of(spec: ImageSpec, inputs: str, again: str = "") -> str:
    """`<repository>:<16 digits of the inputs>`. again: the id of an image that was made anew of the same inputs and became another."""
    rest = f"-{again.removeprefix('sha256:')[:8]}" if again else ""
    return f"{spec.repository}:{inputs[:DIGITS]}{rest}"


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise BuildError(f"{path.name} cannot be read: {error.strerror}", where=str(path)) from error


def _check_place(spec: ImageSpec) -> None:
    """Sources are inside the workspace, links followed, and there."""
    root = spec.root.resolve()
    for what, path in (("context", spec.context), ("Dockerfile", spec.dockerfile)):
        if not path.exists():
            hint = 'Correct "context" and "dockerfile" of "build", or make it.'
            raise BuildError(f"image {spec.label}: there is no {what} {path.name}", where=str(path), hint=hint)
        if not path.resolve().is_relative_to(root):
            hint = "What is built lies in the workspace: move it there, or the workspace's document up."
            raise BuildError(f"image {spec.label}: its {what} leads out of the workspace", where=str(path), hint=hint)
    if not spec.context.is_dir():
        raise BuildError(f"image {spec.label}: its context is no folder", where=str(spec.context))
