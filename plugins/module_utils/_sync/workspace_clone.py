# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clone of a workspace as those who sync it want it: its repository, its settings for Git, its server's address."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .._errors import DocumentError, GitError, RoroError, UsageError
from .._git import Address, Listener, Reach, Repository, open_repository, reach_server, read_address, unheard
from .._model import Workspace, load_workspace
from .._secrets import SecretText
from .record import write_last
from .run import Server, sync
from .types import Side, Synced, SyncOptions

DEFAULT_INTERVAL = 60.0
"""Seconds between two syncs where nobody says it."""
REMOTE = "origin"


@dataclass(frozen=True)
class WorkspaceClone:
    """workspace: None where its documents have a mistake, which is no reason not to fetch what mends it; trouble: that mistake, else ""."""

    repository: Repository
    workspace: Workspace | None
    trouble: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        """`git` of the workspace document."""
        return dict(self.workspace.git) if self.workspace else {}

    @property
    def interval(self) -> float:
        """Seconds between two syncs, as the settings say it."""
        return float(self.settings.get("interval", DEFAULT_INTERVAL))

    def server_address(self) -> tuple[Address, SecretText | None]:
        """Where its server is, and the password that stands in the address. Raises UsageError."""
        url = self.repository.remote_url(REMOTE) or self.settings.get("url")
        if not url:
            where = str(self.repository.root)
            raise UsageError("this repository has no server", where=where, hint=f"Name one: git remote add {REMOTE} URL")
        return read_address(url, below=self.repository.root)

    def address_without_password(self) -> Address:
        """Where its server is, for the background, which uses nothing that anybody can read. Raises UsageError."""
        address, password = self.server_address()
        if password is not None:
            raise UsageError(
                f"the password in the address of {REMOTE} is not used in the background",
                where=str(self.repository.root),
                hint=f"Keep it: roro git credentials add {address.origin}, and take it out: git remote set-url {REMOTE} {address.url}",
            )
        return address

    def background_server(self, agent: str = "") -> Server:
        """Its server, for the background. agent: see `Access`. Raises RoroError."""
        address = self.address_without_password()
        return Server(address, replace(reach_server(address, Reach()), agent=agent), REMOTE)

    def options(self, **given: Any) -> SyncOptions:
        """Those of a sync: what is given, and where a setting's is None, what the workspace says."""
        strategy, push = given.pop("strategy", None), given.pop("push", None)
        return SyncOptions(
            strategy=strategy or self.settings.get("strategy", "rebase"),
            push=bool(self.settings.get("push", False)) if push is None else push,
            **given,
        )


def open_clone(folder: Path) -> WorkspaceClone:
    """The clone that the workspace at or above a folder is in. Raises GitError."""
    try:
        workspace = load_workspace(folder)
    except (DocumentError, UsageError) as error:
        trouble = f"the workspace cannot be read, so its settings for Git are not used: {error.problems[0].message}"
        return WorkspaceClone(open_repository(folder), None, trouble)
    return WorkspaceClone(open_repository(workspace.root), workspace)


def sync_and_record(
    repository: Repository,
    server: Server,
    options: SyncOptions,
    *,
    cancel: threading.Event | None = None,
    on_progress: Listener = unheard,
) -> Synced:
    """One sync; how it ended is kept in the record, unless it was only a check, or another one is under way. Raises RoroError."""
    try:
        done = sync(repository, server, options, cancel=cancel, on_progress=on_progress)
    except RoroError as error:
        if not options.check and not (isinstance(error, GitError) and error.reason == "Busy"):
            write_last(repository, error)
        raise
    if not options.check:
        write_last(repository, done)
    return done


def read_choices(given: Iterable[str]) -> dict[str, Side]:
    """`FILE=ours` and `FILE:PATH=theirs` as what settles conflicts. Raises UsageError."""
    return checked_choices({name: side for name, _, side in (text.rpartition("=") for text in given)}, "--resolve")


def checked_choices(given: Mapping[str, str], option: str = "resolve") -> dict[str, Side]:
    """`FILE` or `FILE:PATH` -> side, where each side is one. Raises UsageError, which names the option."""
    found: dict[str, Side] = {}
    for name, side in given.items():
        if not name or side not in ("ours", "theirs"):
            hint = "Write FILE=ours, FILE=theirs or FILE:PATH=theirs, as a conflict names them."
            raise UsageError(f'{option}: found "{name}={side}"' if name else f'{option}: found "{side}"', hint=hint)
        found[name] = "ours" if side == "ours" else "theirs"
    return found
