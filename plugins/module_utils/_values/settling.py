# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From answers to variables: defaults, values that need not be there, and what is an error. Pure, apart from the places of problems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .._errors import Problem
from .._model import MISSING
from .._secrets import literal
from .types import LATER, Answer


@dataclass
class Settled:
    """values: by variable. absent: variables that need not be there and are not -> why. defaulted: variables whose default stands in."""

    values: dict[str, Any] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    defaulted: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def settle(answers: Iterable[Answer]) -> Settled:
    """The values of one instance. A default and `required: false` help only where something is not there, not against errors."""
    found = Settled()
    for answer in answers:
        source = answer.wanted.source
        if answer.reason is None:
            found.values[source.variable] = answer.value
        elif answer.reason in LATER and source.default is not MISSING:
            found.values[source.variable] = literal(source.default)
            found.defaulted.add(source.variable)
        elif answer.reason in LATER and not source.required:
            found.absent[source.variable] = answer.message
        else:
            found.problems.append(answer.wanted.problem(answer.reason, answer.message, answer.hint))
    return found
