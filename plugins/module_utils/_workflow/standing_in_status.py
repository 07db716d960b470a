# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ps` says of reconciling: read beside everything else, and told of instances that otherwise seem to be all right."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from .._cluster import Cluster
from .._errors import RoroError
from .._model import Selection
from .._reconcile import Standing, read_standing
from .._release import InstanceStatus

_TOLD = ("Fighting", "Proposed", "Suspended", "Waiting")
"""States that a person has to know of. What differs, `ps` sees itself."""
_PATIENCE = 5.0


class StandingRead:
    """A look that goes on beside others."""

    def __init__(self, cluster: Cluster, selection: Selection) -> None:
        self._found: Standing | None = None
        homes = {instance.namespace for instance in selection.instances}
        place = (selection.workspace.name, selection.environment.name)

        def read() -> None:
            with suppress(RoroError):
                self._found = read_standing(cluster, *place, homes)

        self._thread = threading.Thread(target=read, name="roro-standing", daemon=True)
        self._thread.start()

    def found(self) -> Standing | None:
        """How the environment stands; None where nobody reconciles it."""
        self._thread.join(_PATIENCE)
        return self._found


def with_standing(instances: Iterable[InstanceStatus], standing: Standing | None) -> list[InstanceStatus]:
    """The same; what reconciling says of one that runs is its reason where it has none that is graver."""
    return [_told(item, standing) for item in instances]


def _told(item: InstanceStatus, standing: Standing | None) -> InstanceStatus:
    known = standing.of(item.instance) if standing is not None else None
    if known is None or known.state not in _TOLD or item.status != "Running" or item.reason not in ("", "Drifted"):
        return item
    return replace(item, reason=known.state, message=known.message)
