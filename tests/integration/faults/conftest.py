"""What the tests of faults share: a proxy in front of the real API server, and a scene behind it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import resolve
from ansible_collections.roro.kube.plugins.module_utils._cluster.discovery_cache import DiscoveryCache
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import Scope
from ansible_collections.roro.kube.plugins.module_utils._cluster.retry import Limits
from ansible_collections.roro.kube.plugins.module_utils._cluster.tls import ssl_context
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Connection, Resource
from ansible_collections.roro.kube.plugins.module_utils._cluster.watch import WatchLimits

sys.path.insert(0, str(Path(__file__).parent))

from fault_proxy import FaultProxy
from fault_scene import Attendant, Scene, gauges_on
from follow_users import CONFIGS, LABEL, User, Writer


def _release_world() -> Any:
    """The fixtures of the release room's tests, which are a conftest of another folder."""
    path = Path(__file__).parents[1] / "release" / "conftest.py"
    spec = importlib.util.spec_from_file_location("release_world", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_RELEASE = _release_world()
make, world = _RELEASE.make, _RELEASE.world

QUICK = Limits(connect=2.0, read=3.0, total=10.0, first_contact=0.5, backoff=0.02, backoff_cap=0.2, settle=1.0)
"""Patience that fits into a test; what is done with it is what is done with more."""
QUICK_WATCH = WatchLimits(silence=0.4, patience=3.0)


def proxied(kubeconfig: Path) -> FaultProxy:
    """A proxy that passes everything to the cluster of a kubeconfig, with its credentials."""
    access = resolve(Connection(kubeconfig=str(kubeconfig)), {})
    return FaultProxy(access.server, ssl_context(access, access.credentials.certificate()))


@pytest.fixture
def proxy(cluster_kubeconfig: Path) -> Iterator[FaultProxy]:
    """A proxy of the test's own."""
    found = proxied(cluster_kubeconfig)
    yield found
    found.close()


@pytest.fixture
def through(proxy: FaultProxy, tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """`through(connection, limits=...)`: a connection through the proxy, with short times and a discovery cache of its own."""
    opened: list[Cluster] = []

    def open_one(connection: Connection | None = None, **options: Any) -> Cluster:
        access = resolve(connection or Connection(host=proxy.url, api_key="unused"), {})
        values: dict[str, Any] = {"limits": QUICK, "watch_limits": QUICK_WATCH, "cache": DiscoveryCache(access, tmp_path / "cache")}
        opened.append(Cluster(access, **{**values, **options}))
        return opened[-1]

    yield open_one
    for item in opened:
        item.close()


@pytest.fixture(scope="session")
def gauges(cluster: Cluster) -> Iterator[Resource]:
    """A custom resource with a status; its kind is this process's own."""
    with gauges_on(cluster) as resource:
        yield resource


@pytest.fixture
def scene(world: Any, make: Any, proxy: FaultProxy, through: Callable[..., Cluster], gauges: Resource) -> Iterator[Scene]:
    """Ten objects of the test's own, to be brought up through the proxy."""
    attendant = Attendant(world.cluster, world.name, gauges)
    yield Scene(world, make, proxy, through(), through, attendant, gauges)
    attendant.close()


@pytest.fixture
def follow() -> Iterator[Callable[..., User]]:
    """`follow(cluster, scope)`: a user until the test ends."""
    made: list[User] = []

    def make(*given: Any) -> User:
        made.append(User(*given))
        return made[-1]

    yield make
    for user in made:
        user.leave()


@pytest.fixture
def writer(cluster: Cluster, namespace: str) -> Writer:
    """On the clean path."""
    return Writer(cluster, namespace)


@pytest.fixture
def scope(namespace: str) -> Scope:
    """The ConfigMaps of the test."""
    return Scope(CONFIGS, namespace, LABEL)
