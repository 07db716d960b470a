"""Lifecycle commands start their playbook's process first, and load what reads their documents while Ansible loads in it.

Imports little: what is imported here and in the modules of these commands is waited for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted

from .playbook import PlaybookProcess, prepared_playbook

if TYPE_CHECKING:
    from .lifecycle import Lifecycle


def begin(verb: str, names: tuple[str, ...], workspace: Path | None, options: dict[str, Any]) -> Lifecycle:
    """The job of a command, with a process that gets ready for its playbook; that ends with the command."""
    process = click.get_current_context().with_resource(prepared_playbook(verb))
    with _interruptible(process):
        from .lifecycle_job import lifecycle_of

        return lifecycle_of(verb, names, workspace, options, process)


def finish(job: Lifecycle, *, forward: bool = True) -> None:
    """See `lifecycle.run_lifecycle`, and `fleet.run_fleet` for several environments."""
    with _interruptible(job.process):
        if job.target.several:
            from .fleet import run_fleet

            run_fleet(job, forward=forward)
        else:
            from .lifecycle import run_lifecycle

            run_lifecycle(job, forward=forward)


@contextmanager
def _interruptible(process: PlaybookProcess | None) -> Iterator[None]:
    """Says that nothing was begun where a person interrupts before the playbook."""
    try:
        yield
    except KeyboardInterrupt:
        if process is not None and process.begun:
            raise
        raise Interrupted("interrupted before anything was begun") from None
