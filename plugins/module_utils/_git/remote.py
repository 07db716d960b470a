# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a server: clone, fetch, push, and what it has. Addresses are given to git, never names of remotes: a repository's own
settings for a remote start no program and lead nowhere else."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from .._errors import GitError, UsageError
from .access import Access, prepared, sweep
from .addresses import Address, read_address
from .command import Finished, Limits, run_git
from .environment import remote_environment
from .failures import failure
from .host_keys import shown_key
from .large_files import POINTER_BYTES, is_pointer
from .repository import READS, Repository, open_repository, require
from .settings import Configuration, read_configuration
from .types import Listener, Push, unheard

TRANSFER = Limits(seconds=3600.0)
ASKING = Limits(seconds=120.0)
_HEADS = "refs/heads/"
_WORDS = ("clone", "fetch", "ls-remote", "push")


def references(address: Address, access: Access, *, cancel: threading.Event | None = None) -> dict[str, str]:
    """What the server has: full reference -> object, with `HEAD`. Raises GitError and Interrupted."""
    configuration = read_configuration(Path("/"))
    done = _ask(["ls-remote", "--quiet", "--", address.url], Path("/"), configuration, address, access, ASKING, cancel)
    pairs = (line.split("\t", 1) for line in done.output.decode("utf-8", "replace").splitlines())
    return {name: commit for commit, name in pairs if not name.endswith("^{}")}


def clone(
    address: Address,
    folder: Path,
    access: Access,
    *,
    branch: str | None = None,
    depth: int | None = None,
    filtered: str | None = None,
    cancel: threading.Event | None = None,
    on_progress: Listener = unheard,
) -> Repository:
    """Clone into a folder that is not there, or is empty. branch: a branch or tag, else the server's HEAD. depth: commits of history.
    filtered: a partial clone (`blob:none`). Submodules and files of Git LFS are not fetched.

    It is made beside the folder and put in place when it is whole, else nothing is left behind. Raises GitError, UsageError, Interrupted.
    """
    require(READS, "roro")
    folder = folder.absolute()
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise UsageError(f"{folder} is there and is not empty", hint="Name another folder.")
    words = ["clone", "--progress", "--no-recurse-submodules", "--origin=origin", "--template="]
    words += ["--no-local"] if address.scheme == "file" else []
    words += [f"--branch={branch}"] if branch else []
    words += [f"--depth={depth}", "--no-single-branch"] if depth else []
    words += [f"--filter={filtered}"] if filtered else []
    configuration = read_configuration(Path("/"))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        mine = f".{folder.name}.roro-clone-"
        sweep(folder.parent, mine)
        place = Path(tempfile.mkdtemp(prefix=f"{mine}{os.getpid()}-", dir=folder.parent))
    except OSError as error:
        raise GitError(
            f"{folder} cannot be made: {error.strerror}", reason="NoAccess", hint="Check the rights of the folder above it."
        ) from error
    try:
        made = place / folder.name
        _ask([*words, "--", address.url, str(made)], place, configuration, address, access, TRANSFER, cancel, on_progress)
        with suppress(FileNotFoundError):
            folder.rmdir()
        made.rename(folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return open_repository(folder)


def fetch(
    repository: Repository,
    address: Address,
    access: Access,
    *,
    remote: str = "origin",
    branches: Sequence[str] = (),
    depth: int | None = None,
    cancel: threading.Event | None = None,
    on_progress: Listener = unheard,
) -> None:
    """Bring `refs/remotes/<remote>/` up to date: these branches, or all, then those that the server no longer has go. Moved branches
    (force-pushed) move here too; the work tree and own branches stay. Raises GitError and Interrupted."""
    tracking = f"refs/remotes/{remote}/"
    wanted = [f"+{_HEADS}{branch}:{tracking}{branch}" for branch in branches] or [f"+{_HEADS}*:{tracking}*"]
    words = ["fetch", "--progress", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--force"]
    words += [] if branches else ["--prune"]
    words += [f"--depth={depth}"] if depth else []
    _ask([*words, "--", address.url, *wanted], repository.root, repository.configuration, address, access, TRANSFER, cancel, on_progress)


def complete(
    repository: Repository,
    address: Address,
    access: Access,
    revision: str,
    *,
    cancel: threading.Event | None = None,
    on_progress: Listener = unheard,
) -> int:
    """Bring the files of a revision that a partial clone has left out, with one request; how many there were. Raises GitError, Interrupted.

    What reads or checks out a revision asks no server, so this comes before it.
    """
    remote = repository.left_out_by
    if remote is None:
        return 0
    listed = repository.text("rev-list", "--objects", "--no-object-names", "--missing=print", "--no-walk", "--end-of-options", revision)
    missing = [line[1:] for line in listed.splitlines() if line.startswith("?")]
    if missing:
        # As git fetches them itself (promisor-remote.c): the remote's name marks them as what may be missing.
        if read_address(repository.remote_url(remote) or "")[0].url != address.url:
            raise UsageError(
                f"the remote {remote}, from which this partial clone was made, is not {address.url}", where=str(repository.root)
            )
        words = [
            "-c",
            "fetch.negotiationAlgorithm=noop",
            "fetch",
            "--progress",
            "--no-tags",
            "--no-write-fetch-head",
            "--recurse-submodules=no",
        ]
        data = "".join(f"{name}\n" for name in missing).encode()
        words += ["--no-recurse-submodules", "--filter=blob:none", "--stdin", "--", remote]
        _ask(words, repository.root, repository.configuration, address, access, TRANSFER, cancel, on_progress, data)
    return len(missing)


def push(
    repository: Repository,
    address: Address,
    access: Access,
    *,
    branch: str,
    commit: str,
    expected: str | None = None,
    cancel: threading.Event | None = None,
    on_progress: Listener = unheard,
) -> Push:
    """Let a branch of the server mean a commit of ours, only where that loses nothing there. expected: what it means there, as we know.

    Raises GitError (`Rejected` where somebody was faster, `Forbidden`, ...) and Interrupted.
    """
    _refuse_large_files(repository, commit)
    lease = [f"--force-with-lease={_HEADS}{branch}:{expected}"] if expected and not repository.contains(commit, expected) else []
    words = ["push", "--porcelain", "--progress", "--no-verify", "--no-follow-tags", "--no-signed", *lease]
    done = _ask(
        [*words, "--", address.url, f"{commit}:{_HEADS}{branch}"],
        repository.root,
        repository.configuration,
        address,
        access,
        TRANSFER,
        cancel,
        on_progress,
    )
    marks = [line[:1] for line in done.output.decode("utf-8", "replace").splitlines() if f":{_HEADS}{branch}\t" in line]
    return Push(branch, {"*": "new", "=": "unchanged"}.get(marks[0] if marks else "", "updated"), commit)


def _ask(
    words: Sequence[str],
    folder: Path,
    configuration: Configuration,
    address: Address,
    access: Access,
    limits: Limits,
    cancel: threading.Event | None,
    on_progress: Listener = unheard,
    data: bytes = b"",
) -> Finished:
    """Run a git that talks to the server of an address. Raises GitError and Interrupted."""
    configuration.check_remote(folder)
    with prepared(address, access) as given:
        environment = remote_environment(configuration.settings() + given.settings, given.protocols, given.variables)
        done = run_git(
            words,
            folder=folder,
            environment=environment,
            data=data,
            limits=limits,
            cancel=cancel,
            on_progress=on_progress,
            tied=True,
        )
    if done.code == 0:
        return done
    if "push" in words:  # what the server refused is in the table that is its output
        done = replace(done, errors=f"{done.errors}\n{done.output.decode('utf-8', 'replace')}")
    error = failure(done, word=next(word for word in words if word in _WORDS), where=address.url, secrets=access.secrets)
    raise _about_host_key(error, address) if error.reason in ("HostKeyUnknown", "HostKeyChanged") else error


def _refuse_large_files(repository: Repository, commit: str) -> None:
    """Raises GitError `LargeFiles` where commits that the server has not seen yet bring files of Git LFS."""
    if b"filter=lfs" not in (repository.read(commit, ".gitattributes") or b""):
        return
    words = ["--objects", "--no-object-names", "--filter=object:type=blob", "--filter-provided-objects"]
    new = repository.text("rev-list", *words, commit, "--not", "--remotes").split()
    sizes = repository.text("cat-file", "--batch-check=%(objectname) %(objectsize)", data="".join(f"{name}\n" for name in new).encode())
    small = [name for name, size in (line.split() for line in sizes.splitlines()) if int(size) <= POINTER_BYTES]
    if any(is_pointer(content) for content in repository.blobs(small).values()):
        raise GitError(
            "the commits bring files of Git LFS, whose content is not pushed from here",
            reason="LargeFiles",
            where=str(repository.root),
            hint="Push with git itself: git push",
        )


def _about_host_key(error: GitError, address: Address) -> GitError:
    """The error with the fingerprint that the server shows, so that a person can compare it. Raises GitError where it shows none."""
    shown = shown_key(address)
    if error.reason == "HostKeyUnknown":
        message = f"the host key of {address.place} is not known; the server shows {shown.fingerprint} ({shown.kind})"
        hint = f"If its owner published that fingerprint: --accept-host {shown.fingerprint}"
    else:
        message = f"{address.place} shows another host key than the one that is known: {shown.fingerprint} ({shown.kind})"
        forget = f"ssh-keygen -R '{shown.host}'"
        hint = f"Somebody may be listening. If its owner says that the key changed: {forget}; then --accept-host {shown.fingerprint}"
    return GitError(message, reason=error.reason, where=address.url, hint=hint)
