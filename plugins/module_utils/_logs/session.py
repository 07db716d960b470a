# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The logs of instances: finds their pods, reads every container of them, and follows what changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from .._cluster import Cluster, ObjectList, Resource
from .._cluster.follow import Change, Feed, News, Scope, State
from .._errors import ApiError, ClusterError
from .._objects import KubeObject
from .._release import Ancestry, all_at_once
from .merge import Merger
from .pods import POD_FIELDS, ContainerState, containers_of
from .tail import Tail
from .types import LogQuery, LogScope, Shaper, Source

PODS = Resource("", "v1", "Pod", "pods", True)


@dataclass(frozen=True)
class LogOutcome:
    """What became of it. pods: how many had something to do with it. lost: logs that could not be read, in words."""

    pods: int
    containers: int
    lost: tuple[str, ...]


class LogSession:
    """One reading of logs. make_shaper: for each container, in the thread of the watch. write: whole lines, in the caller's thread.
    tell: notices for a person, from any thread."""

    def __init__(
        self,
        cluster: Cluster,
        scope: LogScope,
        query: LogQuery,
        make_shaper: Callable[[Source], Shaper],
        write: Callable[[bytes], None],
        tell: Callable[[str], None],
        cancel: threading.Event,
    ) -> None:
        self._cluster, self._scope, self._query = cluster, scope, query
        self._make_shaper, self._cancel, self._stop = make_shaper, cancel, threading.Event()
        self._ancestry = Ancestry(cluster, scope.workspace, scope.environment, scope.roots)
        self._merger = Merger(write, self._stop, query.hold if query.follow else None)
        self._late = query
        """For containers that start later: all that they write is new."""
        self._tails: dict[tuple[str, str], Tail] = {}
        self._pods: dict[str, dict[str, KubeObject]] = {}
        self._lost: list[str] = []
        self._told: set[str] = set()
        self._say = tell
        self._away: set[Scope] = set()
        self._lock = threading.Lock()

    def run(self) -> LogOutcome:
        """Read until all is read, or `cancel` is set (noticed within 0.5 s). Raises ClusterError, and what `write` raises."""
        try:
            namespaces = sorted(set(self._scope.namespaces))
            listed = all_at_once([partial(self._listed, namespace) for namespace in namespaces])
            there = [(namespace, *found) for namespace, (_, pods) in zip(namespaces, listed, strict=True) for found in pods]
            for look in (self._readable, self._see):  # all shapers are made before the first line comes, as prefixes have one width
                for namespace, instance, pod in there:
                    look(namespace, instance, pod)
            self._tell_of_nothing()
            if self._query.follow:
                if not any(self._pods.values()):
                    self._tell("no pods yet; waiting for them")
                self._late = replace(self._query, tail=None, since="")
                feed = self._cluster.followers.feed()
                for namespace, (found, _) in zip(namespaces, listed, strict=True):
                    feed.follow(Scope(PODS, namespace), POD_FIELDS, found)
                threading.Thread(target=self._follow, args=(feed,), name="roro-log-watch", daemon=True).start()
            else:
                self._merger.no_more_lanes()
            self._merger.run(self._cancel)
        finally:
            self._stop.set()
        return LogOutcome(sum(map(len, list(self._pods.values()))), len(self._tails), tuple(self._lost))

    def _listed(self, namespace: str) -> tuple[ObjectList, list[tuple[str, KubeObject]]]:
        """(all pods, those of the instances that are asked for)."""
        try:
            found = self._cluster.list(PODS, namespace, keep=POD_FIELDS)
        except ApiError as error:
            raise _refused(error, namespace) from error
        return found, self._ours(found.items)

    def _ours(self, pods: Iterable[KubeObject]) -> list[tuple[str, KubeObject]]:
        pods = list(pods)
        wanted = self._scope.instances
        found = zip(self._ancestry.instances_of(pods), pods, strict=True)
        return [(instance, pod) for instance, pod in found if instance is not None and (wanted is None or instance in wanted)]

    def _follow(self, feed: Feed) -> None:
        """See what happens to the pods, until the end."""
        try:
            with feed:
                for news in feed.batches(self._stop):
                    self._take(news)
        except BaseException as error:
            self._merger.fail(error)

    def _take(self, news: Sequence[News]) -> None:
        """In order. Whose pods they are is asked for all at once."""
        there = [item.object for item in news if isinstance(item, Change) and item.type != "DELETED"]
        ours = {id(pod): instance for instance, pod in self._ours(there)}
        for item in news:
            if isinstance(item, State):
                self._take_state(item)
            elif item.type == "DELETED":
                self._see_gone(item.key[0], item.object["metadata"]["uid"], item.object)
            elif id(item.object) in ours:
                self._see(item.key[0], ours[id(item.object)], item.object)

    def _take_state(self, state: State) -> None:
        state.raise_defect()
        if state.refused and isinstance(state.error, ApiError):
            raise _refused(state.error, state.scope.namespace or "")
        self._tell_trouble(state)

    def _see(self, namespace: str, instance: str, pod: KubeObject) -> None:
        uid = pod["metadata"]["uid"]
        self._pods.setdefault(namespace, {})[uid] = pod
        for state in containers_of(pod):
            if self._query.containers and state.name not in self._query.containers:
                continue
            if self._query.follow and state.waiting and not state.on_the_way and not state.run:
                self._tell(f"Pod {namespace}/{pod['metadata']['name']}, container {state.name}: {state.waiting}")
        for state, tail in self._readable(namespace, instance, pod):
            tail.see(state)

    def _readable(self, namespace: str, instance: str, pod: KubeObject) -> list[tuple[ContainerState, Tail]]:
        """The containers that have a log and are asked for."""
        states = [state for state in containers_of(pod) if not self._query.containers or state.name in self._query.containers]
        had = [state for state in states if (state.earlier if self._query.previous else state.run)]
        return [(state, self._tail(namespace, instance, pod, state)) for state in had]

    def _tail(self, namespace: str, instance: str, pod: KubeObject, state: ContainerState) -> Tail:
        uid, name = pod["metadata"]["uid"], pod["metadata"]["name"]
        tail = self._tails.get((uid, state.name))
        if tail is None:
            source = Source(instance, namespace, name, state.name, state.kind, uid)
            shaper = self._make_shaper(source)
            late = self._late is not self._query
            tail = Tail(self._cluster, self._merger, source, self._late, shaper, self._tell, self._lose, self._stop, late=late)
            self._tails[(uid, state.name)] = tail
        return tail

    def _see_gone(self, namespace: str, uid: str, last: KubeObject | None = None) -> None:
        """A pod is gone. last: how it was then, where that is known."""
        pod = self._pods.get(namespace, {}).pop(uid, None)
        for state in containers_of(last or pod) if pod is not None else ():
            tail = self._tails.pop((uid, state.name), None)
            if tail is not None:
                tail.see(state, gone=True)

    def _tell_of_nothing(self) -> None:
        """Why there is no log: of pods that run nothing, once for each."""
        for namespace, pods in self._pods.items():
            for pod in pods.values():
                states = containers_of(pod)
                if self._query.previous or not states or any(state.run for state in states):
                    continue
                worst = next((state for state in states if not state.on_the_way), states[0])
                if not (self._query.follow and worst.on_the_way):
                    self._tell(f"Pod {namespace}/{pod['metadata']['name']}, container {worst.name}: {worst.waiting}")
        names = {state.name for pods in self._pods.values() for pod in pods.values() for state in containers_of(pod)}
        unknown = sorted(self._query.containers - names) if names else []
        for name in unknown:
            self._tell(f"no pod has a container {name}; there are {', '.join(sorted(names))}")
        if self._query.previous and names and not self._tails and not unknown:
            self._tell("no container was started again, so there is nothing of before: leave out --previous")

    def _tell_trouble(self, state: State) -> None:
        """The server went away, or is back: told once for all namespaces."""
        known, self._away = bool(self._away), self._away - {state.scope} | ({state.scope} if state.error is not None else set())
        if known != bool(self._away):
            words = state.error.problems[0].message if state.error is not None else ""
            self._say(f"the API server does not answer: {words}" if words else "the API server answers again")

    def _tell(self, words: str) -> None:
        with self._lock:
            known = words in self._told
            self._told.add(words)
        if not known:
            self._say(words)

    def _lose(self, words: str) -> None:
        self._lost.append(words)
        self._tell(words)


def _refused(error: ApiError, namespace: str) -> ClusterError:
    if error.status != 403:
        return error
    return ClusterError(f"you may not see the pods of namespace {namespace}", hint="Ask for get, list and watch on pods, get on pods/log.")
