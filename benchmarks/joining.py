"""What joining two people's changes costs, and what a partial clone saves: `python benchmarks/joining.py [--megabytes 1000] [--write]`.

A workspace of 500 documents, of which each side changed 100, half of them on both sides. Budgets: the whole check for conflicts under 0.3 s
(the best of a few runs); a partial clone of a repository with 1 GB of history takes at most 0.2 of the bytes of a full one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._git import Access, clone, open_repository, read_address
from ansible_collections.roro.kube.plugins.module_utils._sync.combine import combine
from budget import keep
from page import write_table

DOCUMENTS = 500
CHANGED = 100
FILE_MB = 5
SECONDS = 0.3
PART = 0.2
ROUNDS = 7
WHO = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
WHO |= {f"GIT_{who}_{what}": said for who in ("AUTHOR", "COMMITTER") for what, said in (("NAME", "Ann"), ("EMAIL", "ann@example.com"))}


def git(folder: Path, *words: str) -> str:
    """What a plain git prints."""
    done = subprocess.run(["git", *words], cwd=folder, env={**os.environ, **WHO}, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    """Commit everything."""
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)
    return git(folder, "rev-parse", "HEAD")


def write_documents(folder: Path, side: str, first: int, count: int) -> None:
    """Documents of a side: it changed the variable of its name in `count` of them."""
    for number in range(DOCUMENTS):
        mine = side if first <= number < first + count else "same"
        said = {"variables": {"ours": mine if side == "ours" else "same", "theirs": mine if side == "theirs" else "same", "n": number}}
        file = folder / f"environments/e{number}/environment.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(said, indent=2))


def joining(folder: Path) -> tuple[float, float]:
    """(seconds of the check, seconds of `git merge-tree` alone), each the best of some runs, taken in turns."""
    git(folder, "init", "-q", "-b", "main")
    write_documents(folder, "base", 0, 0)
    base = commit(folder, "base")
    write_documents(folder, "ours", 0, CHANGED)
    ours = commit(folder, "ours")
    git(folder, "checkout", "-q", "--detach", base)
    write_documents(folder, "theirs", CHANGED // 2, CHANGED)
    theirs = commit(folder, "theirs")
    best, bare = [], []
    for _round in range(ROUNDS):
        repository = open_repository(folder)
        began = time.perf_counter()
        found = combine(repository, base, ours, theirs, lambda file, path: None)
        best.append(time.perf_counter() - began)
        assert not found.clashes, "the two sides changed different keys"
        began = time.perf_counter()
        subprocess.run(["git", "merge-tree", "--write-tree", ours, theirs], cwd=folder, capture_output=True, check=False)
        bare.append(time.perf_counter() - began)
    return min(best), min(bare)


def objects_size(folder: Path) -> int:
    """Bytes of a clone's objects."""
    return sum(file.stat().st_size for file in (folder / ".git/objects").rglob("*") if file.is_file())


def cloning(folder: Path, megabytes: int) -> float:
    """Bytes of a partial clone over those of a full one, of a history of that size."""
    source = folder / "source"
    source.mkdir()
    git(source, "init", "-q", "-b", "main")
    git(source, "config", "uploadpack.allowFilter", "true")
    for number in range(max(2, megabytes // FILE_MB)):
        (source / "data.bin").write_bytes(os.urandom(FILE_MB * 1024 * 1024))
        commit(source, str(number))
    address, access = read_address(str(source))[0], Access(files=True)
    clone(address, folder / "full", access)
    clone(address, folder / "part", access, filtered="blob:none")
    return objects_size(folder / "part") / objects_size(folder / "full")


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "documents").mkdir()
        seconds, bare = joining(Path(folder) / "documents")
        part = cloning(Path(folder), given.megabytes)
    table = "\n".join(
        (
            "| what | measured | budget |",
            "|---|---|---|",
            f"| conflict check and merge of {DOCUMENTS} documents, {CHANGED} changed on each side | {seconds:.2f} s | {SECONDS} s |",
            f"| the same against `git merge-tree` alone, which finds conflicts where there are none | {seconds / bare:.1f}x | |",
            f"| partial clone of {given.megabytes} MB of history, bytes against a full clone | {part:.3f}x | {PART}x |",
        )
    )
    print(table)
    if given.write:
        write_table("git", table)
    missed = [f"the check for conflicts takes {seconds:.2f} s, not {SECONDS} s"] if seconds > SECONDS else []
    keep(missed + ([f"a partial clone is {part:.2f} of a full one, not {PART}"] if part > PART else []))


if __name__ == "__main__":
    main()
