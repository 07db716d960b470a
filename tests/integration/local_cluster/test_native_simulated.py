"""Simulated nodes: pods seem to run, with and without a real node, with and without root."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from native_clusters import Running, eventually, tell
from native_workload import OBJECTS, manifest

JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "once"},
    "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "once", "image": "example/absent:1"}]}}},
}


@pytest.fixture(scope="module")
def simulated(new_cluster: Callable[..., Running]) -> Running:
    """A cluster of three simulated nodes."""
    return new_cluster(only_simulated=True, simulated_nodes=3)


def up(cluster: Running, **given: Any) -> local.LocalCluster:
    return local.up(local.LocalClusterSpec(name=cluster.name, provider="native", **given), tell)


def test_all_nodes_must_be_ready_and_the_second_up_change_nothing(simulated: Running) -> None:
    assert simulated.made.nodes == ("simulated-0001", "simulated-0002", "simulated-0003")
    assert not up(simulated, only_simulated=True, simulated_nodes=3).changed


def test_an_app_must_seem_to_run_and_a_job_to_complete(simulated: Running) -> None:
    simulated.kubectl("apply", "-f", "-", stdin=manifest())
    simulated.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(JOB))
    simulated.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    simulated.kubectl("wait", "job/once", "--for=condition=Complete", "--timeout=60s")
    eventually(lambda: simulated.get("pvc", "data")["status"].get("phase") == "Bound")
    simulated.kubectl("delete", "deployment/web", "pvc/data", "job/once", "--wait=true", "--timeout=60s")
    eventually(lambda: not simulated.get("pods")["items"] and not simulated.get("pv")["items"])


def test_the_number_of_nodes_must_follow_what_is_asked(simulated: Running) -> None:
    assert len(up(simulated, only_simulated=True, simulated_nodes=5).nodes) == 5
    assert len(up(simulated, only_simulated=True, simulated_nodes=3).nodes) == 3


def test_images_must_be_refused(simulated: Running, box: Path) -> None:
    with pytest.raises(Exception, match="has only simulated nodes"):
        local.load_images(simulated.name, [box], tell)


def test_a_killed_part_must_be_healed(simulated: Running) -> None:
    subprocess.run(["kill", "-9", str(simulated.pids()["kube-apiserver"]), str(simulated.pids()["kwok"])], check=True)
    eventually(lambda: local.status(simulated.name)[0].state == "degraded", 10)
    assert up(simulated, only_simulated=True, simulated_nodes=3).changed
    assert local.status(simulated.name)[0].state == "running"


def test_a_user_without_any_right_must_be_able_to_have_one(state_home: Path) -> None:
    """In a user namespace without mappings a process has an ordinary user's rights, and no capability, on this machine."""
    roro = [str(Path(sys.executable).with_name("roro")), "cluster"]
    words = ["up", "--name", "plain", "--simulated", "1", "--only-simulated", "-o", "json"]
    made = subprocess.run(["unshare", "--user", *roro, *words], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["nodes"] == ["simulated-0001"]
    gone = subprocess.run(["unshare", "--user", *roro, "down", "--name", "plain"], capture_output=True, text=True, check=False)
    assert gone.returncode == 0, gone.stderr
    assert local.status("plain") == []


def test_without_root_a_real_node_must_be_refused(state_home: Path) -> None:
    roro = str(Path(sys.executable).with_name("roro"))
    done = subprocess.run(
        ["unshare", "--user", roro, "cluster", "up", "--name", "plain", "--provider", "native"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "needs root" in done.stderr
    assert "Traceback" not in done.stderr


def test_beside_a_real_node_only_pods_that_tolerate_it_must_go_there(new_cluster: Callable[..., Running], box: Path) -> None:
    cluster = new_cluster(simulated_nodes=2, audit=True)
    assert len(cluster.made.nodes) == 3
    local.load_images(cluster.name, [box], tell)
    cluster.kubectl("apply", "-f", "-", stdin=manifest())
    there = json.loads(json.dumps(OBJECTS[1]))
    there["metadata"]["name"] = "there"
    there["spec"]["selector"]["matchLabels"]["app"] = there["spec"]["template"]["metadata"]["labels"]["app"] = "there"
    there["spec"]["template"]["spec"] |= {
        "tolerations": [{"key": "roro.dev/simulated", "operator": "Exists"}],
        "nodeSelector": {"roro.dev/simulated": "true"},
        "volumes": [],
    }
    del there["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(there))
    for name in ("web", "there"):
        cluster.kubectl("rollout", "status", f"deployment/{name}", "--timeout=120s")
    nodes = {pod["metadata"]["labels"]["app"]: pod["spec"]["nodeName"] for pod in cluster.get("pods")["items"]}
    assert nodes["web"] == f"roro-{cluster.name}"
    assert nodes["there"].startswith("simulated-")


def test_the_audit_log_must_count_requests(new_cluster: Callable[..., Running]) -> None:
    cluster = new_cluster(only_simulated=True, simulated_nodes=1, audit=True)
    log = cluster.made.audit_log
    assert log is not None
    cluster.kubectl("create", "configmap", "counted")
    eventually(lambda: any("/configmaps?" in line and '"verb":"create"' in line for line in log.read_text().splitlines()))
