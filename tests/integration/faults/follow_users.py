"""Users of one follower, and who changes what they hear of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Resource
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import Change, Feed, Scope, State

CONFIGS = Resource("", "v1", "ConfigMap", "configmaps", True)
LIST, WATCH = r"/configmaps\?(?!.*watch=true)", r"/configmaps\?.*watch=true"
LABEL = "test=follow"
WAIT = 60.0


class User:
    """One user: what it was told, in its own terms. Comes whenever something waits."""

    def __init__(self, cluster: Cluster, scope: Scope, keep: Any = None) -> None:
        self.told: list[str] = []
        self.errors: list[str] = []
        self.changed = threading.Condition()
        self.feed: Feed = cluster.followers.feed()
        self.stop = threading.Event()
        self.follower = self.feed.follow(scope, keep)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        for news in self.feed.batches(self.stop):
            with self.changed:
                for item in news:
                    self._take(item)
                self.changed.notify_all()

    def _take(self, item: Change | State) -> None:
        if isinstance(item, State):
            self.errors += [item.error.problems[0].message] if item.error else []
        else:
            self.told.append(f"{item.type} {item.key[1]} {(item.object.get('data') or {}).get('turn', '')}")

    def wait(self, question: Callable[[], object]) -> None:
        """Until that is so."""
        with self.changed:
            assert self.changed.wait_for(question, WAIT), (self.told, self.errors, self.follower.state)

    def leave(self) -> None:
        """No more of it."""
        self.feed.close()
        self.stop.set()


class Writer:
    """Changes ConfigMaps on the clean path; `expected` is what users have to hear."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster, self.namespace = cluster, namespace
        self.expected: list[str] = []

    def put(self, name: str, turn: str) -> None:
        known = any(line.split()[1] == name for line in self.expected)
        metadata = {"name": name, "namespace": self.namespace, "labels": {"test": "follow"}}
        self.cluster.apply(CONFIGS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"turn": turn}})
        self.expected.append(f"{'MODIFIED' if known else 'ADDED'} {name} {turn}")

    def remove(self, name: str, turn: str) -> None:
        self.cluster.delete(CONFIGS, self.namespace, name)
        self.expected.append(f"DELETED {name} {turn}")
