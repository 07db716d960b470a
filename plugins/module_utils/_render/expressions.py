# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One text with `{{ }}` in it, evaluated by the sandbox of the templates. A text that is one expression alone keeps its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError

from .._errors import RenderError
from .limits import LimitReached, Meter
from .plain_data import plain
from .sandbox import NotDefined, Sandbox, Undefined

MAX_SECONDS = 2.0
"""Processor time for all variables of an instance."""
_HINT = "Variables are Jinja2 expressions (docs/variables.md); a text with braces of its own goes into {% raw %}...{% endraw %}."


class Unresolved(RenderError):
    """A name has no value. missing: which."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"{missing} is not defined")
        self.missing = missing


class Expressions:
    """Evaluates within one time limit. Every method raises RenderError without a place."""

    def __init__(self) -> None:
        self._sandbox = Sandbox(None, Meter(MAX_SECONDS))
        self._parsed: dict[str, nodes.Template] = {}

    def names(self, text: str) -> set[str]:
        """The variables that the text needs."""
        tree = self._tree(text)
        named = {node.name for node in tree.find_all(nodes.Name)}
        # Jinja2 leaves out the names of its own globals, of which `namespace` is one.
        return meta.find_undeclared_variables(tree) | (named & self._sandbox.globals.keys())

    def _tree(self, text: str) -> nodes.Template:
        if text not in self._parsed:
            try:
                self._parsed[text] = self._sandbox.parse(text)
            except TemplateSyntaxError as error:
                raise RenderError(f"template syntax: {error.message}", hint=_HINT) from None
        return self._parsed[text]

    def evaluate(self, text: str, known: Mapping[str, Any]) -> Any:
        """The value of the text."""
        data = {name: plain(value, name) for name, value in known.items()}
        try:
            return self._evaluate(text, data)
        except NotDefined as error:
            if error.owner is None:
                raise Unresolved(error.name) from None
            raise RenderError("there is no such key in what the template uses", hint="Check the names after the dots.") from None
        except LimitReached as error:
            raise RenderError(f"the template went over a limit: {error}", hint="Make it do less.") from None
        except (SecurityError, TemplateSyntaxError) as error:
            raise RenderError(f"not allowed: {error.message}", hint=_HINT) from None
        except Exception as error:  # an expression can raise anything; its message may hold a value
            raise RenderError(f"the template failed: {type(error).__name__}", hint="Check the types of what it uses.") from None

    def _evaluate(self, text: str, data: dict[str, Any]) -> Any:
        alone = _alone(self._tree(text))
        if not alone:
            return self._sandbox.from_string(text).render(data)
        expression = text[3 if text[2] in "-+" else 2 : -3 if text[-3] in "-+" else -2]
        value = self._sandbox.compile_expression(expression, undefined_to_none=False)(**data)
        if isinstance(value, Undefined):
            str(value)  # raises NotDefined
        return plain(value, "the expression")


def _alone(tree: nodes.Template) -> bool:
    """Whether there is nothing but one `{{ expression }}`."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output):
        return False
    parts = tree.body[0].nodes
    return len(parts) == 1 and not isinstance(parts[0], nodes.TemplateData)
