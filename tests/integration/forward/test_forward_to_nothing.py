"""Forwards that have nothing to lead to: told at once and once, and never opened beside a run that removes it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._events import ignore
from ansible_collections.roro.kube.plugins.module_utils._release.locks.holder import this_process
from ansible_collections.roro.kube.plugins.module_utils._release.locks.lease import Locks
from forward_scene import ForwardScene, service

ROOT = [sys.executable, "-m", "roro"]


def workspace(scene: ForwardScene, folder: Path) -> Path:
    """Two apps, each with a ConfigMap, a Service without pods and a forward to it."""
    documents: dict[str, Any] = {
        "workspace.json": {"version": 1, "name": f"w{scene.namespace}", "namespace": scene.namespace},
        "environments/dev/environment.json": {"kubeconfig": str(scene.kubeconfig)},
    }
    for app in ("web", "other"):
        documents[f"apps/{app}/app.json"] = {"forwards": [{"name": "http", "target": f"service/{app}", "port": 80, "localPort": "auto"}]}
        documents[f"apps/{app}/manifests/service.json"] = service(app)
        metadata = {"name": app}
        documents[f"apps/{app}/manifests/settings.json"] = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "data": {"a": "1"},
        }
    for name, document in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
    return folder


def roro(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    found = subprocess.run([*ROOT, "-w", str(folder), *words], capture_output=True, text=True, check=False)
    assert found.returncode == code, found.stdout + found.stderr
    return found


def states(folder: Path) -> dict[str, str]:
    listed = json.loads(roro(folder, "forward", "list", "-o", "json").stdout)
    rows = listed["forwards"] if isinstance(listed, dict) else listed
    return {row["target"]: row["state"] for row in rows}


def test_a_forward_without_pods_must_be_told_at_once_and_once(scene: ForwardScene, tmp_path: Path) -> None:
    shop = workspace(scene, tmp_path / "shop")
    roro(shop, "up", "dev", "--no-forward")
    began = time.monotonic()
    told = roro(shop, "up", "dev")
    assert time.monotonic() - began < 25, "the forwards' own time is 30 s"
    for app in ("web", "other"):
        assert told.stderr.count(f"service/{app} has no pod") == 1, told.stderr
    roro(shop, "down", "dev")


@pytest.mark.parametrize("then_down", [False, True])
def test_a_run_that_is_refused_must_not_open_the_way_to_what_another_may_remove(
    scene: ForwardScene, tmp_path: Path, then_down: bool
) -> None:
    shop = workspace(scene, tmp_path / "shop")
    roro(shop, "up", "dev", "--no-forward")
    settings = shop / "apps/web/manifests/settings.json"
    settings.write_text(settings.read_text().replace('"1"', '"2"'))
    locks = Locks(scene.cluster, f"w{scene.namespace}", "dev", this_process(), 0.0, ignore)
    locks.acquire("web", scene.namespace)
    try:
        refused = roro(shop, "up", "dev", code=1)
    finally:
        locks.release("web")
    assert "Locked" in refused.stderr
    assert states(shop) == {}
    if then_down:
        roro(shop, "down", "dev")
        assert states(shop) == {}
