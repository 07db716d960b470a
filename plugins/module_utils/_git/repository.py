# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One repository on this machine: where it stands, what its revisions hold, and changes that never run anything that it brings."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from .._errors import GitError
from .command import Finished, Limits, git_command, run_git
from .environment import Settings, local_environment
from .failures import failure
from .large_files import listed
from .objects import Objects
from .settings import Configuration, read_configuration
from .types import Commit, Conflict, File, Head, Merged, Person, Stage, Status

_PASSING = {"NAME": "roro", "EMAIL": "roro@localhost", "DATE": "@0 +0000"}
READS = (2, 31)
MERGES = (2, 38)
"""Versions of git: 2.31 takes settings from its environment (GIT_CONFIG_COUNT), 2.38 merges without a work tree (merge-tree)."""
_NAME = re.compile(r"[0-9a-f]{40}")
_BRANCH = "refs/heads/"


class Repository:
    """A repository with a work tree. Made by `open_repository`."""

    def __init__(self, root: Path, git_folder: Path, configuration: Configuration, *, shallow: bool) -> None:
        """root: the work tree. git_folder: its `.git`, which for a linked work tree is elsewhere. shallow: older commits are not here."""
        self.root, self.git_folder, self.configuration, self.shallow = root, git_folder, configuration, shallow
        self.settings: Settings = configuration.settings()
        self._objects = Objects(root, self._batch)

    # What it is asked

    def git(
        self,
        *arguments: str,
        data: bytes = b"",
        codes: Sequence[int] = (0,),
        more: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        cancel: threading.Event | None = None,
    ) -> Finished:
        """Run a git command that asks no server. codes: exit codes that are an answer. more: further variables of its environment.

        What a user or a document gave goes behind `--` or `--end-of-options`. Raises GitError and Interrupted.
        """
        environment = {**local_environment(self.settings), **(more or {})}
        done = run_git(arguments, folder=self.root, environment=environment, data=data, limits=limits, cancel=cancel)
        if done.code not in codes:
            raise failure(done, word=arguments[0], where=str(self.root))
        return done

    def text(self, *arguments: str, codes: Sequence[int] = (0,), data: bytes = b"", more: Mapping[str, str] | None = None) -> str:
        """What such a command prints, without the last end of line; "" where it ended with a code other than 0 that is an answer."""
        done = self.git(*arguments, codes=codes, data=data, more=more)
        return _decoded(done.output).rstrip("\n") if done.code == 0 else ""

    def fields(self, *arguments: str, codes: Sequence[int] = (0,), data: bytes = b"", more: Mapping[str, str] | None = None) -> list[str]:
        """The same of a command with `-z`, whose answer is texts that end with a NUL."""
        return self.text(*arguments, codes=codes, data=data, more=more).split("\0")[:-1]

    def filters(self, paths: Iterable[str], more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The filter (`lfs`) of those of these paths that have one. more: as for `git`."""
        if not (data := ended_with_nul(paths)):
            return {}
        said = self.fields("check-attr", "--stdin", "-z", "filter", data=data, more=more)
        return {path: value for path, value in zip(said[0::3], said[2::3], strict=True) if value not in ("unspecified", "unset", "")}

    def resolve(self, revision: str) -> str | None:
        """The commit that a revision (branch, tag, `HEAD~2`, object name) means; None when there is none."""
        if _NAME.fullmatch(revision):
            return revision if self.git("cat-file", "-e", f"{revision}^{{commit}}", codes=(0, 1, 128)).code == 0 else None
        found = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", codes=(0, 1, 128))
        return _decoded(found.output).strip() or None

    def head(self) -> Head:
        """Where the work tree stands."""
        name = self.text("symbolic-ref", "--quiet", "HEAD", codes=(0, 1))
        return Head(self.resolve("HEAD"), name.removeprefix(_BRANCH) or None)

    def status(self, *, untracked: bool = True) -> Status:
        """What differs from HEAD. untracked: also look for files that Git does not know. Submodules count by their commit only."""
        words = ["--porcelain=v2", "--branch", "-z", "--no-renames", "--ignore-submodules=dirty"]
        done = self.git("status", *words, f"--untracked-files={'normal' if untracked else 'no'}")
        return _status(_decoded(done.output))

    def ahead_behind(self, mine: str, theirs: str) -> tuple[int, int]:
        """How many commits only `mine` has, and only `theirs`."""
        counted = self.text("rev-list", "--left-right", "--count", "--end-of-options", f"{mine}...{theirs}", "--")
        ahead, behind = counted.split()
        return int(ahead), int(behind)

    def merge_base(self, one: str, other: str) -> str | None:
        """The commit from which both come; None where they share no history, or a shallow clone does not know it."""
        return self.text("merge-base", "--end-of-options", one, other, codes=(0, 1)) or None

    def contains(self, newer: str, older: str) -> bool:
        """Whether `older` is `newer` or one of its ancestors."""
        return self.git("merge-base", "--is-ancestor", "--end-of-options", older, newer, codes=(0, 1)).code == 0

    def commit(self, revision: str) -> Commit:
        """The commit that a revision means. Raises GitError `NotFound`."""
        return self._objects.commits([self._known(revision)])[0]

    def commits(self, revision: str, *, since: str | None = None, limit: int = 1000, paths: Sequence[str] = ()) -> list[Commit]:
        """Commits of a revision, newest first; since: without those of that revision; paths: only those that changed one of them."""
        hidden = [f"^{self._known(since)}"] if since else []
        listed = self.text("rev-list", f"--max-count={limit}", self._known(revision), *hidden, "--", *paths)
        return self._objects.commits(listed.split())

    def files(self, revision: str, under: str = "") -> list[File]:
        """The files of a revision (also the name of a tree), below a folder, sorted by path."""
        return self._objects.files(self._tree(revision), under)

    def blobs(self, names: Sequence[str]) -> dict[str, bytes]:
        """What blobs hold, by their object names: one git for all of them."""
        return self._objects.blobs(names)

    def read(self, revision: str, path: str) -> bytes | None:
        """What a file of a revision holds; None where there is no file."""
        found = [file for file in self.files(revision, path.rpartition("/")[0]) if file.path == path]
        return self.blobs([found[0].blob])[found[0].blob] if found else None

    def remote_url(self, name: str = "origin") -> str | None:
        """The address of a remote as it is written in the configuration."""
        return self.configuration.last(f"remote.{name}.url")

    @property
    def left_out_by(self) -> str | None:
        """The remote that has what this partial clone left out; None where the clone is whole."""
        found = (key for key, values in self.configuration.own.items() if key.endswith(".promisor") and values[-1] == "true")
        return next((key.removeprefix("remote.").removesuffix(".promisor") for key in found), None)

    @property
    def person(self) -> Person:
        """Who commits here. Raises GitError `NoIdentity`."""
        return self.configuration.person

    # What it is made to do

    @contextmanager
    def scratch_index(self, *, copied: bool = False) -> Iterator[dict[str, str]]:
        """An index for a while, as a variable for `more`. copied: with what the index has, else empty."""
        place = self.git_folder / f"roro-index-{os.getpid()}-{threading.get_ident()}"
        real = self.git_folder / "index"
        try:
            if copied and real.exists():
                # With its time: a file that changed in the same second is told from its entry only by the index being no newer.
                shutil.copy2(real, place)
            yield {"GIT_INDEX_FILE": str(place)}
        finally:
            place.unlink(missing_ok=True)

    def merge_tree(self, ours: str, theirs: str) -> Merged:
        """Merge two commits into a tree without touching the work tree (git 2.38 or newer). Raises GitError."""
        require(MERGES, "merging")
        done = self.git("merge-tree", "--write-tree", "-z", "--messages", self._known(ours), self._known(theirs), codes=(0, 1))
        return _merged(_decoded(done.output))

    def write_blob(self, content: bytes) -> str:
        """Keep content as an object; its name. Nothing refers to it yet."""
        return self.write_blobs([content])[0]

    def write_blobs(self, contents: Sequence[bytes]) -> list[str]:
        """Keep contents as objects; their names, in that order. One git for all of them."""
        with tempfile.TemporaryDirectory(prefix="roro-blobs-", dir=self.git_folder) as folder:
            paths = [Path(folder) / str(number) for number in range(len(contents))]
            for path, content in zip(paths, contents, strict=True):
                path.write_bytes(content)
            named = "".join(f"{path}\n" for path in paths).encode("utf-8", "surrogateescape")
            return self.text("hash-object", "-w", "--no-filters", "--stdin-paths", data=named).split()

    def write_tree(self, base: str, changes: Mapping[str, tuple[int, str] | None]) -> str:
        """A tree that is another one (revision or tree) with changes: path -> mode and blob, None removes. Index and work tree stay."""
        lines = [
            f"{'0' * 6} {'0' * 40}\t{path}" if entry is None else f"{entry[0]:o} {entry[1]}\t{path}" for path, entry in changes.items()
        ]
        with self.scratch_index() as index:
            self.git("read-tree", self._tree(base), more=index)
            self.git("update-index", "-z", "--index-info", data=ended_with_nul(lines), more=index)
            return self.text("write-tree", more=index)

    def write_commit(
        self, tree: str, parents: Sequence[str], message: str, *, author: Person | None = None, authored: datetime | None = None
    ) -> str:
        """A commit object; no branch moves. The committer is the local user. authored: when the author wrote it, where that is not now.

        Raises GitError `NoIdentity`.
        """
        who = self.person
        names = {**_named("AUTHOR", author or who), **_named("COMMITTER", who)}
        if authored is not None:
            names["GIT_AUTHOR_DATE"] = f"@{int(authored.timestamp())} {authored:%z}"
        words = [word for parent in parents for word in ("-p", parent)]
        return self.text("commit-tree", tree, *words, "-F", "-", data=message.encode("utf-8", "surrogateescape"), more=names)

    def passing_commit(self, tree: str, parents: Sequence[str] = ()) -> str:
        """A commit for Git's own use, always the same for the same tree (named by itself or by a commit) and parents: to merge what was
        never committed."""
        names = {f"GIT_{who}_{what}": said for who in ("AUTHOR", "COMMITTER") for what, said in _PASSING.items()}
        words = [word for parent in parents for word in ("-p", parent)]
        return self.text("commit-tree", f"{tree}^{{tree}}", *words, "-m", "passing", more=names)

    def move_reference(self, name: str, new: str, old: str | None, *, why: str) -> None:
        """Let a full reference (`refs/heads/main`) mean another commit, if it still means `old` (None: is not there). why: for the reflog.

        Raises GitError `Locked` or `Rejected` when it moved meanwhile.
        """
        self.git("update-ref", "-m", why, "--end-of-options", name, new, old or "0" * 40, more=self._committer())

    def move_to(self, commit: str, *, why: str) -> None:
        """Bring the work tree, index and current branch to a commit, and keep local changes; refuse where they are in the way.

        Raises GitError `LocalChanges`; nothing has moved then.
        """
        self.git("reset", "--keep", "--quiet", self._known(commit), more={**self._committer(), "GIT_REFLOG_ACTION": why})

    def save(self, message: str, paths: Sequence[str] = ()) -> str | None:
        """Commit what the work tree holds: these paths, or every change; the new commit, None when there is nothing to commit."""
        who = self.person
        self._refuse_large_files(paths)
        self.git("add", "--all", "--", *(paths or ["."]))
        if self.git("diff", "--cached", "--quiet", "--no-ext-diff", "--", *paths, codes=(0, 1)).code == 0:
            return None
        names = {**_named("AUTHOR", who), **_named("COMMITTER", who)}
        only = ["--only"] if paths else []
        self.git("commit", "--quiet", "--no-verify", "--cleanup=strip", *only, "-F", "-", "--", *paths, data=message.encode(), more=names)
        return self._known("HEAD")

    # Inside

    def _known(self, revision: str) -> str:
        found = self.resolve(revision)
        if found is None:
            hint = "The clone is shallow: fetch more of its history." if self.shallow else "See git branch --all and git log."
            raise GitError(f"there is no revision {revision}", reason="NotFound", where=str(self.root), hint=hint)
        return found

    def _refuse_large_files(self, paths: Sequence[str]) -> None:
        """Raises GitError `LargeFiles` where a change that would be committed is of a file of Git LFS."""
        words = ("--porcelain=v1", "-z", "--no-renames", "--ignore-submodules=dirty", "--untracked-files=all")
        changed = (entry[3:] for entry in self.fields("status", *words, "--", *paths))
        if large := [path for path, name in self.filters(changed).items() if name == "lfs"]:
            raise GitError(
                f"files of Git LFS are not committed from here: {listed(large)}",
                reason="LargeFiles",
                where=str(self.root),
                hint="Commit and push them with git itself, which brings their content to the server.",
            )

    def _tree(self, revision: str) -> str:
        found = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}", codes=(0, 1, 128))
        return _decoded(found.output).strip() or self._known(revision)

    def _committer(self) -> dict[str, str]:
        """For reflogs: the local user, or a stand-in where Git does not know one."""
        try:
            who = self.person
        except GitError:
            who = Person("roro", "roro@localhost")
        return _named("COMMITTER", who)

    def _batch(self, names: Sequence[str]) -> bytes:
        return self.git("cat-file", "--batch", "--buffer", data="".join(f"{name}\n" for name in names).encode()).output


def open_repository(folder: Path) -> Repository:
    """The repository that a folder is in. Raises GitError: `NotARepository`, `Bare`, `NotOwned`, `UnknownFormat` and others."""
    require(READS, "roro")
    configuration = read_configuration(folder)
    words = ["--is-bare-repository", "--is-shallow-repository", "--absolute-git-dir", "--show-object-format", "--show-toplevel"]
    carried = Configuration(configuration.mine).settings()
    done = run_git(["rev-parse", *words], folder=folder, environment=local_environment(carried))
    answers = _decoded(done.output).splitlines()
    if answers and answers[0] == "true":
        raise GitError(
            "the repository is bare: it has no files to work with", reason="Bare", where=str(folder), hint="Clone it: roro clone URL"
        )
    if done.code != 0:
        raise failure(done, word="rev-parse", where=str(folder))
    _bare, shallow, git_folder, form, root = answers
    if form != "sha1":
        raise GitError(
            f"the repository names its objects by {form}",
            reason="UnknownFormat",
            where=root,
            hint="roro reads repositories with SHA-1 names.",
        )
    if not folder.resolve().is_relative_to(Path(root).resolve()):
        raise GitError(
            f"the repository's work tree is elsewhere: {root}",
            reason="ConfigurationRefused",
            where=str(folder),
            hint="git config --unset core.worktree",
        )
    return Repository(Path(root), Path(git_folder), configuration, shallow=shallow == "true")


def git_version() -> tuple[int, ...]:
    """The version of the git command, such as (2, 39, 5). Raises GitError `GitMissing`."""
    path = git_command()
    key = str(path), path.stat().st_mtime_ns
    if key not in _versions:
        said = run_git(["version"], folder=Path("/"), environment=local_environment()).output.decode("utf-8", "replace")
        numbers = re.search(r"\d+(?:\.\d+)*", said)
        _versions[key] = tuple(map(int, numbers.group().split("."))) if numbers else ()
    return _versions[key]


_versions: dict[tuple[str, int], tuple[int, ...]] = {}


def require(minimum: tuple[int, ...], what: str) -> None:
    """Raises GitError `GitTooOld` where git is older. what: what needs it."""
    version = git_version()
    if version < minimum:
        has, needs = (".".join(map(str, one)) for one in (version, minimum))
        raise GitError(
            f"git is {has}; {what} needs {needs} or newer", reason="GitTooOld", where=str(git_command()), hint="Install a newer git."
        )


def ended_with_nul(paths: Iterable[str]) -> bytes:
    """Paths as commands with `-z` take them from their standard input, which holds more of them than a command line."""
    return "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")


def _named(role: str, who: Person) -> dict[str, str]:
    """The variables that say who is AUTHOR or COMMITTER."""
    return {f"GIT_{role}_NAME": who.name, f"GIT_{role}_EMAIL": who.email}


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _status(said: str) -> Status:
    """What `git status --porcelain=v2 --branch -z` says (git-status(1))."""
    headers: dict[str, str] = {}
    paths: dict[str, list[str]] = {"staged": [], "changed": [], "untracked": [], "unmerged": []}
    for entry in filter(None, said.split("\0")):
        kind, _, rest = entry.partition(" ")
        if kind == "#":
            name, _, value = rest.partition(" ")
            headers[name] = value
        elif kind == "1":
            states, *_others, path = rest.split(" ", 7)
            if states[0] != ".":
                paths["staged"].append(path)
            if states[1] != ".":
                paths["changed"].append(path)
        elif kind == "u":
            paths["unmerged"].append(rest.split(" ", 9)[-1])
        elif kind == "?":
            paths["untracked"].append(rest)
    commit, branch = headers.get("branch.oid", "(initial)"), headers.get("branch.head", "(detached)")
    head = Head(None if commit == "(initial)" else commit, None if branch == "(detached)" else branch)
    counts = [abs(int(count)) for count in headers.get("branch.ab", "").split()]
    ahead, behind = counts if len(counts) == 2 else (None, None)
    return Status(head, headers.get("branch.upstream"), ahead, behind, **{name: tuple(sorted(found)) for name, found in paths.items()})


def _merged(said: str) -> Merged:
    """What `git merge-tree --write-tree -z --messages` says: the tree, the stages of paths in conflict, nothing, the messages."""
    tree, *parts = said.split("\0")
    stages: dict[str, dict[int, Stage]] = {}
    while parts and parts[0]:
        info, _, path = parts.pop(0).partition("\t")
        mode, blob, number = info.split(" ")
        stages.setdefault(path, {})[int(number)] = Stage(int(mode, 8), blob)
    conflicts = tuple(Conflict(path, sides.get(1), sides.get(2), sides.get(3)) for path, sides in sorted(stages.items()))
    return Merged(tree, conflicts, "\n".join(_messages(parts[1:])))


def _messages(parts: list[str]) -> list[str]:
    """Each is a number of paths, the paths, a type and the text."""
    found: list[str] = []
    while len(parts) > 1 and parts[0].isdigit():
        count = int(parts[0])
        found.append(parts[count + 2].strip())
        parts = parts[count + 3 :]
    return found
