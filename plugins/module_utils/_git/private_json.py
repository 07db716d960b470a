# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One private JSON file that several processes change: read whole, written whole, under a lock."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .._errors import RoroError
from .._state import lock_within, write_private

_LOCK_SECONDS = 30.0


def read_json(file: Path) -> dict[str, Any]:
    """What the file holds, {} where it is not there. Raises RoroError where it cannot be read; it is never written over then."""
    try:
        held = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RoroError(
            f"{file} cannot be read: {type(error).__name__}", hint="Mend it, or remove it and add what it held again."
        ) from error
    if not isinstance(held, dict):
        raise RoroError(f"{file} has another form than expected", hint="Remove it and add what it held again.")
    return held


@contextmanager
def changing(file: Path) -> Iterator[dict[str, Any]]:
    """What the file holds, to be changed in place; written at the end, not after an error. One process at a time. Raises RoroError."""
    handle = os.open(file.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if not lock_within(handle, _LOCK_SECONDS):
            raise RoroError(f"another roro holds {file.parent}", hint="Try again when it has ended.")
        held = read_json(file)
        yield held
        write_private(file, json.dumps(held, indent=1).encode() + b"\n")
    finally:
        os.close(handle)
