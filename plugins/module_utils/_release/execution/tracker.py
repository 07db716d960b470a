# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches -> verdicts: what is known of every followed object, and whether it is ready.

Watch threads only post what they read; everything else happens in the caller's one thread, so nothing here is locked. A watch is shared
by all objects of a kind and namespace and starts only when some object there is not ready yet.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from ..._cluster import Cluster, Resource, WatchEvent
from ..._cluster.follow import Scope, follow
from ..._errors import ApiError, ClusterError, RoroError
from ..._model import ReadinessRule
from ..._objects import Identity, KubeObject, ObjectRef, ref_of
from ..data.observed import Observed
from ..data.steps import GateCondition
from ..readiness import Verdict, cleaned_up, completed, pod_maker, related_kinds, rests_on, started, verdict
from .first_seen import FirstSeen

Place = tuple[str, str, str]
Post = Callable[[Callable[[], None]], None]
_POD = ("", "Pod")
ABSENT = Verdict("gone", "Deleted", "it does not exist")


class Tracker:
    """post: hands a call to the scheduler's thread. changed: told there which followed objects may have another verdict now.
    broken: told there with what a watch ended for good, each time; it is begun anew. first_seen: told of every pod."""

    def __init__(
        self,
        cluster: Cluster,
        observed: Observed,
        selector: str,
        post: Post,
        changed: Callable[[set[Identity]], None],
        broken: Callable[[Place, RoroError], None],
        first_seen: FirstSeen,
    ) -> None:
        self._cluster, self._observed, self._selector = cluster, observed, selector
        self._post, self._changed, self._broken, self._first_seen = post, changed, broken, first_seen
        self._stop = threading.Event()
        self._objects: dict[Identity, KubeObject] = {}
        self._rules: dict[Identity, Sequence[ReadinessRule]] = {}
        self._by_uid: dict[str, KubeObject] = {}
        self._children: dict[tuple[str, str], dict[str, KubeObject]] = defaultdict(dict)
        self._events: dict[str, dict[str, KubeObject]] = defaultdict(dict)
        self._dead: set[str] = set()
        self._watched: set[tuple[Place, bool]] = set()

    def follow(self, ref: ObjectRef, obj: KubeObject | None, rules: Sequence[ReadinessRule] = ()) -> None:
        """Keep a verdict of this object from now on, beginning with what an apply or a LIST just gave."""
        self._rules[ref.identity] = rules
        if obj is not None:
            self._store(ref.identity, obj)

    def watch(self, ref: ObjectRef, resource: Resource, *, labelled: bool = True) -> None:
        """Learn of changes to this object (and its kind) from now on, and to what its verdict is judged from."""
        self._start(resource, ref.namespace or "", labelled)
        for api_version, kind in related_kinds(ref.api_version, ref.kind):
            found = self._cluster.find_resource(api_version, kind)
            if found is not None:
                self._start(found, ref.namespace or "", labelled=False)

    def verdict(self, identity: Identity) -> Verdict:
        """What the object is doing now; `gone` when it does not exist."""
        obj = self._objects.get(identity)
        return ABSENT if obj is None else verdict(obj, self, self._rules.get(identity, ()))

    def proved(self, identity: Identity, counted: float) -> float:
        """When what an object's ready verdict rests on has lasted long enough to be believed, in monotonic seconds. counted: when it was
        first ready."""
        obj = self._objects.get(identity)
        return counted if obj is None else self._first_seen.proved(rests_on(obj, self, self._rules.get(identity, ())), counted)

    def satisfies(self, identity: Identity, condition: GateCondition) -> bool:
        """Whether the object meets a gate's condition."""
        obj = self._objects.get(identity)
        if obj is None:
            return False
        if condition == "started":
            return started(obj, self)
        if condition == "completed":
            done = completed(obj)
            return done if done is not None else self.verdict(identity).state == "ready"
        return self.verdict(identity).state == "ready"

    def object(self, identity: Identity) -> KubeObject | None:
        """The object as last seen, None when it is gone or never was."""
        return self._objects.get(identity)

    def pod_maker(self, identity: Identity) -> KubeObject | None:
        """The object whose controller makes the pods of this one, None when that is gone."""
        obj = self._objects.get(identity)
        return None if obj is None else pod_maker(obj, self)

    def children(self, uid: str, kind: str) -> Sequence[KubeObject]:
        """See readiness.Related."""
        return tuple(self._children.get((uid, kind), {}).values())

    def events(self, uid: str) -> Sequence[KubeObject]:
        """See readiness.Related."""
        return tuple(self._events.get(uid, {}).values())

    def descendants(self, uid: str) -> Iterator[KubeObject]:
        """Everything known below an object, by ownerReferences."""
        for (owner, _), children in list(self._children.items()):
            if owner == uid:
                for child in children.values():
                    yield child
                    yield from self.descendants(str(child["metadata"].get("uid")))

    def stop(self) -> None:
        """End all watches; does not wait for them."""
        self._stop.set()

    def _start(self, resource: Resource, namespace: str, labelled: bool) -> None:
        namespace = namespace if resource.namespaced else ""
        place = (resource.group, resource.kind, namespace)
        if (place, labelled) in self._watched or (place, False) in self._watched:
            return
        self._watched.add((place, labelled))
        thread = threading.Thread(target=self._run, args=(resource, place, labelled), name=f"roro-watch-{resource.plural}", daemon=True)
        thread.start()

    def _run(self, resource: Resource, place: Place, labelled: bool) -> None:
        scope = Scope(resource, place[2] or None, self._selector if labelled else "")
        version = self._observed.versions.get(place, "") if labelled else ""

        if place[:2] == _POD:
            self._first_seen.learn()

        def ended(error: ClusterError | None) -> None:
            if error is not None and not self._stop.is_set():
                self._post(partial(self._broken, place, error))

        for event in follow(self._cluster, scope, stop=self._stop, tell=lambda error: None, ended=ended, version=version):
            self._deliver(place, labelled, event)

    def _deliver(self, place: Place, labelled: bool, event: WatchEvent) -> None:
        if not self._stop.is_set():
            self._post(partial(self._take, place, labelled, event))

    def _take(self, place: Place, labelled: bool, event: WatchEvent) -> None:
        touched: set[Identity] = set()
        if event.type == "RESYNC":
            touched |= self._replace(place, event, labelled)
        elif event.type == "DELETED":
            touched |= self._drop(event.object)
        elif event.type in ("ADDED", "MODIFIED"):
            touched |= self._put(event.object)
        if touched:
            self._changed(touched)

    def _replace(self, place: Place, listed: WatchEvent, labelled: bool) -> set[Identity]:
        """What is missing in a LIST is gone, but not what was written after it: the answer to a write may overtake the LIST."""
        names = {ref_of(item).identity for item in listed.items}
        touched: set[Identity] = set()
        for identity, obj in list(self._objects.items()):
            if identity[:3] == place and identity not in names and not _later(obj, listed.version):
                touched |= self._drop(obj)
        if not labelled:
            present = {item["metadata"].get("uid") for item in listed.items}
            for uid, obj in list(self._by_uid.items()):
                if ref_of(obj).identity[:3] == place and uid not in present and not _later(obj, listed.version):
                    touched |= self._drop(obj)
        for item in listed.items:
            touched |= self._put(item)
        return touched

    def _put(self, obj: KubeObject) -> set[Identity]:
        identity = ref_of(obj).identity
        if identity[:2] in (("", "Event"), ("events.k8s.io", "Event")):
            involved = str((obj.get("involvedObject") or obj.get("regarding") or {}).get("uid") or "")
            self._events[involved][str(obj["metadata"].get("uid"))] = obj
            return self._owners(involved)
        self._store(identity, obj)
        return self._owners(str(obj["metadata"].get("uid")))

    def _store(self, identity: Identity, obj: KubeObject) -> None:
        uid = str((obj.get("metadata") or {}).get("uid") or "")
        known = self._by_uid.get(uid)
        if uid in self._dead:
            return
        if known is not None and _older(obj, known):
            obj = known
        held = self._objects.get(identity)
        if identity in self._rules and not (held is not None and _older(obj, held)):
            self._objects[identity] = obj
        self._by_uid[uid] = obj
        if identity[:2] == _POD:
            self._first_seen.saw(obj)
        for owner in obj["metadata"].get("ownerReferences") or ():
            if owner.get("controller") is not False:
                self._children[(str(owner.get("uid")), str(obj.get("kind")))][uid] = obj

    def _drop(self, obj: KubeObject) -> set[Identity]:
        identity, uid = ref_of(obj).identity, str(obj["metadata"].get("uid"))
        touched = self._owners(uid)
        self._dead.add(uid)
        self._by_uid.pop(uid, None)
        for owner in obj["metadata"].get("ownerReferences") or ():
            touched |= self._owners(str(owner.get("uid")))
            self._children.get((str(owner.get("uid")), str(obj.get("kind"))), {}).pop(uid, None)
        held = self._objects.get(identity)
        if held is not None and held["metadata"].get("uid") == uid:
            if cleaned_up(obj):
                self._objects[identity] = obj
            else:
                del self._objects[identity]
            touched.add(identity)
        return touched

    def _owners(self, uid: str) -> set[Identity]:
        """The followed objects that this one is, or is below."""
        found: set[Identity] = set()
        ask, asked = [uid], set()
        while ask:
            uid = ask.pop()
            obj = self._by_uid.get(uid)
            if obj is None or uid in asked:
                continue
            asked.add(uid)
            identity = ref_of(obj).identity
            if identity in self._rules:
                found.add(identity)
            ask += [str(owner.get("uid")) for owner in obj["metadata"].get("ownerReferences") or ()]
        return found


def _older(obj: KubeObject, known: KubeObject) -> bool:
    """A watch that began before our own write replays what was before it, also an earlier object of the same name."""
    return _later(known, str(obj["metadata"].get("resourceVersion")))


def _later(obj: KubeObject, version: str) -> bool:
    """Whether an object was written after this resourceVersion; False where that cannot be told. Those of one kind are comparable numbers:
    https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/5504-comparable-resource-version"""
    try:
        return int(version) < int(obj["metadata"]["resourceVersion"])
    except (KeyError, ValueError, TypeError):
        return False


def forbidden(error: RoroError) -> bool:
    """Whether a watch ended because of missing rights."""
    return isinstance(error, ApiError) and error.status in (401, 403)
