"""Values that instances of the same run bring: rendered when those are healthy, told as one run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted, ValueFailed
from ansible_collections.roro.kube.plugins.module_utils._events import Notice, RunPhase

DATABASE = "apiVersion: {group}/v1\nkind: Database\nmetadata:\n  name: main\nspec:\n  size: {size}\n"
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  host: {{ dbHost | quote }}\n"
HOST = {"kind": "Database", "name": "main"}


def database(scene: Any, size: int = 1, **document: Any) -> None:
    """An app `db` that is healthy when its controller says so."""
    ready = {"kind": f"Database.{scene.group}", "path": "$.status.phase", "equals": "Ready", "fails": ["Broken"]}
    scene.app("db", {"db.yaml": DATABASE.format(group=scene.group, size=size)}, readiness=[ready], timeout="60s", **document)


def api(scene: Any, **document: Any) -> None:
    """An app `api` that reads its host from the database's status."""
    value = {"resource": {"apiVersion": f"{scene.group}/v1", **HOST}, "path": "$.status.host", **document.pop("value", {})}
    scene.app("api", {"settings.yaml.j2": SETTINGS}, values={"dbHost": value}, **{"timeout": "60s", **document})


def host(scene: Any) -> str | None:
    found = scene.get("ConfigMap", "settings")
    return found and found["data"]["host"]


def controller(scene: Any, eventually: Callable[..., Any], **status: Any) -> None:
    """Writes the status once the database is there."""
    eventually(lambda: scene.get("Database", "main", f"{scene.group}/v1"), deadline=60)
    scene.status("main", **status)


@pytest.mark.parametrize("dependency", [{"dependsOn": ["db"]}, {}], ids=["named in dependsOn", "brought by the other's manifests"])
def test_a_value_must_be_read_when_the_instance_that_brings_it_is_healthy(
    databases: Any, eventually: Callable[..., Any], dependency: dict[str, Any]
) -> None:
    database(databases)
    api(databases, **dependency)
    up = databases.begin()
    controller(databases, eventually, phase="Ready", host="main.db.svc")
    result = up.result(120)
    assert {item.instance: item.status for item in result.instances} == {"api": "Running", "db": "Running"}
    assert host(databases) == "main.db.svc"
    phases = [event.phase for event in databases.events if isinstance(event, RunPhase)]
    assert phases.count("done") == 1 and phases.count("observe") == 1, "two releases are told as one run"
    assert databases.up().changed is False


def test_a_change_of_the_dependency_must_be_waited_for_before_its_value_is_read_again(
    databases: Any, eventually: Callable[..., Any]
) -> None:
    database(databases)
    api(databases, dependsOn=["db"])
    up = databases.begin()
    controller(databases, eventually, phase="Ready", host="old")
    assert not up.result(120).failed
    database(databases, size=2)
    checked = databases.up(check=True)
    assert any("predicted with the values that are there now" in notice and "api" in notice for notice in checked.notices)
    databases.status("main", phase="Changing")
    up = databases.begin()
    eventually(lambda: databases.get("Database", "main", f"{databases.group}/v1")["spec"]["size"] == 2, deadline=60)
    databases.status("main", phase="Ready", host="new")
    assert not up.result(120).failed
    assert host(databases) == "new"


def test_a_check_must_say_what_it_cannot_predict(databases: Any) -> None:
    database(databases)
    api(databases, dependsOn=["db"])
    told = {item.instance: item for item in databases.up(check=True).instances}
    assert told["api"].reason == "RenderedLater"
    assert "rendered when db is healthy" in told["api"].message
    assert [action.action for action in told["db"].actions] == ["create"]
    assert databases.get("Database", "main", f"{databases.group}/v1") is None


def test_a_dependency_that_fails_must_leave_the_late_instance_unrendered_and_unpruned(
    databases: Any, eventually: Callable[..., Any]
) -> None:
    database(databases)
    api(databases, dependsOn=["db"])
    up = databases.begin()
    controller(databases, eventually, phase="Ready", host="old")
    assert not up.result(120).failed
    database(databases, size=2)
    databases.status("main", phase="Broken", host=None)
    told = {item.instance: item for item in databases.up().instances}
    assert told["db"].status == "Failed"
    assert (told["api"].status, told["api"].message) == ("Running", "unchanged, runs; its dependency db failed")
    assert host(databases) == "old", "what is there stays"


def test_what_left_the_environment_must_go_after_the_late_instance_is_there(databases: Any, eventually: Callable[..., Any]) -> None:
    config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n"
    databases.app("gone", {"a.yaml": config_map.format("left-behind"), "b.yaml": config_map.format("settings")})
    assert not databases.up().failed
    before = databases.get("ConfigMap", "settings")["metadata"]["uid"]
    shutil.rmtree(databases.root / "apps" / "gone")
    database(databases)
    api(databases, dependsOn=["db"])
    up = databases.begin()
    controller(databases, eventually, phase="Ready", host="main")
    result = up.result(120)
    assert not result.failed, result
    assert databases.get("ConfigMap", "left-behind") is None
    assert host(databases) == "main"
    assert databases.get("ConfigMap", "settings")["metadata"]["uid"] == before, "what moved from an instance to the late one is not deleted"
    assert [item.instance for item in result.instances] == ["db", "api", "gone"]


def test_an_interrupt_must_end_the_waiting_for_a_value(databases: Any, eventually: Callable[..., Any]) -> None:
    api(databases, value={"wait": "5m"})
    up = databases.begin()
    eventually(lambda: any(isinstance(event, RunPhase) and event.phase == "render" for event in databases.events))
    databases.cancel.set()
    with pytest.raises(Interrupted):
        up.result(60)
    assert host(databases) is None


def test_a_run_that_does_not_wait_must_still_see_the_instance_that_brings_a_value(databases: Any, eventually: Callable[..., Any]) -> None:
    database(databases)
    api(databases, dependsOn=["db"])
    up = databases.begin(wait=False)
    controller(databases, eventually, phase="Ready", host="main.db.svc")
    assert {item.instance: item.status for item in up.result(120).instances} == {"api": "Running", "db": "Running"}
    assert host(databases) == "main.db.svc"


def test_an_interrupt_must_end_a_run_whose_late_instance_waits(databases: Any, eventually: Callable[..., Any]) -> None:
    database(databases)
    api(databases, dependsOn=["db"])
    up = databases.begin()
    eventually(lambda: databases.get("Database", "main", f"{databases.group}/v1"), deadline=60)
    databases.cancel.set()
    with pytest.raises(Interrupted):
        up.result(60)
    assert host(databases) is None


def test_a_value_must_be_waited_for_by_a_watch(databases: Any, eventually: Callable[..., Any]) -> None:
    databases.create("Database", "main", f"{databases.group}/v1", spec={})
    api(databases, value={"wait": "60s"})
    up, told = databases.begin(), "waiting for a value, at most 60 s"
    eventually(lambda: any(isinstance(event, Notice) and told in event.message for event in databases.events))
    databases.status("main", host="later")
    assert not up.result(120).failed
    assert host(databases) == "later"


def test_a_value_that_nobody_brings_must_fail_before_anything_is_written(databases: Any) -> None:
    databases.app("other", {"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n"})
    api(databases)
    with pytest.raises(ValueFailed) as caught:
        databases.up()
    (problem,) = caught.value.problems
    assert (problem.reason, problem.where) == ("NotFound", "apps/api/app.json:3:5")
    assert databases.get("ConfigMap", "other") is None


def test_a_kind_that_is_served_later_must_be_waited_for(scene: Any, eventually: Callable[..., Any]) -> None:
    api(scene, value={"wait": "60s"})
    up = scene.begin()
    eventually(lambda: any(isinstance(event, RunPhase) and event.phase == "render" for event in scene.events))
    scene.create("CustomResourceDefinition", f"databases.{scene.group}", "apiextensions.k8s.io/v1", spec=scene.definition()["spec"])
    eventually(lambda: scene.cluster.find_resource(f"{scene.group}/v1", "Database"), deadline=60)
    scene.create("Database", "main", f"{scene.group}/v1", spec={})
    scene.status("main", host="at last")
    assert not up.result(120).failed
    assert host(scene) == "at last"
