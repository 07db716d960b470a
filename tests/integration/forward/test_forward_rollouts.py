"""Clients notice neither rollouts nor pods that are replaced, as long as there is a Ready pod or soon will be."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from forward_scene import SECONDS, STAY, WEB, ForwardScene, deployment, get, service

Eventually = Callable[..., Any]
LEAVING = 5
"""Seconds that a pod stays after it was told to end."""
SERVE_ON = f"trap 'busybox sleep {LEAVING}; exit 0' TERM; busybox sleep 100000 & wait"
"""As Kubernetes asks of a server: what it has begun when it is told to end, it finishes; new connections it still takes."""
TAKE_NO_MORE = (
    "busybox hostname > /www/index.html; busybox httpd -f -p 8080 -h /www & server=$!; "
    f"trap 'busybox sleep 1; kill $server; busybox sleep {LEAVING}; exit 0' TERM; busybox sleep 100000 & wait"
)
"""As a preStop hook that sleeps: it refuses new connections a second after it was told to end, and finishes what it has begun."""
SLOW_START = "busybox sleep 2; "


@dataclass
class Loop:
    """Clients that ask all the time. answers: (moment of asking, pod). leaving: pod -> moment at which it was told to end."""

    answers: list[tuple[float, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    leaving: dict[str, float] = field(default_factory=dict)

    @property
    def late(self) -> list[tuple[str, float]]:
        """Pods that got a request long after they were told to end, and how long, in seconds."""
        return [(pod, began - end) for began, pod in self.answers if (end := self.leaving.get(pod)) and began > end + LEAVING / 2]


@contextmanager
def asking(scene: ForwardScene, port: int | None, clients: int = 2) -> Iterator[Loop]:
    """Clients in a loop while the block runs, and a look at which pods are leaving."""
    loop, stop = Loop(), threading.Event()

    def ask() -> None:
        while not stop.is_set():
            began = time.monotonic()
            try:
                loop.answers.append((began, get(port)))
            except (OSError, http.client.HTTPException) as error:
                loop.failures.append(repr(error))

    def look() -> None:
        for event in scene.cluster.watch(scene.cluster.resource("v1", "Pod"), scene.namespace, stop=stop):
            metadata = event.object.get("metadata") or {}
            if metadata.get("deletionTimestamp"):
                loop.leaving.setdefault(metadata["name"], time.monotonic())

    threads = [*(threading.Thread(target=ask) for _ in range(clients)), threading.Thread(target=look)]
    for thread in threads:
        thread.start()
    try:
        yield loop
    finally:
        stop.set()
        for thread in threads:
            thread.join(SECONDS)


@pytest.mark.parametrize(
    ("script", "replicas", "revisions"),
    [(WEB + SERVE_ON, 1, 3), (TAKE_NO_MORE, 1, 2), (SLOW_START + WEB + SERVE_ON, 3, 2)],
    ids=["pods that serve on", "pods that refuse a second later", "three that need time to be Ready"],
)
def test_a_client_in_a_loop_must_not_notice_rollouts(
    scene: ForwardScene, eventually: Eventually, script: str, replicas: int, revisions: int
) -> None:
    def roll_out(revision: int) -> None:
        wanted = deployment("web", script, grace=2 * LEAVING, replicas=replicas, surge=replicas, revision=str(revision))
        scene.apply(wanted)
        eventually(lambda: _rolled_out(scene, replicas), SECONDS)

    scene.apply(service("web"))
    roll_out(0)
    web = scene.forward("service/web", 80)
    with asking(scene, web.local_port) as loop:
        for revision in range(1, revisions + 1):
            roll_out(revision)
            newest = {pod["metadata"]["name"] for pod in scene.pods() if pod["metadata"]["labels"]["revision"] == str(revision)}
            eventually(lambda newest=newest: loop.answers and loop.answers[-1][1] in newest, SECONDS)
    assert loop.failures == []
    assert loop.late == []
    assert len({pod for _, pod in loop.answers}) > revisions, "each revision served"


def _rolled_out(scene: ForwardScene, replicas: int) -> bool:
    found = scene.cluster.get(scene.cluster.resource("apps/v1", "Deployment"), scene.namespace, "web") or {}
    status = found.get("status") or {}
    counts = [status.get(name, 0) for name in ("updatedReplicas", "readyReplicas", "replicas")]
    return status.get("observedGeneration") == found["metadata"]["generation"] and counts == [replicas] * 3


def test_a_request_must_be_answered_within_a_second_of_the_new_pod_being_ready(scene: ForwardScene) -> None:
    """Made while there is no pod. The best of three: a busy machine may stretch one."""
    scene.apply(deployment("web", WEB + STAY, grace=0), service("web"))
    web = scene.forward("service/web", 80)
    for _ in range(3):
        if _seconds_until_served(scene, web.local_port, scene.status(web.id).pod) < 1.0:
            return
    pytest.fail("three pods were replaced, and each time it took longer than a second")


def _seconds_until_served(scene: ForwardScene, port: int | None, old: str) -> float:
    """From the watch telling that the new pod is Ready to the answer."""
    pods = scene.cluster.resource("v1", "Pod")
    listed = scene.cluster.list(pods, scene.namespace)
    scene.delete_pod(old)
    served: list[tuple[float, str]] = []

    def ask() -> None:
        pod = old
        while pod == old:
            try:
                pod = get(port)
            except (OSError, http.client.HTTPException):
                continue
        served.append((time.monotonic(), pod))

    client, stop = threading.Thread(target=ask), threading.Event()
    client.start()
    for event in scene.cluster.watch(pods, scene.namespace, resource_version=listed.resource_version, stop=stop):
        conditions = (event.object.get("status") or {}).get("conditions") or []
        if event.object["metadata"]["name"] != old and any(item["type"] == "Ready" and item["status"] == "True" for item in conditions):
            break
    ready = time.monotonic()
    client.join(SECONDS)
    assert served and served[0][1] != old
    return served[0][0] - ready
