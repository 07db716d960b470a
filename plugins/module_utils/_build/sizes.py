# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large an image is, and what in it: read from its docker-archive."""

from __future__ import annotations

import heapq
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .._errors import BuildError
from .types import ImageSpec

LARGEST = 5
_GONE = ".wh."


@dataclass(frozen=True)
class Layer:
    """size: bytes of its files. made_by: the step. files: the largest ones, (bytes, path)."""

    size: int
    made_by: str
    files: tuple[tuple[int, str], ...]


def layers_of(archive: Path) -> list[Layer]:
    """Layers from the base up. Raises BuildError for what cannot be read."""
    try:
        with tarfile.open(archive) as tar:
            described = json.load(_member(tar, "manifest.json"))[0]
            config = json.load(_member(tar, described["Config"]))
            steps = _steps(config.get("history") or [], len(described["Layers"]))
            return [_layer(_member(tar, name), step) for name, step in zip(described["Layers"], steps, strict=True)]
    except (OSError, tarfile.TarError, ValueError, KeyError, IndexError, TypeError) as error:
        raise BuildError(f"the archive of an image cannot be read: {error}", where=str(archive)) from error


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def _steps(history: Sequence[dict[str, Any]], layers: int) -> list[str]:
    made = [str(item.get("created_by") or "") for item in history if not item.get("empty_layer")]
    return ([""] * layers + made)[-layers:] if layers else []


def _layer(stream: IO[bytes], made_by: str) -> Layer:
    """A stream that is compressed is unpacked on the way."""
    total = 0
    largest: list[tuple[int, str]] = []
    with tarfile.open(fileobj=stream, mode="r:*") as tar:
        for item in tar:
            if item.isfile() and not item.name.rpartition("/")[2].startswith(_GONE):
                total += item.size
                keep = heapq.heappush if len(largest) < LARGEST else heapq.heappushpop
                keep(largest, (item.size, item.name.removeprefix("./")))
    return Layer(total, made_by, tuple(sorted(largest, reverse=True)))


def check_size(spec: ImageSpec, layers: Sequence[Layer]) -> int:
    """The image's size in bytes. Raises BuildError where that is more than it may have, with what is large."""
    size = sum(layer.size for layer in layers)
    if spec.max_size is None or size <= spec.max_size:
        return size
    told = [f"  {size_text(layer.size):>9}  {short_step(layer.made_by)}" for layer in sorted(layers, key=lambda one: -one.size)[:3]]
    files = heapq.nlargest(LARGEST, (item for layer in layers for item in layer.files))
    told += ["  largest files:", *(f"  {size_text(many):>9}  /{name}" for many, name in files)]
    raise BuildError(
        f"image {spec.label} has {size_text(size)}, and maxSize is {size_text(spec.max_size)}\n" + "\n".join(told),
        where=str(spec.dockerfile),
        hint="Leave out what it does not need: a smaller base, a stage of its own for building, .dockerignore; or raise maxSize.",
    )


def size_text(number: int) -> str:
    """`1.99 MB`, decimal as builders have it."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, {"B": "kB", "kB": "MB", "MB": "GB", "GB": "TB"}[unit]
    return f"{value:.3g} {unit}"


def short_step(made_by: str) -> str:
    """A step of an image's history as its Dockerfile has it, on one line."""
    text = " ".join(made_by.removeprefix("/bin/sh -c #(nop)").split()).removesuffix("# buildkit").strip()
    text = f"RUN {text.removeprefix('/bin/sh -c ')}" if text.startswith("/bin/sh -c ") else text
    return (text if len(text) <= 90 else f"{text[:87]}...") or "(a layer of the base)"
