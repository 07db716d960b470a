# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Git repositories: reading revisions, changing them without running anything that they bring, and talking to their servers.

GitPython reads commits, trees and files of revisions (`objects.py`). Everything else is the git command, started in `command.py` alone,
with an environment of its own (`environment.py`): no hooks, prompts, credential helpers, filters or other programs that a repository's or
a user's configuration names, no protocol but https and ssh, and secrets in 0600 files that only an askpass script reads (`access.py`).
May import `_errors`, `_state`, `_secrets`, `_harmless`.

Front door: `open_repository` and what a `Repository` offers; `clone`, `fetch`, `complete`, `push`, `references` with an `Address`
and an `Access`; `shown_key` and `accept_host` for the host keys of SSH servers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from .access import Access, Credential
    from .addresses import Address, Place, place_of, read_address
    from .command import Finished, Limits
    from .credentials import Held, Stored, keep_credential, list_credentials, remove_credential
    from .existing import existing_clone
    from .glance import commit_of_head
    from .host_keys import HostKey, accept_host, shown_key
    from .login import PROVIDERS, Invitation, Provider, log_in
    from .remote import clone, complete, fetch, push, references
    from .repository import MERGES, READS, Repository, ended_with_nul, git_version, open_repository
    from .servers import Proof, Reach, access_for, reach_once, reach_server, remembered
    from .tree_contents import Contents, contents
    from .types import Commit, Conflict, File, Head, Listener, Merged, Person, Progress, Push, Stage, Status, unheard

__all__ = [
    "MERGES",
    "PROVIDERS",
    "READS",
    "Access",
    "Address",
    "Commit",
    "Conflict",
    "Contents",
    "Credential",
    "File",
    "Finished",
    "Head",
    "Held",
    "HostKey",
    "Invitation",
    "Limits",
    "Listener",
    "Merged",
    "Person",
    "Place",
    "Progress",
    "Proof",
    "Provider",
    "Push",
    "Reach",
    "Repository",
    "Stage",
    "Status",
    "Stored",
    "accept_host",
    "access_for",
    "clone",
    "commit_of_head",
    "complete",
    "contents",
    "ended_with_nul",
    "existing_clone",
    "fetch",
    "git_version",
    "keep_credential",
    "list_credentials",
    "log_in",
    "open_repository",
    "place_of",
    "push",
    "reach_once",
    "reach_server",
    "read_address",
    "references",
    "remembered",
    "remove_credential",
    "shown_key",
    "unheard",
]

_FILES = {
    "access": ("Access", "Credential"),
    "addresses": ("Address", "Place", "place_of", "read_address"),
    "command": ("Finished", "Limits"),
    "credentials": ("Held", "Stored", "keep_credential", "list_credentials", "remove_credential"),
    "existing": ("existing_clone",),
    "glance": ("commit_of_head",),
    "host_keys": ("HostKey", "accept_host", "shown_key"),
    "login": ("PROVIDERS", "Invitation", "Provider", "log_in"),
    "remote": ("clone", "complete", "fetch", "push", "references"),
    "repository": ("MERGES", "READS", "Repository", "ended_with_nul", "git_version", "open_repository"),
    "servers": ("Proof", "Reach", "access_for", "reach_once", "reach_server", "remembered"),
    "tree_contents": ("Contents", "contents"),
    "types": ("Commit", "Conflict", "File", "Head", "Listener", "Merged", "Person", "Progress", "Push", "Stage", "Status", "unheard"),
}

__getattr__ = lazily(__name__, _FILES)
