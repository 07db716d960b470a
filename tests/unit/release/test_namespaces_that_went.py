"""Which instances are brought up again when a namespace was deleted under a run, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._events import Event, Notice
from ansible_collections.roro.kube.plugins.module_utils._release.data.desired import Desired
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import InstanceResult, RunResult
from ansible_collections.roro.kube.plugins.module_utils._release.lifecycle.namespace_made_anew import once_more, struck


def result(**instances: str) -> RunResult:
    """name -> reason of its failure, "" when it runs."""
    told = [InstanceResult(name, name, "shop", "Failed" if why else "Running", why) for name, why in instances.items()]
    return RunResult("shop", "dev", failed=any(instances.values()), instances=told)


def test_only_what_fell_with_the_namespace_must_be_brought_up_again(make: Any) -> None:
    places = (("a", (), "shop"), ("same", (), "shop"), ("d", (), "d"), ("b", ["a"], "b"), ("c", ["b", "d"], "c"), ("e", (), "e"))
    wanted = [make.desired(make.instance(name, needs=needs, namespace=space)) for name, needs, space in places]
    reasons = {"a": "NamespaceTerminating", "b": "DependencyFailed", "d": "CrashLoopBackOff", "c": "DependencyFailed", "same": "", "e": ""}
    assert [item.instance.id for item in struck(result(**reasons), wanted)] == ["a", "same", "b"]
    assert struck(result(a="Locked", b="DependencyFailed"), wanted) == []


def test_the_second_attempt_must_be_what_is_told(make: Any) -> None:
    wanted = [make.desired("a"), make.desired(make.instance("b", namespace="b"))]
    events: list[Event] = []
    started: list[list[str]] = []

    def start(items: Sequence[Desired], sink: Any) -> RunResult:
        started.append([item.instance.id for item in items])
        return result(b="")

    ended = once_more(result(a="", b="NamespaceTerminating"), wanted, start, events.append)
    assert started == [["b"]]
    assert [(item.instance, item.status) for item in ended.instances] == [("a", "Running"), ("b", "Running")]
    assert not ended.failed
    assert [event.message for event in events if isinstance(event, Notice)] == ended.notices


def test_a_namespace_that_goes_again_and_again_must_end_the_run(make: Any) -> None:
    started: list[int] = []

    def start(items: Sequence[Desired], sink: Any) -> RunResult:
        started.append(1)
        return result(a="NamespaceTerminating")

    assert once_more(result(a="NamespaceTerminating"), [make.desired("a")], start, lambda event: None).failed
    assert len(started) == 2
