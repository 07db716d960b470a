"""Forwards as people ask for them: `roro up`, `ps`, `open`, `forward`, and a playbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._forward import known_forwards
from forward_scene import STAY, WEB, ForwardScene, deployment, end_daemon, get, service

BIN = Path(sys.executable).parent


@pytest.fixture
def shop(scene: ForwardScene, tmp_path: Path) -> Path:
    """A workspace with one app that has two forwards, in the test's namespace."""
    forwards = [
        {"name": "http", "target": "service/web", "port": 80, "open": "/index.html"},
        {"name": "pod", "target": "deployment/web", "port": "http", "localPort": "auto"},
    ]
    documents = {
        "workspace.json": {"version": 1, "name": f"w{scene.namespace}", "namespace": scene.namespace},
        "apps/web/app.json": {"forwards": forwards},
        "environments/dev/environment.json": {"kubeconfig": str(scene.kubeconfig)},
        "apps/web/manifests/deployment.json": deployment("web", WEB + STAY, grace=0),
        "apps/web/manifests/service.json": service("web"),
    }
    for name, document in documents.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
    return tmp_path / "shop"


def roro(folder: Path, *words: str, code: int = 0) -> str:
    """Run the command; its stdout."""
    found = subprocess.run([str(BIN / "roro"), "-w", str(folder), *words], capture_output=True, text=True, check=False)
    assert found.returncode == code, found.stdout + found.stderr
    return found.stdout


def test_up_must_open_the_forwards_and_down_close_them(shop: Path) -> None:
    told = roro(shop, "up", "dev", "-o", "json")
    forwards = {row["name"]: row for row in json.loads(told)["forwards"]}
    assert {name: row["state"] for name, row in forwards.items()} == {"http": "Active", "pod": "Active"}
    assert get(forwards["http"]["localPort"]) == forwards["http"]["pod"] == get(forwards["pod"]["localPort"])
    assert f"http :{forwards['http']['localPort']}" in roro(shop, "ps", "dev")
    assert roro(shop, "open", "dev", "web", "--print").strip() == forwards["http"]["url"]
    assert roro(shop, "forward", "stop", "dev", "web").count("Stopped") == 2
    assert roro(shop, "up", "dev").count("http://") == 2, "a second up opens them again"
    roro(shop, "down", "dev")
    assert f"w{shop}" not in roro(shop, "forward", "list", "-o", "json")
    with pytest.raises(OSError):
        get(forwards["http"]["localPort"], timeout=5)


def test_ps_must_count_pods_and_say_stopped(shop: Path) -> None:
    roro(shop, "up", "dev", "--no-forward")
    running = roro(shop, "ps", "dev").splitlines()[1].split()
    assert running[:3] == ["web", "Running", "1/1"], "one pod, though there are a Service and a Deployment"
    roro(shop, "stop", "dev")
    assert roro(shop, "ps", "dev").splitlines()[1].split()[:3] == ["web", "Stopped", "0/0"]
    (row,) = json.loads(roro(shop, "ps", "dev", "-o", "json"))["instances"]
    assert (row["status"], row["reason"], row["readyPods"], row["wantedPods"]) == ("NotDeployed", "Stopped", 0, 0)
    roro(shop, "down", "dev")


def test_stop_must_close_the_forwards_that_are_meant_and_no_others(shop: Path, scene: ForwardScene) -> None:
    roro(shop, "up", "dev")
    by_hand = [scene.forward("deployment/web", "http"), scene.forward("deployment/web", 8080)]

    def states() -> dict[str, str]:
        known = {status.id: status for status in known_forwards()}
        documents = {status.origin.name: status.state for status in known.values() if status.origin.workspace == f"w{scene.namespace}"}
        return documents | {f"hand{number}": known[status.id].state for number, status in enumerate(by_hand)}

    roro(shop, "forward", "stop", "deployment/web", "-n", scene.namespace)
    assert states() == {"http": "Active", "pod": "Active", "hand0": "Stopped", "hand1": "Stopped"}
    roro(shop, "forward", "stop", "deploy/web", "-n", "elsewhere", code=2)
    roro(shop, "forward", "stop", "service/web", code=2)
    assert states()["http"] == "Active", "what documents ask for goes with its environment"
    roro(shop, "forward", "stop", "dev")
    assert set(states().values()) == {"Stopped"}
    roro(shop, "down", "dev")


def test_a_target_that_is_not_there_must_be_refused_and_not_kept(scene: ForwardScene) -> None:
    scene.apply(service("web"))
    command = [str(BIN / "roro"), "forward", "service/wbe", "0:80", "-n", scene.namespace, "--kubeconfig", str(scene.kubeconfig)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, "there is service/web" in found.stderr) == (1, True), found.stderr
    assert "wbe" not in subprocess.run([str(BIN / "roro"), "forward"], capture_output=True, text=True, check=True).stdout


PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  module_defaults:
    group/roro.kube.kube:
      kubeconfig: "{{ kubeconfig }}"
  tasks:
    - roro.kube.port_forward: {target: deployment/web, port: http, namespace: "{{ namespace }}", scope: "{{ scope }}"}
      register: first
    - roro.kube.port_forward: {target: deployment/web, port: http, namespace: "{{ namespace }}", scope: "{{ scope }}"}
      register: second
    - ansible.builtin.uri: {url: "{{ first.forwards[0].url }}", return_content: true}
      register: page
    - ansible.builtin.assert:
        that:
          - first is changed
          - second is not changed
          - first.forwards[0].local_port == second.forwards[0].local_port
          - page.content | trim == first.forwards[0].pod
    - roro.kube.port_forward_info:
      register: known
    - ansible.builtin.copy: {content: "{{ known.forwards | to_json }}", dest: "{{ out }}", mode: "0600"}
"""


def play(scene: ForwardScene, folder: Path, scope: str, **environ: str) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    (folder / "play.yml").write_text(PLAYBOOK)
    values = {"kubeconfig": str(scene.kubeconfig), "namespace": scene.namespace, "scope": scope, "out": str(folder / "out.json")}
    values["ansible_python_interpreter"] = sys.executable
    command = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-e", json.dumps(values), str(folder / "play.yml")]
    found = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environ})
    out = folder / "out.json"
    return found, json.loads(out.read_text()) if out.exists() else []


def test_a_forward_of_a_job_must_end_with_its_playbook(scene: ForwardScene, tmp_path: Path, eventually: Any) -> None:
    scene.apply(deployment("web", WEB + STAY, grace=0))
    found, known = play(scene, tmp_path, "job")
    assert found.returncode == 0, found.stdout
    (mine,) = [row for row in known if row["namespace"] == scene.namespace]
    assert mine["state"] == "Active"
    listed = [str(BIN / "roro"), "forward", "list", "-o", "json"]
    eventually(lambda: mine["id"] not in subprocess.run(listed, capture_output=True, text=True, check=True).stdout)


def test_a_module_in_a_process_of_its_own_must_leave_a_daemon_that_works(scene: ForwardScene) -> None:
    """Ansible sends the module and its code in an archive, and removes it at the end."""
    scene.apply(deployment("web", WEB + STAY, grace=0))
    end_daemon()
    options = f"kubeconfig={scene.kubeconfig} namespace={scene.namespace} target=deployment/web port=http local_port=auto"
    interpreter = f"ansible_python_interpreter={sys.executable}"
    command = [str(BIN / "ansible"), "localhost", "-c", "local", "-e", interpreter, "-B", "120", "-P", "1"]
    found = subprocess.run([*command, "-m", "roro.kube.port_forward", "-a", options], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
    (mine,) = [status for status in known_forwards() if status.namespace == scene.namespace]
    assert get(mine.local_port) == mine.pod


def test_a_lasting_forward_must_be_refused_in_an_execution_environment(scene: ForwardScene, tmp_path: Path) -> None:
    found, _ = play(scene, tmp_path, "lasting", AWX_ISOLATED_DATA_DIR="/runner/artifacts/1", container="oci")
    assert found.returncode == 2
    assert "this container ends with the job" in found.stdout
