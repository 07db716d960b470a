"""What has ended lets go of what waited for it, once; what can never be done takes with it all that needs it, and nothing else."""

from __future__ import annotations

from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.data.plan import Plan
from ansible_collections.roro.kube.plugins.module_utils._release.data.steps import Gate, Step
from ansible_collections.roro.kube.plugins.module_utils._release.execution.graph_walk import Walk


def step(number: int, *after: int) -> Step:
    return Step(number, "api", "create", ObjectRef("v1", "ConfigMap", "shop", f"c{number}"), "", after=frozenset(after))


def gate(number: int, *after: int, required: bool = True) -> Gate:
    return Gate(number, "db", "healthy", required=required, after=frozenset(after))


def walk(*nodes: Step | Gate) -> Walk:
    steps, gates = (tuple(node for node in nodes if isinstance(node, kind)) for kind in (Step, Gate))
    return Walk(Plan(steps, gates))  # type: ignore[arg-type]


def test_a_node_must_begin_when_all_that_it_waits_for_is_done() -> None:
    run = walk(step(1), step(2), step(3, 1, 2))
    assert list(run.upcoming()) == [1, 2]
    assert run.end(1)
    assert list(run.upcoming()) == []
    assert run.end(2)
    assert list(run.upcoming()) == [3]
    assert not run.is_over
    assert run.end(3)
    assert run.is_over


def test_what_becomes_free_meanwhile_must_begin_too_and_what_ended_must_not_end_again() -> None:
    run, seen = walk(step(1), step(2, 1)), []
    for number in run.upcoming():
        seen.append(number)
        assert run.end(number)
        assert not run.end(number)
    assert seen == [1, 2]


def test_what_is_lost_must_take_all_behind_it_once() -> None:
    run = walk(step(1), step(2, 1), step(3, 1), step(4, 2, 3), step(5))
    assert sorted(node.id for node in run.lose(1)) == [1, 2, 3, 4]
    assert list(run.lose(1)) == []
    assert list(run.upcoming()) == [5]


def test_what_is_behind_an_optional_gate_must_go_on() -> None:
    run = walk(step(1), gate(2, 1, required=False), step(3, 2), gate(4, 1), step(5, 4))
    optional = run.nodes[2]
    assert sorted(node.id for node in run.lose(1)) == [1, 2, 4, 5]
    assert isinstance(optional, Gate)
    assert run.is_needed([optional])
    assert run.end(2)
    assert list(run.upcoming()) == [3]


def test_what_is_under_way_must_have_begun_and_not_ended() -> None:
    run = walk(step(1), step(2))
    run.started[1] = 1.0
    assert (run.unbegun([1, 2]), run.under_way([1, 2]), run.under_way([2])) == ([2], True, False)
    run.end(1)
    assert not run.under_way([1, 2])
