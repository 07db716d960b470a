# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of instances that `ps` finds failed: the same line, details and advice that a run gives. Pure.

Logs are left out: who only looks does not know which texts of them are secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..causes.advice import advice
from ..causes.failure import failure_of
from ..data.record import InstanceRecord, OwnedObject
from ..data.result import InstanceStatus
from ..readiness import Verdict


def is_hasty(verdict: Verdict) -> bool:
    """Whether it is of a program that ends right after each start: where the last run failed, it still does."""
    return verdict.state == "progressing" and verdict.cause is not None and verdict.cause.hasty


def told_causes(
    environment: str,
    found: Sequence[InstanceStatus],
    records: Mapping[str, InstanceRecord],
    verdicts: Mapping[tuple[str, OwnedObject], Verdict],
) -> list[InstanceStatus]:
    """The statuses, those that failed with what is behind it."""
    return [_told(environment, item, records.get(item.instance), verdicts) if item.status == "Failed" else item for item in found]


def _told(
    environment: str, item: InstanceStatus, record: InstanceRecord | None, verdicts: Mapping[tuple[str, OwnedObject], Verdict]
) -> InstanceStatus:
    item = replace(item, hint=advice(item.reason, item.namespace, environment, item.instance))
    for owned in record.objects if record else ():
        verdict = verdicts.get((item.instance, owned))
        if verdict is not None and verdict.cause is not None and item.message == f"{owned.ref}: {verdict.message}":
            failure = failure_of(owned.ref, item.instance, verdict)
            return replace(item, message=failure.message, details=failure.details)
    return item
