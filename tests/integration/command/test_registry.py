"""A registry on this machine: pushes, pulls, digests and pull secrets as with any other."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import registry
from command_runs import Ran
from command_workspace import Workspace

PORT = 5077
PASSWORD = "a-password-of-the-registry"
pytestmark = [
    pytest.mark.xdist_group("registry"),  # there is one for a machine
    pytest.mark.real_node,
    pytest.mark.skipif(shutil.which("buildah") is None, reason="images are built and pushed with buildah"),
    pytest.mark.skipif(shutil.which("go") is None, reason="the registry is built with Go"),
    pytest.mark.skipif(not os.environ.get("RORO_TEST_CLUSTER"), reason="a native local cluster pulls, by its name"),
]


@pytest.fixture
def pushing(built: Workspace) -> Iterator[Workspace]:
    """The workspace `built`, whose image goes to a registry that asks for a login."""
    if registry.status().state != "absent":
        pytest.skip("somebody has a registry here, and there is one for a machine")
    built.edit("apps/api/app.json", lambda document: document["build"].update(image=f"localhost:{PORT}/{built.name}/api", tags=["v1"]))
    try:
        made = subprocess.run(
            [sys.executable, "-m", "roro", "registry", "up", "--port", str(PORT), "--user", "me", "--password-stdin", "-o", "json"],
            input=PASSWORD,
            env={**built.roro.environ, "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))},
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        if os.environ["RORO_TEST_CLUSTER"] not in json.loads(made.stdout)["clusters"]:
            pytest.skip("the tests' cluster was made by an older roro: `roro cluster up` it")
        yield built
    finally:
        registry.down(lambda phase, message: None)


def push(workspace: Workspace, password: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "roro", "build", "dev", "--push", "--registry-user", "me", "--password-stdin", "-o", "json"]
    return subprocess.run(
        words, cwd=workspace.root, env=workspace.roro.environ, input=password, capture_output=True, text=True, check=False
    )


def test_pods_must_pull_what_was_pushed_with_the_secret_that_it_takes(pushing: Workspace, eventually: Callable[..., Any]) -> None:
    refused = push(pushing, "wrong")
    assert refused.returncode == 1
    assert "--registry-user" in refused.stderr
    pushed = push(pushing, PASSWORD)
    assert pushed.returncode == 0, pushed.stderr
    (image,) = json.loads(pushed.stdout)["images"]
    assert image["reference"].startswith(f"localhost:{PORT}/{pushing.name}/api:")
    again = push(pushing, PASSWORD)
    assert json.loads(again.stdout)["images"][0]["state"] == "unchanged"

    without = pushing.roro("up", "dev")
    assert without.code == 1, without.told
    assert "401 Unauthorized" in without.stderr

    manifests = pushing.root / "apps/api/manifests"
    auth = json.dumps({"auths": {f"localhost:{PORT}": {"username": "me", "password": PASSWORD}}})
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pull"}, "type": "kubernetes.io/dockerconfigjson"}
    (manifests / "secret.json").write_text(json.dumps({**secret, "stringData": {".dockerconfigjson": auth}}))
    text = (manifests / "api.yaml.j2").read_text()
    (manifests / "api.yaml.j2").write_text(text.replace("      containers:", "      imagePullSecrets: [{name: pull}]\n      containers:"))
    # A kubelet that is busy pulls without a Secret that it has not read yet, and again with it some seconds later.
    runs: list[Ran] = []
    eventually(lambda: runs.append(pushing.roro("up", "dev")) or runs[-1].code == 0, deadline=90, pause=2)
    for told in (refused.stderr, pushed.stderr, pushed.stdout, *(one.told for one in runs)):
        assert PASSWORD not in told


def test_only_this_machine_and_its_clusters_must_be_answered(pushing: Workspace) -> None:
    with socket.create_connection(("127.0.0.1", PORT), 5):
        pass
    outside = socket.gethostbyname(socket.gethostname())
    if not outside.startswith("127."):
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((outside, PORT), 5)


def test_down_must_leave_nothing(pushing: Workspace) -> None:
    assert registry.status().state == "running"
    before = registry.up(lambda phase, message: None)
    assert not before.changed
    assert registry.down(lambda phase, message: None)
    assert registry.status().state == "absent"
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", PORT), 5)
    assert not registry.down(lambda phase, message: None)
