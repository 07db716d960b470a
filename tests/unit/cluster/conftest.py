"""What the tests of the cluster room share: a fake for faults, and a cluster on it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import resolve
from ansible_collections.roro.kube.plugins.module_utils._cluster.discovery_cache import DiscoveryCache
from ansible_collections.roro.kube.plugins.module_utils._cluster.retry import Limits
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Connection, Resource
from ansible_collections.roro.kube.plugins.module_utils._cluster.watch import WatchLimits

sys.path.insert(0, str(Path(__file__).parent))

from fake_api_server import FakeApiServer

QUICK = Limits(connect=2.0, read=2.0, total=5.0, first_contact=0.2, backoff=0.005, backoff_cap=0.02)


@pytest.fixture
def fake() -> Iterator[FakeApiServer]:
    """A fake API server over plain HTTP."""
    server = FakeApiServer()
    yield server
    server.close()


@pytest.fixture
def cluster_on(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """`cluster_on(connection, limits=...)`: a Cluster with short times and a cache of its own."""
    opened: list[Cluster] = []

    def make(connection: Connection, *, environ: dict[str, str] | None = None, **options: Any) -> Cluster:
        access = resolve(connection, environ or {})
        options = {"limits": QUICK, "watch_limits": WatchLimits(silence=1.0, patience=1.0), **options}
        options.setdefault("cache", DiscoveryCache(access, tmp_path))
        opened.append(Cluster(access, **options))
        return opened[-1]

    yield make
    for cluster in opened:
        cluster.close()


@pytest.fixture
def cluster(fake: FakeApiServer, cluster_on: Callable[..., Cluster]) -> Cluster:
    """A cluster on the fake."""
    return cluster_on(Connection(host=fake.url, api_key="secret-token"))


@pytest.fixture
def configmaps() -> Resource:
    """The resource ConfigMap."""
    return Resource("", "v1", "ConfigMap", "configmaps", namespaced=True)


@pytest.fixture
def secrets() -> Resource:
    """The resource Secret."""
    return Resource("", "v1", "Secret", "secrets", namespaced=True)
