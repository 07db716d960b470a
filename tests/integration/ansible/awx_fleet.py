# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`examples/awx` as somebody copied it: a workspace with a name of its own, its three environments on two clusters."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect

PROJECT = Path(__file__).parents[3] / "examples" / "awx"
BIN = Path(sys.executable).parent
IMAGE = "docker.io/library/roro-box:1"
CONTEXTS = {"dev": "test", "staging": "test", "prod": "production"}
DEMO_PASSWORD = "roro-demo"


def two_contexts(first: Path, second: Path) -> dict[str, Any]:
    """A kubeconfig whose context `test` is the cluster of the first file, and `production` that of the second."""
    whole: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
    for name, file in (("test", first), ("production", second)):
        given = yaml.safe_load(file.read_text())
        whole["clusters"].append({"name": name, "cluster": given["clusters"][0]["cluster"]})
        whole["users"].append({"name": name, "user": given["users"][0]["user"]})
        whole["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
    return {**whole, "current-context": "test"}


@dataclass
class Fleet:
    """A copy of the project. name: of its workspace, so that the namespaces are NAME-dev and so on."""

    folder: Path
    name: str
    clusters: dict[str, Cluster]
    environ: dict[str, str] = field(default_factory=dict)

    def change(self, **variables: Any) -> None:
        """Other variables in workspace.json."""
        file = self.folder / "shop" / "workspace.json"
        document = json.loads(file.read_text())
        document["variables"].update(variables)
        file.write_text(json.dumps(document, indent=2))

    def read(self, environment: str, kind: str, name: str) -> dict[str, Any] | None:
        """An object of an environment, from the cluster that its document names."""
        cluster = self.clusters[CONTEXTS[environment]]
        return cluster.get(cluster.resource("apps/v1" if kind == "Deployment" else "v1", kind), f"{self.name}-{environment}", name)

    def ready(self) -> list[int]:
        """How many pods of `web` are ready in dev, staging and prod."""
        return [int((self.read(name, "Deployment", "web") or {"status": {}})["status"].get("readyReplicas", 0)) for name in CONTEXTS]

    def page(self, environment: str) -> str:
        """What the ConfigMap says, empty where there is none."""
        return str(((self.read(environment, "ConfigMap", "page") or {}).get("data") or {}).get("index.html", ""))

    def run(self, *command: str, folder: Path | None = None, status: int | None = 0) -> str:
        """Run one of the tools of the tests' environment in the project; what it printed. status: what it has to end with."""
        words = [str(BIN / command[0]), *command[1:]]
        done = subprocess.run(words, capture_output=True, text=True, cwd=folder or self.folder, env=self.environ, timeout=180, check=False)
        output = done.stdout + done.stderr
        assert status is None or done.returncode == status, output
        return output

    def play(self, name: str, *arguments: str, status: int = 0) -> str:
        """A playbook of the project, by `ansible-playbook`."""
        return self.run("ansible-playbook", f"playbooks/{name}.yml", *arguments, status=status)

    def remove(self) -> None:
        """Take the namespaces away."""
        for environment, context in CONTEXTS.items():
            cluster = self.clusters[context]
            cluster.delete(cluster.resource("v1", "Namespace"), None, f"{self.name}-{environment}")
        for cluster in self.clusters.values():
            cluster.close()


def copy_fleet(place: Path, name: str, kubeconfigs: Sequence[Path]) -> Fleet:
    """A copy below `place`, with what a shell of an operator has. kubeconfigs: of the first and the second cluster."""
    folder = place / "fleet"
    shutil.copytree(PROJECT, folder, symlinks=True)
    whole, password = place / "kubeconfig", place / "vault-password"
    whole.write_text(json.dumps(two_contexts(*kubeconfigs)))
    password.write_text(DEMO_PASSWORD)
    for file in (whole, password):
        file.chmod(0o600)
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "RORO_", "ANSIBLE_", "KUBECONFIG"))}
    given = {"KUBECONFIG": str(whole), "ANSIBLE_VAULT_PASSWORD_FILE": str(password), "ANSIBLE_NOCOLOR": "1"}
    clusters = {context: connect(Connection(kubeconfig=str(whole), context=context)) for context in ("test", "production")}
    fleet = Fleet(folder, name, clusters, {**clean, **given, "PATH": f"{BIN}:{os.environ['PATH']}"})
    document = json.loads((folder / "shop" / "workspace.json").read_text())
    (folder / "shop" / "workspace.json").write_text(json.dumps({**document, "name": name}))
    fleet.change(image=IMAGE)
    return fleet
