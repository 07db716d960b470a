# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files: written under a lock, so that two writers lose nothing, and in one piece."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from .._errors import RoroError
from .._state import lock_within, state_directory, write_private
from .seen import Place, Seen, decoded, encoded

PATIENCE = 1.0
"""Seconds that a writer waits for another one; what was seen is then not kept."""
MAX_BYTES = 16 * 1024**2
"""A file that is larger is not ours."""


def remember(place: Place, seen: Seen) -> None:
    """Keep what was seen, beside what others saw meanwhile. Where it cannot be kept, it is not: nothing depends on it."""
    with suppress(RoroError, OSError):
        path = _path(place)
        handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            if lock_within(handle, PATIENCE):
                write_private(path, encoded(seen.over(_read(path))))
        finally:
            os.close(handle)


def recall(place: Place) -> Seen | None:
    """What was last seen; None where nothing is kept, or what is kept cannot be read."""
    with suppress(RoroError, OSError):
        return _read(_path(place))
    return None


def forget(place: Place) -> None:
    """Keep nothing of it any longer."""
    with suppress(RoroError, OSError):
        path = _path(place)
        path.unlink(missing_ok=True)
        path.with_suffix(".lock").unlink(missing_ok=True)


def _read(path: Path) -> Seen | None:
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        return None
    return decoded(path.read_bytes())


def _path(place: Place) -> Path:
    """Named by a digest: names of workspaces and environments, and paths, are as long as somebody likes."""
    digest = hashlib.sha256(json.dumps(astuple(place)).encode("utf-8", "surrogateescape")).hexdigest()
    return state_directory("seen") / f"{digest[:40]}.json"
