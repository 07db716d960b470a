"""What the tests of health checks share: who watches, checks that ask often, and a stage."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._forward import Origin
from ansible_collections.roro.kube.plugins.module_utils._forward.links import Links
from ansible_collections.roro.kube.plugins.module_utils._health.keeper import Keeper
from ansible_collections.roro.kube.plugins.module_utils._health.types import HealthSpec, HealthStatus
from fake_cluster import NAMESPACE, Line
from health_cluster import HealthCluster, answering

SECONDS = 60.0
HTTP = {"target": "service/web", "port": 80, "path": "/health"}


@dataclass
class Watcher:
    """One developer's daemon, as far as health checks go: the desk of a keeper. told: every status that clients would be told."""

    cluster: HealthCluster
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    told: list[HealthStatus] = field(default_factory=list)
    links: Links = field(default_factory=Links)
    keeper: Keeper = field(init=False)

    def __post_init__(self) -> None:
        self.keeper = Keeper(self)

    @property
    def kept(self) -> dict[str, Any]:
        """What the last daemon wrote down."""
        return {"checks": self.records, "watching": list(self.running)}

    def save(self) -> None:
        """Write down."""
        kept = self.keeper.kept()
        self.records, self.running = kept["checks"], set(kept["watching"])

    def tell(self, status: HealthStatus) -> None:
        """A change."""
        self.told.append(status)

    def shared(self, kind: type[Links]) -> Any:
        """The links."""
        return self.links

    def spawn(self, work: Coroutine[Any, Any, None]) -> Any:
        """No keeper needs a task."""
        raise NotImplementedError

    def put_aside(self) -> None:
        """Nothing here is unusable as a whole."""
        raise NotImplementedError

    async def watch(self, **spec: Any) -> HealthSpec:
        """Begin a check."""
        made = check_spec(self.cluster, **spec)
        await self.keeper.answer("health", {"what": "start", "checks": [made.as_record()]})
        return made

    @property
    def status(self) -> HealthStatus:
        """Of the one check."""
        return self.keeper.statuses()[0]

    async def until(self, state: str) -> HealthStatus:
        """Wait for a state."""
        await until(lambda: self.status.state == state)
        return self.status

    async def close(self) -> None:
        """End it."""
        await self.keeper.stop()
        await self.links.close()


def check_spec(cluster: HealthCluster, **more: Any) -> HealthSpec:
    """A check of the Service, many times a second."""
    origin = Origin("w", "dev", "api", more.pop("name", "http"))
    values: dict[str, Any] = {"kind": "http", "probe": HTTP, "interval": 0.03, "timeout": 5.0, "start_period": 0.0, **more}
    connection = Connection(host=f"http://127.0.0.1:{cluster.port}", api_key="token-1")
    return HealthSpec(connection, NAMESPACE, origin, **values)


async def until(question: Callable[[], Any]) -> Any:
    """Wait for an answer that is true."""
    async with asyncio.timeout(SECONDS):
        while not (answer := question()):  # noqa: ASYNC110 - what is asked has no event of its own
            await asyncio.sleep(0.005)
        return answer


@dataclass
class Stage:
    """A cluster with the Service `web`, the Deployment behind it and its pod `a`, and who watches it."""

    cluster: HealthCluster
    watchers: list[Watcher] = field(default_factory=list)
    clusters: list[Cluster] = field(default_factory=list)

    def watcher(self, **memory: Any) -> Watcher:
        """A daemon."""
        self.watchers.append(Watcher(self.cluster, **memory))
        return self.watchers[-1]

    def connected(self) -> Cluster:
        """A client, as a run has one."""
        self.clusters.append(connect(check_spec(self.cluster).connection))
        return self.clusters[-1]


def sick_pod(name: str) -> Any:
    """All pods are well but this one."""
    good, bad = answering(), answering(500)

    async def serve(line: Line) -> None:
        await (bad if line.pod == name else good)(line)

    return serve


async def rounds(stage: Stage, count: int = 10) -> None:
    """Wait until pods were asked so many times more."""
    seen = stage.cluster.dials
    await until(lambda: stage.cluster.dials >= seen + count)
