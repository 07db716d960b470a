# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of clone and sync: a workspace from its Git server, and together with it. What proves who asks is given by the task, and kept
nowhere."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .._errors import UsageError
from .._events import Notice, Sink
from .._git import (
    Access,
    Address,
    Proof,
    Reach,
    Repository,
    clone,
    contents,
    existing_clone,
    reach_once,
    read_address,
    references,
)
from .._secrets import SecretText
from .._sync import (
    REMOTE,
    Server,
    Synced,
    WorkspaceClone,
    checked_choices,
    open_clone,
    sync_and_record,
    synced_record,
    synced_text,
    touched,
)
from .types import Mode, Outcome

_KEPT_BY = "roro git credentials add"
_FILES = ("key_file", "known_hosts", "ca_file", "client_certificate", "client_key", "password_file")


def clone_workspace(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """A clone of the repository in the folder, made where there is none."""
    address, password = read_address(parameters["url"])
    folder, branch = Path(parameters["dest"]).absolute(), parameters.get("branch") or None
    there = existing_clone(folder, address, branch=branch)
    if there is not None:
        return {**_clone_record(there, address, folder), "changed": False}
    with reach_once(address, _reach(parameters), _proof(parameters, password), accept_host=parameters.get("accept_host")) as access:
        if mode.check:
            outcome = _would_clone(address, access, folder, branch, cancel)
        else:
            depth, filtered = parameters.get("depth"), parameters.get("filter") or None
            made = clone(address, folder, access, branch=branch, depth=depth, filtered=filtered, cancel=cancel)
            outcome = {**_clone_record(made, address, folder), "changed": True}
    for note in outcome["notices"]:
        sink(Notice("", "warning", note))
    if mode.diff:
        after = f"{address.url}\n{outcome['branch'] or 'no branch'} {outcome['commit'] or 'without a commit'}\n"
        outcome["diff"] = {"before_header": str(folder), "after_header": str(folder), "before": "", "after": after}
    return outcome


def _would_clone(address: Address, access: Access, folder: Path, branch: str | None, cancel: threading.Event) -> Outcome:
    """What a clone would be, as the server says it. Raises GitError and UsageError."""
    has = references(address, access, cancel=cancel)
    heads = {name.removeprefix("refs/heads/"): commit for name, commit in has.items() if name.startswith("refs/heads/")}
    if branch is not None and branch not in heads and f"refs/tags/{branch}" not in has:
        listed = ", ".join(sorted(heads)[:20]) or "no branch"
        raise UsageError(f"the server has no branch or tag {branch}", where=address.url, hint=f"It has: {listed}.")
    commit = heads.get(branch or "") or has.get(f"refs/tags/{branch}" if branch else "HEAD") or ""
    shown = (branch if branch in heads else "") if branch else next((name for name, at in heads.items() if at == commit), "")
    return {**_folder_record(address, folder, shown, commit), "workspaces": [], "notices": [], "changed": True}


def _clone_record(repository: Repository, address: Address, folder: Path) -> Outcome:
    found, head = contents(repository), repository.head()
    record = _folder_record(address, folder, head.branch or "", head.commit or "")
    return {**record, "workspaces": [str(folder / place) for place in found.workspaces], "notices": list(found.notes)}


def _folder_record(address: Address, folder: Path, branch: str, commit: str) -> Outcome:
    return {"dest": str(folder), "url": address.url, "branch": branch, "commit": commit}


def sync_workspace(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """The clone and the branch of its server, brought together."""
    found = open_clone(Path(parameters["workspace"]).absolute())
    if found.trouble:
        sink(Notice("", "warning", found.trouble))
    options = found.options(
        branch=parameters.get("branch") or None,
        strategy=parameters.get("strategy"),
        push=parameters.get("push"),
        check=mode.check,
        resolve=checked_choices(parameters.get("resolve") or {}),
        follow_rewritten=bool(parameters.get("follow_rewritten")),
        message=parameters.get("commit_message") or None,
    )
    address, password = found.server_address()
    if password is not None:
        words = f"the password in the address of {REMOTE} is readable by others; keep it: {_KEPT_BY} {address.origin}"
        sink(Notice("", "warning", words))
    with reach_once(address, _reach(parameters), _proof(parameters, password), accept_host=parameters.get("accept_host")) as access:
        done = sync_and_record(found.repository, Server(address, access, REMOTE), options, cancel=cancel)
    for note in done.notes:
        sink(Notice("", "info", note))
    return _sync_outcome(found, done, mode)


def _sync_outcome(found: WorkspaceClone, done: Synced, mode: Mode) -> Outcome:
    record = synced_record(done, check=mode.check)
    files = touched(found.repository, done)
    outcome: Outcome = {key: value for key, value in record.items() if key not in ("check", "notes")}
    outcome["conflicts"] = [_snake_case(clash) for clash in record["conflicts"]]
    outcome |= {"files": [asdict(one) for one in files], "notices": list(done.notes), "msg": synced_text(done, check=mode.check)}
    if done.clashes:
        hint = "Settle it with resolve (ours or theirs), or edit and commit, then sync."
        problems = [{"message": clash.what, "where": clash.name, "hint": hint} for clash in done.clashes]
        return {**outcome, "changed": False, "failed": True, "exit_code": 1, "reason": "Conflict", "problems": problems}
    if mode.diff and outcome["changed"]:
        lines = "".join(f"{one.action:<6} {one.file}\n" for one in files)
        sent = f"{done.pushed} of {done.branch} to {done.upstream}\n" if done.pushed else ""
        header = f"{found.repository.root} {done.branch}"
        shown = {"before_header": f"{header} {done.before[:12]}", "after_header": f"{header} {done.after[:12]}"}
        outcome["diff"] = {**shown, "before": "", "after": lines + (f"push   {sent}" if sent else "")}
    return outcome


def _snake_case(clash: Mapping[str, Any]) -> dict[str, Any]:
    names = {"oursBy": "ours_by", "theirsBy": "theirs_by"}
    return {names.get(key, key): value for key, value in clash.items()}


def _reach(parameters: Mapping[str, Any]) -> Reach:
    """How the server is reached, as far as the task says it. Raises UsageError where a file is not there."""
    files = {name: parameters.get(name) or "" for name in _FILES}
    for name, text in files.items():
        if text and not Path(text).is_file():
            raise UsageError(f"{name}: there is no file {text}", hint="Name one of the machine where this task runs.")
    texts = {name: str(Path(text).absolute()) if text else "" for name, text in files.items()}
    return Reach(**texts, proxy=parameters.get("proxy") or "", git_helpers=bool(parameters.get("git_helpers")))


def _proof(parameters: Mapping[str, Any], in_address: SecretText | None) -> Proof:
    """What the task gives, and the password of the address where it gives none."""
    given = {
        name: SecretText(parameters[option]) if parameters.get(option) else None
        for name, option in (
            ("password", "password"),
            ("passphrase", "key_passphrase"),
            ("client_key_passphrase", "client_key_passphrase"),
            ("proxy_password", "proxy_password"),
        )
    }
    return Proof(user=parameters.get("username") or "", **{**given, "password": given["password"] or in_address})
