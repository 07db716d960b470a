# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between the marks of templates, found without running any. The files are somebody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_OPEN, _CLOSE = re.compile(rb"\{[{%]"), re.compile(rb"[}%]\}")
_MOST_BYTES = 1_000_000
_MOST_FILES = 5_000


def blocks(data: bytes) -> Iterator[bytes]:
    """What stands between marks, with them. Looks at each byte once: a regular expression for a whole block would look at all that
    follows for each mark that is not closed."""
    place = 0
    while (begin := _OPEN.search(data, place)) and (end := _CLOSE.search(data, begin.end())):
        yield data[begin.start() : end.end()]
        place = end.end()


def texts_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """The files below a folder with what they hold. Raises OSError where that is too much to look at (5,000 files, a file of 1 MB, an
    archive): whoever asks takes it for one that names everything."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if len(files) > _MOST_FILES:
        raise OSError(f"{len(files)} files")
    for path in files:
        if path.suffix in (".tgz", ".gz") or path.stat().st_size > _MOST_BYTES:
            raise OSError(f"{path} is not looked at")
        yield path, path.read_bytes()
