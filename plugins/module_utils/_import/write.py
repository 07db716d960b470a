# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one step that writes: files of a new workspace, none of them over one that is there. Secret values are the owner's alone."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from .._errors import UsageError

_DOCUMENTS = tuple(f"workspace{suffix}" for suffix in (".json", ".yaml", ".yml"))


def check_free(into: Path, files: Collection[str], *, overwrite: bool = False) -> None:
    """Raises UsageError when one of the files, or a workspace, is there already, or would lead outside."""
    for path in files:
        target = into / path
        real, root = os.path.realpath(target), os.path.realpath(into)
        if not real.startswith(root + os.sep):
            raise UsageError(f"{target} leads outside of {into} by a link", hint="remove the link, or name another folder with --into")
        if target.is_dir():
            raise UsageError(f"{target} is a folder", hint="name another folder with --into")
    if overwrite:
        return
    there = [path for path in (*_DOCUMENTS, *files) if os.path.lexists(into / path)]
    if there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise UsageError(
            f"{into / there[0]}{more} is already there: nothing was written",
            hint="name another folder with --into, or --overwrite these files",
        )


def write_files(into: Path, files: Mapping[str, str | bytes], private: Collection[str] = ()) -> None:
    """Write them all; a private file is readable by its owner only from its first moment. Each appears whole or not at all."""
    for path, text in files.items():
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600 if path in private else 0o666)
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode() if isinstance(text, str) else text)
        part.replace(target)
