# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders an app's files with Handlebars and turns every failure into a problem with file, line, column and nearest name."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from ..._errors import RenderError
from ..each_file import render_each_file, switches
from ..limits import MAX_OUTPUT, MAX_PRODUCED, MAX_SECONDS, MAX_STEPS, MAX_WIDTH
from ..parsed_templates import kept
from ..template_lines import LineMap
from ..template_names import find_template
from ..types import RenderedFile, RenderRequest, TemplateLine
from .failures import Failure
from .machine import Machine, machine

_COMPILER = "1"
"""Part of every compiled template's key: raise it when runtime.py compiles another way."""
OPTIONS = {"strict": True, "escape": False}
"""Engine options of an app document -> their default. strict: what is undefined is an error; escape: HTML escaping of `{{ }}`."""
_MAX_PARTIALS = 500
_MAX_NESTING = 100
"""Of blocks, and of parentheses in a tag: what reading costs grows with its square."""
_TAG = re.compile(r"\{\{~?\s*([#^/]?)((?:[^{}]|\}(?!\}))*)\}\}")
_EXACT = 2**53
_BIG = "\ue002"


with suppress(RenderError):  # made when this is imported, so that every child that renders has it; what is missing is told when it is used
    machine()


def render_all(request: RenderRequest) -> tuple[RenderedFile, ...]:
    """The rendered texts in the order of request.files. Raises RenderError carrying the problems of all files."""
    options = {**OPTIONS, **switches(request, "handlebars", OPTIONS)}
    js = machine()
    with js.lock:
        js.tidy()
        return render_each_file(_Session(request, options, js), request.files)


class _Session:
    """One render of one app's templates: shared bounds, one context."""

    def __init__(self, request: RenderRequest, options: Mapping[str, bool], js: Machine, marking: bool = False) -> None:
        self.request = request
        self.options = options
        self.js = js
        self.texts: dict[str, str] = {}
        self.marked_files: list[Path] = []
        self.exhausted = False
        self._marking = marking
        self._partials: dict[str, str] = {}
        self._missing: dict[str, bool] = {}
        self._files: dict[str, str] = {}
        big = [False]
        text = json.dumps(_exact(dict(request.variables), big), allow_nan=False)
        limits = {"steps": MAX_STEPS, "produced": MAX_PRODUCED, "output": MAX_OUTPUT, "width": MAX_WIDTH, "seconds": MAX_SECONDS}
        js.ask(do="context", json=text, limits=limits, big=big[0])

    def rendered(self, file: Path) -> RenderedFile:
        """The text of one template, with the way back to its lines. Raises RenderError."""
        text = self.render(file)
        return RenderedFile(file, text, _Locator(self, file, text))

    def render(self, file: Path) -> str:
        """The text of one template. Raises RenderError."""
        key, code = self._load(str(file))
        for _ in range(_MAX_PARTIALS):
            answer = self.js.ask(
                do="render", key=key, code=code, partials=self._partials, missing=self._missing, strict=self.options["strict"]
            )
            if "need" in answer:
                self._find(answer["need"], None)
                continue
            if "error" in answer:
                raise self._failed(answer["error"], str(file))
            text: str = answer["text"]
            return text
        raise RenderError(f"more than {_MAX_PARTIALS} partials", where=str(file), hint="Look for names of partials that are computed.")

    def _load(self, path: str) -> tuple[str, str]:
        """Compile a file and the partials it names; the key of its compiled form, and that form."""
        text = self.request.app.read(Path(path))
        self.texts[path] = text
        number = -1
        if self._marking:
            self.marked_files.append(Path(path))
            number = len(self.marked_files) - 1
        digest = hashlib.sha256(text.encode()).hexdigest()
        flags = f"{self.options['strict']} {self.options['escape']} {number}"
        key = hashlib.sha256(f"{digest} {flags} {path}".encode()).hexdigest()
        names = (self.js.version, _COMPILER, digest, flags)
        code, partials = kept(self.request.cache, ("handlebars", *names), lambda: self._compile(text, path, number))
        self._files[key] = path
        for name in partials:
            if name not in self._partials and name not in self._missing:
                self._find(name, path)
        return key, code

    def _compile(self, text: str, path: str, number: int) -> tuple[str, tuple[str, ...]]:
        deep = _too_deep(text)
        if deep is not None:
            raise RenderError(f"nested deeper than {_MAX_NESTING}", where=f"{path}:{deep}", hint="Take parts of it out into partials.")
        options = {"noEscape": not self.options["escape"], "strict": self.options["strict"]}
        request: dict[str, Any] = {"do": "compile", "text": text, "options": options}
        answer = self.js.ask(**request, **({"marked": number} if number >= 0 else {}))
        if "error" in answer:
            raise self._failed(answer["error"], path)
        return answer["code"], tuple(answer["partials"])

    def _find(self, name: str, asking: str | None) -> None:
        """Look for a partial's file, and load it."""
        found = partial_file(self.request, name)
        if found is None:
            self._missing[name] = True
            return
        self._partials[name] = ""  # it may name itself
        try:
            key, code = self._load(found)
            self.js.add(key, code)
            self._partials[name] = key
        except RenderError as error:
            if asking is None or error.problems[0].where != found:
                raise
            (problem,) = error.problems
            raise RenderError(
                f"cannot use {problem.where}: {problem.message}", where=self._line_of(name, asking), hint=problem.hint
            ) from None

    def _line_of(self, name: str, path: str) -> str:
        text = self.texts[path]
        at = text.find(name)
        return f"{path}:{text.count(chr(10), 0, max(at, 0)) + 1}"

    def _failed(self, error: Mapping[str, Any], path: str) -> RenderError:
        file = self._files.get(error.get("key") or "", path)
        self.exhausted = self.exhausted or error["kind"] == "limit"
        problem = Failure(error, file, self.texts[file], self.request).problem()
        return RenderError(problem.message, where=problem.where, hint=problem.hint)


def partial_file(request: RenderRequest, name: str) -> str | None:
    """The file of a partial: its name as it is, with `.hbs`, with `_` before the last part, in `_partials` or `partials`."""
    folder, _slash, last = name.rpartition("/")
    prefix = f"{folder}/" if folder else ""
    for candidate in (name, f"{name}.hbs", f"{prefix}_{last}.hbs", f"{prefix}_{last}", f"_partials/{name}.hbs", f"partials/{name}.hbs"):
        found = find_template(request, candidate, None)
        if Path(found).is_file():
            return found
    return None


def _too_deep(text: str) -> int | None:
    """The line where blocks or parentheses are nested too deep."""
    depth = 0
    for tag in _TAG.finditer(text):
        depth += {"#": 1, "^": 1 if tag[2].strip(" ~") else 0, "/": -1}.get(tag[1], 0)
        inner = deepest = 0
        for char in tag[2] if tag[2].count("(") > _MAX_NESTING else "":
            inner += {"(": 1, ")": -1}.get(char, 0)
            deepest = max(deepest, inner)
        if max(depth, deepest) > _MAX_NESTING:
            return text.count("\n", 0, tag.start()) + 1
    return None


def _exact(value: Any, big: list[bool]) -> Any:
    """The value for JSON: whole numbers that JavaScript would round become marked texts, what is no number becomes null."""
    kind = type(value)
    if kind is dict:
        return {key if isinstance(key, str) else _key(key): _exact(item, big) for key, item in value.items()}
    if kind is list:
        return [_exact(item, big) for item in value]
    if kind is int and not -_EXACT <= value <= _EXACT:
        big[0] = True
        return f"{_BIG}{value}"
    if kind is float and not math.isfinite(value):
        return None
    return value


def _key(key: Any) -> str:
    return json.dumps(key)


class _Locator:
    """For `RenderedFile.locate`: renders the file again, with marks, when it is first asked."""

    def __init__(self, session: _Session, file: Path, text: str) -> None:
        self._session = session
        self._file = file
        self._text = text

    @cached_property
    def _map(self) -> LineMap | None:
        before = self._session
        try:
            with before.js.lock:
                again = _Session(before.request, before.options, before.js, marking=True)
                return LineMap(again.render(self._file), self._text, again.marked_files)
        except RenderError:  # marks made the template fail where it did not before: no exact line then
            return None

    def __call__(self, line: int, column: int) -> TemplateLine | None:
        return self._map.locate(line, column) if self._map else None
