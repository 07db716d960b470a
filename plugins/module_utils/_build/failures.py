# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a builder said when it failed -> the step, its line in the Dockerfile, and the last lines of the step. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from .._errors import BuildError
from .dockerfile import instructions, line_of
from .running import Ended
from .types import ImageSpec

SHOWN = 12
"""Lines of a failed step."""
_STEP = re.compile(r"^\s*STEP \d+(?:/\d+)?\s*:\s*(.+)$", re.IGNORECASE)
_BUILDKIT_PLACE = re.compile(r"^\s*[^\s:]+:(\d+)\s*$")
_BUILDKIT_PARSE = re.compile(r"parse error on line (\d+): (.+)$")
_BUILDKIT_OUTPUT = re.compile(r"^#\d+ (?:\d+\.\d+ )?(.*)$")
_BUILDAH_AT = re.compile(r'building at STEP "(.*?)": (.+)$')
_ERROR = re.compile(r"^\s*(?:error|failed)\s*:\s*(.+)$", re.IGNORECASE)


def build_failure(spec: ImageSpec, builder: str, ended: Ended) -> BuildError:
    """The error of a build that ended badly."""
    if ended.code == 127:
        return BuildError(f"image {spec.label}: {builder} is not there: {' '.join(ended.lines)}", hint="Name another: --builder NAME.")
    lines = [line for line in ended.lines if line.strip()]
    try:
        found = instructions(spec.dockerfile.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        found = []
    line, step = _place(lines)
    if line is None and step:
        line = line_of(found, step)
    shown = next((one.text for one in found if one.line == line), step or "")
    why = _why(lines) or f"{builder} ended with {ended.code}"
    at = f" at {_short(shown)}" if shown else ""
    said = "\n".join(f"  | {text}" for text in _last_lines(lines))
    place = f"{_relative(spec.dockerfile, spec.root)}{f':{line}' if line else ''}"
    return BuildError(f"image {spec.label} could not be built{at}: {why}{chr(10) if said else ''}{said}", where=place, hint=_hint(why))


def _place(lines: Sequence[str]) -> tuple[int | None, str | None]:
    """The line, where a builder told it, and the text of the step."""
    step = None
    for at, text in enumerate(lines):
        if match := _BUILDKIT_PARSE.search(text):
            return int(match[1]), None
        if (match := _BUILDKIT_PLACE.match(text)) and at + 1 < len(lines) and set(lines[at + 1].strip()) == {"-"}:
            return _marked(lines[at + 1 :], int(match[1])), None
        if match := _BUILDAH_AT.search(text):
            return None, match[1]
        if match := _STEP.match(text):
            step = match[1]
    return None, step


def _marked(lines: Sequence[str], first: int) -> int:
    """The first line that BuildKit marks in its excerpt."""
    for text in lines[1:]:
        if match := re.match(r"^\s*(\d+)\s*\|\s*>>>", text):
            return int(match[1])
    return first


def _why(lines: Sequence[str]) -> str:
    for text in reversed(lines):
        if match := _BUILDAH_AT.search(text):
            return match[2].partition(" &imagebuilder")[0]
        if match := _ERROR.match(text):
            return match[1].removeprefix("failed to solve: ")
    return ""


def _last_lines(lines: Sequence[str]) -> list[str]:
    """What the step that failed wrote: since its heading, without what the builder says of the failure."""
    starts = [at for at, text in enumerate(lines) if _STEP.match(text)]
    said = lines[starts[-1] + 1 :] if starts else _of_last_vertex(lines)
    kept = [text for text in said if not _ERROR.match(text) and not text.startswith(("time=", "subprocess exited", "-->"))]
    return kept[-SHOWN:]


def _of_last_vertex(lines: Sequence[str]) -> list[str]:
    """BuildKit numbers its steps: the lines of the one that says ERROR."""
    failed = next((text.split()[0] for text in reversed(lines) if re.match(r"^#\d+ ERROR", text)), None)
    if failed is None:
        return list(lines)
    mine = [text for text in lines if text.startswith(f"{failed} ") and " ERROR" not in text and not re.match(r"^#\d+ \[", text)]
    return [match[1] for text in mine if (match := _BUILDKIT_OUTPUT.match(text))]


def _hint(why: str) -> str | None:
    if "did not resolve to an alias" in why or "no unqualified-search registries" in why:
        return "Write the base image with its registry, such as docker.io/library/python:3.12."
    if "secret" in why and "not found" in why:
        return 'Name it under "secrets" of "build".'
    return None


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:97]}..."


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
