# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`{{ name }}` in documents: plain substitution over the computed variables, nothing else. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .words import suggest

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")


class BadTemplate(Exception):
    """The template names something that is not there, or does more than naming."""

    def __init__(self, message: str, hint: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def substitute(template: str, computed: Mapping[str, str]) -> str:
    """The text with every `{{ name }}` replaced. Raises BadTemplate."""
    if "{" not in template:
        return template
    for name in _PLACEHOLDER.findall(template):
        if name not in computed:
            raise BadTemplate(f"{{{{ {name} }}}} is not a computed variable", suggest(name, computed, what="there are"))
    result = _PLACEHOLDER.sub(lambda match: computed[match[1]], template)
    if "{{" in result or "{%" in result or "{#" in result:
        message = "only {{ name }} is understood here, without filters or expressions"
        raise BadTemplate(message, f"there are: {', '.join(sorted(computed))}")
    return result
