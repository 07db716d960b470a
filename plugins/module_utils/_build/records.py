# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was built here, by the digest of its inputs, and which of it an environment got last. In the user's cache.

A record is written when its image is complete, in one step: what a killed run leaves is no record.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from .._errors import BuildError
from .._known_fields import known_fields
from .._state import cache_directory, lock_within, write_private

LOCK_SECONDS = 3600.0
"""That another run may take to build the same image."""


@dataclass(frozen=True)
class ImageRecord:
    """reference: with the tag of its content. builder: which has it. image_id: there. bases: image -> id when it was built.
    pushed: references that a registry took."""

    inputs: str
    reference: str
    builder: str = ""
    image_id: str = ""
    size: int | None = None
    bases: dict[str, str] = field(default_factory=dict)
    pushed: list[str] = field(default_factory=list)


def read_record(inputs: str, repository: str) -> ImageRecord | None:
    """None where nothing, or nothing that can be read, is known."""
    found = _read(_path(inputs, repository))
    return None if not found.get("reference") else ImageRecord(**known_fields(ImageRecord, found))


def write_record(record: ImageRecord, repository: str) -> None:
    """Keep it. Raises RoroError."""
    write_private(_path(record.inputs, repository), json.dumps(asdict(record)).encode())


def add_pushed(record: ImageRecord, references: tuple[str, ...]) -> ImageRecord:
    """The record with what a registry took."""
    return replace(record, pushed=sorted({*record.pushed, *references}))


@dataclass(frozen=True)
class LastImage:
    """What an environment's image was when it was last delivered from this machine. local: loaded into a cluster, not pushed."""

    inputs: str
    reference: str
    local: bool


def read_last(root: Path, environment: str, label: str) -> LastImage | None:
    """None where nothing was delivered from here."""
    found = _read(_last_path(root, environment, label))
    return None if not found.get("reference") else LastImage(**known_fields(LastImage, found))


def write_last(root: Path, environment: str, label: str, last: LastImage) -> None:
    """Keep it. Raises RoroError."""
    write_private(_last_path(root, environment, label), json.dumps(asdict(last)).encode())


@contextmanager
def locked(inputs: str, waiting: str) -> Iterator[Path]:
    """One build of these inputs at a time; a private folder that is empty. waiting: what to say where it is waited for in vain."""
    folder = cache_directory("builds/work")
    handle = os.open(folder / f"{inputs[:32]}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not lock_within(handle, LOCK_SECONDS):
            raise BuildError(waiting, where=str(folder), hint="See what it waits for, or end it.")
        work = folder / inputs[:32]
        shutil.rmtree(work, ignore_errors=True)  # what a killed run left
        work.mkdir(mode=0o700)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)
    finally:
        os.close(handle)


def _path(inputs: str, repository: str) -> Path:
    return cache_directory("builds/images") / f"{_short(inputs, repository)}.json"


def _last_path(root: Path, environment: str, label: str) -> Path:
    return cache_directory("builds/last") / f"{_short(os.path.realpath(root), environment, label)}.json"


def _short(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _read(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
