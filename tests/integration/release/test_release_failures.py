"""When something goes wrong: what is told, what goes on, and what the next run does."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.real_node
def test_a_failed_job_must_be_a_failure_and_run_again_next_time(world: Any, make: Any) -> None:
    wanted = world.desired("migrate", make.job(script="exit 3"))
    result = world.up(wanted)
    assert result.failed
    assert result.instances[0].status == "Failed"
    assert "Job" in result.instances[0].message
    assert world.status(wanted)[0].status == "Failed"
    assert make.actions(world.up(wanted)) == {"Job/migrate": "recreate"}


@pytest.mark.real_node
def test_a_failed_instance_must_hold_back_its_dependants_and_nobody_else(world: Any, make: Any) -> None:
    result = world.up(
        world.desired("migrate", make.job(script="exit 1")),
        world.desired(world.instance("api", needs=[("migrate", "completed", True)]), make.config("api")),
        world.desired(world.instance("web", needs=["api"]), make.config("web")),
        world.desired("other", make.config("other")),
    )
    assert make.outcome(result) == {"migrate": "Failed", "api": "Failed", "web": "Failed", "other": "Running"}
    api, web = result.instances[1], result.instances[2]
    assert api.reason == web.reason == "DependencyFailed"
    assert api.message == web.message == "waits for migrate"
    assert world.get("v1", "ConfigMap", "api") is None
    assert world.get("v1", "Secret", "roro.api") is None
    assert world.get("v1", "ConfigMap", "other") is not None


@pytest.mark.real_node
def test_a_failed_optional_dependency_must_be_told_and_passed_over(world: Any, make: Any) -> None:
    result = world.up(
        world.desired("cache", make.job("cache", script="exit 1")),
        world.desired(world.instance("api", needs=[("cache", "healthy", False)]), make.config("api")),
    )
    assert make.outcome(result) == {"cache": "Failed", "api": "Running"}
    assert any("going on without instance cache" in notice for notice in result.notices)


def test_a_dependant_must_start_only_after_the_job_has_completed(world: Any, make: Any) -> None:
    world.up(
        world.desired("migrate", make.job(script="sleep 1")),
        world.desired(world.instance("api", needs=[("migrate", "completed", True)]), make.config("api")),
    )
    finished = world.get("batch/v1", "Job", "migrate")["status"]["completionTime"]
    assert world.get("v1", "ConfigMap", "api")["metadata"]["creationTimestamp"] >= finished


@pytest.mark.real_node
def test_started_must_not_wait_for_health(world: Any, make: Any) -> None:
    slow = make.workload("db")
    slow["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {"exec": {"command": ["false"]}, "periodSeconds": 1}
    result = world.up(
        world.desired("db", slow),
        world.desired(world.instance("api", needs=[("db", "started", True)]), make.config("api")),
        timeout=6.0,
    )
    assert make.outcome(result) == {"db": "Failed", "api": "Running"}


@pytest.mark.real_node
def test_a_timeout_must_name_the_object_and_its_state(world: Any, make: Any) -> None:
    slow = make.workload("db")
    slow["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {"exec": {"command": ["false"]}, "periodSeconds": 1}
    result = world.up(world.desired("db", slow), timeout=5.0)
    message = result.instances[0].message
    assert f"Deployment {world.name}/db is not ready after 5 s" in message
    assert "newest warning: Unhealthy" in message


@pytest.mark.real_node
def test_an_image_that_cannot_be_pulled_must_fail_before_the_timeout(world: Any, make: Any) -> None:
    result = world.up(world.desired("api", make.workload(pod={"containers": [{"name": "main", "image": "roro.invalid/none:1"}]})))
    assert result.instances[0].status == "Failed"
    assert result.instances[0].reason in ("ImagePullBackOff", "ErrImagePull")
    assert result.instances[0].duration < 80


def test_an_invalid_object_must_be_told_with_its_name_and_field(world: Any, make: Any) -> None:
    wrong = make.workload()
    wrong["spec"]["replicas"] = -1
    result = world.up(world.desired("api", make.config(), wrong))
    assert result.failed
    assert f"Deployment {world.name}/api" in result.instances[0].message
    assert "spec.replicas" in result.instances[0].message


@pytest.mark.real_node
def test_a_mended_instance_must_come_up_after_a_failure(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.job("run", script="exit 1"), make.config()))
    result = world.up(world.desired("api", make.job("run", script="true"), make.config()))
    assert make.outcome(result) == {"api": "Running"}
    assert not world.up(world.desired("api", make.job("run", script="true"), make.config())).changed


@pytest.mark.real_node
def test_a_failed_update_must_be_rolled_back_where_the_app_asks_for_it(world: Any, make: Any) -> None:
    api = world.instance("api", on_failure="rollback")
    world.up(world.desired(api, make.config(mode="1"), make.config("rest")))
    result = world.up(world.desired(api, make.config(mode="2"), make.config("added"), make.job("check", script="exit 1")))
    assert result.failed
    assert result.instances[0].status == "Failed"
    assert result.instances[0].message.endswith("; rolled back to revision 1")
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "1"}
    assert world.get("v1", "ConfigMap", "rest") is not None
    assert world.get("v1", "ConfigMap", "added") is None
    assert world.get("batch/v1", "Job", "check") is None
    assert world.status()[0].status == "Running"
    assert not world.up(world.desired(api, make.config(mode="1"), make.config("rest"))).changed


@pytest.mark.real_node
def test_a_first_run_that_failed_must_say_that_there_is_nothing_to_go_back_to(world: Any, make: Any) -> None:
    result = world.up(world.desired(world.instance("api", on_failure="rollback"), make.job("check", script="exit 1")))
    assert result.instances[0].message.endswith("not rolled back: no earlier revision was healthy")


KILLED = """
    import os, signal, sys, threading
    sys.path.insert(0, {here!r})
    from pathlib import Path
    import importlib.util
    spec = importlib.util.spec_from_file_location("release_world", {conftest!r})
    made = importlib.util.module_from_spec(spec); sys.modules["release_world"] = made; spec.loader.exec_module(made)
    from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection, connect

    world = made.World(connect(Connection(kubeconfig={kubeconfig!r})), {name!r})
    send, left = world.cluster._transport.send, [{writes}]

    def counted(call):
        if call.method != "GET":
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
        return send(call)

    world.cluster._transport.send = counted
    early = made.config("early")
    early["metadata"]["annotations"] = {{"roro.dev/hook": "before-up"}}
    world.up(
        world.desired("db", early, made.config("a"), made.config("b"), made.config("new")),
        world.desired(world.instance("api", needs=["db"]), made.config("c")),
        concurrency=1,
    )
"""


@pytest.mark.parametrize("writes", range(12))
def test_a_run_killed_at_any_write_must_be_completed_by_the_next(world: Any, make: Any, cluster_kubeconfig: Path, writes: int) -> None:
    if writes >= 6:
        world.up(world.desired("db", make.config("old"), make.config("b")))
    here = Path(__file__).parent
    script = textwrap.dedent(KILLED).format(
        here=str(here), conftest=str(here / "conftest.py"), kubeconfig=str(cluster_kubeconfig), name=world.name, writes=writes
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env={**os.environ}, check=False)
    assert done.returncode in (-9, 0), done.stderr
    early = make.config("early")
    early["metadata"]["annotations"] = {"roro.dev/hook": "before-up"}
    wanted = [
        world.desired("db", early, make.config("a"), make.config("b"), make.config("new")),
        world.desired(world.instance("api", needs=["db"]), make.config("c")),
    ]
    result = world.up(*wanted)
    assert make.outcome(result) == {"db": "Running", "api": "Running"}
    assert world.get("v1", "ConfigMap", "old") is None
    assert world.get("v1", "ConfigMap", "early") is not None
    assert not world.up(*wanted).changed
    world.down()
    assert world.left() == []


@pytest.mark.parametrize("writes", range(6))
def test_down_after_a_killed_up_must_leave_nothing(world: Any, cluster_kubeconfig: Path, writes: int) -> None:
    here = Path(__file__).parent
    script = textwrap.dedent(KILLED).format(
        here=str(here), conftest=str(here / "conftest.py"), kubeconfig=str(cluster_kubeconfig), name=world.name, writes=writes
    )
    subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    world.down()
    assert world.left() == []
