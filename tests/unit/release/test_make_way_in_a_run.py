"""What a run does when there is no place for the new beside the old: the old goes sooner, each thing once, and nothing that stays."""

from __future__ import annotations

from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ReleaseError
from ansible_collections.roro.kube.plugins.module_utils._release.execution.graph_walk import Walk
from ansible_collections.roro.kube.plugins.module_utils._release.execution.make_room import Way
from ansible_collections.roro.kube.plugins.module_utils._release.readiness import Verdict

FULL = Verdict("failed", "QuotaExceeded", "exceeded quota: q, requested: pods=1", 60.0)
NO_NODE = Verdict("failed", "Unschedulable", "Insufficient cpu", 60.0)


class Told:
    """A way through a plan, and what it says."""

    def __init__(self, plan: Any) -> None:
        walk = self.walk = Walk(plan)
        self.nodes, self.waiting, self.followers = walk.nodes, walk.waiting, walk.followers
        self.ended, self.started = walk.ended, walk.started
        self.notices: list[str] = []
        self.way = Way(walk, self.notices.append)

    def step(self, name: str) -> Any:
        return next(node for node in self.nodes.values() if getattr(node, "ref", None) and node.ref.name == name)


def refused(message: str, status: int = 422) -> ReleaseError:
    """How a worker tells of the server's refusal."""
    error = ReleaseError(message)
    error.__cause__ = ApiError(message, status=status, body={"message": message})
    return error


def replaced(make: Any, old: list[Any], new: list[Any]) -> Told:
    """A run in which `old` is replaced by `new`."""
    held = [make.live(obj) for obj in old]
    seen = make.observed(*held, records=[make.record("api", *(make.owned(obj) for obj in held))])
    return Told(make.planned([make.desired("api", *new)], seen))


def services(make: Any, *names: str) -> list[Any]:
    return [make.thing("Service", name, spec={}) for name in names]


def test_a_refused_step_must_wait_for_what_is_in_its_way(make: Any) -> None:
    run = replaced(make, services(make, "old"), services(make, "new"))
    new, old = run.step("new"), run.step("old")
    run.started[new.id] = 1.0
    assert run.waiting[old.id]
    assert run.way.after_refusal(new, refused("provided port is already allocated")) == [old.id]
    assert (run.waiting[old.id], run.waiting[new.id]) == (set(), {old.id})
    assert new.id not in run.started
    assert new.id in run.followers[old.id]
    assert run.nodes[new.id].displaces == {old.ref.identity}
    assert run.notices == ["Service shop/old goes before what replaces it is ready: provided port is already allocated"]
    assert run.way.is_awaited(old)


def test_a_second_step_must_wait_for_the_same_and_enter_it_no_second_time(make: Any) -> None:
    run = replaced(make, services(make, "old"), services(make, "new", "newer"))
    old = run.step("old")
    assert run.way.after_refusal(run.step("new"), refused("already allocated")) == [old.id]
    run.started[old.id] = 1.0
    assert run.way.after_refusal(run.step("newer"), refused("already allocated")) == []
    assert run.waiting[run.step("newer").id] == {old.id}
    assert len(run.notices) == 1


def test_what_is_refused_again_must_fail_when_nothing_is_left_to_go(make: Any) -> None:
    run = replaced(make, services(make, "old"), services(make, "new"))
    run.way.after_refusal(run.step("new"), refused("already allocated"))
    run.ended.add(run.step("old").id)
    assert run.way.after_refusal(run.nodes[run.step("new").id], refused("already allocated")) is None


def test_another_refusal_must_take_nothing_away(make: Any) -> None:
    run = replaced(make, services(make, "old"), services(make, "new"))
    for error in (refused("spec.ports: Required value"), refused('User "x" cannot create: already used', 403), ReleaseError("no"), None):
        assert run.way.after_refusal(run.step("new"), error) is None
    assert run.waiting[run.step("old").id]
    assert not run.notices


def test_dependants_of_what_goes_must_go_before_it(make: Any) -> None:
    pods = make.workload(name="user", volumes=[{"name": "c", "configMap": {"name": "old"}}])
    run = replaced(make, [make.config("old"), pods], [make.config("new")])
    old, user = run.step("old"), run.step("user")
    assert run.way.after_refusal(run.step("new"), refused("exceeded quota: q", 403)) == [user.id]
    assert (run.waiting[user.id], run.waiting[old.id]) == (set(), {user.id})


def test_what_a_hook_comes_before_must_stay(make: Any) -> None:
    old = make.live(services(make, "old")[0], "gone")
    hook = make.thing("Job", "bye", annotations={"roro.dev/hook": "before-down"}, spec={})
    hooks = make.planned([make.desired("gone", services(make, "old")[0], hook)], make.observed()).hooks["gone"]
    seen = make.observed(old, records=[make.record("gone", make.owned(old), depends_on=("api",), hooks=hooks)])
    run = Told(make.planned([make.desired("api", *services(make, "new"))], seen))
    assert run.way.after_refusal(run.step("new"), refused("already allocated")) is None
    assert not run.notices


def test_a_full_quota_must_be_given_room_at_once_and_a_node_after_a_while(make: Any) -> None:
    run = replaced(make, [make.workload(name="old"), make.config("c")], [make.workload(name="new")])
    old = run.step("old")
    assert run.way.make_room("shop", NO_NODE, "no room", lasted=False) == []
    assert run.way.make_room("elsewhere", FULL, "no room", lasted=True) == []
    assert run.way.make_room("shop", FULL, "no room", lasted=False) == [old.id]
    assert run.way.make_room("shop", FULL, "no room", lasted=False) == []
    assert run.waiting[run.step("c").id]
    again = replaced(make, [make.workload(name="old")], [make.workload(name="new")])
    assert again.way.make_room("elsewhere", NO_NODE, "no room", lasted=True) == [again.step("old").id]


def test_what_goes_to_make_room_must_not_go_again_when_what_is_new_is_ready(make: Any) -> None:
    run = replaced(make, [make.workload(name="old")], [make.workload(name="new")])
    old, new = run.step("old"), run.step("new")
    gates = set(run.waiting[old.id])
    list(run.walk.upcoming())
    run.walk.enter(run.way.make_room("shop", FULL, "no room", lasted=False))
    assert list(run.walk.upcoming()) == [old.id]
    for number in (new.id, *gates):
        run.walk.end(number)
    assert old.id not in list(run.walk.upcoming())


def test_a_lack_of_room_must_not_count_while_what_has_it_goes(make: Any) -> None:
    run = replaced(make, [make.workload(name="old")], [make.workload(name="new")])
    old = run.step("old")
    assert not run.way.is_made("shop", FULL)
    run.way.make_room("shop", FULL, "no room", lasted=False)
    run.started[old.id] = 1.0
    assert run.way.is_made("shop", FULL)
    assert run.way.is_made("elsewhere", NO_NODE)
    assert not run.way.is_made("elsewhere", FULL)
    assert not run.way.is_made("shop", Verdict("failed", "CrashLoopBackOff", "exceeded quota"))
    run.walk.end(old.id)
    assert not run.way.is_made("shop", FULL)


def test_what_is_no_lack_of_room_must_take_nothing_away(make: Any) -> None:
    run = replaced(make, [make.workload(name="old")], [make.workload(name="new")])
    for verdict in (
        Verdict("failed", "CrashLoopBackOff", "exceeded quota"),
        Verdict("failed", "QuotaExceeded", "failed quota: q: must specify limits.cpu"),
    ):
        assert run.way.make_room("shop", verdict, "no", lasted=True) == []
