"""What a failed run says of its instances: the cause in one line, the rest apart, and nothing of it at those that only wait."""

from __future__ import annotations

from typing import Any

import pytest


def crashing(make: Any, script: str, name: str = "api", **container: Any) -> Any:
    """A Deployment whose program runs this script."""
    found = make.workload(name, script=script)
    found["spec"]["template"]["spec"]["containers"][0].update(container)
    return found


@pytest.mark.real_node
def test_an_image_that_cannot_be_pulled_must_be_told_in_one_short_line(world: Any, make: Any) -> None:
    broken = make.workload(pod={"containers": [{"name": "main", "image": "roro.invalid/none:1"}]})
    (api,) = world.up(world.desired("api", broken)).instances
    assert api.reason == "ImagePullBackOff"
    assert api.message.startswith("image roro.invalid/none:1 cannot be pulled (") and len(api.message) < 140
    assert api.details[0].startswith(f"Deployment {world.name}/api, pod api-") and api.details[0].endswith(", container main")
    assert "roro cluster load" in api.hint
    (seen,) = world.status(world.desired("api", broken))
    assert (seen.status, seen.reason, seen.message) == ("Failed", api.reason, api.message)
    assert (list(seen.details), seen.hint) == (api.details, api.hint)


@pytest.mark.real_node
def test_a_crash_must_be_told_with_the_last_lines_that_the_program_wrote(world: Any, make: Any) -> None:
    script = "for n in 1 2 3 4 5; do echo line $n; done; exit 127"
    (api,) = world.up(world.desired("api", crashing(make, script))).instances
    assert (api.status, api.reason, api.log) == ("Failed", "CrashLoopBackOff", ["line 3", "line 4", "line 5"])
    assert api.message.startswith("crashed with exit code 127 (its command was not found), ")
    assert "line" not in api.message
    assert "roro logs dev api --previous" in api.hint


@pytest.mark.real_node
def test_an_exit_that_tells_enough_must_not_wait_for_the_pauses_of_the_kubelet(world: Any, make: Any) -> None:
    (api,) = world.up(world.desired("api", crashing(make, "nosuchprogram"))).instances
    assert api.reason == "CrashLoopBackOff" and "127" in api.message
    assert api.duration < 20


@pytest.mark.real_node
def test_a_program_that_cannot_be_started_must_be_told_before_the_pauses_of_the_kubelet(world: Any, make: Any) -> None:
    (api,) = world.up(world.desired("api", crashing(make, "", command=["/nosuch"]))).instances
    assert api.reason == "RunContainerError" and "/nosuch" in api.message
    assert api.duration < 25


@pytest.mark.real_node
def test_the_same_quick_error_must_be_told_at_the_third_crash_where_nothing_else_is_on_its_way(world: Any, make: Any) -> None:
    (api,) = world.up(world.desired("api", crashing(make, "echo no such file >&2; exit 2"))).instances
    assert (api.reason, api.log) == ("CrashLoopBackOff", ["no such file"])
    assert "2 restarts" in api.message
    assert api.duration < 30


@pytest.mark.real_node
def test_a_program_that_crashes_until_what_it_needs_is_there_must_come_up(world: Any, make: Any) -> None:
    needed = make.workload("db")
    needed["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {
        "exec": {"command": ["sh", "-c", "test -f /tmp/up || { sleep 20; touch /tmp/up; }"]},
        "periodSeconds": 1,
        "timeoutSeconds": 30,
    }
    script = "n=$(cat /data/n 2>/dev/null); echo x$n > /data/n; [ ${#n} -ge 3 ] || exit 1; sleep 1000000"
    api = crashing(make, script, volumeMounts=[{"name": "data", "mountPath": "/data"}])
    api["spec"]["template"]["spec"]["volumes"] = [{"name": "data", "emptyDir": {}}]
    result = world.up(world.desired("db", needed), world.desired("api", api))
    assert make.outcome(result) == {"db": "Running", "api": "Running"}, [item.message for item in result.instances]


@pytest.mark.parametrize("again", ["changed", "unchanged"])
@pytest.mark.real_node
def test_a_dependant_that_runs_and_is_not_touched_must_count_as_running(world: Any, make: Any, again: str) -> None:
    web = world.instance("web", needs=["api"])
    world.up(world.desired("api", make.config("api", mode="1")), world.desired(web, make.workload("web")))
    after = make.config("more") if again == "changed" else None
    result = world.up(
        world.desired("api", make.config("api", mode="2"), make.job("check", script="exit 1")),
        world.desired(web, make.workload("web"), *([after] if after else [])),
    )
    assert result.failed
    told = result.instances[1]
    if again == "changed":
        assert (told.status, told.reason, told.message) == ("Failed", "DependencyFailed", "waits for api")
    else:
        assert (told.status, told.message) == ("Running", "unchanged, runs; its dependency api failed")
        assert [action.action for action in told.actions] == ["unchanged"]


@pytest.mark.real_node
def test_a_dependant_that_does_not_run_must_not_count_as_running(world: Any, make: Any) -> None:
    web = world.instance("web", needs=["api"])
    world.up(world.desired("api", make.config("api", mode="1")), world.desired(web, make.config("web"), make.workload("web")))
    world.cluster.delete(world.cluster.resource("v1", "ConfigMap"), world.name, "web")
    result = world.up(
        world.desired("api", make.config("api", mode="2"), make.job("check", script="exit 1")),
        world.desired(web, make.config("web"), make.workload("web")),
    )
    assert make.outcome(result) == {"api": "Failed", "web": "Failed"}


def test_a_refusal_must_name_where_the_object_is_written(world: Any, make: Any) -> None:
    wrong = make.workload()
    wrong["spec"]["replicsa"] = 1
    (api,) = world.up(world.desired("api", wrong)).instances
    assert api.where and "replicsa" in api.message
