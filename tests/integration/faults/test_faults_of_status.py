"""`roro ps` when the cluster is away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fault_proxy import FaultProxy

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  mode: quiet\n"


class Shop:
    """A workspace of one ConfigMap, and the command that reaches its cluster through the proxy."""

    def __init__(self, root: Path, namespace: str, proxy: FaultProxy) -> None:
        self.root = root
        documents = {
            "workspace.json": {"version": 1, "name": f"w{namespace}"[:40], "namespace": namespace},
            "apps/api/app.json": {},
            "environments/dev/environment.json": {},
        }
        for path, document in documents.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(json.dumps(document))
        (root / "apps/api/manifests").mkdir()
        (root / "apps/api/manifests/settings.yaml").write_text(MANIFEST)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("K8S_AUTH_", "RORO_", "XDG_", "KUBECONFIG"))}
        private = {f"XDG_{name}": str(root.parent / name) for name in ("STATE_HOME", "CACHE_HOME", "RUNTIME_DIR")}
        (root.parent / "RUNTIME_DIR").mkdir(mode=0o700)
        self.environment = {**kept, **private, "K8S_AUTH_HOST": proxy.url, "K8S_AUTH_API_KEY": "unused"}

    def roro(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "roro", "-w", str(self.root), *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)

    def ps(self) -> tuple[int, Any]:
        done = self.roro("ps", "dev", "-o", "json")
        return done.returncode, json.loads(done.stdout)


@pytest.fixture
def shop(tmp_path: Path, namespace: str, proxy: FaultProxy) -> Shop:
    found = Shop(tmp_path / "shop", namespace, proxy)
    done = found.roro("up", "dev")
    assert done.returncode == 0, done.stderr
    return found


def test_ps_must_say_how_it_was_when_the_cluster_is_away(shop: Shop, proxy: FaultProxy) -> None:
    code, before = shop.ps()
    assert (code, before["asOf"], before["instances"][0]["status"]) == (0, None, "Running")
    proxy.close()

    code, found = shop.ps()
    table = shop.roro("ps", "dev")

    assert code == 1
    assert found["asOf"].endswith("+00:00")
    assert [(row["instance"], row["status"], row["revision"]) for row in found["instances"]] == [("api", "Running", 1)]
    assert "Running?" in table.stdout
    assert "this is how it was at" in table.stderr
    (shop.root / "environments/dev/environment.json").write_text('{"variables": {"x": 1}}')
    assert "documents have changed since" in shop.roro("ps", "dev").stderr


def test_nothing_that_was_seen_must_be_believed_for_a_write(shop: Shop, proxy: FaultProxy) -> None:
    shop.ps()
    proxy.close()

    done = shop.roro("up", "dev")

    assert done.returncode == 1
    assert "Running" not in done.stdout


def test_cluster_that_was_never_seen_must_be_told_as_away(shop: Shop, proxy: FaultProxy) -> None:
    shop.ps()
    proxy.close()
    shop.environment["K8S_AUTH_HOST"] = "http://127.0.0.1:9"

    done = shop.roro("ps", "dev", "-o", "json")

    assert (done.returncode, done.stdout) == (1, "")
