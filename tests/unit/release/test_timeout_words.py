"""A timeout must name the object, its last state, and the newest warning about it or what is below it, in one printable line."""

from __future__ import annotations

import contextlib
import types
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ConnectionFailed
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.data.steps import Step
from ansible_collections.roro.kube.plugins.module_utils._release.execution.judge_instances import timeout_words
from ansible_collections.roro.kube.plugins.module_utils._release.readiness import Verdict
from ansible_collections.roro.kube.plugins.module_utils._release.server_answers.being_deleted import Left, sentence

WEB = ObjectRef("apps/v1", "Deployment", "shop", "web")
API = ObjectRef("apps/v1", "Deployment", "shop", "api")
WAITS = Verdict("progressing", "LessAvailable", "0 of 1 replica available")


def event(uid: str, reason: str, when: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "metadata": {"uid": f"{uid}{reason}", "namespace": "shop", "name": "x.1"},
        "involvedObject": {"uid": uid, "kind": "Pod", "namespace": "shop", "name": "x"},
        "type": "Warning",
        "reason": reason,
        "message": "no",
        **when,
        **fields,
    }


class Server:
    """Lists these events."""

    def __init__(self, *events: dict[str, Any], error: Exception | None = None) -> None:
        self.events, self.error, self.asked = events, error, list[tuple[Any, ...]]()

    def list(self, resource: Any, namespace: str, *, field_selector: str) -> Any:
        self.asked.append((resource.kind, namespace, field_selector))
        if self.error is not None:
            raise self.error
        return types.SimpleNamespace(items=self.events)


def told(server: Server, *waiting: Any, leaving: tuple[Left, ...] = ()) -> tuple[str, str]:
    return timeout_words(server, 90.0, waiting, leaving)  # type: ignore[arg-type]


OLD, NEW = {"lastTimestamp": "2026-01-01T00:00:01Z"}, {"eventTime": "2026-01-01T00:00:02.000000Z"}


def test_the_newest_warning_of_the_object_or_its_pods_must_be_told() -> None:
    server = Server(
        event("pod", "BackOff", NEW), event("web", "Old", OLD), event("other", "Other", {"lastTimestamp": "2026-01-01T00:00:09Z"})
    )
    assert told(server, (WEB, WAITS, ["web", "pod"])) == (
        "Timeout",
        "Deployment shop/web is not ready after 90 s: 0 of 1 replica available; newest warning: BackOff: no",
    )
    assert server.asked == [("Event", "shop", "type=Warning")]


def test_a_series_must_count_by_its_last_sight() -> None:
    series = event("web", "Often", OLD, series={"lastObservedTime": "2026-01-01T00:00:05.000000Z"})
    assert "newest warning: Often: no" in told(Server(event("web", "Once", NEW), series), (WEB, WAITS, ["web"]))[1]


def test_an_event_that_knows_no_uid_must_be_told_by_its_name() -> None:
    named = {**event("", "FailedCreate", NEW), "involvedObject": {"kind": "Deployment", "namespace": "shop", "name": "web"}}
    assert "newest warning: FailedCreate: no" in told(Server(named), (WEB, WAITS, ["web"]))[1]


def test_others_that_wait_must_be_named_too() -> None:
    assert "(and Deployment shop/api wait too)" in told(Server(), (WEB, WAITS, ["w"]), (API, WAITS, ["a"]))[1]


def test_what_does_not_go_must_be_named_with_its_newest_warning() -> None:
    claim = ObjectRef("v1", "PersistentVolumeClaim", "shop", "data")
    stuck = {
        **event("", "VolumeFailedDelete", NEW),
        "involvedObject": {"kind": "PersistentVolumeClaim", "namespace": "shop", "name": "data"},
    }
    leaving = Left(Step(1, "api", "delete", claim, ""), "waits for finalizers kubernetes.io/pvc-protection")
    reason, message = told(Server(stuck), leaving=(leaving,))
    assert reason == "Timeout"
    assert message.startswith("PersistentVolumeClaim shop/data is not gone after 90 s: waits for finalizers kubernetes.io/pvc-protection")
    assert "VolumeFailedDelete" in message


@pytest.mark.parametrize("error", [ApiError("forbidden", status=403)], ids=["forbidden"])
def test_whoever_may_not_read_events_must_be_told_the_rest(error: Exception) -> None:
    assert told(Server(error=error), (WEB, WAITS, []))[1] == "Deployment shop/web is not ready after 90 s: 0 of 1 replica available"


def test_what_an_event_says_must_not_reach_a_terminal_as_it_is() -> None:
    message = told(Server(event("web", "Unhealthy", NEW, message="\x1b[31mred\n\x07bell")), (WEB, WAITS, ["web"]))[1]
    assert message.isprintable()


class SilentServer:
    """Serves many kinds and answers no list; keeps which kinds it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def one_try(self) -> Any:
        return contextlib.nullcontext()

    def resources(self) -> list[Resource]:
        verbs = frozenset({"list", "delete"})
        return [Resource("", "v1", f"Kind{number}", f"kind{number}s", True, verbs=verbs) for number in range(60)]

    def list(self, resource: Resource, namespace: str, **_: Any) -> Any:
        self.asked.append(resource.kind)
        raise ConnectionFailed("no answer")

    def invalidate_discovery(self) -> None: ...

    def unanswered(self) -> frozenset[str]:
        return frozenset()


def test_a_silent_server_must_be_asked_once_for_what_keeps_a_namespace() -> None:
    """Else an instance whose time is over would wait for every kind that the server has."""
    server = SilentServer()
    left = Left(Step(1, "", "delete", ObjectRef("v1", "Namespace", None, "shop"), ""), "")
    assert sentence(server, left, 20.0) == (  # type: ignore[arg-type]
        "Namespace shop is not gone after 20 s: nothing on the cluster says what keeps it"
    )
    assert server.asked == ["Kind0"]
