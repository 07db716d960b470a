"""An event must belong to the instance of its object: by UID, and where the object is gone by what other events tell of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ConnectionFailed
from ansible_collections.roro.kube.plugins.module_utils._kube_events import EventReader, Whose, instance_of_event
from ansible_collections.roro.kube.plugins.module_utils._kube_events import follow as follow_module
from ansible_collections.roro.kube.plugins.module_utils._kube_events.reading import read_event

Make = Callable[..., dict[str, Any]]
NAMES = {("Deployment", "shop", "web"): "web", ("StatefulSet", "shop", "db"): "db", ("CronJob", "shop", "clean"): "web"}


class Families:
    """Knows these UIDs; counts what it is asked."""

    def __init__(self, known: dict[str, str]) -> None:
        self.known, self.asked = known, list[list[str]]()
        self.away = False

    def instances_of_references(self, references: Iterable[Any]) -> list[str | None]:
        if self.away:
            raise ConnectionFailed("the server is away")
        uids = [reference.uid for reference in references]
        self.asked.append(uids)
        return [self.known.get(uid) for uid in uids]


class Server:
    """Lists these events by namespace."""

    def __init__(self, **events: Any) -> None:
        self.events = events

    def list(self, resource: Any, namespace: str) -> Any:
        if isinstance(self.events[namespace], Exception):
            raise self.events[namespace]
        return SimpleNamespace(items=self.events[namespace], resource_version="7")


def reader(known: dict[str, str] | None = None, wanted: tuple[str, ...] = (), **events: Any) -> EventReader:
    return EventReader(Server(**events), Whose(Families(known or {}), NAMES), wanted)  # type: ignore[arg-type]


def told(found: EventReader) -> list[tuple[str, str]]:
    return sorted((line.instance, line.name) for line in found.lines())


def test_a_live_object_must_be_known_by_its_uid(event: Make) -> None:
    found = reader({"uid-x": "web"})
    found.take([event("Pod/x"), event("Pod/stranger")])
    assert told(found) == [("web", "x")]


CHAINS: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "a pod of a ReplicaSet of a Deployment": (
        "web",
        [
            ("Deployment/web", "ScalingReplicaSet", "Scaled up replica set web-5d from 0 to 2"),
            ("ReplicaSet/web-5d", "SuccessfulCreate", "Created pod: web-5d-abcde"),
            ("Pod/web-5d-abcde", "BackOff", "Back-off restarting failed container"),
        ],
    ),
    "an old ReplicaSet that is scaled down": (
        "web",
        [
            ("Deployment/web", "ScalingReplicaSet", "Scaled down replica set web-4c to 0 from 1"),
            ("ReplicaSet/web-4c", "SuccessfulDelete", "Deleted pod: web-4c-zzzzz"),
            ("Pod/web-4c-zzzzz", "Killing", "Stopping container main"),
        ],
    ),
    "a pod of a StatefulSet": (
        "db",
        [
            ("StatefulSet/db", "SuccessfulCreate", "create Pod db-0 in StatefulSet db successful"),
            ("Pod/db-0", "FailedMount", "no such secret"),
        ],
    ),
    "a claim of a StatefulSet": ("db", [("PersistentVolumeClaim/data-db-0", "ProvisioningFailed", "no storage class")]),
    "a pod of a Job of a CronJob": (
        "web",
        [
            ("CronJob/clean", "SuccessfulCreate", "Created job clean-123"),
            ("Job/clean-123", "SuccessfulCreate", "Created pod: clean-123-fgh"),
            ("Pod/clean-123-fgh", "Failed", "Error: ImagePullBackOff"),
        ],
    ),
    "a Job that has gone": (
        "web",
        [("CronJob/clean", "SawCompletedJob", "Saw completed job: clean-9, condition: Complete"), ("Job/clean-9", "Completed", "done")],
    ),
}


@pytest.mark.parametrize(("instance", "chain"), CHAINS.values(), ids=CHAINS)
@pytest.mark.parametrize("turned", [False, True], ids=["as they happened", "last first"])
def test_what_is_gone_must_be_known_by_the_events_that_announced_it(
    event: Make, instance: str, chain: list[tuple[str, str, str]], turned: bool
) -> None:
    found = reader()
    for about, reason, message in reversed(chain) if turned else chain:
        found.take([event(about, reason, message)])
    assert told(found) == sorted((instance, about.partition("/")[2]) for about, _, _ in chain)


def test_a_name_that_only_begins_alike_must_be_nobodys(event: Make) -> None:
    found = reader()
    found.take(
        [
            event("Pod/web-5d-abcde"),
            event("ReplicaSet/web-5d"),
            event("PersistentVolumeClaim/data-otherdb-0"),
            event("PersistentVolumeClaim/data-db-0-copy"),
            event("Pod/db-0"),
        ]
    )
    assert told(found) == []


def test_what_a_strangers_event_announces_must_be_nobodys(event: Make) -> None:
    found = reader()
    found.take([event("ReplicaSet/other", "SuccessfulCreate", "Created pod: web-1"), event("Pod/web-1")])
    assert told(found) == []


def test_only_the_instances_asked_for_must_be_told(event: Make) -> None:
    found = reader({"uid-x": "web", "uid-y": "db"}, ("db",))
    found.take([event("Pod/x"), event("Pod/y")])
    assert told(found) == [("db", "y")]


def test_an_object_must_be_asked_about_once(event: Make) -> None:
    families = Families({"uid-x": "web"})
    found = EventReader(Server(), Whose(families, NAMES))  # type: ignore[arg-type]
    for count in (1, 2, 3):
        found.take([event("Pod/x", count=count)])
    assert families.asked == [["uid-x"]]


def test_a_strangers_event_that_is_read_again_must_ask_nobody(event: Make) -> None:
    families, one = Families({}), event("Pod/x")
    found = EventReader(Server(), Whose(families, NAMES))  # type: ignore[arg-type]
    found.take([one])
    found.take([one])
    assert families.asked == [["uid-x"]]


def test_events_must_wait_while_nobody_can_be_asked(event: Make) -> None:
    families, one = Families({"uid-x": "web"}), event("Pod/x")
    found = EventReader(Server(), Whose(families, NAMES))  # type: ignore[arg-type]
    families.away = True
    with pytest.raises(ConnectionFailed):
        found.take([one])
    families.away = False
    assert [line.name for line in found.take([one])] == ["x"]


def test_what_waits_for_its_announcement_must_be_bounded(event: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr(follow_module, "MOST_HELD", 2)
    found = reader()
    found.take([event(f"Pod/web-5d-{letter}") for letter in "abc"])
    words = " ".join(f"Created pod: web-5d-{letter}" for letter in "abc")
    found.take(
        [
            event("Deployment/web", "ScalingReplicaSet", "Scaled up replica set web-5d to 3"),
            event("ReplicaSet/web-5d", "SuccessfulCreate", words),
        ]
    )
    assert [name for _, name in told(found)] == ["web", "web-5d", "web-5d-b", "web-5d-c"]


def test_a_namespace_whose_events_may_not_be_read_must_be_a_notice(event: Make) -> None:
    found = reader({"uid-x": "web"}, shop=[event("Pod/x")], other=ApiError("you may not list events", status=403))
    assert found.read(["shop", "other"]) == {"shop": "7"}
    assert found.notices == ["no events of namespace other: you may not list events"]
    assert told(found) == [("web", "x")]


def test_a_new_list_after_410_must_tell_only_what_is_new(event: Make) -> None:
    found, one = reader({"uid-x": "web"}), event("Pod/x", count=2)
    found.take([one])
    found.keep_only([one], "shop")
    assert found.take([one]) == []
    assert [line.count for line in found.take([one, event("Pod/x", count=1, at="10:09:00")])] == [3]


def test_whose_objects_were_must_not_be_remembered_for_ever(event: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance_of_event, "MOST_LEARNED", 10)
    found = Whose(SimpleNamespace(instances_of_references=lambda refs: ["web" for _ in refs]), {})
    for number in range(100):
        told = read_event(event(f"Pod/web-{number}"))
        found.ask_about([told.about])
        assert found.of(told) == "web"
    assert len(found._by_uid) <= 11
