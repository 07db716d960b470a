"""`up` calls an instance healthy once its checks have passed, on the real cluster."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from health_scene import RORO, WELL, HealthScene, check, web


def records(text: str) -> dict[str, Any]:
    return {item["instance"]: item for item in json.loads(text)["instances"]}


def test_what_depends_on_an_instance_must_wait_for_its_checks(scene: HealthScene, eventually: Any) -> None:
    """The pod is Ready at once, and answers well when the test says so."""
    scene.app(
        "web", check(), check("file", exec={"target": "deployment/web", "command": ["test", "-e", "/www/health"]}), objects=web("web", "")
    )
    scene.app("front", objects=web("front"), dependsOn=["web"])
    command = [str(RORO), "-w", str(scene.folder), "up", "dev", "--no-forward", "-v"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        told = iter(run.stderr)
        assert next(line for line in told if "HealthCheck http" in line and "404" in line)
        assert scene.deployment()["status"]["readyReplicas"] == 1
        assert scene.pods("front") == []
        scene.run_in(scene.pods()[0], "echo well > /www/health")
        rest = "".join(told)
    assert run.returncode == 0, rest
    assert rest.index("web: HealthCheck http ready") < rest.index("web: Running") < rest.index("front: Running")
    assert scene.health() is None, "nobody asked for what lasts"


def test_a_check_that_never_passes_must_fail_its_instance_and_hold_back_the_others(scene: HealthScene) -> None:
    scene.app("web", check(http={"target": "service/web", "port": 80, "path": "/never", "status": "2xx"}), timeout="8s")
    scene.app("front", objects=web("front"), dependsOn=["web"])
    failed = records(scene.roro("up", "dev", "-o", "json", "--no-forward", code=1).stdout)
    assert (failed["web"]["status"], failed["web"]["reason"]) == ("Failed", "HealthCheckFailing")
    for words in ("health check http", "/never: status 404, expected 2xx", "8 s"):
        assert words in failed["web"]["message"]
    assert failed["front"]["reason"] == "DependencyFailed"
    assert scene.pods("front") == []
    assert records(scene.roro("up", "dev", "web", "-o", "json", "--no-wait", "--no-forward").stdout)["web"]["status"] != "Failed"


def test_an_update_whose_check_fails_must_be_rolled_back(scene: HealthScene) -> None:
    scene.app("web", check(), objects=web("web", WELL), onFailure="rollback", timeout="6s")
    scene.roro("up", "dev", "--no-forward")
    scene.app("web", check(), objects=web("web", "true; "), onFailure="rollback", timeout="6s")
    found = records(scene.roro("up", "dev", "-o", "json", code=1).stdout)["web"]
    assert "health check http" in found["message"]
    assert scene.health() is None, "what is back is not judged by the checks of what failed"
    script = scene.deployment()["spec"]["template"]["spec"]["containers"][0]["command"][-1]
    assert script.startswith(WELL), "the last good revision is back"


def test_a_check_that_cannot_be_asked_must_fail_at_once(scene: HealthScene) -> None:
    scene.app("web", check(http={"target": "service/web", "port": 81}), timeout="5m")
    scene.app("api", check())
    found = records(scene.roro("up", "dev", "-o", "json", code=1).stdout)
    assert (found["web"]["reason"], "no port 81" in found["web"]["message"]) == ("HealthCheckFailing", True)
    assert found["api"]["status"] == "Running"
    now = scene.ps()
    assert [(row["name"], row["reason"]) for row in now["web"]["health"]] == [("http", "UnknownPort")], "what failed is watched"
    assert [row["name"] for row in now["api"]["health"]] == ["http"], "and so is what runs"
