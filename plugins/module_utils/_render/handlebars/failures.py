# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What went wrong in handlebars.js, as a problem that says where it is and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..._errors import Problem
from ..near_names import nearest
from ..types import RenderRequest

HELPERS = (
    *("and", "b64enc", "default", "each", "eq", "gt", "gte", "if", "indent", "log", "lookup", "lt", "lte", "ne", "nindent", "not", "or"),
    *("toJson", "toYaml", "unless", "with"),
)
"""Every helper by name."""
_PARSE = re.compile(r"Parse error on line (\d+):\n.*\n(-*)\^\n(?:Expecting (.*), )?got '(\w+)'", re.DOTALL)
_LEXER = re.compile(r"Lexical error on line (\d+)")
_PLACE = re.compile(r" - (\d+):(\d+)$")
_WORD = re.compile(r"[A-Za-z_$@][\w$.@/-]*")
_GOT = {
    "EOF": "the template ends too early: a `{{` or a block is not closed",
    "INVALID": "this character cannot stand here",
    "CLOSE": "the tag ends too early",
    "OPEN_ENDBLOCK": "this block is closed without being open, or another one is still open",
    "INVERSE": "this `else` has no block",
}


class Failure:
    """One failure. error: as runtime.py gives it; file, text: of the template that was running."""

    def __init__(self, error: Mapping[str, Any], file: str, text: str, request: RenderRequest) -> None:
        self._error = error
        self._file = file
        self._text = text
        self._request = request
        self._kind: str = error["kind"]
        self._message: str = error.get("message") or ""

    def problem(self) -> Problem:
        """The problem. Messages name what stands in the template, never values."""
        if self._kind == "undefined":
            return self._undefined()
        if self._kind == "argument":
            return self._argument()
        if self._kind == "limit":
            hint = "Make the template do less; the limits are in docs/templates.md."
            return Problem(f"the template went over a limit: {self._message}", self._where(), hint)
        if self._kind == "recursion":
            return Problem("the template calls itself without end", self._where(), "Look for a partial that reaches itself.")
        return self._other()

    def _where(self, line: int | None = None, column: int | None = None) -> str:
        line, column = line or self._error.get("line"), column or self._error.get("column")
        return f"{self._file}:{line}:{column}" if line and column else f"{self._file}:{line}" if line else self._file

    def _line_with(self, pattern: str) -> str:
        """The place of the one line where this stands, else the file."""
        lines = [number for number, line in enumerate(self._text.split("\n"), start=1) if re.search(pattern, line)]
        return self._where(lines[0]) if len(lines) == 1 else self._where()

    def _undefined(self) -> Problem:
        name: str = self._error["name"]
        where = self._where() if self._error.get("line") else self._line_with(rf"\{{\{{.*(?<![\w$]){re.escape(name)}(?![\w$])")
        column = self._column_of(name)
        where = self._where(column=column) if column else where
        names = self._error.get("names")
        if names is None:
            return Problem(
                f"what {name} is looked up in is not defined",
                where,
                "Check the name before it; `{{#if}}` guards a part that may be absent.",
            )
        if self._error.get("top"):
            return self._variable(name, where)
        if not self._stands(name):
            return Problem("there is no such key", where, "Check the name that is computed on this line.")
        guess = nearest(name, [*names, *HELPERS])
        keys = ", ".join(sorted(names)[:8]) or "none"
        return Problem(
            f"there is no {name} here",
            where,
            f"Did you mean {guess}?" if guess else f"The names here: {keys}. `../{name}` is the one outside.",
        )

    def _stands(self, name: str) -> bool:
        return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", self._text) is not None

    def _column_of(self, name: str) -> int | None:
        line, column = self._error.get("line"), self._error.get("column")
        if not line or not column:
            return None
        found = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])").search(self._text.split("\n")[line - 1], column - 1)
        return found.start() + 1 if found else None

    def _is_called(self, name: str) -> bool:
        """Whether the name has arguments after it, as only a helper has."""
        line, column = self._error.get("line"), self._column_of(name)
        return bool(line and column and re.match(r"\s+[^\s}]", self._text.split("\n")[line - 1][column - 1 + len(name) :]))

    def _variable(self, name: str, where: str) -> Problem:
        if self._is_called(name):
            guess = nearest(name, HELPERS)
            return Problem(
                f"there is no helper {name}", where, f"Did you mean {guess}?" if guess else f"The helpers are: {', '.join(HELPERS)}."
            )
        pending = self._request.pending
        if name in pending:
            return Problem(f"{name} has no value yet", where, f"{pending[name][0].upper()}{pending[name][1:]}.")
        guess = nearest(name, [*self._request.variables, *pending, *HELPERS])
        hint = f"Did you mean {guess}?" if guess else "Define it under `variables` of the workspace, app, environment or instance."
        return Problem(f"variable {name} is not defined", where, hint)

    def _argument(self) -> Problem:
        """A helper was given something undefined: the words of the tag that are no variables are named."""
        line, column = self._error.get("line") or 1, self._error.get("column") or 1
        rest = self._text.split("\n")[line - 1][column - 1 :]
        tag = rest.split("}}")[0]
        known = {*self._request.variables, *HELPERS, "true", "false", "null", "undefined", "this", "as"}
        words = [word.group() for word in _WORD.finditer(re.sub(r"\"[^\"]*\"|'[^']*'", "", tag))]
        unknown = next(
            (word for word in words if not word.startswith(("@", "this.")) and word.split(".")[0].split("/")[0] not in known), None
        )
        guess = nearest(unknown, self._request.variables) if unknown else None
        hint = f"Did you mean {guess}?" if guess else 'Check the names on this line; `(default name "value")` gives one that may be absent.'
        if unknown and unknown in self._request.pending:
            return self._variable(unknown, self._where())
        return Problem(f"variable {unknown} is not defined" if unknown else self._message, self._where(), hint)

    def _other(self) -> Problem:
        parse = _PARSE.search(self._message)
        if parse is not None:
            return Problem(
                f"template syntax: {_GOT.get(parse[4], f'{parse[4]} is not expected here')}",
                self._where(int(parse[1])),
                "Correct the template.",
            )
        lexer = _LEXER.search(self._message)
        if lexer is not None:
            return Problem("template syntax: this cannot be read", self._where(int(lexer[1])), "Correct the template.")
        place = _PLACE.search(self._message)
        message = _PLACE.sub("", self._message)
        where = self._where(int(place[1]), int(place[2]) + 1) if place else self._where()
        missing = re.match(r'Missing helper: "(.*)"', message)
        if missing is not None:
            guess = nearest(missing[1], HELPERS)
            hint = f"Did you mean {guess}?" if guess else f"The helpers are: {', '.join(HELPERS)}."
            return Problem(f"there is no helper {missing[1]}", self._line_with(rf"(?<![\w$]){re.escape(missing[1])}(?![\w$])"), hint)
        partial = re.match(r"The partial (.*) could not be found", message)
        if partial is not None:
            source, app = self._request.source.path, self._request.app.folder
            name = partial[1]
            hint = f"Looked for {name}, {name}.hbs and _{name}.hbs, also in _partials and partials, below {source}, then below {app}."
            return Problem(
                f"there is no partial {partial[1]} in the app's folder", self._line_with(rf">\s*[\"']?{re.escape(partial[1])}"), hint
            )
        return Problem(f"this template failed: {message}", where, "Check the types of the variables used here.")
