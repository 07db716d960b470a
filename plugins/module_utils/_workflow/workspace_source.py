# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where what is reconciled comes from: a workspace's folder, kept together with its Git server, and the forwards of this machine."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .._cluster import Cluster
from .._events import Notice, Sink
from .._forward import decide_scope
from .._git import commit_of_head
from .._model import Selection, told_below
from .._reconcile import Finding, Mode, Wanted
from .._release import Desired, Options
from .forwards import forwards_of, open_forwards
from .jobs import for_selection, placed
from .loading import load
from .request import Request
from .wanted_instances import Desire


@dataclass
class WorkspaceSource:
    """Of one environment. A `Source` of the reconcile room. mode: instead of what the documents say. forwards: whether they are looked at.
    synced: says why the folder could not be brought together with its server."""

    request: Request
    cluster: Cluster
    sink: Sink
    mode: Mode | None = None
    forwards: bool = True
    synced: Callable[[], str] = str
    _read: str = ""
    _selection: Selection | None = None

    @property
    def trouble(self) -> str:
        """See Source."""
        return self.synced()

    def changed(self) -> bool:
        """See Source."""
        return self._read != _signature(self._root())

    def read(self) -> Wanted:
        """See Source. Raises RoroError."""
        self._read = _signature(self._root())  # taken first: what is saved meanwhile is read the next time
        selection = load(self.request)
        self._selection = selection
        root = selection.workspace.root
        with told_below(root):
            desire = Desire(self.cluster, root)
            desire.fill(selection.instances, threading.Event(), lambda instance, words: self.sink(Notice(instance, "info", words)))
        return wanted_of(selection, desire.desired, self.request.options, self.mode)

    def missing_forwards(self) -> tuple[Finding, ...]:
        """See Source. One that a person stopped is not missing."""
        return missing_forwards(self.request, self._selection) if self.forwards and self._selection is not None else ()

    def open_forwards(self) -> None:
        """See Source."""
        open_forwards(self.request, wait=0)

    def _root(self) -> Path:
        return self._selection.workspace.root if self._selection is not None else self.request.workspace


def missing_forwards(request: Request, selection: Selection) -> tuple[Finding, ...]:
    """Forwards of the documents that this user's background process does not know. None where nothing lasts, as in a pod. Raises
    RoroError."""
    wanted = [(instance, forward) for instance in selection.instances for forward in instance.forwards]
    if not wanted or decide_scope(None) == "job":
        return ()
    known = {(status.origin.instance, status.origin.name) for status in forwards_of(request)}
    return tuple(
        Finding(instance.id, "PortForward", "Forward", instance.namespace, forward.name, f"{forward.target} is not forwarded")
        for instance, forward in wanted
        if (instance.id, forward.name) not in known
    )


def wanted_of(selection: Selection, desired: Sequence[Desired], options: Options, mode: Mode | None) -> Wanted:
    """What was read and rendered, as the reconcile room takes it."""
    workspace = selection.workspace
    digest = hashlib.sha256()
    for item in desired:
        digest.update(f"{item.instance.id} {item.instance.namespace} {item.digest}\n".encode())
    chosen = for_selection(placed(options, workspace), selection)
    return Wanted(selection, tuple(desired), chosen, commit_of_head(workspace.root), digest.hexdigest()[:20], mode)


def _signature(root: Path) -> str:
    """Another one when a file below the folder was saved, came or went. Links are not followed, what is hidden does not count."""
    parts = []
    for place, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            with suppress(OSError):
                if not name.startswith("."):
                    seen = Path(place, name).lstat()
                    parts.append(f"{place}/{name} {seen.st_mtime_ns} {seen.st_size} {seen.st_ino}")
    return hashlib.sha256("\n".join([commit_of_head(root), *parts]).encode("utf-8", "surrogateescape")).hexdigest()
