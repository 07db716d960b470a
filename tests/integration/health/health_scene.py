"""What the tests of health checks share: a workspace of web servers that can be made sick, and the command."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._exec import PROTOCOLS, RUNNING, exec_path
from ansible_collections.roro.kube.plugins.module_utils._forward.dial import Dialer
from ansible_collections.roro.kube.plugins.module_utils._health import HealthStatus, known_checks
from ansible_collections.roro.kube.plugins.module_utils._health.command import outcome
from forward_scene import STAY, WEB, deployment, service

RORO = Path(sys.executable).parent / "roro"
WELL = "echo well > /www/health; "
HTTP = {"target": "service/{{ instance }}", "port": 80, "path": "/health"}
SECONDS = 60.0


def check(name: str = "http", **more: Any) -> dict[str, Any]:
    """A check of the app's Service, several times a second."""
    probe = {} if {"exec", "tcp"} & more.keys() else {"http": HTTP}
    return {"name": name, **probe, "interval": "300ms", "startPeriod": "1s", **more}


def web(name: str, script: str = WELL) -> list[dict[str, Any]]:
    """A web server and its Service."""
    return [deployment(name, script + WEB + STAY, grace=0), service(name)]


@dataclass
class HealthScene:
    """A workspace `shop` with the environment dev, in a namespace of the test's own."""

    cluster: Cluster
    kubeconfig: Path
    namespace: str
    folder: Path

    def app(self, name: str, *checks: dict[str, Any], objects: list[dict[str, Any]] | None = None, **more: Any) -> None:
        """Write an app, and the workspace around it."""
        files = {
            "workspace.json": {"version": 1, "name": f"w{self.namespace}", "namespace": self.namespace},
            "environments/dev/environment.json": {"kubeconfig": str(self.kubeconfig)},
            f"apps/{name}/app.json": {"health": list(checks), "timeout": "60s", **more},
        }
        for number, obj in enumerate(web(name) if objects is None else objects):
            files[f"apps/{name}/manifests/{number}.json"] = obj
        for place, document in files.items():
            path = self.folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document))

    def roro(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        found = subprocess.run([str(RORO), "-w", str(self.folder), *words], capture_output=True, text=True, check=False)
        assert found.returncode == code, found.stdout + found.stderr
        return found

    def ps(self) -> dict[str, Any]:
        """The rows of `roro ps` by instance."""
        return {row["instance"]: row for row in json.loads(self.roro("ps", "dev", "-o", "json").stdout)["instances"]}

    def health(self, name: str = "http") -> HealthStatus | None:
        """A check as the daemon sees it."""
        mine = [status for status in known_checks() if status.namespace == self.namespace and status.origin.name == name]
        return mine[0] if mine else None

    def state(self, name: str = "http") -> str:
        """Its state, "" for none."""
        status = self.health(name)
        return status.state if status else ""

    def deployment(self, name: str = "web") -> dict[str, Any]:
        """As it is now."""
        found = self.cluster.get(self.cluster.resource("apps/v1", "Deployment"), self.namespace, name)
        assert found is not None
        return found

    def pods(self, name: str = "web") -> list[str]:
        """Names of the pods that are not ending."""
        found = self.cluster.list(self.cluster.resource("v1", "Pod"), self.namespace, selector=f"app={name}").items
        return [pod["metadata"]["name"] for pod in found if not pod["metadata"].get("deletionTimestamp")]

    def run_in(self, pod: str, script: str) -> None:
        """Run a shell script in a pod."""

        async def run() -> str:
            dialer = Dialer(self.cluster.raw())
            path = exec_path(self.namespace, pod, "main", ["sh", "-c", script])
            try:
                return (await outcome(await dialer.open(path, PROTOCOLS, pod, RUNNING))).outcome
            finally:
                await dialer.close()

        assert asyncio.run(run()) == "passed"

    def events(self) -> list[str]:
        """Reasons of our events, oldest first."""
        items = self.cluster.list(self.cluster.resource("v1", "Event"), self.namespace).items
        mine = [item for item in items if (item.get("source") or {}).get("component") == "roro"]
        return [item["reason"] for item in sorted(mine, key=lambda item: str(item["metadata"]["name"]))]
