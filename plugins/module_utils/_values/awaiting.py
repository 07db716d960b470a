# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for values that may still come: they are followed, nothing is asked again and again."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from .._cluster import Cluster
from .._cluster.follow import Scope
from .._errors import ApiError, Interrupted, RoroError
from .._objects import KubeObject
from .pick import pick
from .read import Refused
from .types import LATER, Answer, Wanted

_HEARTBEAT = 0.1
"""Seconds in which a stop is noticed."""
_PATIENCE = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
"""Seconds between looks at discovery."""
_DEFINITIONS = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


def await_values(
    cluster: Cluster,
    answers: Sequence[Answer],
    stop: threading.Event,
    limit: float | None = None,
    tell: Callable[[str, str], None] = lambda instance, words: None,
) -> list[Answer]:
    """The answers, those that may still come waited for as long as their documents say, but at most `limit` seconds.

    tell: (instance, sentence) of each that is waited for. Raises Interrupted when `stop` is set, ClusterError.
    """
    waiting = [number for number, answer in enumerate(answers) if answer.reason in LATER and answer.wanted.source.wait]
    found = list(answers)
    began, ended = time.monotonic(), threading.Event()
    news: queue.SimpleQueue[tuple[int, Answer | RoroError]] = queue.SimpleQueue()
    try:
        for number in waiting:
            watcher = threading.Thread(target=_watch, args=(cluster, number, answers[number], ended, news), name="roro-value", daemon=True)
            watcher.start()
            wanted = answers[number].wanted
            patience = _patience(wanted, limit)
            if patience:
                tell(wanted.instance, f"waiting for a value, at most {patience:g} s: {answers[number].message}")
        deadlines = {number: began + _patience(answers[number].wanted, limit) for number in waiting}
        while deadlines:
            _take_news(news, deadlines, found)
            if stop.is_set():
                raise Interrupted("interrupted while waiting for values")
            now = time.monotonic()
            for number in [number for number, due in deadlines.items() if now >= due]:
                del deadlines[number]
                after = f" (waited {_patience(answers[number].wanted, limit):g} s)"
                found[number] = replace(found[number], message=found[number].message + after)
    finally:
        ended.set()
    return found


def _patience(wanted: Wanted, limit: float | None) -> float:
    wait = wanted.source.wait or 0.0
    return wait if limit is None else min(wait, limit)


def _take_news(news: queue.SimpleQueue[tuple[int, Answer | RoroError]], deadlines: dict[int, float], found: list[Answer]) -> None:
    left = min(deadlines.values()) - time.monotonic()
    try:
        number, said = news.get(timeout=max(0.0, min(_HEARTBEAT, left)))
    except queue.Empty:
        return
    if isinstance(said, RoroError):
        raise said
    if number in deadlines:
        found[number] = said
        if said.reason not in LATER:
            del deadlines[number]


def _watch(
    cluster: Cluster, number: int, first: Answer, ended: threading.Event, news: queue.SimpleQueue[tuple[int, Answer | RoroError]]
) -> None:
    """Post every new answer until it is final. In a thread of its own."""
    try:
        if first.reason == "KindNotServed":
            _until_served(cluster, first.wanted, ended)
        for objects in _states(cluster, first.wanted, ended):
            answer = pick(first.wanted, objects)
            news.put((number, answer))
            if answer.reason not in LATER:
                return
    except ApiError as error:
        news.put((number, Refused(error).answer(first.wanted) if error.status == 403 else error))
    except RoroError as error:
        news.put((number, error))


def _states(cluster: Cluster, wanted: Wanted, ended: threading.Event) -> Iterator[list[KubeObject]]:
    """The objects that the value is about, after changes. Raises ApiError where they may not be followed."""
    source = wanted.source
    resource = cluster.resource(source.api_version, source.kind)
    namespace = (wanted.namespace or None) if resource.namespaced else None
    field = f"metadata.name={source.name}" if source.name is not None else ""
    with cluster.followers.feed() as feed:
        follower = feed.follow(Scope(resource, namespace, source.selector or "", field))
        for _ in feed.batches(ended):
            state = follower.state
            state.raise_defect()
            if state.refused and state.error is not None:
                raise state.error
            if state.synced:
                yield list(follower.objects().values())


def _until_served(cluster: Cluster, wanted: Wanted, ended: threading.Event) -> None:
    """Until a CustomResourceDefinition of the kind is established."""
    source = wanted.source
    group, _, version = source.api_version.rpartition("/")
    definitions = cluster.resource(*_DEFINITIONS)
    for event in cluster.watch(definitions, stop=ended):
        for item in event.items or ((event.object,) if event.object else ()):
            if _defines(item, group, version, source.kind) and _discovered(cluster, wanted, ended):
                return


def _discovered(cluster: Cluster, wanted: Wanted, ended: threading.Event) -> bool:
    """Whether discovery tells of the kind: it does so a moment after the definition is established."""
    for pause in _PATIENCE:
        cluster.invalidate_discovery()
        if cluster.find_resource(wanted.source.api_version, wanted.source.kind) is not None:
            return True
        if ended.wait(pause):
            break
    return False


def _defines(definition: KubeObject, group: str, version: str, kind: str) -> bool:
    spec = definition.get("spec") or {}
    served = any(item.get("name") == version and item.get("served") for item in spec.get("versions") or ())
    conditions = (definition.get("status") or {}).get("conditions") or ()
    established = any(item.get("type") == "Established" and item.get("status") == "True" for item in conditions)
    return served and established and spec.get("group") == group and (spec.get("names") or {}).get("kind") == kind
