# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kustomizations by `kustomize`, or by `kubectl` where that is missing.

The files are copied into a private folder and built there, without network, plugins, charts and the user's own configuration. Bases may be
anywhere in the workspace. Variables come in as one more resource, which kustomize's own `replacements` read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from ..._errors import Problem, RenderError
from ..commands import find_command, identity, isolated_environment, private_folder, run_bounded
from ..files import AppFiles
from ..kustomize.collect import NAMES, VARIABLES_FILE, Collector
from ..types import Advice, RenderedFile, RenderRequest
from ..yaml_text import YamlProblem, load_documents

_ORIGIN = "config.kubernetes.io/origin"
_ORIGINS = "originAnnotations"
_WAYS = (("kustomize", "build"), ("kubectl", "kustomize"))
_PREFACE = re.compile(r"^(?:E\d{4} \S+\s+\d+ \S+\] \"command failed\" err=(?:\"|<\s*)|Error: |error: )")
_DETOUR = re.compile(
    r"accumulating resources: |accumulation err='accumulating resources from '[^']*': '[^']*' must resolve to a file': "
    r"|recursed accumulation of path '[^']*': "
)
"""How kustomize tells the way to what is wrong."""


class KustomizeEngine:
    """Folders with a kustomization file, or what the app says is `kustomize`."""

    name = "kustomize"
    version = "kustomize 1"

    def accepts(self, file: Path) -> bool:
        """A folder with kustomization.yaml, kustomization.yml or Kustomization."""
        return any((file / name).is_file() for name in NAMES)

    def render(self, request: RenderRequest) -> tuple[RenderedFile, ...]:
        """One text an object, at the file that it comes from. Raises RenderError."""
        _refuse_options(request)
        shared, top = request.app.shared(), request.source.path
        collector = Collector(shared, top)
        collector.collect()
        files = dict(collector.files)
        if collector.uses_variables:
            files[top / VARIABLES_FILE] = json.dumps(_variables(request), ensure_ascii=False).encode()
        command, word = _command()
        metadata = list(dict.fromkeys([*collector.build_metadata, _ORIGINS]))
        key = _key([self.version, identity(command), word, metadata, os.path.relpath(top, shared.folder)], files, shared)
        keep = not (collector.uses_variables and request.secret)
        output = request.cache.result(key, lambda: _build(request, files, metadata, command, word), keep=keep)
        return tuple(_texts(output, shared.folder, top, stripped=_ORIGINS not in collector.build_metadata))

    def lint(self, request: RenderRequest) -> tuple[Advice, ...]:
        """Kustomize has no linter."""
        return ()


def _refuse_options(request: RenderRequest) -> None:
    if request.source.options:
        raise RenderError(
            f"kustomize has no option {next(iter(request.source.options))}", where=str(request.source.path), hint="It has none."
        )


def _command() -> tuple[Path, str]:
    for name, word in _WAYS:
        found = find_command(name)
        if found is not None:
            return found, word
    raise RenderError(
        "neither kustomize nor kubectl is there, and this app is a kustomization",
        hint="Install kubectl (https://kubernetes.io/docs/tasks/tools/) or kustomize.",
    )


def _variables(request: RenderRequest) -> dict[str, Any]:
    """A resource that only the build sees: types are kept, so that a number can replace a number."""
    return {
        "apiVersion": "roro.dev/v1",
        "kind": "Variables",
        "metadata": {"name": "variables", "annotations": {"config.kubernetes.io/local-config": "true"}},
        "data": dict(request.variables),
    }


def _key(parts: list[Any], files: dict[Path, bytes], shared: AppFiles) -> str:
    whole = hashlib.sha256(json.dumps(parts).encode())
    for path, data in sorted(files.items()):
        whole.update(f"\0{os.path.relpath(path, shared.folder)}\0{len(data)}\0".encode())
        whole.update(data)
    return whole.hexdigest()


def _build(request: RenderRequest, files: dict[Path, bytes], metadata: list[str], command: Path, word: str) -> str:
    shared, top = request.app.shared(), request.source.path
    with private_folder() as name:
        folder = Path(name)
        staged, home, wrapper = (folder / part for part in ("workspace", "home", "build"))
        for path, data in files.items():
            copy = staged / os.path.relpath(path, shared.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.touch(mode=0o600)
            copy.write_bytes(data)
        home.mkdir()
        wrapper.mkdir()
        outer = {"resources": [f"../workspace/{os.path.relpath(top, shared.folder)}"], "buildMetadata": metadata}
        (wrapper / "kustomization.yaml").write_text(json.dumps(outer), encoding="utf-8")
        done = run_bounded([command, word, "build"], folder=folder, environment=isolated_environment(home), what=f"{command.name} {word}")
        if done.code != 0:
            raise RenderError.of([_problem(request.hide(done.errors), folder, shared.folder, top)])
        return done.output


def _texts(output: str, root: Path, top: Path, *, stripped: bool) -> list[RenderedFile]:
    found: list[RenderedFile] = []
    here = next((top / name for name in NAMES if (top / name).is_file()), top)
    try:
        documents = [value for value, _node in load_documents(output, repeats=True) if isinstance(value, dict)]
    except YamlProblem as error:
        raise RenderError(
            f"what kustomize wrote is not valid YAML: {error.message}", where=str(here), hint="Look for control characters."
        ) from None
    for document in documents:
        metadata = document.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        origin = annotations.get(_ORIGIN) if isinstance(annotations, dict) else None
        if stripped and origin is not None and isinstance(metadata, dict) and isinstance(annotations, dict):
            del annotations[_ORIGIN]
            if not annotations:
                del metadata["annotations"]
        found.append(RenderedFile(_source(origin, root) or here, json.dumps(document, ensure_ascii=False), repeats=True))
    return found


def _source(origin: Any, root: Path) -> Path | None:
    match = re.search(r"^(?:path|configuredIn): (\S.*)$", str(origin or ""), re.MULTILINE)
    if match is None or not match[1].startswith("../workspace/"):
        return None
    return root / match[1].removeprefix("../workspace/")


def _problem(errors: str, folder: Path, root: Path, top: Path) -> Problem:
    """Kustomize's error without the way it went, at the innermost file of the workspace that it names. errors: without secrets already, as
    it is cut here."""
    text = _PREFACE.sub("", errors.strip()).rstrip('"> \n')
    real = os.path.realpath(folder)
    for prefix in (f"{real}/workspace", f"{folder}/workspace"):
        text = text.replace(prefix, str(root))
    text = _DETOUR.sub("", text)
    named = [Path(match) for match in re.findall(rf"{re.escape(str(root))}[^\s'\":,]*", text)]
    file = next((path for path in reversed(named) if path.is_file()), None)
    if file is None:
        folders = [path for path in (*named, top) if path.is_dir()]
        malformed = re.search(r"in File: (\S+)", text)
        names = [malformed[1], *NAMES] if malformed else NAMES
        file = next((path / name for path in reversed(folders) for name in names if (path / name).is_file()), top)
    line = re.search(r"yaml: line (\d+)", text)
    shown = text if len(text) <= 1000 else f"{text[:1000]}..."
    return Problem(
        f"kustomize: {shown}", f"{file}:{line[1]}" if line else str(file), "Build it by hand with `kubectl kustomize` to look closer."
    )
