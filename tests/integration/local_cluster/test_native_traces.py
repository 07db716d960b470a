"""Several native clusters must live side by side, and each must go without a trace."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.cgroups import hierarchies
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.paths import clusters_directory
from native_clusters import Running, eventually, processes_below, tell
from native_workload import manifest

PLACES = ("/var/lib/kubelet", "/var/lib/containerd", "/var/lib/cni", "/var/log/pods", "/run/containerd", "/run/netns", "/tmp/hostpath_pv")


def lines(*argv: str) -> list[str]:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines()


def traces(number: str) -> dict[str, list[str]]:
    """What a cluster with this unit (such as roro3) may have on the machine."""
    network = number.removeprefix("roro")
    addresses = re.compile(rf"\b10\.24[45]\.{network}\.|\b{number}\b")
    roots = [root for _, root in hierarchies(Path("/proc/self/mounts").read_text())]
    return {
        "links": [name for name in os.listdir("/sys/class/net") if name == number],
        "routes": [line for line in lines("ip", "-4", "route", "show", "table", "all") if addresses.search(line)],
        "rules": [line for line in lines("iptables-save") if addresses.search(line)],
        "cgroups": [str(root / number) for root in roots if (root / number).exists()],
    }


def machine() -> dict[str, object]:
    """What must be the same before and after."""
    return {
        "mounts": sorted(line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()),
        "places": [place for place in PLACES if Path(place).exists()],
        "namespaces": sorted(lines("ip", "netns", "list")),
    }


@pytest.fixture(scope="module")
def pair(new_cluster: Callable[..., Running], box: Path) -> tuple[Running, Running]:
    """Two clusters with the same app."""
    made = (new_cluster(), new_cluster())
    for cluster in made:
        local.load_images(cluster.name, [box], tell)
        cluster.kubectl("apply", "-f", "-", stdin=manifest())
    for cluster in made:
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=180s")
    return made


def test_two_clusters_must_not_see_each_other(pair: tuple[Running, Running]) -> None:
    first, second = pair
    assert first.unit != second.unit
    first.kubectl("exec", "deployment/web", "--", "sh", "-c", "echo first > /data/index.html")
    assert "kept" in second.kubectl("exec", "deployment/web", "--", "wget", "-qO-", "http://web/index.html")
    assert "first" in first.kubectl("exec", "deployment/web", "--", "wget", "-qO-", "http://web/index.html")


def test_down_must_leave_nothing_and_touch_no_other_cluster(new_cluster: Callable[..., Running], pair: tuple[Running, Running]) -> None:
    stays = pair[0]
    before, pids = machine(), stays.pids()
    goes = new_cluster()
    unit, directory = goes.unit, goes.made.kubeconfig.parent
    goes.kubectl("apply", "-f", "-", stdin=manifest())
    eventually(lambda: goes.get("pvc", "data")["status"].get("phase") == "Bound")
    assert all(traces(unit).values()), "the test looks at the right traces only if they are there while the cluster is"
    assert len(processes_below(directory)) >= 10
    assert machine() == before, "a living cluster shows nothing but its link, rules and control groups either"

    assert local.down(goes.name, tell)

    assert traces(unit) == {"links": [], "routes": [], "rules": [], "cgroups": []}
    assert processes_below(directory) == []
    assert machine() == before
    assert not directory.exists()
    assert goes.name not in [path.name.strip(".").removesuffix(".lock") for path in clusters_directory().iterdir()]
    assert stays.pids() == pids
    assert not stays.up().changed


def test_down_again_must_change_nothing(pair: tuple[Running, Running]) -> None:
    assert not local.down("never-made", tell)
