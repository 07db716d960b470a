"""What git does while a person waits for a server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ansible_collections.roro.kube.plugins.module_utils._git import Progress

from .cluster_commands import progress_lines


@contextmanager
def git_progress(word: str) -> Iterator[Callable[[Progress], None]]:
    """A listener that prints a line for each phase, on stderr where that is a terminal. word: what it is done for, such as `clone`."""
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    said: set[str] = set()
    with progress_lines() as show:

        def listen(progress: Progress) -> None:
            if progress.phase not in said and progress.total:
                said.add(progress.phase)
                show(word, f"{progress.phase}: {progress.total}")

        yield listen
