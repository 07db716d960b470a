# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instance as it should be, as rendered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from ..._model import Instance
from ..._render import Manifest
from ..._secrets import Secrets
from .record import InstanceRecord

Renderer = Callable[[threading.Event], "Desired"]
"""Gives up when the event is set. Raises RenderError, ValueFailed, ClusterError, Interrupted."""


@dataclass(frozen=True)
class Desired:
    """One instance as it should be: its manifests as rendered. digest: of all that went in, hex. cause: of its revision.
    transition: a stop or a start of what is deployed makes no revision, and concerns only the manifests given.
    occasion: what the run is for. correct: what somebody changed is brought back; see `corrects`. secrets: what must not be shown of it.
    again: renders it with the values that are there then, for instances that have some. rendered: False where a value is not there yet
    (`why` says which) that others of the run may bring; then there are no manifests. after: instances that bring what its values are
    read from, beside those that it depends on."""

    instance: Instance
    manifests: tuple[Manifest, ...]
    digest: str = ""
    cause: str = "up"
    transition: Literal["", "stop", "start"] = ""
    secrets: Secrets = field(default_factory=Secrets, repr=False, compare=False)
    rendered: bool = True
    again: Renderer | None = field(default=None, repr=False, compare=False)
    after: frozenset[str] = frozenset()
    why: str = ""
    occasion: Literal["up", "rollback", "correct"] = "up"

    def corrects(self, record: InstanceRecord | None) -> bool:
        """Whether the instance only becomes again what its present revision says: that makes no revision, and runs no hook that has run.
        Where other documents are desired, or there is no revision, it is an `up`."""
        return (
            self.occasion == "correct"
            and record is not None
            and record.revision > 0
            and record.digest == self.digest
            and record.namespace == self.instance.namespace
            and record.outcome not in ("removed", "removing")
        )
