# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that events themselves announce: a controller tells what it made and deleted, so that a pod that is gone still has a family. Pure.

The words are those of the controllers in kubernetes/kubernetes, pkg/controller (replicaset, daemon, job, statefulset, deployment, cronjob).
A controller of somebody else's has words of its own; its objects are known by their ownerReferences only, while they are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .reading import KubeEvent

Place = tuple[str, str, str]
"""(kind, namespace, name)."""

_WORDS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("Deployment", re.compile(r"Scaled (?:up|down) replica set (\S+)"), "ReplicaSet"),
    ("ReplicaSet", re.compile(r"(?:Created|Deleted) pod: (\S+)"), "Pod"),
    ("ReplicationController", re.compile(r"(?:Created|Deleted) pod: (\S+)"), "Pod"),
    ("DaemonSet", re.compile(r"(?:Created|Deleted) pod: (\S+)"), "Pod"),
    ("DaemonSet", re.compile(r"Found failed daemon pod [^/\s]+/(\S+) on node"), "Pod"),
    ("Job", re.compile(r"(?:Created|Deleted) pod: (\S+)"), "Pod"),
    ("StatefulSet", re.compile(r"(?:create|delete|update|recreate) Pod (\S+) in StatefulSet"), "Pod"),
    ("StatefulSet", re.compile(r"StatefulSet \S+ is recreating failed Pod (\S+)"), "Pod"),
    ("StatefulSet", re.compile(r"create Claim (\S+) Pod"), "PersistentVolumeClaim"),
    ("CronJob", re.compile(r"(?:Created|Deleted|Saw completed) job:? ([^\s,]+)"), "Job"),
)


def announced(event: KubeEvent) -> Iterator[Place]:
    """The objects below the one that the event is about which it names."""
    for kind, words, below in _WORDS:
        if kind == event.about.kind:
            for name in words.findall(event.message):
                yield (below, event.about.namespace, name.rstrip(".,"))
