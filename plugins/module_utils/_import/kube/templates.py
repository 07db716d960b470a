# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as the text of a Jinja2 template: what is a variable stands as `{{ name }}`, braces of the project stay braces. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

_BRACES = re.compile(r"\{[{%#]")


class Template:
    """Hands out stand-ins for expressions of Jinja2 and puts these in once the text is there."""

    def __init__(self) -> None:
        self._expressions: list[tuple[str, bool]] = []

    def text(self, expression: str) -> str:
        """A stand-in for a text; may be a part of a longer one that has only letters, digits and dashes."""
        return self._stand_in(expression, quoted=True)

    def value(self, expression: str) -> str:
        """A stand-in for a whole value that is no text."""
        return self._stand_in(expression, quoted=False)

    def _stand_in(self, expression: str, *, quoted: bool) -> str:
        pair = (expression, quoted)
        if pair not in self._expressions:
            self._expressions.append(pair)
        return f"roroStandIn{self._expressions.index(pair)}x"

    def render(self, objects: Iterable[dict[str, Any]], yaml_text: Callable[[Any], str], head: Sequence[str] = ()) -> str:
        """The template of these objects. yaml_text: value -> its YAML. head: lines of a comment."""
        text = "---\n".join(map(yaml_text, objects))
        text = _BRACES.sub(lambda found: "{{ '" + found.group() + "' }}", text)
        text = re.sub(r"([\w.-]*)roroStandIn(\d+)x([\w.-]*)", self._expression, text)
        return "".join(f"# {line}\n" for line in head) + text

    def _expression(self, found: re.Match[str]) -> str:
        before, number, after = found.groups()
        expression, quoted = self._expressions[int(number)]
        inner = f"{before}{{{{ {expression} }}}}{after}"
        return f'"{inner}"' if quoted else inner
