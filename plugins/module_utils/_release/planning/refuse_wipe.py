# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An empty render, or an environment without instances, takes nothing with it unless that is allowed. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..._errors import PlanError, Problem
from ..data.desired import Desired
from ..data.observed import Observed
from ..data.options import Options
from ..hooks.hook_manifests import is_hook


def refuse_wipe(desired: Sequence[Desired], observed: Observed, options: Options) -> None:
    """Raises PlanError with every instance that would lose all it has."""
    if options.allow_empty:
        return
    problems = [
        Problem(
            f"instance {item.instance.id} renders no objects, but owns {len(observed.records[item.instance.id].objects)} on the cluster",
            str(item.instance.manifests.path),
            "Allow it with --allow-empty if all of them shall go, or see why the templates are empty (roro config --render).",
        )
        for item in desired
        if all(is_hook(manifest.object) for manifest in item.manifests)
        and item.instance.id in observed.records
        and observed.records[item.instance.id].objects
    ]
    problems += _refuse_nothing(desired, observed, options)
    if problems:
        raise PlanError.of(problems)


def _refuse_nothing(desired: Sequence[Desired], observed: Observed, options: Options) -> list[Problem]:
    """An environment without any instance (a wrong folder, a pattern that matches nothing) does not take all that is deployed with it."""
    doomed = sorted(name for name, record in observed.records.items() if record.objects and name not in options.left_out)
    if desired or options.later or not (options.complete and options.prune and doomed):
        return []
    names = ", ".join(doomed[:3]) + (f" and {len(doomed) - 3} more" if len(doomed) > 3 else "")
    hint = "See whether this is the right folder and what `apps` matches; `roro down` removes all, or allow it with --allow-empty."
    return [Problem(f"the environment has no instances, and with them would go what is deployed: {names}", hint=hint)]
