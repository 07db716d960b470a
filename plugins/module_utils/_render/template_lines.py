# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a line of rendered text back to the line of the template, by rendering once more with invisible marks in it.

Only done after something was found wrong: a mark costs time, and the happy path has none.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .types import TemplateLine

if TYPE_CHECKING:
    from jinja2 import nodes

# Characters of the private use area: no filter changes them, no manifest contains them.
_OPEN, _CLOSE, _ZERO = "\ue000", "\ue001", 0xE010
_MARK = re.compile(f"{_OPEN}([\ue010-\ue019]+){_OPEN}([\ue010-\ue019]+){_CLOSE}")


def _digits(number: int) -> str:
    return "".join(chr(_ZERO + int(digit)) for digit in str(number))


def _number(text: str) -> int:
    return int("".join(str(ord(char) - _ZERO) for char in text))


def mark_of_line(file_number: int, line: int) -> str:
    """The mark that says: what follows comes from this line (1-based) of this file."""
    return f"{_OPEN}{_digits(file_number)}{_OPEN}{_digits(line)}{_CLOSE}"


def mark_template(template: nodes.Template, file_number: int) -> nodes.Template:
    """Put a mark before every line of text and every `{{ ... }}` of a parsed Jinja2 template."""
    from jinja2 import nodes  # other engines mark lines too, and need no Jinja2

    def mark(line: int) -> str:
        return mark_of_line(file_number, line)

    for output in template.find_all(nodes.Output):
        children: list[nodes.Expr] = []
        for child in output.nodes:
            if isinstance(child, nodes.TemplateData):
                lines = child.data.split("\n")
                child.data = "\n".join(mark(child.lineno + index) + line if line.strip() else line for index, line in enumerate(lines))
            else:
                children.append(nodes.TemplateData(mark(child.lineno), lineno=child.lineno, environment=child.environment))
            children.append(child)
        output.nodes = children
    return template


class LineMap:
    """The marks of one rendered text."""

    def __init__(self, marked: str, text: str, files: Sequence[Path]) -> None:
        self._files = files
        self._places: list[tuple[int, int]] = []
        self._origins: list[tuple[int, int]] = []
        clean: list[str] = []
        for index, line in enumerate(marked.split("\n"), start=1):
            removed = 0
            for match in _MARK.finditer(line):
                self._places.append((index, match.start() - removed + 1))
                self._origins.append((_number(match[1]), _number(match[2])))
                removed += len(match[0])
            clean.append(_MARK.sub("", line))
        # A filter that looks at its text (such as `length`) may have given something else: then lines must at least agree in number.
        self._usable = "\n".join(clean) == text or len(clean) == text.count("\n") + 1

    def locate(self, line: int, column: int) -> TemplateLine | None:
        """The template's line of a place in the text, None when it cannot be told."""
        at = bisect.bisect_right(self._places, (line, column)) - 1
        if not self._usable or at < 0:
            return None
        file, template_line = self._origins[at]
        return TemplateLine(self._files[file], template_line)
