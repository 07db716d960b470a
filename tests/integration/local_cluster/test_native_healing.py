"""A damaged native cluster must be whole again after `up`, with the same objects, the same data and a working app."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.paths import cluster_directory
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.processes import identify
from native_clusters import Running, eventually, processes_below, tell
from native_workload import manifest


@pytest.fixture(scope="module")
def web(running: Running, box: Path) -> Running:
    """The app, rolled out."""
    local.load_images(running.name, [box], tell)
    running.kubectl("apply", "-f", "-", stdin=manifest())
    running.kubectl("rollout", "status", "deployment/web", "--timeout=120s")
    return running


SERVES_SECONDS = 360.0
"""A container that ended with its node several times waits for up to five minutes until the kubelet starts it again.
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy"""


def kill(pid: int) -> None:
    identity = identify(pid)
    assert identity is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not identity.alive, 10)


def serves(web: Running) -> bool:
    done = web.try_kubectl("exec", "deployment/web", "--", "sh", "-c", "wget -qO- http://web/index.html")
    return done.returncode == 0 and "kept" in done.stdout


@pytest.mark.parametrize(
    "parts",
    [
        ["kubelet"],
        ["kube-apiserver"],
        ["containerd"],
        ["etcd"],
        ["coredns", "kube-proxy", "metrics-server", "kube-scheduler", "kube-controller-manager"],
        ["containerd", "kubelet", "kube-apiserver", "etcd"],
        ["node"],
    ],
    ids="-".join,
)
def test_up_must_heal_what_was_killed(web: Running, parts: list[str]) -> None:
    uid = web.get("deployment", "web")["metadata"]["uid"]
    for part in parts:
        if (pid := web.pids().get(part)) is not None:
            kill(pid)
    assert local.status(web.name)[0].state in ("degraded", "stopped")
    assert web.up().changed
    assert set(local.status(web.name)[0].parts.values()) == {"running"}
    assert web.get("deployment", "web")["metadata"]["uid"] == uid
    eventually(lambda: serves(web), SERVES_SECONDS)
    assert not web.up().changed


def test_up_must_heal_a_link_and_rules_that_somebody_removed(web: Running) -> None:
    subprocess.run(["ip", "link", "delete", web.unit], check=True)
    assert web.up().changed
    eventually(lambda: serves(web), SERVES_SECONDS)


def test_identities_of_before_a_reboot_must_not_be_trusted(web: Running) -> None:
    for path in (web.made.kubeconfig.parent / "run").glob("*.json"):
        if path.stem == "node":
            kill(web.pids()["node"])
        text = path.read_text()
        path.write_text(text.replace('"boot": "', '"boot": "earlier-'))
    assert local.status(web.name)[0].state == "stopped"
    assert web.up().changed
    eventually(lambda: serves(web), SERVES_SECONDS)


INTERRUPTED = """
import os, signal, sys
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
def tell(phase, message):
    if message.startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
local.up(local.LocalClusterSpec(name=sys.argv[1], provider="native"), tell)
"""


def interrupted(name: str, at: str) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, name, at], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("at", ["node roro-", "starting etcd", "starting kubelet", "starting metrics-server"])
def test_an_up_that_was_killed_must_be_finished_by_the_next(state_home: Path, new_cluster: Callable[..., Running], at: str) -> None:
    name = f"cut-{at.split()[-1].strip('-')}"
    try:
        interrupted(name, at)
        made = local.up(local.LocalClusterSpec(name=name, provider="native"), tell)
        assert Running(made).get("nodes")["items"]
    finally:
        assert local.down(name, tell)


@pytest.mark.parametrize("at", ["node roro-", "starting kube-apiserver"])
def test_an_up_that_was_killed_must_be_removed_by_down(state_home: Path, at: str) -> None:
    name = f"half-{at.split()[-1].strip('-')}"
    interrupted(name, at)
    assert local.down(name, tell)
    assert not cluster_directory(name).path.exists()
    assert local.status(name) == []


UNRECORDED = """
import os, signal, sys
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.processes import ProcessFile
ProcessFile.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
local.up(local.LocalClusterSpec(name=sys.argv[1], provider="native"), lambda phase, message: None)
"""


def test_a_node_that_a_killed_run_did_not_record_must_be_removed_by_down(state_home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", UNRECORDED, "unrecorded"], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    directory = cluster_directory("unrecorded").path
    assert processes_below(directory) != []
    assert local.down("unrecorded", tell)
    assert processes_below(directory) == []


def test_a_link_that_a_killed_run_left_half_made_must_be_finished(web: Running) -> None:
    address = web.made.server.removeprefix("https://").partition(":")[0]
    subprocess.run(["ip", "route", "delete", address.rsplit(".", 1)[0].replace("10.245.", "10.244.") + ".0/24"], check=True)
    assert web.up().changed
    eventually(lambda: serves(web), SERVES_SECONDS)
