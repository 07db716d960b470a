# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders an app's files with Jinja2 and turns every failure into a problem with file, line and nearest name."""

from __future__ import annotations

import hashlib
import re
import traceback
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2 import BaseLoader, Environment, Template, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError, TemplateAssertionError, TemplateError, TemplateRuntimeError
from jinja2.utils import missing

from .._errors import Problem, RenderError
from .._secrets import HIDDEN
from .ansible_words import way_out_of_filter, way_out_of_name
from .each_file import render_each_file, switches
from .limits import MAX_OUTPUT, LimitReached, Meter
from .near_names import nearest
from .sandbox import OPTIONS, NotDefined, Sandbox
from .template_lines import LineMap, mark_template
from .types import RenderedFile, RenderRequest, TemplateLine

_COMPILER = "1"
"""Part of every compiled template's key: raise it when `sandbox.py` compiles another way, or a filter's kind changes."""
_LOCAL = re.compile(r"l_\d+_(\w+)")
"""Jinja2's compiled names of a template's own variables."""
_STAND_IN = re.compile(r"t_\d+")
"""What Jinja2 compiles for a filter or test that is not there; it stands on no line."""
_NO_SUCH = re.compile(r"No (filter|test) named '([\w.]+)'")


def render_all(request: RenderRequest) -> tuple[RenderedFile, ...]:
    """The rendered texts in the order of request.files. Raises RenderError carrying the problems of all files."""
    options = {OPTIONS[name]: value for name, value in switches(request, "jinja2", OPTIONS).items()}
    return render_each_file(_Session(request, options), request.files)


class _Loader(BaseLoader):
    """Finds `include`, `import` and `extends` below the app's folder. A template's name is its absolute path."""

    def __init__(self, session: _Session) -> None:
        self._session = session

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        text = self._session.request.app.read(Path(template))
        return text, template, None

    def load(self, environment: Environment, name: str, globals: Any = None) -> Template:
        source, _filename, _uptodate = self.get_source(environment, name)
        code = self._session.compile(source, name)
        return environment.template_class.from_code(environment, code, globals or {}, None)


class _Environment(Sandbox):
    """Names of other templates: `./x` and `../x` from the including file, else from the manifests' folder, then the app's folder."""

    def __init__(self, session: _Session, options: Mapping[str, bool], marking: bool) -> None:
        super().__init__(_Loader(session), session.meter, options)
        self._session = session
        self._marking = marking

    def join_path(self, template: str, parent: str) -> str:
        if template.startswith(("./", "../")):
            return str(Path(parent).parent / template)
        request = self._session.request
        base = request.source.path if request.source.path.is_dir() else request.source.path.parent
        candidates = [folder / template for folder in (base, request.app.folder)]
        return str(next((path for path in candidates if path.exists()), candidates[0]))

    def _load_template(self, name: str, globals: Any) -> Any:
        if not Path(name).exists():
            raise TemplateNotFound(name)
        return super()._load_template(name, globals)

    def _generate(self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False) -> str:
        if self._marking and filename:
            source = mark_template(source, self._session.file_number(Path(filename)))
        return super()._generate(source, name, filename, defer_init)


class _Session:
    """One render of one app's templates: shared bounds, one environment."""

    def __init__(self, request: RenderRequest, options: Mapping[str, bool], marking: bool = False) -> None:
        self.request = request
        self.meter = Meter()
        self.options = options
        self.marked_files: list[Path] = []
        self.exhausted = False
        self._marking = marking
        self.environment = _Environment(self, options, marking)
        self._options_key = repr(sorted(options.items()))

    def file_number(self, file: Path) -> int:
        """A number for a file, for marks."""
        if file not in self.marked_files:
            self.marked_files.append(file)
        return self.marked_files.index(file)

    def compile(self, source: str, name: str) -> CodeType:
        """Compiled code, from the cache where the same content was compiled before."""
        if self._marking:
            return self.environment.compile(source, name, name)
        digest = hashlib.sha256(source.encode()).hexdigest()
        key = ("jinja2", jinja2.__version__, _COMPILER, name, digest, self._options_key)
        return self.request.cache.code(key, lambda: self.environment.compile(source, name, name))

    def render(self, file: Path) -> str:
        """The text of one template. Raises RenderError."""
        self.meter.restart_clock()
        try:
            template = self.environment.get_template(str(file))
            context = template.new_context(dict(self.request.variables))
            return self._collect(template, context)
        except RenderError as error:
            raise _at_include(error, file) from None
        except LimitReached as error:
            self.exhausted = True
            raise RenderError.of([_Failure(error, file, self.request).problem()]) from None
        except Exception as error:  # a template can raise anything that an expression can
            raise RenderError.of([_Failure(error, file, self.request).problem()]) from None

    def _collect(self, template: Template, context: Any) -> str:
        pieces: list[str] = []
        size = 0
        meter = self.meter
        for piece in template.root_render_func(context):
            size += len(piece)
            if size > MAX_OUTPUT:
                raise LimitReached(f"an output longer than {MAX_OUTPUT:,} characters")
            meter.tick()
            pieces.append(piece)
        meter.produce(size)
        return "".join(pieces)

    def rendered(self, file: Path) -> RenderedFile:
        """The text of one template, with the way back to its lines. Raises RenderError."""
        text = self.render(file)
        return RenderedFile(file, text, _Locator(self, file, text))


class _Locator:
    """For `RenderedFile.locate`: renders the file again, with marks, when it is first asked."""

    def __init__(self, session: _Session, file: Path, text: str) -> None:
        self._session = session
        self._file = file
        self._text = text

    @cached_property
    def _map(self) -> LineMap | None:
        session = self._session
        again = _Session(session.request, session.options, marking=True)
        try:
            return LineMap(again.render(self._file), self._text, again.marked_files)
        except RenderError:  # marks made the template fail where it did not before: no exact line then
            return None

    def __call__(self, line: int, column: int) -> TemplateLine | None:
        return self._map.locate(line, column) if self._map else None


class _Failure:
    """One exception of Jinja2 or of an expression, made into a problem."""

    def __init__(self, error: Exception, file: Path, request: RenderRequest) -> None:
        self.error = error
        self.request = request
        self.file, line, self.locals = _innermost(error, file)
        self.line = line or 1

    def problem(self) -> Problem:
        message, hint, needle = self._explain()
        column = self._column(needle)
        where = f"{self.file}:{self.line}:{column}" if column else f"{self.file}:{self.line}"
        return Problem(message, where, hint)

    def _column(self, needle: str | None) -> int | None:
        """Where on the line the name stands, when it stands there once as a whole word."""
        if not needle:
            return None
        try:
            line = self.file.read_text(encoding="utf-8-sig").splitlines()[self.line - 1]
        except (OSError, IndexError, UnicodeDecodeError):
            return None
        places = [match.start() + 1 for match in re.finditer(rf"(?<!\w){re.escape(needle)}(?!\w)", line)]
        return places[0] if places else None

    def _explain(self) -> tuple[str, str | None, str | None]:
        error = self.error
        if isinstance(error, NotDefined):
            return self._undefined(error)
        unknown = _NO_SUCH.match(str(error)) if isinstance(error, (TemplateAssertionError, TemplateRuntimeError)) else None
        if unknown is not None:
            return _unknown_name(unknown[1], unknown[2])
        if isinstance(error, TemplateSyntaxError):
            return f"template syntax: {error.message}", "Correct the template.", None
        if isinstance(error, TemplateNotFound):
            name = self._relative(str(error.name))
            return (
                f"there is no template {name} in the app's folder",
                f"Names count from {self.request.source.path}, then from {self.request.app.folder}; `./name` from the including file.",
                name.rpartition("/")[2] or None,
            )
        if isinstance(error, LimitReached):
            return f"the template went over a limit: {error}", "Make the template do less; the limits are in docs/templates.md.", None
        if isinstance(error, RecursionError):
            return "the template calls itself without end", "Look for a macro or include that reaches itself.", None
        if isinstance(error, SecurityError):
            return f"not allowed in a template: {error.message}", "Templates may only use data, filters and the listed methods.", None
        return _other(error), "Check the types of the variables used on this line.", None

    def _relative(self, name: str) -> str:
        for folder in (self.request.source.path, self.request.app.folder):
            name = name.removeprefix(f"{folder}/")
        return name

    def _undefined(self, error: NotDefined) -> tuple[str, str | None, str | None]:
        # A computed name, as in `map[variable]`, may be a secret: only what stands in the template is shown.
        name = error.name if self._column(error.name) else None
        if name is None:
            return "there is no such key or attribute", "Check the name that is computed on this line.", None
        if error.owner is None:
            if name in self.request.pending:
                return f"{name} has no value yet", _sentence(self.request.pending[name]), name
            known = set(self.request.variables) | set(self.request.pending) | set(self.locals)
            guess = nearest(name, known)
            hint = f"Did you mean {guess}?" if guess else "Define it under `variables` of the workspace, app, environment or instance."
            return f"variable {name} is not defined", way_out_of_name(name) or hint, name
        if isinstance(error.owner, Mapping):
            guess = nearest(name, error.owner)
            keys = ", ".join(sorted(str(key) for key in error.owner)[:8]) or "none"
            return f"there is no key {name} in this map", f"Did you mean {guess}?" if guess else f"Its keys: {keys}.", name
        kind = {"str": "text", "list": "list", "int": "number", "float": "number", "NoneType": "null"}.get(
            type(error.owner).__name__, type(error.owner).__name__
        )
        return f"there is no {name} in a value of type {kind}", "Check what the variable holds.", name


def _unknown_name(kind: str, name: str) -> tuple[str, str | None, str | None]:
    environment = Sandbox(None, Meter())
    known = environment.filters if kind == "filter" else environment.tests
    if way_out := way_out_of_filter(name, known):
        return f"there is no {kind} {name}", way_out, name
    guess = nearest(name, known)
    return f"there is no {kind} {name}", f"Did you mean {guess}?" if guess else "docs/templates.md lists them.", name


def _innermost(error: Exception, file: Path) -> tuple[Path, int, list[str]]:
    """The template, line and local names where it happened: the last frame of the traceback that is a template's (line 0: none is)."""
    if isinstance(error, TemplateSyntaxError):
        return Path(error.filename or file), error.lineno, []
    place: tuple[Path, int, list[str]] = (file, 0, [])
    for frame, line in traceback.walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        if template is not None and not _STAND_IN.fullmatch(frame.f_code.co_name):
            names = [match[1] for name, value in frame.f_locals.items() if value is not missing and (match := _LOCAL.fullmatch(name))]
            place = (Path(template.filename), template.get_corresponding_lineno(line), names)
    return place


def _at_include(error: RenderError, file: Path) -> RenderError:
    """A file that could not be read, told at the line that asked for it (the rendered file itself: as it is)."""
    place, line, _names = _innermost(error, file)
    (problem,) = error.problems
    if line == 0:
        return error
    return RenderError(f"cannot use {problem.where}: {problem.message}", where=f"{place}:{line}", hint=problem.hint)


def _other(error: Exception) -> str:
    """The message of a Python error, without the values that some carry in quotes."""
    text = error.message if isinstance(error, TemplateError) and error.message else str(error)
    if isinstance(error, (ValueError, LookupError, OSError)) and not isinstance(error, TemplateError):
        text = re.sub(r"'[^']*'|\"[^\"]*\"", HIDDEN, text)
    return f"this expression failed: {text or type(error).__name__}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
