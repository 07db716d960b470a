# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chart's files, from a folder or an archive, read through the app's border; and what Helm would fetch for it refused beforehand.

https://helm.sh/docs/topics/charts/
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..._errors import RenderError
from ..files import AppFiles
from ..yaml_text import YamlProblem, load_one

MAX_FILES = 20_000
MAX_BYTES = 96 * 1024 * 1024
"""Of a chart with its subcharts, unpacked."""
ARCHIVES = (".tgz", ".tar.gz")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


@dataclass(frozen=True)
class Chart:
    """place: folder or archive. name: as Chart.yaml says. files: content by path below the chart."""

    place: Path
    name: str
    files: Mapping[str, bytes]

    @property
    def notes(self) -> str | None:
        """The template of NOTES.txt."""
        data = self.files.get("templates/NOTES.txt")
        return None if data is None else data.decode("utf-8", "replace")

    def where(self, source: str) -> Path:
        """The file that Helm calls `<chart>/templates/x.yaml`."""
        return self.place / PurePosixPath(source).relative_to(PurePosixPath(source).parts[0]) if "/" in source else self.place

    def stage(self, folder: Path, more: Mapping[str, str]) -> None:
        """Write the files below `folder`, with some of our own beside them."""
        for name, data in {**self.files, **{name: text.encode() for name, text in more.items()}}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def is_chart(path: Path) -> bool:
    """Whether `manifests.path` is a chart: a folder with Chart.yaml, or an archive."""
    return (path / "Chart.yaml").is_file() or (path.name.endswith(ARCHIVES) and path.is_file())


def read_chart(app: AppFiles, path: Path) -> Chart:
    """Everything below the chart. Raises RenderError: links that lead outside, archives that are none, addresses in schemas."""
    files = _archive(app.read_bytes(path), str(path)) if path.is_file() else dict(_folder(app, path))
    document = files.get("Chart.yaml")
    if document is None:
        raise RenderError(
            "there is no Chart.yaml", where=str(path), hint="`manifests.path` must name the folder of a chart, or its archive."
        )
    for name, data in files.items():
        _check_schemas(name, data, path)
    return Chart(path, _name(document, path), files)


def _name(document: bytes, path: Path) -> str:
    try:
        found = load_one(document.decode("utf-8-sig"))
    except (YamlProblem, UnicodeDecodeError) as error:
        mark = getattr(error, "mark", None)
        where = f"{path / 'Chart.yaml'}:{mark.line}" if mark else str(path / "Chart.yaml")
        raise RenderError(f"Chart.yaml is not valid: {getattr(error, 'message', 'not UTF-8')}", where=where, hint="Correct it.") from None
    name = found.get("name") if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""


def _folder(app: AppFiles, root: Path) -> Iterator[tuple[str, bytes]]:
    size = count = 0
    for path in _walk(app, root, frozenset()):
        data = app.read_bytes(path)
        size, count = size + len(data), count + 1
        _bound(size, count, str(root))
        yield path.relative_to(root).as_posix(), data


def _walk(app: AppFiles, folder: Path, above: frozenset[str]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in above:
        return
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        path = folder / entry.name
        if entry.is_symlink() and app.inside(path) is None:
            raise RenderError(
                "this link leads outside the app's folder",
                where=str(path),
                hint=f"Make it point below {app.folder}, or copy what it points to.",
            )
        if entry.is_dir():
            if entry.name != ".git":
                yield from _walk(app, path, above | {real})
        elif entry.is_file():
            yield path


def _bound(size: int, count: int, where: str) -> None:
    if size > MAX_BYTES or count > MAX_FILES:
        limit = f"{MAX_BYTES // 1024**2} MiB" if size > MAX_BYTES else f"{MAX_FILES:,} files"
        raise RenderError(f"this chart holds more than {limit}", where=where, hint="Leave out what is not needed to render it.")


def _archive(data: bytes, where: str) -> dict[str, bytes]:
    """The files of `<chart>.tgz`, without its first folder."""
    files: dict[str, bytes] = {}
    size = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r|gz") as archive:
            for member in archive:
                parts = PurePosixPath(member.name).parts
                if not member.isfile() or len(parts) < 2 or ".." in parts or parts[0] == "/":
                    continue
                size += member.size
                _bound(size, len(files) + 1, where)
                content = archive.extractfile(member)
                files["/".join(parts[1:])] = content.read() if content is not None else b""
    except (tarfile.TarError, EOFError, OSError) as error:
        raise RenderError(f"this is not a chart's archive: {error}", where=where, hint="Make it anew with `helm package`.") from error
    return files


def _check_schemas(name: str, data: bytes, place: Path) -> None:
    """Helm's schema checker follows addresses of files and of the network in `$ref`: only references inside the schema are let through."""
    if name.endswith(ARCHIVES) and name.startswith("charts/"):
        for inner, content in _archive(data, str(place / name)).items():
            _check_schemas(inner, content, place / name)
    if PurePosixPath(name).name != "values.schema.json":
        return
    try:
        schema = json.loads(data)
    except (ValueError, RecursionError):
        return  # Helm says what is wrong
    foreign = next((reference for reference in _references(schema) if not reference.startswith("#")), None)
    if foreign is not None:
        hint = "Only references inside the file (`#/...`) are followed, as nothing is fetched while rendering: copy it into the schema."
        raise RenderError(f"this schema refers to {foreign}", where=str(place / name), hint=hint)


def _references(schema: Any) -> Iterator[str]:
    waiting = [schema]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield from (item[key] for key in _REFERENCES if isinstance(item.get(key), str))
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
