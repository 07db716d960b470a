"""What a run tells of objects that are being deleted: at once to who watches, after a while to everybody, each reason once."""

from __future__ import annotations

import queue
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError
from ansible_collections.roro.kube.plugins.module_utils._events import Event, Notice, ObjectState
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.data.observed import Observed
from ansible_collections.roro.kube.plugins.module_utils._release.data.steps import Step
from ansible_collections.roro.kube.plugins.module_utils._release.execution.awaited_effects import Awaited

STEP = Step(1, "api", "delete", ObjectRef("v1", "ConfigMap", "shop", "kept"), "", uid="u")
HELD = "waits for finalizers a.example.com/b"


class Objects:
    """What the tracker knows: nothing."""

    def object(self, identity: Any) -> None:
        return None


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def awaited(told: list[Event]) -> Awaited:
    return Awaited(Objects(), told.append, lambda step: "api")  # type: ignore[arg-type]


def notices(told: list[Event]) -> list[str]:
    return [event.message for event in told if isinstance(event, Notice)]


def test_what_keeps_an_object_must_be_told_at_once_to_who_watches_and_later_to_all(awaited: Awaited, told: list[Event]) -> None:
    awaited.hear(STEP, HELD)
    awaited.remind(100.0)
    assert [(event.state, event.message) for event in told if isinstance(event, ObjectState)] == [("waiting", f"is being deleted, {HELD}")]
    assert notices(told) == []
    for now in (103.0, 104.0):
        awaited.remind(now)
    assert notices(told) == [f"ConfigMap shop/kept is being deleted, {HELD}"]


def test_pods_that_end_one_by_one_must_be_told_once(awaited: Awaited, told: list[Event]) -> None:
    for number, now in ((3, 100.0), (2, 104.0), (1, 105.0)):
        awaited.hear(STEP, f"waits for {number} pods: api-0, which have 30 seconds to end" if number > 1 else "waits for pod api-0")
        awaited.remind(now)
    assert len(notices(told)) == 1


def test_where_nothing_says_what_keeps_it_it_must_be_told_after_longer(awaited: Awaited, told: list[Event]) -> None:
    awaited.hear(STEP, "")
    for now in (100.0, 110.0):
        awaited.remind(now)
    assert told == []
    awaited.remind(115.0)
    assert notices(told) == ["ConfigMap shop/kept is being deleted, and nothing says what keeps it"]


def test_what_is_gone_must_not_be_told_any_more(awaited: Awaited, told: list[Event]) -> None:
    calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
    tell = awaited.listener(STEP, calls.put)
    for words in (HELD, None):
        tell(words)
        calls.get()()
    awaited.remind(1000.0)
    assert notices(told) == []
    assert awaited.leaving("api") == []


def test_a_resource_whose_definition_goes_and_that_nobody_makes_anew_must_be_refused(make: Any) -> None:
    thing = make.desired("api", make.thing("Thing", "mine", "example.com/v1"))
    seen = make.observed()
    ending = Observed(seen.objects, seen.records, seen.namespaces, seen.served, ending=frozenset({("example.com", "Thing")}))
    with pytest.raises(PlanError, match=r"the definition of Thing \(example.com/v1\) is being deleted"):
        make.planned([thing], ending)


def test_a_namespace_that_is_being_deleted_must_be_made_anew_before_its_members(make: Any) -> None:
    going = make.live(make.thing("Namespace", "shop"), deletionTimestamp="2026-01-01T00:00:00Z")
    seen = make.observed()
    plan = make.planned([make.desired("api", make.config())], Observed({}, {}, {"shop": going}, seen.served))
    assert plan.text().splitlines() == [
        "#1 recreate Namespace shop: the existing namespace is being deleted",
        "#2 create ConfigMap shop/settings <- #1: no existing object",
    ]


def test_a_stop_must_not_make_a_namespace_anew(make: Any) -> None:
    going = make.live(make.thing("Namespace", "shop"), deletionTimestamp="2026-01-01T00:00:00Z")
    stopping = replace(make.desired("api", make.workload()), transition="stop")
    with pytest.raises(PlanError, match="namespace shop is being deleted"):
        make.planned([stopping], Observed({}, {}, {"shop": going}, make.observed().served))
