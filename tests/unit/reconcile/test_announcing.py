"""What is told again is counted and not repeated, a flood is bounded, a server that refuses ends nothing, and secrets stay out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from ansible_collections.roro.kube.plugins.module_utils._reconcile.announcing import Announcer

DEPLOYMENTS = Resource("apps", "v1", "Deployment", "deployments", True)


@dataclass(frozen=True)
class About:
    kind: str = "Deployment.apps"
    namespace: str = "shop"
    name: str = "web"


class Cluster:
    """Keeps what is written to it. refuse: the status of every write, 0 for none. hold: writes wait for it."""

    def __init__(self, refuse: int = 0) -> None:
        self.refuse, self.hold = refuse, threading.Event()
        self.hold.set()
        self.created: list[dict[str, Any]] = []
        self.patched: list[tuple[str, dict[str, Any]]] = []

    def now(self) -> datetime:
        return datetime.now(UTC)

    def resources(self) -> tuple[Resource, ...]:
        return (DEPLOYMENTS,)

    def get(self, resource: Resource, namespace: str | None, name: str) -> Any:
        return {"metadata": {"uid": f"uid-{name}"}} if name == "web" else None

    def request(self, method: str, path: str, *, body: Any = None, **rest: Any) -> Any:
        self.hold.wait(10)
        if self.refuse:
            raise ApiError("events is forbidden", status=self.refuse)
        if method == "POST":
            self.created.append(body)
        else:
            self.patched.append((path, body))


def soon(question: Callable[[], Any], deadline: float = 10.0) -> None:
    end = time.monotonic() + deadline
    while not question():
        assert time.monotonic() < end, "not in time"
        threading.Event().wait(0.01)


def announcer(cluster: Cluster, **options: Any) -> Announcer:
    return Announcer(cluster, "pod-1", **options)  # type: ignore[arg-type]


def test_an_event_must_name_the_object_and_who_reports() -> None:
    cluster = Cluster()
    made = announcer(cluster)
    made.announce(About(), "Drift Corrected", "spec.replicas was 5,\nis 2 again")
    made.close()
    (event,) = cluster.created
    assert event["regarding"] == {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web", "uid": "uid-web"}
    assert (event["reason"], event["type"], event["note"]) == ("DriftCorrected", "Normal", "spec.replicas was 5, is 2 again")
    assert (event["reportingController"], event["reportingInstance"]) == ("roro.dev/reconcile", "pod-1")
    assert event["metadata"]["namespace"] == "shop" and "series" not in event


def test_an_object_without_namespace_or_of_an_odd_name_must_have_its_event_too() -> None:
    cluster = Cluster()
    made = announcer(cluster)
    made.announce(About("ClusterRole.rbac.authorization.k8s.io", "", "system:Odd"), "DriftFound", "it differs", warning=True)
    made.close()
    (event,) = cluster.created
    assert event["metadata"]["namespace"] == "default" and event["type"] == "Warning"
    assert event["metadata"]["name"].startswith("system-odd.")
    assert event["regarding"] == {"kind": "ClusterRole", "name": "system:Odd"}


def test_the_same_words_must_be_one_event_that_is_counted() -> None:
    cluster = Cluster()
    made = announcer(cluster)
    for _ in range(30):
        made.announce(About(), "DriftCorrected", "the same")
    soon(lambda: cluster.created)
    made.announce(About(), "DriftCorrected", "the same")
    made.close(10)
    (event,) = cluster.created
    counts = [event.get("series", {"count": 1})["count"], *(body["series"]["count"] for _, body in cluster.patched)]
    assert counts[-1] == 31 and counts == sorted(counts)
    assert len(cluster.patched) <= 2
    assert all(path.endswith(event["metadata"]["name"]) for path, _ in cluster.patched)


def test_a_flood_must_not_be_written_whole_and_must_hold_nobody_up() -> None:
    cluster = Cluster()
    cluster.hold.clear()
    made = announcer(cluster)
    began = time.monotonic()
    for number in range(5000):
        made.announce(About(name=f"web-{number}"), "DriftFound", "it differs")
    assert time.monotonic() - began < 2
    cluster.hold.set()
    made.close(1)
    assert 1 <= len(cluster.created) < 100


def test_a_refusal_must_be_told_once_and_end_nothing() -> None:
    cluster, told = Cluster(refuse=403), []
    made = announcer(cluster, tell=told.append)
    made.announce(About(), "DriftFound", "one")
    made.announce(About(), "DriftFound", "two")
    soon(lambda: told)
    cluster.refuse = 0
    made.announce(About(), "DriftFound", "three")
    made.close()
    assert len(told) == 1 and "events is forbidden" in told[0]
    assert "three" in [event["note"] for event in cluster.created]


def test_a_secret_must_not_be_in_a_note_and_a_note_must_not_be_too_long() -> None:
    cluster = Cluster()
    made = announcer(cluster, hide=lambda words: words.replace("hunter2", "<hidden>"))
    made.announce(About(), "DriftFound", "it is hunter2")
    made.announce(About(), "DriftFound", "ä" * 5000)
    made.close()
    assert cluster.created[0]["note"] == "it is <hidden>"
    assert len(cluster.created[1]["note"].encode()) <= 1024
