# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that a quota refused are made as soon as it has room, not when their controller happens to try again.

A controller that could not make a pod tries again after pauses that double, up to a quarter of an hour, and hears nothing of a quota. An
object of its own that is written it looks at at once. So, when a quota has more room than before, an annotation is put on that object and
taken away again: nothing of it is left, and no field has another owner.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from ..._cluster import Cluster, Resource
from ..._cluster.follow import Scope, follow
from ..._objects import Identity, KubeObject, ref_of, uid_of
from ..fields.quantity import parse_quantity
from ..workers import Workers

ANNOTATION = "roro.dev/quota-has-room"
"""Its value is the time."""
_BETWEEN = 0.3
"""Seconds between the two writes. The second is the second try: a quota is enforced from a copy that may be a moment behind."""


class QuotaRoom:
    """post: hands a call to the scheduler's thread, to which everything but the watches belongs. refused: the object whose controller makes
    the pods of this one, as long as a quota refuses them; else None."""

    def __init__(
        self,
        cluster: Cluster,
        workers: Workers,
        post: Callable[[Callable[[], None]], None],
        refused: Callable[[Identity], KubeObject | None],
    ) -> None:
        self._cluster, self._workers, self._post, self._refused = cluster, workers, post, refused
        self._waiting: dict[str, set[Identity]] = {}
        self._stop = threading.Event()

    def wait(self, identity: Identity) -> None:
        """A quota refuses pods of this object. Its namespace's quotas are watched from now on; nothing is done where that is forbidden."""
        namespace = identity[2]
        if namespace not in self._waiting:
            self._waiting[namespace] = set()
            resource = self._cluster.find_resource("v1", "ResourceQuota")
            if resource is not None:
                call = partial(self._watch, resource, namespace)
                threading.Thread(target=call, name="roro-watch-quotas", daemon=True).start()
        self._waiting[namespace].add(identity)

    def stop(self) -> None:
        """Watch no more."""
        self._stop.set()

    def _watch(self, resource: Resource, namespace: str) -> None:
        known: dict[str, KubeObject] = {}
        for event in follow(self._cluster, Scope(resource, namespace), stop=self._stop, tell=_nothing):
            before = dict(known)
            if event.type == "RESYNC":
                known = {ref_of(item).name: item for item in event.items}
            elif event.type == "DELETED":
                known.pop(ref_of(event.object).name, None)
            else:
                known[ref_of(event.object).name] = event.object
            if any(gives_room(quota, known.get(name)) for name, quota in before.items()):
                self._post(partial(self._room, namespace))

    def _room(self, namespace: str) -> None:
        for identity in list(self._waiting[namespace]):
            maker = self._refused(identity)
            if maker is None:
                self._waiting[namespace].discard(identity)
                continue
            ref = ref_of(maker)
            resource = self._cluster.find_resource(ref.api_version, ref.kind)
            if resource is not None:
                self._workers.submit(partial(touch, self._cluster, resource, maker, self._stop), _nothing)


def gives_room(before: KubeObject, after: KubeObject | None) -> bool:
    """Whether a quota lets in what it refused before. after: None when it is gone."""
    was, now = _free(before), _free(after or {})
    return any(name not in now or now[name] > free for name, free in was.items())


def touch(cluster: Cluster, resource: Resource, obj: KubeObject, stop: threading.Event) -> None:
    """Have its controller look at the object. One that was made anew since is left alone. Raises RoroError."""
    ref = ref_of(obj)
    for word in (datetime.now(UTC).isoformat(), None):
        patch = {"metadata": {"uid": uid_of(obj), "annotations": {ANNOTATION: word}}}
        cluster.merge_patch(resource, ref.namespace, ref.name, patch)
        if word is not None:
            stop.wait(_BETWEEN)


def _free(quota: KubeObject) -> Mapping[str, Decimal]:
    status: Any = quota.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    numbers = {name: (parse_quantity(limit), parse_quantity(used.get(name, "0"))) for name, limit in hard.items()}
    return {name: limit - taken for name, (limit, taken) in numbers.items() if limit is not None and taken is not None}


def _nothing(*_what: object) -> None:
    """Of what goes wrong: it makes waiting shorter, and nothing depends on it. The log has the requests."""
