# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What engines' own linters say of an environment's apps (`helm lint`). No cluster is asked."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from .._events import ignore
from .._model import Selection, below, told_below
from .._render import Advice, lint_instance, resolved
from .._secrets import Secrets
from .jobs import values_from
from .loading import load
from .request import Request
from .values import read_settled


@dataclass(frozen=True)
class LintReport:
    """advice: by instance id, in the order of the instances."""

    selection: Selection
    advice: dict[str, tuple[Advice, ...]]


def lint(request: Request) -> LintReport:
    """Each instance's findings; none for engines without a linter. A cluster is only asked for values.

    Raises DocumentError, UsageError, RenderError, ClusterError.
    """
    selection = load(request)
    root = selection.workspace.root
    found: dict[str, tuple[Advice, ...]] = {}
    with told_below(root):
        with values_from(request, selection, ignore) as cluster:
            known = read_settled(cluster, selection.instances, threading.Event(), 0.0) if cluster else {}
        for instance in selection.instances:
            values = known[instance.id].values if instance.values else {}
            secrets = Secrets([resolved(instance, values)])
            advice = lint_instance(instance, values=values, root=root)
            found[instance.id] = tuple(
                Advice(one.severity, below(root, one.where), below(root, secrets.hide(one.message))) for one in advice
            )
    return LintReport(selection, found)
