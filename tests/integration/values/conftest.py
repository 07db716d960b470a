"""A custom resource of the tests' own, and a workspace in a namespace that is theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _workflow as workflow
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection
from ansible_collections.roro.kube.plugins.module_utils._events import Event
from ansible_collections.roro.kube.plugins.module_utils._release import Options, RunResult
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request

Obj = dict[str, Any]
BIN = Path(sys.executable).parent


@dataclass
class Scene:
    """A workspace `name` whose environment dev lives in the namespace `name`-dev, and a kind of its own: Database in the group `group`."""

    cluster: Cluster
    kubeconfig: Path
    root: Path
    name: str
    environ: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    cancel: threading.Event = field(default_factory=threading.Event)
    background: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    @property
    def group(self) -> str:
        return f"{self.name}.example.com"

    @property
    def namespace(self) -> str:
        return f"{self.name}-dev"

    def definition(self) -> Obj:
        """The CustomResourceDefinition; its status is a subresource."""
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        version = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": schema}}
        names = {"plural": "databases", "singular": "database", "kind": "Database", "listKind": "DatabaseList"}
        spec = {"group": self.group, "scope": "Namespaced", "names": names, "versions": [version]}
        metadata = {"name": f"databases.{self.group}"}
        return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata, "spec": spec}

    def app(self, name: str, manifests: dict[str, str], **document: Any) -> None:
        """Write an app, or write it anew."""
        folder = self.root / "apps" / name
        (folder / "manifests").mkdir(parents=True, exist_ok=True)
        (folder / "app.json").write_text(json.dumps(document, indent=2))
        for file, text in manifests.items():
            (folder / "manifests" / file).write_text(text)

    def create(self, kind: str, name: str, api_version: str = "v1", **fields: Any) -> Obj:
        """An object in the namespace, made by somebody else."""
        resource = self.cluster.resource(api_version, kind)
        metadata = {"name": name, **({"namespace": self.namespace} if resource.namespaced else {}), **fields.pop("metadata", {})}
        return self.cluster.create(resource, {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields})

    def get(self, kind: str, name: str, api_version: str = "v1") -> Obj | None:
        return self.cluster.get(self.cluster.resource(api_version, kind), self.namespace, name)

    def status(self, name: str, **status: Any) -> None:
        """What a controller would write."""
        path = f"/apis/{self.group}/v1/namespaces/{self.namespace}/databases/{name}/status"
        self.cluster.request("PATCH", path, body={"status": status}, content_type="application/merge-patch+json")

    def request(self, **options: Any) -> Request:
        """A job on the environment. options: of the run."""
        return Request(self.root, "dev", connection=Connection(kubeconfig=str(self.kubeconfig)), options=Options(**options))

    def up(self, **options: Any) -> RunResult:
        """Bring it up, through the engine in this process."""
        return workflow.up(self.request(**options), self.events.append, self.cancel)

    def begin(self, **options: Any) -> Future[RunResult]:
        """The same in the background."""
        return self.background.submit(partial(self.up, **options))

    def start(self, *command: str) -> subprocess.Popen[str]:
        program, *arguments = command
        return subprocess.Popen(
            [str(BIN / program), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.root,
            env={**os.environ, "K8S_AUTH_KUBECONFIG": str(self.kubeconfig), "NO_COLOR": "1", **self.environ},
        )

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*command)
        out, err = process.communicate(timeout=180)
        return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.fixture
def scene(cluster: Cluster, cluster_kubeconfig: Path, tmp_path: Path, unique: str) -> Iterator[Scene]:
    root = tmp_path / "workspace"
    (root / "environments" / "dev").mkdir(parents=True)
    (root / "workspace.json").write_text(json.dumps({"version": 1, "name": unique}))
    (root / "environments" / "dev" / "environment.json").write_text("{}")
    directories = {f"XDG_{what}": str(tmp_path / what.lower()) for what in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME")}
    found = Scene(cluster, cluster_kubeconfig, root, unique, directories)
    cluster.create(cluster.resource("v1", "Namespace"), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": found.namespace}})
    yield found
    found.cancel.set()
    found.background.shutdown()
    cluster.delete(cluster.resource("v1", "Namespace"), None, found.namespace)
    cluster.delete(cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition"), None, f"databases.{found.group}")


@pytest.fixture
def databases(scene: Scene, eventually: Callable[..., Any]) -> Scene:
    """The scene with its kind served."""
    scene.create("CustomResourceDefinition", f"databases.{scene.group}", "apiextensions.k8s.io/v1", spec=scene.definition()["spec"])
    eventually(lambda: scene.cluster.find_resource(f"{scene.group}/v1", "Database"))
    return scene
