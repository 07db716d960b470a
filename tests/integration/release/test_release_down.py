"""Down: what goes, what stays and why."""

from __future__ import annotations

from typing import Any


def test_down_must_leave_nothing_and_a_second_down_must_change_nothing(world: Any, make: Any) -> None:
    world.up(world.desired("db", make.workload("db")), world.desired(world.instance("api", needs=["db"]), make.config(), make.workload()))
    result = world.down()
    assert make.outcome(result) == {"api": "NotDeployed", "db": "NotDeployed"}
    assert world.left() == []
    assert world.cluster.get(world.cluster.resource("v1", "Namespace"), None, world.name) is None
    assert not world.down().changed


def test_down_must_return_only_when_the_pods_are_gone(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("other"), make.workload()), world.desired("rest", make.config("rest")))
    world.down(["api"])
    assert world.cluster.list(world.cluster.resource("v1", "Pod"), world.name).items == []


def test_down_of_one_instance_must_leave_the_others(world: Any, make: Any) -> None:
    world.up(world.desired("a", make.config("a")), world.desired("b", make.config("b")))
    world.down(["a"])
    assert world.get("v1", "ConfigMap", "a") is None
    assert world.get("v1", "ConfigMap", "b") is not None
    assert [item.instance for item in world.status()] == ["b"]


def test_down_must_keep_a_namespace_that_it_did_not_make(world: Any, make: Any, namespace: str) -> None:
    world.up(world.desired(world.instance("api", namespace=namespace), make.config()))
    world.down()
    assert world.left() == []
    assert world.cluster.get(world.cluster.resource("v1", "Namespace"), None, namespace)["status"]["phase"] == "Active"


def test_down_must_keep_a_namespace_with_somebody_elses_object(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config()))
    theirs = make.config("theirs")
    theirs["metadata"]["namespace"] = world.name
    world.cluster.create(world.cluster.resource("v1", "ConfigMap"), theirs)
    result = world.down()
    assert f"Namespace {world.name} is kept: it still holds ConfigMap {world.name}/theirs" in result.notices
    assert world.get("v1", "ConfigMap", "theirs") is not None


def claims(world: Any) -> list[str]:
    return [
        item["metadata"]["name"] for item in world.cluster.list(world.cluster.resource("v1", "PersistentVolumeClaim"), world.name).items
    ]


def test_down_must_keep_the_claims_of_a_statefulset_until_volumes_are_asked_for(world: Any, make: Any) -> None:
    template = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}}
    data = make.workload("db", "StatefulSet", serviceName="db", volumeClaimTemplates=[template])
    world.up(world.desired("db", data))
    result = world.down()
    assert claims(world) == ["data-db-0"]
    assert any("data-db-0 of instance db is kept" in notice for notice in result.notices)
    assert not world.down().changed
    world.down(volumes=True)
    assert world.left() == []


def hold(world: Any, name: str, finalizers: list[str] | None) -> None:
    """Let a finalizer of nobody keep a ConfigMap, or let it go."""
    patch = {"metadata": {"finalizers": finalizers}}
    world.cluster.merge_patch(world.cluster.resource("v1", "ConfigMap"), world.name, name, patch)


def test_a_finalizer_that_nobody_serves_must_be_told_after_the_timeout_and_not_be_forgotten(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("stuck"), make.config("free")))
    hold(world, "stuck", ["roro.dev/nobody"])
    result = world.down(timeout=2.0)
    assert result.failed
    assert f"ConfigMap {world.name}/stuck is not gone after 2 s" in result.instances[0].message
    assert world.get("v1", "ConfigMap", "free") is None
    told = world.status()[0]
    assert (told.status, told.reason) == ("Failed", "Terminating")
    assert told.message == f"ConfigMap {world.name}/stuck: is being deleted, waits for finalizers roro.dev/nobody"
    assert [(item.name, item.state) for item in told.objects] == [("stuck", "gone")], "what is gone as wanted must not be missed"
    hold(world, "stuck", None)
    assert not world.down().failed
    assert world.left() == []


def test_up_must_wait_for_an_object_that_is_being_deleted_and_make_it_again(world: Any, make: Any) -> None:
    wanted = world.desired("api", make.config("back", mode="1"))
    world.up(wanted)
    hold(world, "back", ["roro.dev/nobody"])
    world.cluster.delete(world.cluster.resource("v1", "ConfigMap"), world.name, "back")
    first = world.get("v1", "ConfigMap", "back")["metadata"]["uid"]
    late = world.up(wanted, timeout=2.0)
    assert late.failed
    assert late.instances[0].duration < 10

    def let_go(event: Any) -> None:
        if getattr(event, "phase", "") == "apply":
            hold(world, "back", None)

    world.events = type("LettingGo", (list,), {"append": staticmethod(let_go)})()
    result = world.up(wanted)
    assert make.actions(result) == {"ConfigMap/back": "recreate"}
    again = world.get("v1", "ConfigMap", "back")
    assert again["metadata"]["uid"] != first
    assert again["data"] == {"mode": "1"}


def test_a_check_of_down_must_delete_nothing(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config()))
    result = world.down(check=True)
    assert make.actions(result) == {"ConfigMap/settings": "delete", f"Namespace/{world.name}": "delete"}
    assert world.get("v1", "ConfigMap", "settings") is not None


def test_status_must_tell_what_runs_and_what_is_missing(world: Any, make: Any) -> None:
    api, later = world.desired("api", make.config(), make.workload()), world.desired("later", make.config("x"))
    world.up(api)
    first, second = world.status(api, later)
    assert (first.status, first.ready, first.total, first.revision) == ("Running", 2, 2, 1)
    assert second.status == "NotDeployed"
    world.cluster.delete(world.cluster.resource("v1", "ConfigMap"), world.name, "settings")
    (found,) = world.status(api)
    assert (found.status, found.reason) == ("Failed", "Missing")
