"""Logs of real containers: nothing lost, nothing twice, in order; over rollouts, restarts and broken connections."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect
from log_scene import COUNT, Obj, Reader, container, cutting, pod, pod_spec, whole, workload, write_workspace

RORO = Path(sys.executable).parent / "roro"
PODS, LINES = 10, 100_000
WAITS = "no pods yet; waiting for them"
FLOOD = f"busybox awk 'BEGIN {{ for (i = 1; i <= {LINES}; i++) printf \"%06d a line of words\\n\", i }}'; exec sleep 10000"
"""Short lines: 8.5 MB with what the container runtime adds, as the kubelet begins a new file at 10 MiB."""


def test_ten_pods_of_100000_lines_must_come_whole_and_in_the_order_of_time(
    cluster: Cluster,
    cluster_kubeconfig: Path,
    namespace: str,
    apply: Callable[[Obj], Obj],
    eventually: Callable[..., object],
    tmp_path: Path,
) -> None:
    flood = workload("StatefulSet", "flood", pod_spec(FLOOD), replicas=PODS)
    shop = write_workspace(tmp_path / "shop", "logs", namespace, cluster_kubeconfig, {"flood": [flood]})
    apply(flood)
    pods = [f"flood-{number}" for number in range(PODS)]
    resource = cluster.resource("v1", "Pod")
    eventually(
        lambda: all((cluster.get(resource, namespace, name) or {}).get("status", {}).get("phase") == "Running" for name in pods), 120
    )
    for name in pods:
        eventually(lambda name=name: any(line.startswith(f"{LINES:06d}") for line in cluster.logs(namespace, name, tail=1)), 120)
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([str(RORO), "-w", str(shop), "logs", "dev", "flood", "-t"], stdout=out, check=True)
    lines = (tmp_path / "out").read_bytes().splitlines()
    assert len(lines) == PODS * LINES
    times = [line[15:45] for line in lines]
    assert lines[0].startswith(b"flood-") and lines[0][12:15] == b" | ", lines[0]
    assert all(map(bytes.__le__, times, itertools.islice(times, 1, None)))
    numbers: dict[bytes, list[int]] = {f"{name}/main".encode(): [] for name in pods}
    for line in lines:
        numbers[line[:12]].append(int(line[46:52]))
    assert all(found == list(range(1, LINES + 1)) for found in numbers.values())


def test_a_follow_over_a_rollout_must_have_no_gap(
    cluster: Cluster, namespace: str, apply: Callable[[Obj], Obj], reader: Callable[..., Reader]
) -> None:
    web = workload("Deployment", "web", pod_spec(COUNT, grace=20), replicas=2)
    apply(web)
    reading, newer = reader(follow=True), reader(follow=True, tail=0)
    first = set(reading.wait_for(lambda found: len([1 for lines in found.values() if len(lines) > 20]) == 2))
    web["spec"]["template"]["metadata"]["annotations"] = {"revision": "2"}
    apply(web)
    reading.wait_for(lambda found: all(found[head][-1] == "bye" for head in first))
    reading.wait_for(lambda found: len([1 for head, lines in found.items() if head not in first and len(lines) > 20]) == 2)
    found, later = reading.end(), newer.wait_for(lambda found: len([1 for head in found if head not in first]) == 2)
    assert len(found) == 4
    assert all(whole(lines) for lines in found.values()), found
    assert all(whole(lines) for head, lines in later.items() if head not in first), "of pods that come later every line is new"
    assert set(reading.notes) <= {WAITS}


def test_a_follow_must_go_on_over_broken_connections_without_loss_or_repeats(
    cluster: Cluster,
    cluster_kubeconfig: Path,
    apply: Callable[[Obj], Obj],
    reader: Callable[..., Reader],
    eventually: Callable[..., object],
    tmp_path: Path,
) -> None:
    apply(workload("Deployment", "web", pod_spec(COUNT), replicas=3))
    with cutting(cluster.server) as proxy:
        copy = tmp_path / "kubeconfig"
        copy.write_text(cluster_kubeconfig.read_text().replace(cluster.server, f"https://127.0.0.1:{proxy.port}"))
        with connect(Connection(kubeconfig=str(copy))) as through:
            reading = reader(through, follow=True)
            found = reading.wait_for(lambda found: len([1 for lines in found.values() if len(lines) > 10]) == 3)
            for _ in range(3):
                eventually(lambda: proxy.carried() >= 3)
                proxy.cut()
                before = {head: len(lines) for head, lines in found.items()}
                found = reading.wait_for(lambda found, before=before: all(len(lines) > before[head] + 5 for head, lines in found.items()))
            proxy.away = True
            proxy.cut()
            eventually(lambda: "does not answer" in "".join(reading.notes[-1:]))
            proxy.away = False
            before = {head: len(lines) for head, lines in found.items()}
            reading.wait_for(lambda found: all(len(lines) > before[head] + 5 for head, lines in found.items()))
            eventually(lambda: "answers again" in reading.notes[-1])  # logs and the watch of pods connect by themselves
            found = reading.end()
    assert len(found) == 3
    assert all(whole(lines) for lines in found.values()), found
    assert "does not answer" in reading.notes[-2]
    assert reading.notes[-1] == "the API server answers again"
    assert all("answer" in note for note in reading.notes if note != WAITS), "it is told once for all containers"


def test_each_run_of_a_container_must_be_followed_and_the_one_before_be_had(
    cluster: Cluster, namespace: str, apply: Callable[[Obj], Obj], reader: Callable[..., Reader], eventually: Callable[..., object]
) -> None:
    script = "if test -f /data/again; then echo second; exec sleep 10000; fi; touch /data/again; echo first; busybox seq 1 300"
    volume = {"volumes": [{"name": "data", "emptyDir": {}}]}
    main = {**container(script), "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    reading = reader(follow=True)
    eventually(lambda: WAITS in reading.notes)
    apply(pod("again", {**pod_spec(""), **volume, "containers": [main], "initContainers": [container("echo prepared", "prepare")]}))
    found = reading.wait_for(lambda found: found["again/main"][-1:] == ["second"])
    assert found["again/prepare"] == ["prepared"]
    assert found["again/main"] == ["first", *map(str, range(1, 301)), "second"]
    before = reader(previous=True)
    assert before.wait_for(lambda found: len(found["again/main"]) == 301)["again/main"][0] == "first"
    debug = {"spec": {"ephemeralContainers": [container("echo looking; exec sleep 10000", "debugger")]}}
    path = f"/api/v1/namespaces/{namespace}/pods/again/ephemeralcontainers"
    cluster.request("PATCH", path, body=debug, content_type="application/strategic-merge-patch+json")
    reading.wait_for(lambda found: found["again/debugger"] == ["looking"])


@pytest.fixture
def shop(cluster_kubeconfig: Path, namespace: str, unique: str, tmp_path: Path) -> Path:
    """A workspace with an app that writes in two ways, and one that cannot start."""
    say = 'echo plain; echo \'{"level":50,"msg":"broke","code":7}\'; echo \'level=debug msg="well"\'; exec sleep 10000'
    stuck = {**pod_spec(""), "containers": [{**container(""), "image": "docker.io/library/roro-none:1"}]}
    apps = {
        "talk": [workload("Deployment", "talk", pod_spec(say), replicas=1, labels={"x": "y"})],
        "stuck": [workload("Deployment", "stuck", stuck, replicas=1, labels={"x": "y"})],
    }
    return write_workspace(tmp_path / "shop", f"w{unique}", namespace, cluster_kubeconfig, apps)


def roro(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    found = subprocess.run([str(RORO), "-w", str(folder), *words], capture_output=True, text=True, check=False)
    assert found.returncode == code, found.stdout + found.stderr
    return found


def test_the_command_must_show_what_was_asked_for(shop: Path, cluster: Cluster, eventually: Callable[..., object]) -> None:
    roro(shop, "up", "dev", "--no-wait")
    eventually(lambda: roro(shop, "logs", "dev", "talk").stdout.count("\n") == 3)
    assert roro(shop, "logs", "dev", "talk").stdout.splitlines()[0].endswith("/main | plain")
    assert roro(shop, "logs", "dev", "talk", "--no-prefix", "--grep", "lev", "--invert").stdout == "plain\n"
    assert roro(shop, "logs", "dev", "talk", "--no-prefix", "--json", "--level", "warn").stdout == "ERROR broke code=7\n"
    record = json.loads(roro(shop, "logs", "dev", "talk", "-o", "json", "--json", "--tail", "1").stdout)
    assert (record["instance"], record["container"], record["level"], record["message"]) == ("talk", "main", "debug", "well")
    assert "stuck" in (told := eventually(lambda: roro(shop, "logs", "dev", "stuck").stderr)) and "container main: " in str(told)
    assert 'did you mean "talk"?' in roro(shop, "logs", "dev", "tolk", code=2).stderr
    (shop / "apps/talk/app.json").unlink()
    assert "plain" in roro(shop, "logs", "dev", "talk").stdout, "the record knows what the documents no longer have"
    with subprocess.Popen([str(RORO), "-w", str(shop), "logs", "-f", "dev"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as following:
        assert following.stdout is not None and following.stderr is not None
        assert b"plain" in following.stdout.readline()
        following.send_signal(2)
        assert b"Traceback" not in following.stderr.read()
    assert following.returncode == 130
