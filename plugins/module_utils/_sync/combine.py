# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three trees -> one, without touching index or work tree: Git's own merge, with documents of workspaces merged by key."""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._git import Merged, Repository, Stage
from .._model import MISSING, Malformed, is_document_name, json_path, merge_documents, parse_bytes, rewrite, same
from .types import Clash, Settle

Entry = tuple[int, str]
"""Mode and blob of a file in a tree."""
Change = tuple[Stage | None, Stage | None]
"""What stands at a path before and after; None where nothing does."""


@dataclass(frozen=True)
class Combined:
    """tree: the result, only to be used where there are no clashes. clashes: what nobody settled, in the order of files."""

    tree: str
    clashes: tuple[Clash, ...] = ()


@dataclass(frozen=True)
class _Versions:
    """One file on the three sides; None where a side has none."""

    file: str
    base: Stage | None
    ours: Stage | None
    theirs: Stage | None

    @property
    def sides(self) -> tuple[Stage | None, Stage | None, Stage | None]:
        return self.base, self.ours, self.theirs


def combine(repository: Repository, base: str, ours: str, theirs: str, settle: Settle) -> Combined:
    """Merge three trees (or the trees of commits). Raises GitError."""
    root = repository.passing_commit(base)
    merged = repository.merge_tree(repository.passing_commit(ours, [root]), repository.passing_commit(theirs, [root]))
    mine, other = changed_files(repository, base, ours), changed_files(repository, base, theirs)
    made = {path: new.blob for path, (_old, new) in changed_files(repository, ours, merged.tree).items() if new}
    files = {found.path: _Versions(found.path, found.base, found.ours, found.theirs) for found in merged.conflicts}
    files |= {found.file: found for found in _changed_by_both(mine, other) if is_document_name(found.file)}
    files |= _moved(repository, (base, ours, theirs), _merged_by_line(made, mine, other) - files.keys())
    if not files:
        return Combined(merged.tree)
    return _Combining(repository, merged, {path: blob for path, blob in made.items() if path in files}, settle).result(files)


class _Combining:
    """One merge of Git, of which what clashes and every document is looked at again."""

    def __init__(self, repository: Repository, merged: Merged, by_line: Mapping[str, str], settle: Settle) -> None:
        """by_line: the blobs that Git made of files in question by merging them by line."""
        self._repository, self._merged, self._by_line, self._settle = repository, merged, by_line, settle
        self._contents: dict[str, bytes] = {}
        self._written: dict[str, tuple[int, bytes]] = {}
        self._chosen: dict[str, Entry | None] = {}
        self._clashes: list[Clash] = []

    def result(self, files: Mapping[str, _Versions]) -> Combined:
        texts = [side.blob for found in files.values() for side in found.sides if side is not None and side.is_file]
        self._contents = self._repository.blobs([*texts, *self._by_line.values()])
        for _file, found in sorted(files.items()):
            if not self._document(found):
                self._whole(found)
        return Combined(self._merged.tree, tuple(self._clashes)) if self._clashes else Combined(self._tree())

    def _tree(self) -> str:
        blobs = self._repository.write_blobs([content for _mode, content in self._written.values()])
        made = {file: (mode, blob) for (file, (mode, _content)), blob in zip(self._written.items(), blobs, strict=True)}
        return self._repository.write_tree(self._merged.tree, {**self._chosen, **made})

    def _document(self, found: _Versions) -> bool:
        """Merge a document by key; False for what is none, or does not say on each side what can be merged."""
        if found.ours is None or found.theirs is None or not is_document_name(found.file):
            return False
        base, ours, theirs = (self._parsed(found.file, side.blob if side else None) for side in found.sides)
        if ours is None or theirs is None or (base is None and found.base is not None):
            return False
        result = merge_documents(
            base.data if base else MISSING, ours.data, theirs.data, lambda path: self._settle(found.file, json_path(path))
        )
        if result.conflicts:
            self._clashes += [Clash(found.file, one.json_path, one.path, one.base, one.ours, one.theirs) for one in result.conflicts]
            return True
        mode = found.theirs.mode if found.base and found.ours.mode == found.base.mode else found.ours.mode
        self._written[found.file] = mode, self._text(found.file, ours, theirs, result.data)
        return True

    def _text(self, file: str, ours: _Document, theirs: _Document, data: Any) -> bytes:
        """A text that says `data`: that of a side or of Git's merge by line, which keeps the comments of both, else ours, rewritten."""
        for candidate in (ours, theirs, self._parsed(file, self._by_line.get(file))):
            if candidate is not None and same(candidate.data, data):
                return candidate.content
        mark = codecs.BOM_UTF8 if ours.content.startswith(codecs.BOM_UTF8) else b""
        return mark + rewrite(ours.text, data, yaml_text=not file.endswith(".json")).encode()

    def _parsed(self, file: str, blob: str | None) -> _Document | None:
        """What a blob says; None where it is no text, no document or no map."""
        content = self._contents.get(blob or "")
        if content is None:
            return None
        try:
            text, data = parse_bytes(file, content)
        except Malformed:
            return None
        return _Document(content, text, data) if isinstance(data, dict) else None

    def _whole(self, found: _Versions) -> None:
        """A file that Git could not merge: as the side that was chosen has it."""
        side = self._settle(found.file, "")
        if side is None:
            self._clashes.append(Clash(found.file, what=_WHAT[found.ours is None, found.theirs is None]))
            return
        chosen = found.ours if side == "ours" else found.theirs
        texts = [self._contents[one.blob] for one in found.sides if one is not None and one.blob in self._contents]
        if chosen is not None and len(texts) == len(found.sides) and not any(b"\0" in text for text in texts):  # else Git merges no lines
            self._written[found.file] = chosen.mode, _lines(self._repository, texts, side)
        else:
            self._chosen[found.file] = (chosen.mode, chosen.blob) if chosen else None


_WHAT = {
    (False, False): "both sides changed it",
    (True, False): "it is removed here and changed there",
    (False, True): "it is changed here and removed there",
    (True, True): "both sides moved it",
}
"""By whether it is gone here, and there."""


@dataclass(frozen=True)
class _Document:
    content: bytes
    text: str
    data: Any


def changed_files(repository: Repository, one: str, other: str) -> dict[str, Change]:
    """What differs between two trees: path -> what each has there."""
    words = ("-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--end-of-options", one, other, "--")
    parts = iter(repository.fields("diff-tree", *words))
    found: dict[str, Change] = {}
    for meta, path in zip(parts, parts, strict=True):
        before_mode, after_mode, before, after, _status = meta.removeprefix(":").split(" ")
        found[path] = _stage(before_mode, before), _stage(after_mode, after)
    return found


def _stage(mode: str, blob: str) -> Stage | None:
    return Stage(int(mode, 8), blob) if int(mode, 8) else None


def _changed_by_both(mine: Mapping[str, Change], other: Mapping[str, Change]) -> Iterator[_Versions]:
    for path in mine.keys() & other.keys():
        if mine[path][1] != other[path][1] and mine[path][1] and other[path][1]:
            yield _Versions(path, mine[path][0], mine[path][1], other[path][1])


def _merged_by_line(made: Mapping[str, str], mine: Mapping[str, Change], other: Mapping[str, Change]) -> set[str]:
    """Documents that are of neither side: Git made them. made: blobs of the merged tree that differ from ours, by path."""
    known = {new.blob for changes in (mine, other) for _old, new in changes.values() if new}
    return {path for path, blob in made.items() if blob not in known and is_document_name(path)}


def _moved(repository: Repository, trees: tuple[str, str, str], paths: set[str]) -> dict[str, _Versions]:
    """The versions of documents that one side moved and both changed. trees: base, ours, theirs. paths: where they are in the merged
    tree."""
    if not paths:
        return {}
    base, *sides = trees
    moves = [_moves(repository, base, side) for side in sides]
    here = [{file.path: file for file in repository.files(tree)} for tree in trees]
    found: dict[str, _Versions] = {}
    for path in paths:
        before = next((move[path] for move in moves if path in move), path)
        versions = [here[0].get(before), *(present.get(path) or present.get(before) for present in here[1:])]
        found[path] = _Versions(path, *versions)
    return found


def _moves(repository: Repository, one: str, other: str) -> dict[str, str]:
    """New path -> old path of what Git takes for moved between two trees."""
    words = ["-r", "-z", "--raw", "--find-renames", "-l0", "--diff-filter=R", "--no-abbrev", "--end-of-options", one, other, "--"]
    parts = iter(repository.fields("diff-tree", *words))
    return {new: old for _meta, old, new in zip(parts, parts, parts, strict=True)}


def _lines(repository: Repository, versions: list[bytes], side: str) -> bytes:
    """Three versions of a text (base, ours, theirs) merged by line, each clash as the side has it."""
    with tempfile.TemporaryDirectory(prefix="roro-merge-", dir=repository.git_folder) as folder:
        base, ours, theirs = (Path(folder) / name for name in ("base", "ours", "theirs"))
        for path, content in zip((base, ours, theirs), versions, strict=True):
            path.write_bytes(content)
        return repository.git("merge-file", "-p", f"--{side}", str(ours), str(base), str(theirs)).output
