"""What the tools wait for: Deployments whose pods are simulated or real, and a workspace in which each app needs the one before."""

from __future__ import annotations

import json
from pathlib import Path

IMAGE = "docker.io/library/idle:1"
"""What the real pods run: `sleep`, from the machine's static busybox."""
SECONDS_TO_READY = 4
"""How long a real pod takes to be Ready after its start, so that every tool is waiting by then."""


def simulated(name: str) -> dict[str, object]:
    """A Deployment of one pod on a simulated node, Ready as soon as it is scheduled."""
    where: dict[str, object] = {
        "nodeSelector": {"roro.dev/simulated": "true"},
        "tolerations": [{"key": "roro.dev/simulated", "operator": "Exists"}],
        "containers": [{"name": "main", "image": "example/absent:1"}],
    }
    return _deployment(name, where)


def real(name: str, *, probed: bool = True) -> dict[str, object]:
    """A Deployment of one pod that runs `IMAGE` and is Ready some seconds after its start; without a probe, as soon as it runs."""
    probe = {"exec": {"command": ["/bin/true"]}, "initialDelaySeconds": SECONDS_TO_READY, "periodSeconds": 1}
    container = {"name": "main", "image": IMAGE, "command": ["/bin/sleep", "1000"], **({"readinessProbe": probe} if probed else {})}
    return _deployment(name, {"terminationGracePeriodSeconds": 0, "containers": [container]})


def chain(folder: Path, namespace: str, objects: list[dict[str, object]]) -> Path:
    """A workspace with an app for each object, which depends on the one before being healthy."""
    files: dict[str, object] = {
        "workspace.json": {"version": 1, "name": namespace, "namespace": namespace},
        "environments/bench/environment.json": {},
    }
    for number, member in enumerate(objects):
        needs = {f"link{number - 1}": {"condition": "healthy"}} if number else {}
        files[f"apps/link{number}/app.json"] = {"manifests": {"engine": "raw"}, "dependsOn": needs}
        files[f"apps/link{number}/manifests/all.yaml"] = member
    for name, document in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(document))
    return folder


def write_idle_image(archive: Path, scratch: Path) -> None:
    """The image of the real pods, as an archive."""
    from ansible_collections.roro.kube.plugins.module_utils._local_cluster import ImageConfig, write_image

    binaries = scratch / "bin"
    binaries.mkdir(parents=True)
    for name in ("sleep", "true"):
        (binaries / name).write_bytes(Path("/bin/busybox").read_bytes())
        (binaries / name).chmod(0o755)
    write_image(IMAGE, scratch, archive, ImageConfig(command=["/bin/sleep", "1000"]))


def _deployment(name: str, pod: dict[str, object]) -> dict[str, object]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }
