"""What the tests of logs share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster

sys.path.insert(0, str(Path(__file__).parent))
from log_scene import Obj, Reader


@pytest.fixture
def reader(cluster: Cluster, namespace: str) -> Iterator[Callable[..., Reader]]:
    """Readers of the test's namespace; they end with the test."""
    made: list[Reader] = []

    def make(through: Cluster | None = None, **query: Any) -> Reader:
        made.append(Reader(through or cluster, namespace, **query))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture
def apply(cluster: Cluster, namespace: str) -> Callable[[Obj], Obj]:
    """Apply an object in the test's namespace."""

    def do(obj: Obj) -> Obj:
        placed = {**obj, "metadata": {**obj["metadata"], "namespace": namespace}}
        return cluster.apply(cluster.resource(obj["apiVersion"], obj["kind"]), placed)[0]

    return do
