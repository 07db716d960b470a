# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file that a kustomization needs, found by reading it as kustomize does: what is remote or runs something never gets there.

https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
kustomize hands the document to Go's encoding/json, which matches the names of fields without case: so does this.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..._errors import Problem, RenderError
from ..files import AppFiles
from ..yaml_text import YamlProblem, load_documents

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
VARIABLES_FILE = "roro-variables.yaml"
"""A resource of this name in the app's own kustomization is made from the instance's variables."""
_PLUGINS = ("generators", "transformers", "validators")
_MUST_BE_THERE = ("resources", "bases", "components", "crds", "configurations", *_PLUGINS)
_MAY_BE_PATHS = ("path", "files", "env", "envs", "patchesStrategicMerge")
_HELM = ("helmCharts", "helmChartInflationGenerator", "helmGlobals")
_SPELLING = {name.casefold(): name for name in (*_MUST_BE_THERE, *_MAY_BE_PATHS, *_HELM, "buildMetadata")}
_REMOTE = re.compile(r"://|^git@|^git::|[?&](?:ref|version|submodules|timeout)=|\.git(?:$|/|//|\?)|^(?:[\w-]+\.)+[a-z]{2,}/\S+")
_FUNCTION = "config.kubernetes.io/function"
MAX_FILES = 5_000


class Collector:
    """Collects the files of one kustomization. files: content by absolute path, links followed but not resolved."""

    def __init__(self, app: AppFiles, top: Path) -> None:
        self.files: dict[Path, bytes] = {}
        self.uses_variables = False
        self.build_metadata: list[str] = []
        self._app = app
        self._top = top
        self._problems: list[Problem] = []
        self._seen: set[Path] = set()

    def collect(self) -> None:
        """Read everything. Raises RenderError with all problems."""
        self._kustomization(self._top, self._top, 0)
        if self._problems:
            raise RenderError.of(list(dict.fromkeys(self._problems)))

    def _kustomization(self, folder: Path, asker: Path, line: int) -> None:
        if folder in self._seen:
            return
        self._seen.add(folder)
        file = next((folder / name for name in NAMES if (folder / name).is_file()), None)
        if file is None:
            place = f"{asker}:{line}" if line else str(folder)
            self._problems.append(Problem(f"there is no kustomization.yaml in {folder}", place, "Name a folder that has one, or a file."))
            return
        text = self._read(file, asker, line)
        if text is not None:
            for document in self._documents(text, file):
                if folder == self._top:
                    self.build_metadata += [item for item in _build_metadata(document) if isinstance(item, str)]
                self._document(document, file, text)

    def _document(self, document: Any, file: Path, text: str) -> None:
        for written, value in _settings(document):
            key = _spelling(written)
            if key in _HELM or value == "HelmChartInflationGenerator":
                hint = "Make the chart an app of its own: `manifests.path` names its folder."
                self._refuse("charts inside a kustomization are not rendered", file, text, str(written), hint)
            elif key == _FUNCTION:
                hint = "Use kustomize's own generators and transformers, or commit what the function makes."
                self._refuse("functions run a program, which rendering never does", file, text, _FUNCTION, hint)
            elif key in _MUST_BE_THERE or key in _MAY_BE_PATHS:
                for entry in value if isinstance(value, list) else [value]:
                    if isinstance(entry, str):
                        self._reference(entry, key, file, text)

    def _reference(self, entry: str, key: str, file: Path, text: str) -> None:
        if "\n" in entry:  # written out in place
            if key in _PLUGINS:
                for document in self._documents(entry, file):
                    self._document(document, file, text)
            return
        if file.parent == self._top and key == "resources" and os.path.normpath(entry) == VARIABLES_FILE:
            self.uses_variables = True
            return
        named = entry.rpartition("=")[2] if key == "files" and not (file.parent / entry).exists() else entry
        path = Path(os.path.normpath(file.parent / named))
        line = _line_of(text, entry)
        if path.exists() or path.is_symlink():
            self._local(path, key, file, line)
        elif _REMOTE.search(named) and (key in _MUST_BE_THERE or "://" in named):
            hint = "Nothing is fetched while rendering: copy it into the workspace and name it there."
            self._problems.append(Problem(f"{entry} is not in the workspace", f"{file}:{line}", hint))
        elif key in _MUST_BE_THERE:
            self._problems.append(Problem(f"there is no {entry} in {file.parent}", f"{file}:{line}", "Correct its path."))

    def _local(self, path: Path, key: str, file: Path, line: int) -> None:
        if path.is_dir():
            self._kustomization(path, file, line)
            return
        if path in self.files:
            return
        text = self._read(path, file, line)
        if text is not None and key in _PLUGINS:
            for document in self._documents(text, path):
                self._document(document, path, text)

    def _read(self, path: Path, asker: Path, line: int) -> str | None:
        try:
            data = self._app.read_bytes(path)
        except RenderError as error:
            problem = error.problems[0]
            self._problems.append(
                Problem(
                    f"{path.name}: {problem.message}" if line else problem.message, f"{asker}:{line}" if line else str(path), problem.hint
                )
            )
            return None
        self.files[path] = data
        if len(self.files) > MAX_FILES:
            raise RenderError(f"this kustomization has more than {MAX_FILES:,} files", where=str(asker), hint="Split the app.")
        return data.decode("utf-8-sig", "replace")

    def _documents(self, text: str, file: Path) -> list[Any]:
        found: list[Any] = []
        try:
            for value, _node in load_documents(text, repeats=True):
                if isinstance(value, dict):
                    found.append(value)
        except YamlProblem as error:
            where = f"{file}:{error.mark.line}" if error.mark else str(file)
            self._problems.append(Problem(f"not valid YAML: {error.message}", where, "Correct it."))
        return found

    def _refuse(self, message: str, file: Path, text: str, needle: str, hint: str) -> None:
        self._problems.append(Problem(message, f"{file}:{_line_of(text, needle)}", hint))


def _spelling(key: Any) -> str:
    """The field that kustomize takes a key for."""
    return _SPELLING.get(str(key).casefold(), str(key))


def _build_metadata(document: dict[Any, Any]) -> list[Any]:
    """Of two spellings the one that sorts last counts, as the keys are sorted on their way."""
    found = [value for key, value in sorted(document.items(), key=lambda item: str(item[0])) if _spelling(key) == "buildMetadata"]
    return found[-1] if found and isinstance(found[-1], list) else []


def _settings(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every key with its value, at any depth. `labels` and `annotations` are names that the user chose."""
    waiting = [document]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            for key, value in item.items():
                yield key, value
                waiting.append(value)
        elif isinstance(item, list):
            waiting.extend(item)


def _line_of(text: str, needle: str) -> int:
    return next((number for number, line in enumerate(text.splitlines(), start=1) if needle in line), 1)
