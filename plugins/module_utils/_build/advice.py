# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is worth a warning before a build. Pure, but for reading Dockerfiles."""

from __future__ import annotations

from collections.abc import Sequence

from .._model import looks_secret, suggest
from .dockerfile import declared_arguments, instructions
from .types import ImageSpec

# https://docs.docker.com/reference/dockerfile/#predefined-args and BuildKit's own
_PREDEFINED = {"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY", "SOURCE_DATE_EPOCH"}


def warnings(specs: Sequence[ImageSpec]) -> list[str]:
    """Sentences about build arguments: those that look like secrets, and those that no Dockerfile asks for."""
    return [sentence for spec in specs for sentence in _of(spec)]


def _of(spec: ImageSpec) -> list[str]:
    told = [
        f"image {spec.label}: the build argument {name} looks like a secret, and stays readable in the image: use `secrets`"
        for name in spec.args
        if looks_secret(name)
    ]
    try:
        declared = declared_arguments(instructions(spec.dockerfile.read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return told
    for name in spec.args:
        if name not in declared and name.upper() not in _PREDEFINED and not name.startswith("BUILDKIT_"):
            near = suggest(name, declared)
            told.append(f"image {spec.label}: {spec.dockerfile.name} has no ARG {name}{f'; {near}' if near else ''}")
    return told
