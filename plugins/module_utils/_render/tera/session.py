# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders an app's files with Tera and turns every failure into a problem with file, line, column and nearest name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..._errors import Problem, RenderError
from ..each_file import render_each_file, switches
from ..limits import LimitReached, Meter
from ..near_names import nearest
from ..parsed_templates import kept
from ..template_lines import LineMap, mark_of_line
from ..template_names import find_template
from ..types import RenderedFile, RenderRequest, TemplateLine
from .evaluate import UnknownName
from .expressions import NotTera
from .filters import FILTERS
from .library import Library, Template
from .names import FUNCTIONS, TESTS
from .nodes import Node, pack, unpack
from .run import Run
from .statements import parse
from .values import Fault, data

_PARSER = "1"
"""Part of every parsed template's key: raise it when parsing gives other nodes."""
_KNOWN = {"filter": (*FILTERS, "default", "safe"), "test": tuple(TESTS), "function": tuple(FUNCTIONS)}
_VERSION_2 = {
    ("filter", "str"): "as_str",
    ("filter", "format"): "as_str, round or date",
    ("test", "divisible_by"): "divisibleby",
    ("test", "map"): "object",
    ("test", "integer"): "number",
    ("test", "float"): "number",
    ("test", "bool"): "defined",
    ("test", "array"): "iterable",
    ("test", "none"): "defined",
}
"""Names that came with Tera 2 -> those of Tera 1."""
_SYNTAX_2 = (
    (re.compile(r"{%-?\s*(?:end)?component\b|{{-?\s*<\w|{%-?\s*<"), "components (Tera 1 has macros)"),
    (re.compile(r"\?\."), "optional chaining `?.` (Tera 1 has `default(value=...)`)"),
    (re.compile(r"\[[^\]\"'`]*:[^\]\"'`]*\]"), "slices `[a:b]` (Tera 1 has the filter `slice(start, end)`)"),
    (re.compile(r"(?:\.\.\.)\w"), "spread `...` (Tera 1 has the filter `concat(with)`)"),
    (re.compile(r"=\s*\{(?!\{|%|#)|[(,]\s*\{(?!\{|%|#)"), "maps written in the template (Tera 1 takes them from variables)"),
    (re.compile(r"\sif\s.*\selse\s"), "`a if b else c` (Tera 1 has the statement `if`)"),
    (re.compile(r"\*\*|//"), "the operators `**` and `//`"),
)


def render_all(request: RenderRequest) -> tuple[RenderedFile, ...]:
    """The rendered texts in the order of request.files. Raises RenderError carrying the problems of all files."""
    switches(request, "tera", ("changing",), ", which allows `now` and `get_random`")
    return render_each_file(_Session(request), request.files)


class _Unreadable(Fault):
    """A file that must not or cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"cannot use {problem.where}: {problem.message}", problem.hint)
        self.problem = problem


class _Files:
    """A `Source` of templates: the app's files. A key is an absolute path."""

    def __init__(self, request: RenderRequest) -> None:
        self._request = request
        self.texts: dict[str, str] = {}

    def resolve(self, name: str, asking: str | None) -> str | None:
        found = find_template(self._request, name, asking)
        return found if Path(found).exists() else None

    def nodes(self, key: str) -> tuple[Node, ...]:
        try:
            text = self._request.app.read(Path(key))
        except RenderError as error:
            raise _Unreadable(error.problems[0]) from None
        self.texts[key] = text
        digest = hashlib.sha256(text.encode()).hexdigest()
        try:
            packed = kept(self._request.cache, ("tera", _PARSER, digest), lambda: pack(parse(text)))
        except NotTera as error:
            raise RenderError.of([_syntax(error, text, key)]) from None
        nodes: tuple[Node, ...] = unpack(packed)
        return nodes


class _Session:
    """One render of one app's templates: shared bounds, templates parsed once."""

    def __init__(self, request: RenderRequest, marking: bool = False) -> None:
        self.request = request
        self.marked_files: list[Path] = []
        self.exhausted = False
        self._marking = marking
        self._meter = Meter()
        self._files = _Files(request)
        self._library = Library(self._files, self._meter.step)
        self._context = {str(name): data(value) for name, value in request.variables.items()}

    def rendered(self, file: Path) -> RenderedFile:
        """The text of one template, with the way back to its lines. Raises RenderError."""
        text = self.render(file)
        return RenderedFile(file, text, _Locator(self, file, text))

    def render(self, file: Path) -> str:
        """The text of one template. Raises RenderError."""
        self._meter.restart_clock()
        run: Run | None = None
        try:
            template = self._library.get(str(file))
            mark = self._mark if self._marking else None
            may_change = self.request.source.options.get("changing") is True
            run = Run(self._library, template, self._context, self._meter, mark=mark, may_change=may_change)
            return run.render()
        except Fault as fault:
            raise RenderError.of([self._problem(fault, file, run)]) from None
        except LimitReached as error:
            self.exhausted = True
            hint = "Make the template do less; the limits are in docs/templates.md."
            raise RenderError(f"the template went over a limit: {error}", where=str(file), hint=hint) from None
        except RecursionError:
            hint = "Look for a macro or include that reaches itself."
            raise RenderError("the template is nested too deeply, or calls itself without end", where=str(file), hint=hint) from None

    def _mark(self, template: Template, at: int) -> str:
        file = Path(template.key)
        if file not in self.marked_files:
            self.marked_files.append(file)
        return mark_of_line(self.marked_files.index(file), self._files.texts[template.key].count("\n", 0, at) + 1)

    def _problem(self, fault: Fault, file: Path, run: Run | None) -> Problem:
        if isinstance(fault, _Unreadable) and fault.file is None:
            return fault.problem
        key = fault.file or str(file)
        where = _place(key, self._files.texts.get(key, ""), fault.at or 0)
        if isinstance(fault, UnknownName):
            return Problem(fault.message, where, _other_name(fault))
        if fault.name is not None and fault.message.endswith("is not defined"):
            return self._undefined(fault, where, run)
        if fault.message.startswith("there is no template"):
            request = self.request
            names = f"Names count from {request.source.path}, then from {request.app.folder}; `./name` from the file that says it."
            return Problem(fault.message, where, names)
        return Problem(fault.message, where, fault.hint or "Check the types of the variables used on this line.")

    def _undefined(self, fault: Fault, where: str, run: Run | None) -> Problem:
        path = fault.name or ""
        pending = self.request.pending
        root = re.split(r"[.\[]", path, maxsplit=1)[0]
        if root in pending:
            return Problem(f"{root} has no value yet", where, f"{pending[root][0].upper()}{pending[root][1:]}.")
        names = (run.names if run else set(self._context)) | set(pending)
        if root not in names:
            guess = nearest(root, names)
            hint = f"Did you mean {guess}?" if guess else "Define it under `variables` of the workspace, app, environment or instance."
            return Problem(f"variable {root} is not defined", where, hint)
        return Problem(f"variable {path} is not defined", where, _missing_step(path, self._context) or f"{root} has no such part.")


def _missing_step(path: str, context: Mapping[str, Any]) -> str | None:
    """The nearest key where a dotted path leaves the context's maps."""
    value: Any = context
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return None
        if step not in value:
            guess = nearest(step, value)
            keys = ", ".join(sorted(value)[:8]) or "none"
            return f"Did you mean {guess}?" if guess else f"There is no key {step}; the keys: {keys}."
        value = value[step]
    return None


def _other_name(fault: UnknownName) -> str:
    newer = _VERSION_2.get((fault.what, fault.unknown))
    if newer:
        return f"{fault.unknown} belongs to Tera 2; this engine speaks Tera 1, which has {newer}."
    guess = nearest(fault.unknown, _KNOWN[fault.what])
    return f"Did you mean {guess}?" if guess else f"Tera 1 has: {', '.join(sorted(_KNOWN[fault.what]))}."


def _syntax(error: NotTera, text: str, key: str) -> Problem:
    """A template that is no Tera 1; says so when it looks like Tera 2."""
    start = text.rfind("\n", 0, error.at) + 1
    end = text.find("\n", error.at)
    line = text[start : end if end >= 0 else len(text)]
    newer = next((what for pattern, what in _SYNTAX_2 if pattern.search(line)), None)
    if newer:
        return Problem(f"this is Tera 2 syntax: {newer}", _place(key, text, error.at), "This engine speaks Tera 1: docs/engines/tera.md.")
    return Problem(f"template syntax: {error.message}", _place(key, text, error.at), "Correct the template.")


def _place(key: str, text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"{key}:{line}:{at - text.rfind(chr(10), 0, at)}"


class _Locator:
    """For `RenderedFile.locate`: renders the file again, with marks, when it is first asked."""

    def __init__(self, session: _Session, file: Path, text: str) -> None:
        self._session = session
        self._file = file
        self._text = text

    @cached_property
    def _map(self) -> LineMap | None:
        again = _Session(self._session.request, marking=True)
        try:
            return LineMap(again.render(self._file), self._text, again.marked_files)
        except RenderError:  # marks made the template fail where it did not before: no exact line then
            return None

    def __call__(self, line: int, column: int) -> TemplateLine | None:
        return self._map.locate(line, column) if self._map else None
