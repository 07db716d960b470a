"""A native cluster must be a usable Kubernetes: every promise here is one that a person would try first."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from native_clusters import Running, eventually, tell
from native_workload import manifest


@pytest.fixture(scope="module")
def web(running: Running, box: Path) -> Iterator[Running]:
    """The app, rolled out."""
    local.load_images(running.name, [box], tell)
    running.kubectl("apply", "-f", "-", stdin=manifest())
    running.kubectl("rollout", "status", "deployment/web", "--timeout=120s")
    yield running


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode().strip()


def test_a_claim_must_be_bound_by_the_default_storage_class(web: Running) -> None:
    assert web.get("pvc", "data")["status"]["phase"] == "Bound"


def test_logs_must_show_what_a_container_wrote(web: Running) -> None:
    assert "serving" in web.kubectl("logs", "deployment/web")


def test_a_pod_must_find_a_service_by_name_and_reach_it(web: Running) -> None:
    ask = "nslookup web.default.svc.cluster.local && wget -qO- http://web/index.html"
    assert "kept" in web.kubectl("exec", "deployment/web", "--", "sh", "-c", ask)


def test_a_pod_must_reach_the_api_server_with_its_own_account(web: Running) -> None:
    ask = "cat /var/run/secrets/kubernetes.io/serviceaccount/token >/dev/null && nslookup kubernetes.default.svc.cluster.local"
    assert "Address" in web.kubectl("exec", "deployment/web", "--", "sh", "-c", ask)


def test_this_machine_must_reach_a_node_port_and_a_service_address(web: Running) -> None:
    host = web.made.server.removeprefix("https://").partition(":")[0]
    address = web.get("service", "web")["spec"]["clusterIP"]
    assert fetch(f"http://{host}:30080/index.html") == "kept"
    assert fetch(f"http://{address}/index.html") == "kept"


def test_port_forward_must_carry_a_request(web: Running) -> None:
    argv = [str(web.made.kubectl), "--kubeconfig", str(web.made.kubeconfig), "port-forward", "service/web", ":80"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as forward:
        assert forward.stdout is not None
        port = forward.stdout.readline().split("127.0.0.1:")[1].split()[0]
        assert fetch(f"http://127.0.0.1:{port}/index.html") == "kept"
        forward.terminate()


def test_top_must_show_nodes_and_pods(web: Running) -> None:
    eventually(lambda: web.try_kubectl("top", "pods").returncode == 0, 90)
    assert "web-" in web.kubectl("top", "pods")
    assert web.made.nodes[0] in web.kubectl("top", "nodes")


def test_data_must_survive_the_pod(web: Running) -> None:
    web.kubectl("exec", "deployment/web", "--", "sh", "-c", "echo changed > /data/index.html")
    web.kubectl("delete", "pod", "-l", "app=web", "--wait=true")
    web.kubectl("rollout", "status", "deployment/web", "--timeout=120s")
    assert "changed" in web.kubectl("exec", "deployment/web", "--", "cat", "/data/index.html")
    web.kubectl("exec", "deployment/web", "--", "sh", "-c", "echo kept > /data/index.html")


def test_loading_an_image_again_must_change_nothing(web: Running, box: Path) -> None:
    assert not local.load_images(web.name, [box], tell)


def test_a_second_up_must_change_nothing_and_take_seconds(web: Running) -> None:
    before, pod = web.pids(), web.get("pods")["items"][0]["metadata"]["resourceVersion"]
    began = time.monotonic()
    again = web.up()
    assert time.monotonic() - began < 5
    assert not again.changed
    assert web.pids() == before
    assert web.get("pods")["items"][0]["metadata"]["resourceVersion"] == pod


def test_status_must_show_every_part_running(web: Running) -> None:
    (status,) = local.status(web.name)
    assert status.state == "running"
    assert set(status.parts.values()) == {"running"}


def test_its_files_must_be_private(web: Running) -> None:
    directory = web.made.kubeconfig.parent
    assert directory.stat().st_mode & 0o777 == 0o700
    assert web.made.kubeconfig.stat().st_mode & 0o777 == 0o600
    for path in [*(directory / "pki").iterdir(), *(directory / "logs").glob("*.log"), *(directory / "run").glob("*.json")]:
        assert path.stat().st_mode & 0o077 == 0, path


FAKE_DOCKER = """#!/bin/sh
# A fake of docker for the tests of roro: no engine is behind it; it has one image, which is the file {archive}.
case "$1" in
  image) [ "$3" = roro-test-box:1 ] ;;
  save) [ "$4" = roro-test-box:1 ] && cp {archive} "$3" ;;
esac
"""


def test_an_image_of_the_local_engine_must_run_by_its_name(running: Running, box: Path, tmp_path: Path) -> None:
    (tmp_path / "docker").write_text(FAKE_DOCKER.format(archive=box))
    (tmp_path / "docker").chmod(0o755)
    roro = [str(Path(sys.executable).with_name("roro")), "cluster", "load", "--name", running.name]
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    loaded = subprocess.run([*roro, "roro-test-box:1"], capture_output=True, text=True, check=False, env=environ)
    assert loaded.returncode == 0, loaded.stderr
    running.kubectl("run", "named", "--image=roro-test-box:1", "--image-pull-policy=Never")
    running.kubectl("wait", "pod/named", "--for=condition=Ready", "--timeout=120s")
    refused = subprocess.run([*roro, "no-such-image:1"], capture_output=True, text=True, check=False, env=environ)
    assert (refused.returncode, "no image of that name in docker" in refused.stderr) == (2, True), refused.stderr
