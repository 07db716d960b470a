# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chart's files, from a folder or an archive, read through the app's border; and what Helm would fetch for it refused beforehand.

https://helm.sh/docs/topics/charts/
"""

from __future__ import annotations

import io
import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from ..._errors import Problem, RenderError
from ..._gzip import TooLong, gunzip
from ..files import AppFiles
from ..yaml_text import YamlProblem, load_one

MAX_FILES = 20_000
MAX_BYTES = 96 * 1024 * 1024
"""Of a chart with its subcharts, unpacked."""
MAX_DEPTH = 10
"""Archives in archives."""
ARCHIVES = (".tgz", ".tar.gz")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_DIALECTS = ("http://json-schema.org/", "https://json-schema.org/")
"""What `$schema` may begin with: these Helm has built in, anything else it would open."""
_TAR_EXTRA = 4 * 512
"""Bytes of an archive that a file takes beside its content, at most."""


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
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else "its name is no name of a file"
                hint = "Two files of the chart need the same name, or a name is too long: make the archive anew with `helm package`."
                raise RenderError(f"{name!r} of this chart cannot be written: {reason}", where=str(self.place), hint=hint) from error


def is_chart(path: Path) -> bool:
    """Whether `manifests.path` is a chart: a folder with Chart.yaml, or an archive."""
    return (path / "Chart.yaml").is_file() or (path.name.endswith(ARCHIVES) and path.is_file())


def read_chart(app: AppFiles, path: Path) -> Chart:
    """Everything below the chart. Raises RenderError: links that lead outside, archives that are none, addresses in schemas."""
    budget = _Budget(str(path))
    files = _archive(app.read_bytes(path), str(path), budget) if path.is_file() else dict(_folder(app, path, budget))
    document = files.get("Chart.yaml")
    if document is None:
        raise RenderError(
            "there is no Chart.yaml", where=str(path), hint="`manifests.path` must name the folder of a chart, or its archive."
        )
    _look_into(files, path, budget)
    return Chart(path, _name(document, path), files)


def _name(document: bytes, path: Path) -> str:
    try:
        found = load_one(document.decode("utf-8-sig"))
    except (YamlProblem, UnicodeDecodeError) as error:
        mark = getattr(error, "mark", None)
        where = f"{path / 'Chart.yaml'}:{mark.line}" if mark else str(path / "Chart.yaml")
        raise RenderError(f"Chart.yaml is not valid: {getattr(error, 'message', 'not UTF-8')}", where=where, hint="Correct it.") from None
    spellings = sorted(str(key) for key in found if str(key).casefold() == "name") if isinstance(found, dict) else []
    name = found[spellings[-1]] if spellings else None  # Helm reads the field in any case; of two the one that sorts last
    return name if isinstance(name, str) else ""


def _folder(app: AppFiles, root: Path, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    problems: list[Problem] = []
    below = list(app.walk(root, lambda entry: entry.name == ".git" and entry.is_dir(), problems))
    if problems:
        raise RenderError.of(problems)
    for path in (path for path in below if path.is_file()):
        data = app.read_bytes(path)
        budget.take(len(data), 1)
        yield path.relative_to(root).as_posix(), data


class _Budget:
    """What one chart may hold, with all that is packed inside it: an archive in an archive counts again."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._size = self._count = 0

    @property
    def left(self) -> int:
        """Bytes that an archive may unpack to."""
        return max(0, MAX_BYTES - self._size) + max(0, MAX_FILES - self._count) * _TAR_EXTRA

    def take(self, size: int, count: int) -> None:
        """Raises RenderError when it is too much."""
        self._size, self._count = self._size + size, self._count + count
        if self._size > MAX_BYTES or self._count > MAX_FILES:
            self.refuse(f"{MAX_BYTES // 1024**2} MiB" if self._size > MAX_BYTES else f"{MAX_FILES:,} files")

    def refuse(self, limit: str) -> NoReturn:
        """Raise RenderError."""
        raise RenderError(f"this chart holds more than {limit}", where=self._where, hint="Leave out what is not needed to render it.")


def _archive(data: bytes, where: str, budget: _Budget) -> dict[str, bytes]:
    """The files of `<chart>.tgz`, without its first folder."""
    files: dict[str, bytes] = {}
    try:
        content = gunzip(data, budget.left)
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for member in archive:
                parts = PurePosixPath(member.name).parts
                budget.take(member.size, 1)
                if not member.isfile() or len(parts) < 2 or ".." in parts or parts[0] == "/":
                    continue
                stream = archive.extractfile(member)
                name = "/".join(parts[1:]).encode("utf-8", "backslashreplace").decode()
                files[name] = stream.read() if stream is not None else b""
    except TooLong:
        budget.refuse(f"{MAX_BYTES // 1024**2} MiB")
    except (tarfile.TarError, EOFError, OSError, ValueError, zlib.error) as error:
        raise RenderError(f"this is not a chart's archive: {error}", where=where, hint="Make it anew with `helm package`.") from error
    return files


def _packed(files: Mapping[str, bytes]) -> bytes:
    """An archive of a chart."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=1) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"chart/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return target.getvalue()


def _look_into(files: dict[str, bytes], place: Path, budget: _Budget, depth: int = 0) -> None:
    """Check the schemas at every depth. An archive inside is packed anew, so that Helm reads what was read here: of a hostile one, Go may
    see other files than Python. Raises RenderError."""
    for name, data in files.items():
        path = PurePosixPath(name)
        if name.endswith(ARCHIVES) and path.parts[0] == path.parent.name == "charts":
            if depth == MAX_DEPTH:
                raise RenderError("the charts in this chart are nested too deeply", where=str(place / name), hint="Make them siblings.")
            inner = _archive(data, str(place / name), budget)
            _look_into(inner, place / name, budget, depth + 1)
            files[name] = _packed(inner)
        elif path.name == "values.schema.json":
            _check_schema(data, place / name)


def _check_schema(data: bytes, where: Path) -> None:
    """Helm's schema checker follows addresses of files and of the network: only references inside the schema are let through, and none
    that cannot be looked for."""
    try:
        schema = json.loads(data)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise RenderError(f"this schema is not valid JSON: {reason}", where=str(where), hint="Correct it.") from None
    foreign = next((reference for reference in _references(schema) if not reference.startswith("#")), None)
    if foreign is not None:
        hint = "Only references inside the file (`#/...`) are followed, as nothing is fetched while rendering: copy it into the schema."
        raise RenderError(f"this schema refers to {foreign}", where=str(where), hint=hint)


def _references(schema: Any) -> Iterator[str]:
    waiting = [schema]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield from (item[key] for key in _REFERENCES if isinstance(item.get(key), str))
            dialect = item.get("$schema")
            if isinstance(dialect, str) and not dialect.startswith(_DIALECTS):
                yield dialect
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
