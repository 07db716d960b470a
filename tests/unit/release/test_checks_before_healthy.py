"""A run asks the health checks of an instance when its objects are ready, and of no other."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._events import Event
from ansible_collections.roro.kube.plugins.module_utils._health.gate import CheckWord
from ansible_collections.roro.kube.plugins.module_utils._model import HealthCheck
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.data.plan import Plan
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import InstanceResult
from ansible_collections.roro.kube.plugins.module_utils._release.data.steps import Gate, Step
from ansible_collections.roro.kube.plugins.module_utils._release.execution.health_checks import Checks, refusal, timeout_of_checks
from ansible_collections.roro.kube.plugins.module_utils._release.execution.instance_progress import Progress
from ansible_collections.roro.kube.plugins.module_utils._release.execution.judge_instances import timeout_words

REF = ObjectRef("apps/v1", "Deployment", "shop", "api")


class Asker:
    """Remembers who is asked; the test answers."""

    def __init__(self) -> None:
        self.asked: dict[str, Callable[[Any], None]] = {}
        self.ended: list[str] = []

    def begin(self, instance: Any, tell: Callable[[Any], None]) -> Callable[[], None]:
        self.asked[instance.id] = tell
        return lambda: self.ended.append(instance.id)


class Scene:
    """A run of one instance with two checks."""

    def __init__(self, action: str = "update", transition: str = "", gates: tuple[Gate, ...] = (), **options: Any) -> None:
        checks = tuple(HealthCheck(name, "tcp", {"target": "pod/x", "port": 1}) for name in ("http", "queue"))
        instance = types.SimpleNamespace(id="api", namespace="shop", health=checks)
        self.asker, self.events, self.news = Asker(), list[Event](), list[str]()
        step = Step(1, "api", action, REF, "why")  # type: ignore[arg-type]
        run: Any = types.SimpleNamespace(
            options=Options(health=self.asker, **options),
            plan=Plan((step,), gates),
            desired=[types.SimpleNamespace(instance=instance, transition=transition)],
            sink=self.events.append,
        )
        self.checks = Checks(run, lambda call: call(), lambda name, word: self.news.append(word.name))
        self.progress = Progress(InstanceResult("api", "api", "shop"), 30.0, unready={REF.identity})

    def ready(self) -> None:
        self.progress.unready.clear()
        self.checks.consider(self.progress)


def test_checks_must_be_asked_once_when_the_objects_are_ready_and_hold_until_all_passed() -> None:
    scene = Scene()
    scene.checks.consider(scene.progress)
    assert (scene.asker.asked, scene.checks.passed("api"), scene.checks.waiting("api")) == ({}, False, [])
    scene.ready()
    scene.asker.asked["api"](CheckWord("http", passed=True))
    assert (scene.checks.passed("api"), scene.checks.waiting("api")) == (False, ["health check queue: no answer yet"])
    scene.ready()
    assert len(scene.asker.asked) == 1
    scene.asker.asked["api"](CheckWord("queue", reason="TimedOut", message="no answer in 5 s"))
    assert scene.checks.waiting("api") == ["health check queue: no answer in 5 s"]
    scene.asker.asked["api"](CheckWord("queue", passed=True))
    assert (scene.checks.passed("api"), scene.news) == (True, ["http", "queue", "queue"])
    assert [(event.name, event.state) for event in scene.events] == [("http", "ready"), ("queue", "waiting"), ("queue", "ready")]  # type: ignore[attr-defined]
    scene.checks.stop()
    assert scene.asker.ended == ["api"]


@pytest.mark.parametrize(("condition", "asked"), [("healthy", ["api"]), ("started", [])])
def test_a_run_that_does_not_wait_must_ask_the_checks_that_others_need(condition: str, asked: list[str]) -> None:
    scene = Scene(wait=False, gates=(Gate(2, "api", condition, frozenset({1}), (REF,)),))  # type: ignore[arg-type]
    scene.ready()
    assert list(scene.asker.asked) == asked


@pytest.mark.parametrize(
    "change",
    [{"check": True}, {"wait": False}, {"transition": "stop"}, {"action": "delete"}, {"action": "run"}],
    ids=["check mode", "no wait", "stop", "only removed", "only a hook"],
)
def test_who_is_not_to_be_healthy_must_not_be_asked(change: dict[str, Any]) -> None:
    scene = Scene(**change)
    scene.ready()
    assert (scene.asker.asked, scene.checks.passed("api")) == ({}, True)


def test_a_failed_instance_must_not_be_asked_any_more() -> None:
    scene = Scene()
    scene.progress.failed = True
    scene.ready()
    assert scene.asker.asked == {}


def test_what_ends_an_instance_must_name_the_check_and_what_it_got() -> None:
    message = "GET http://api:80/health: status 500, expected 200-399"
    assert refusal(CheckWord("http", message=message, final=True)) == ("HealthCheckFailing", f"health check http: {message}")
    words = timeout_words(types.SimpleNamespace(), 30.0, (), (), [f"health check http: {message}", "x"])  # type: ignore[arg-type]
    assert words == ("HealthCheckFailing", f"health check http: {message} (and 1 more); it did not pass in 30 s")
    assert timeout_of_checks(5.0, ["a"])[1] == "a; it did not pass in 5 s"
