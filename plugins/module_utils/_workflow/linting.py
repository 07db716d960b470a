# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What engines' own linters say of an environment's apps (`helm lint`). No cluster is asked."""

from __future__ import annotations

from dataclasses import dataclass

from .._model import Instance
from .._render import Advice, lint_instance
from .._secrets import Secrets
from .jobs import load
from .request import Request


@dataclass(frozen=True)
class LintReport:
    """advice: by instance id, in the order of the instances."""

    instances: tuple[Instance, ...]
    advice: dict[str, tuple[Advice, ...]]


def lint(request: Request) -> LintReport:
    """Each instance's findings; none for engines without a linter. Raises DocumentError, UsageError, RenderError."""
    selection = load(request)
    found: dict[str, tuple[Advice, ...]] = {}
    for instance in selection.instances:
        secrets = Secrets([variable.value for variable in instance.variables.values()])
        advice = lint_instance(instance, root=selection.workspace.root)
        found[instance.id] = tuple(Advice(one.severity, one.where, secrets.hide(one.message)) for one in advice)
    return LintReport(selection.instances, found)
