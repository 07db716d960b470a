# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stream of changes that ends only when it is told to: when to try again, and from where."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

from ..._errors import ApiError, ClusterError
from ..types import Keep, WatchEvent
from .types import Scope, Tell, Watching

FIRST_PAUSE, LAST_PAUSE = 0.5, 10.0
"""Seconds until what was refused is tried again, doubled with each refusal: a right or a kind may come at any time."""


def follow(
    cluster: Watching,
    scope: Scope,
    *,
    stop: threading.Event,
    tell: Tell,
    ended: Tell | None = None,
    version: str = "",
    keep: Keep | None = None,
) -> Iterator[WatchEvent]:
    """ADDED, MODIFIED, DELETED and RESYNC after `version` ("": RESYNC with everything first), until `stop` is set or the cluster is closed.

    Runs in the caller's thread. tell: see Tell. ended: told in its place what a watch ended with for good (a refusal, a server that stayed
    away for minutes) before the next one is tried; a caller to whom that is final sets `stop`. A right that was taken away and comes back
    costs no new LIST; a kind that went and a server that stayed away for minutes do, as both may be others afterwards.
    """
    refusals = 0
    while not stop.is_set():
        try:
            for event in cluster.watch(
                scope.resource,
                scope.namespace,
                selector=scope.selector,
                field_selector=scope.fields,
                metadata_only=scope.metadata_only,
                resource_version=version,
                keep=keep,
                stop=stop,
                trouble=tell,
            ):
                refusals, version = 0, event.version or version
                if event.type != "BOOKMARK":
                    yield event
            return
        except ClusterError as error:
            if stop.is_set():
                return
            if not (isinstance(error, ApiError) and error.status == 403):
                version = ""
            (ended or tell)(error)
        stop.wait(pause(refusals))
        refusals += 1


def pause(refusals: int) -> float:
    """Seconds after so many refusals before this one, with jitter: many that were refused together do not come back together."""
    longest: float = min(LAST_PAUSE, FIRST_PAUSE * 2.0 ** min(refusals, 8))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - no secret
