# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ansible-playbook as an operator runs it, on a workspace of the test's own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster

sys.path.insert(0, str(Path(__file__).parent))

from awx_fleet import Fleet, copy_fleet

Objects = list[dict[str, Any]]


@dataclass
class Workspace:
    """A workspace with the environment `dev`; apps are written as plain manifests."""

    root: Path
    name: str

    @property
    def namespace(self) -> str:
        """Where the instances go."""
        return f"{self.name}-dev"

    def app(self, name: str, objects: Objects, **document: Any) -> None:
        """Write an app, or write it anew."""
        folder = self.root / "apps" / name
        (folder / "manifests").mkdir(parents=True, exist_ok=True)
        (folder / "app.json").write_text(json.dumps(document))
        (folder / "manifests" / "all.yaml").write_text("\n---\n".join(json.dumps(obj) for obj in objects))


@dataclass
class Ran:
    """What a run left: exit status and everything that it printed."""

    status: int
    output: str

    @property
    def recap(self) -> dict[str, int]:
        """The numbers of the recap: ok, changed, failed, ..."""
        return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", self.output.rpartition("PLAY RECAP")[2])}


@dataclass
class Playbook:
    """Runs `ansible-playbook` on the workspace and the tests' cluster."""

    workspace: Workspace
    kubeconfig: Path
    environ: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, name: str, *arguments: str) -> Ran:
        """Run to the end."""
        process = self.start(name, *arguments)
        process.wait(180)
        return Ran(process.returncode, self.output(process))

    def run_file(self, file: Path, *arguments: str) -> Ran:
        """Run a playbook of the test's own to the end."""
        process = self._start([str(file), *arguments])
        process.wait(180)
        return Ran(process.returncode, self.output(process))

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start and return at once; what it prints can be read with `output` at any time."""
        given = ["-e", f"roro_workspace={self.workspace.root}", "-e", "roro_environment=dev", "-e", f"roro_kubeconfig={self.kubeconfig}"]
        return self._start([f"roro.kube.{name}", *given, *arguments])

    def _start(self, words: list[str]) -> subprocess.Popen[bytes]:
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", *words]
        log = self.workspace.root.parent / f"output-{len(self.started)}"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command, stdout=stream, stderr=subprocess.STDOUT, env=self._environ(), cwd=self.workspace.root.parent
            )
        self.started.append(process)
        return process

    def output(self, process: subprocess.Popen[bytes]) -> str:
        """What this process has printed so far."""
        return (self.workspace.root.parent / f"output-{self.started.index(process)}").read_text()

    def worker(self, process: subprocess.Popen[bytes]) -> int | None:
        """The worker process of a running ansible-playbook, None while there is none."""
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def _environ(self) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "RORO_", "ANSIBLE_"))}
        return {**clean, "ANSIBLE_NOCOLOR": "1", **self.environ}


@pytest.fixture
def workspace(tmp_path: Path, unique: str) -> Workspace:
    """An empty workspace with a name of its own."""
    root = tmp_path / "workspace"
    (root / "environments" / "dev").mkdir(parents=True)
    (root / "workspace.json").write_text(json.dumps({"version": 1, "name": unique}))
    (root / "environments" / "dev" / "environment.json").write_text("{}")
    return Workspace(root, unique)


@pytest.fixture
def playbook(workspace: Workspace, cluster_kubeconfig: Path, cluster: Cluster) -> Iterator[Playbook]:
    """The playbooks; afterwards nothing of them runs, and the namespace is gone."""
    runner = Playbook(workspace, cluster_kubeconfig)
    yield runner
    for process in runner.started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
    cluster.delete(cluster.resource("v1", "Namespace"), None, workspace.namespace)


@pytest.fixture
def versions(cluster: Cluster, workspace: Workspace) -> Callable[[], dict[str, str]]:
    """The resourceVersion of every ConfigMap, Secret and Deployment of the environment, by kind and name."""

    def read() -> dict[str, str]:
        found: dict[str, str] = {}
        for api_version, kind in (("v1", "ConfigMap"), ("v1", "Secret"), ("apps/v1", "Deployment")):
            for obj in cluster.list(cluster.resource(api_version, kind), workspace.namespace).items:
                if obj["metadata"]["name"] != "kube-root-ca.crt":
                    found[f"{kind}/{obj['metadata']['name']}"] = obj["metadata"]["resourceVersion"]
        return found

    return read


@pytest.fixture
def fleet(tmp_path: Path, unique: str, cluster_kubeconfig: Path) -> Iterator[Fleet]:
    """A copy of `examples/awx`. Its context `production` is the cluster of RORO_TEST_SECOND_KUBECONFIG, else the tests' only one."""
    second = os.environ.get("RORO_TEST_SECOND_KUBECONFIG")
    copied = copy_fleet(tmp_path, unique, [cluster_kubeconfig, Path(second) if second else cluster_kubeconfig])
    yield copied
    copied.remove()
