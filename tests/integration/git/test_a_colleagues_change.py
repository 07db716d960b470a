"""A workspace in Git, changed by a colleague, must be on the cluster by itself; the commands of docs/reconcile.md must do what it says."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from git_scene import Scene
from https_server import HttpsServer

PAGE = Path(__file__).parents[3] / "docs" / "reconcile.md"
RORO = [sys.executable, "-m", "roro"]
PASSWORD = "open sesame+%/"
SETTINGS = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"mode": "{{ mode }}"}}'
DEV = "environments/dev/environment.json"


@pytest.fixture
def person(cluster_kubeconfig: Path, home: Path) -> dict[str, str]:
    """What a person's shell has."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "K8S_AUTH_KUBECONFIG": str(cluster_kubeconfig), "KUBECONFIG": str(cluster_kubeconfig)}


@pytest.fixture
def workspace(unique: str) -> dict[str, str]:
    """Files of a workspace with one app."""
    return {
        "workspace.json": json.dumps({"version": 1, "name": unique}),
        DEV: json.dumps({"variables": {"mode": "first"}}),
        "apps/api/app.json": json.dumps({"manifests": {"engine": "jinja2"}}),
        "apps/api/manifests/settings.json": SETTINGS,
    }


def test_a_colleagues_push_must_be_on_the_cluster_by_itself(
    https: HttpsServer, served: Scene, cluster: Cluster, workspace: dict[str, str], person: dict[str, str], unique: str, tmp_path: Path
) -> None:
    colleague = _colleague(served, tmp_path)
    followed = {"version": 1, "name": unique, "git": {"url": https.url("shop.git"), "interval": "1s"}, "drift": {"mode": "correct"}}
    colleague.commit({**workspace, "workspace.json": json.dumps(followed)}, "The workspace")
    colleague.git("push", "-q")
    kept = ["git", "credentials", "add", https.origin, "--user", "ada"]
    subprocess.run([*RORO, *kept], input=f"{PASSWORD}\n", text=True, env=person, cwd=tmp_path, check=True, capture_output=True)
    ca = str(https.authority.pair.certificate)
    subprocess.run(
        [*RORO, "clone", https.url("shop.git"), "desk", "--ca-file", ca], env=person, cwd=tmp_path, check=True, capture_output=True
    )
    try:
        with _reconciling(tmp_path / "desk", person) as said:
            _until(lambda: _mode(cluster, unique) == "first", said)
            colleague.commit({DEV: json.dumps({"variables": {"mode": "second"}})}, "Another mode")
            colleague.git("push", "-q")
            _until(lambda: _mode(cluster, unique) == "second", said)
            colleague.commit({DEV: '{"variables": {"mode": '}, "Half a document")
            colleague.git("push", "-q")
            _until(lambda: any("trouble: " in line for line in said), said)
            assert _mode(cluster, unique) == "second"
            colleague.commit({DEV: json.dumps({"variables": {"mode": "third"}})}, "Mended")
            colleague.git("push", "-q")
            _until(lambda: _mode(cluster, unique) == "third", said)
    finally:
        subprocess.run([*RORO, "-w", str(colleague.folder), "down", "dev"], env=person, capture_output=True)
    assert not any(PASSWORD in line for line in said)


def test_the_commands_of_the_page_must_do_what_it_says(
    cluster: Cluster, workspace: dict[str, str], person: dict[str, str], unique: str, tmp_path: Path
) -> None:
    [commands] = re.findall(r"<!-- test: page -->\n```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    scene = Scene(tmp_path)
    scene.write(workspace)
    ran = subprocess.run(
        ["bash", "-eux"], input=commands.replace("shop-dev", f"{unique}-dev"), cwd=tmp_path, env=person, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    said = ran.stdout
    assert said.index("nothing differs") < said.index("data.mode differs, by kubectl-patch") < said.index("1 difference, 1 corrected")


def _colleague(served: Scene, tmp_path: Path) -> Scene:
    """Somebody else's clone, beside the server."""
    served.git("clone", "-q", str(served.folder), str(tmp_path / "colleague"))
    return Scene(tmp_path / "colleague")


def _mode(cluster: Cluster, name: str) -> str:
    found = cluster.get(cluster.resource("v1", "ConfigMap"), f"{name}-dev", "settings")
    return str(found["data"]["mode"]) if found else ""


@contextmanager
def _reconciling(folder: Path, environment: dict[str, str]) -> Iterator[list[str]]:
    """`roro reconcile --watch`, and the lines that it prints."""
    command = [*RORO, "reconcile", "dev", "--watch"]
    said: list[str] = []
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        threading.Thread(target=lambda: said.extend(running.stdout or ()), daemon=True).start()
        try:
            yield said
        finally:
            running.send_signal(signal.SIGINT)
            assert running.wait(60) == 0, said


def _until(true: Callable[[], bool], said: list[str], seconds: float = 90.0) -> None:
    end, clock = time.monotonic() + seconds, threading.Event()
    while not true():
        assert time.monotonic() < end, "".join(said)
        clock.wait(0.05)
