# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding and reading the documents of a workspace, and telling everything that is wrong with them at once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from .._errors import UsageError
from .build import build_app, build_environment, build_workspace
from .env_files import read_env_files
from .fastcheck import Check, compile_schema
from .files import Refused, candidates, find_upwards, folders, inside, read_text
from .locate import within
from .parse import Malformed, parse_json, parse_yaml
from .problems import Problems
from .schema import DOCUMENT_KINDS, Kind, document_schema
from .types import Place, Position, Workspace
from .words import found
from .workspace_checks import Document, check_documents

_PATTERNS: dict[Kind, tuple[str, list[str]]] = {"app": ("apps", ["apps/*"]), "environment": ("environments", ["environments/*"])}


def load_workspace(start: Path) -> Workspace:
    """The workspace at `start` (a folder, or its workspace document) or the nearest parent that has one.

    Raises UsageError when there is none, DocumentError with everything that is wrong in any document: `file:line:column` with the
    file relative to the workspace.
    """
    start = Path(start)
    if not start.exists():
        raise UsageError(f"there is no folder {start}", hint="check the path given for the workspace")
    documents = find_upwards(start.parent if start.is_file() else start)
    if not documents:
        raise UsageError(
            f"no workspace.json (or .yaml, .yml) in {start.resolve()} or above",
            hint="make one with `roro init`, or name its folder with -w",
        )
    root = documents[0].parent
    problems = Problems(root)
    workspace = _read_one(problems, documents, "workspace", root.name)
    if not workspace.data:
        problems.raise_any()
    apps = _discover(problems, workspace, "app")
    environments = _discover(problems, workspace, "environment")
    check_documents(problems, workspace, apps, environments)
    files = {item.name: read_env_files(problems, item.file, item.data) for item in apps}
    problems.raise_any()
    return build_workspace(
        workspace.file,
        workspace.data,
        {item.name: build_app(item.name, item.file, item.data, files[item.name]) for item in apps},
        {item.name: build_environment(item.name, item.file, item.data) for item in environments},
    )


def _discover(problems: Problems, workspace: Document, kind: Kind) -> list[Document]:
    """The documents in the folders that the workspace's patterns match, sorted by folder."""
    key, default = _PATTERNS[kind]
    written = workspace.data.get(key)
    listed = written if isinstance(written, list) else default
    found_folders: dict[Path, None] = {}
    for number, pattern in enumerate(listed):
        if not isinstance(pattern, str):
            continue
        place = Place(workspace.file, (key, number) if written is listed else ())
        try:
            matching = folders(problems.root, pattern, kind)
        except Refused as error:
            problems.add(place, error.message, error.hint)
            continue
        found_folders.update(dict.fromkeys(matching))
        if not matching and written is listed:
            problems.add(
                place,
                f'no folder with {kind}.json (or .yaml, .yml) matches "{pattern}"',
                f"make {pattern.replace('*', f'my-{kind}')}/{kind}.json, or remove the pattern",
            )
    return [_read_one(problems, candidates(folder, kind), kind, folder.name) for folder in sorted(found_folders)]


def _read_one(problems: Problems, files: list[Path], kind: Kind, folder: str) -> Document:
    """The document among its possible spellings; empty and not valid when it cannot be read."""
    file = files[0]
    if len(files) > 1:
        names = " and ".join(other.name for other in files)
        problems.add(Place(files[1]), f"found {names} in one folder; expected one of them", f"remove {files[1].name} or {file.name}")
    data = _parse(problems, file)
    if data is None:
        return Document(kind, file, folder, {}, valid=False, named=False)
    if not isinstance(data, dict):
        problems.add(Place(file), f"found {found(data)}; expected an object", "a document is one object with keys")
        return Document(kind, file, folder, {}, valid=False, named=False)
    valid = checker(kind)(data)
    if not valid:
        from .schema_problems import add_schema_problems

        before = len(problems)
        add_schema_problems(problems, file, kind, data)
        if len(problems) == before:
            problems.add(Place(file), f"not a valid {kind} document", "compare it with docs/documents.md")
    name = data.get("name")
    return Document(kind, file, name if isinstance(name, str) else folder, data, valid, named=isinstance(name, str))


def _parse(problems: Problems, file: Path) -> Any:
    """The data, or None after telling what is wrong with it."""
    try:
        if not inside(problems.root, file):
            raise Refused("a link that leads outside the workspace", "put the file itself there")
        text = read_text(file)
    except Refused as error:
        problems.add_at(Position(file, error.line, 1), error.message, error.hint)
        return None
    try:
        data = parse_json(text) if file.suffix == ".json" else parse_yaml(text)
    except Malformed as error:
        if error.line is None:
            problems.add(Place(file, error.path), error.message, error.hint, key=error.key)
        else:
            problems.add_at(within(file, text, error.line, error.column), error.message, error.hint)
        return None
    if data is None:
        problems.add(Place(file), "the document is empty", "write at least {}")
    return data


def prepare() -> None:
    """Make what checks documents, which the first workspace that is read does otherwise: for processes that are forked afterwards."""
    for kind in DOCUMENT_KINDS:
        checker(kind)


@lru_cache(maxsize=3)
def checker(kind: Kind) -> Check:
    """Whether data is a valid document of this kind."""
    return compile_schema(document_schema(kind))
