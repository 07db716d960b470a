"""A failed `roro up` is read once, in the command and in Ansible alike."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BIN = Path(sys.executable).parent
BOX = "docker.io/library/roro-box:1"


def deployment(name: str, **container: Any) -> dict[str, Any]:
    main = {"name": "main", "image": BOX, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", "sleep 1000000"], **container}
    pod = {"terminationGracePeriodSeconds": 0, "containers": [main]}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": {"metadata": {"labels": {"app": name}}, "spec": pod}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


@pytest.fixture
def shop(tmp_path: Path, namespace: str, cluster_kubeconfig: Path) -> Path:
    """api, and web that needs it."""
    documents = {
        "workspace.json": {"version": 1, "name": f"w{namespace}", "namespace": namespace},
        "environments/dev/environment.json": {"kubeconfig": str(cluster_kubeconfig)},
        "apps/api/app.json": {},
        "apps/api/manifests/api.json": deployment("api"),
        "apps/web/app.json": {"dependsOn": ["api"]},
        "apps/web/manifests/web.json": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"a": "1"}},
    }
    for name, document in documents.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2))
    return tmp_path / "shop"


def change(shop: Path, document: dict[str, Any]) -> None:
    (shop / "apps/api/manifests/api.json").write_text(json.dumps(document, indent=2))


def roro(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    found = subprocess.run([str(BIN / "roro"), "-w", str(folder), *words], capture_output=True, text=True, check=False)
    assert found.returncode == code, found.stdout + found.stderr
    return found


def test_a_bad_image_must_be_told_in_one_line_once_and_never_at_its_dependants(shop: Path) -> None:
    change(shop, deployment("api", image="roro.invalid/nosuch:1"))
    told = roro(shop, "up", "dev", code=1)
    everything = told.stdout + told.stderr
    assert everything.count("image roro.invalid/nosuch:1 cannot be pulled") == 1
    (line,) = [line for line in told.stderr.splitlines() if line.startswith("Failed: api: ")]
    assert line.startswith("Failed: api: ImagePullBackOff: image roro.invalid/nosuch:1 cannot be pulled (")
    assert "Failed: web: waits for api" in told.stderr.splitlines()
    assert told.stdout.startswith("0 of 2 instances running; ")


def test_a_crash_must_show_what_the_program_said_last(shop: Path) -> None:
    change(shop, deployment("api", command=["sh", "-c", "echo cannot open /etc/shop.conf; exit 126"]))
    told = roro(shop, "up", "dev", code=1).stderr.splitlines()
    where = told.index("        Its last words:")
    assert told[where + 1] == "          cannot open /etc/shop.conf"
    assert told[where - 1].strip().startswith("Deployment ")


def test_an_untouched_dependant_must_count_as_running_and_the_run_still_fail(shop: Path) -> None:
    roro(shop, "up", "dev")
    change(shop, deployment("api", command=["nosuchprogram"]))
    told = roro(shop, "up", "dev", code=1)
    assert told.stdout.startswith("1 of 2 instances running; ")
    assert "web: Running (unchanged, runs; its dependency api failed)" in told.stderr
    rows = json.loads(roro(shop, "ps", "dev", "-o", "json").stdout)["instances"]
    assert {row["instance"]: row["status"] for row in rows}["web"] == "Running"


def test_a_misspelt_field_must_be_told_with_its_file_and_line(shop: Path) -> None:
    roro(shop, "up", "dev")
    wrong = deployment("api")
    wrong["spec"]["replicsa"] = 2
    change(shop, wrong)
    lines = (shop / "apps/api/manifests/api.json").read_text().splitlines()
    number = next(index for index, line in enumerate(lines, start=1) if "replicsa" in line)
    for words in (("up", "dev", "--check"), ("up", "dev")):
        told = roro(shop, *words, code=1)
        assert f"apps/api/manifests/api.json:{number}:" in told.stderr
        assert "Http500" not in told.stderr and "ReleaseError" not in told.stderr
        assert "nothing done" not in told.stdout or "--check" not in words


def test_ansible_must_be_given_the_same_advice(shop: Path) -> None:
    change(shop, deployment("api", image="roro.invalid/nosuch:1"))
    play = shop / "play.yml"
    task = {"roro.kube.up": {"workspace": str(shop), "environment": "dev"}, "register": "ran", "ignore_errors": True}
    python = {"vars": {"ansible_python_interpreter": sys.executable}}
    shown = {"ansible.builtin.copy": {"content": "{{ ran | to_json }}", "dest": str(shop / "ran.json")}, **python}
    play.write_text(json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task, shown]}]))
    done = subprocess.run([str(BIN / "ansible-playbook"), "-i", "localhost,", str(play)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = json.loads((shop / "ran.json").read_text())
    hint = ran["problems"][0]["hint"]
    assert hint and hint == ran["instances"][0]["hint"]
    assert hint in roro(shop, "up", "dev", code=1).stderr
    assert ran["problems"][1]["message"].endswith("waits for api")
    assert ran["msg"].count("cannot be pulled") == 1
