"""The tools that are compared: how each is prepared for a set of ConfigMaps, and the command that applies them.

Every contender gets the same objects, a namespace of its own and the same kubeconfig.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from page import ROOT


@dataclass(frozen=True)
class Contender:
    """One tool. prepare(folder, objects, namespace) writes its input and gives its command line."""

    name: str
    prepare: Callable[[Path, list[dict[str, object]], str], list[str]]
    in_process: bool = False
    """Whether its last output line is JSON with the `seconds` of its own work."""
    once: bool = False
    """Whether it takes so long that it runs in the first round only."""


def config_maps(count: int) -> list[dict[str, object]]:
    """`count` ConfigMaps of about 250 bytes each, without a namespace."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"settings-{number:05}", "labels": {"part": str(number % 7)}},
            "data": {"number": str(number), "text": f"some words for object {number} " * 4},
        }
        for number in range(count)
    ]


def contenders(kubeconfig: Path, kubectl: Path, helm: Path | None, peers: Path | None, flux: Path | None = None) -> list[Contender]:
    """Ours twice (the engine in its process, the whole command), then every peer that is at hand."""
    found = [
        Contender("roro engine", lambda folder, objects, namespace: _engine(folder, objects, namespace, kubeconfig), in_process=True),
        Contender("roro up", lambda folder, objects, namespace: _roro(folder, objects, namespace, kubeconfig)),
        Contender(
            "kubectl apply --server-side", lambda folder, objects, namespace: _kubectl(folder, objects, namespace, kubeconfig, kubectl)
        ),
    ]
    if helm:
        found.append(
            Contender("helm upgrade --install", lambda folder, objects, namespace: _helm(folder, objects, namespace, kubeconfig, helm))
        )
    if flux:
        found.append(Contender("flux pkg/ssa", lambda folder, objects, namespace: _flux(folder, objects, namespace, kubeconfig, flux)))
    if peers:
        found.append(
            Contender(
                "kubernetes.core.k8s", lambda folder, objects, namespace: _core(folder, objects, namespace, kubeconfig, peers), once=True
            )
        )
    return found


def _workspace(folder: Path, objects: list[dict[str, object]], namespace: str) -> Path:
    files = {
        "workspace.json": {"version": 1, "name": namespace, "namespace": namespace},
        "apps/settings/app.json": {"manifests": {"engine": "raw"}},
        "environments/bench/environment.json": {},
    }
    for name, document in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(document))
    (folder / "apps/settings/manifests").mkdir(exist_ok=True)
    _multi_document(folder / "apps/settings/manifests/all.yaml", objects)
    return folder


def _engine(folder: Path, objects: list[dict[str, object]], namespace: str, kubeconfig: Path) -> list[str]:
    return [sys.executable, str(ROOT / "benchmarks/engine_up.py"), str(_workspace(folder, objects, namespace)), str(kubeconfig)]


def _roro(folder: Path, objects: list[dict[str, object]], namespace: str, kubeconfig: Path) -> list[str]:
    roro = Path(sys.executable).parent / "roro"
    return [str(roro), "-w", str(_workspace(folder, objects, namespace)), "up", "bench", "--kubeconfig", str(kubeconfig)]


def _kubectl(folder: Path, objects: list[dict[str, object]], namespace: str, kubeconfig: Path, kubectl: Path) -> list[str]:
    _multi_document(folder / "all.yaml", objects)
    return [str(kubectl), "--kubeconfig", str(kubeconfig), "-n", namespace, "apply", "--server-side", "-f", str(folder / "all.yaml")]


def _helm(folder: Path, objects: list[dict[str, object]], namespace: str, kubeconfig: Path, helm: Path) -> list[str]:
    (folder / "chart/templates").mkdir(parents=True, exist_ok=True)
    (folder / "chart/Chart.yaml").write_text("apiVersion: v2\nname: settings\nversion: 1.0.0\n")
    _multi_document(folder / "chart/templates/all.yaml", objects)
    arguments = ["--kubeconfig", str(kubeconfig), "-n", namespace, "upgrade", "--install", "--wait", "settings", str(folder / "chart")]
    return [str(helm), *arguments]


def _flux(folder: Path, objects: list[dict[str, object]], namespace: str, kubeconfig: Path, flux: Path) -> list[str]:
    _multi_document(folder / "all.yaml", objects)
    return [str(flux), "--kubeconfig", str(kubeconfig), "--namespace", namespace, str(folder / "all.yaml")]


def _core(folder: Path, objects: list[dict[str, object]], namespace: str, kubeconfig: Path, peers: Path) -> list[str]:
    _multi_document(folder / "all.yaml", objects)
    task = {
        "kubernetes.core.k8s": {
            "state": "present",
            "src": str(folder / "all.yaml"),
            "namespace": namespace,
            "kubeconfig": str(kubeconfig),
            "apply": True,
            "server_side_apply": {"field_manager": "ansible"},
        }
    }
    play = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}]
    (folder / "play.yml").write_text(yaml.safe_dump(play))
    configuration = folder / "ansible.cfg"
    configuration.write_text("[defaults]\nlocalhost_warning = false\n")
    return ["env", f"ANSIBLE_CONFIG={configuration}", str(peers.resolve() / "bin/ansible-playbook"), str(folder / "play.yml")]


def _multi_document(path: Path, objects: list[dict[str, object]]) -> None:
    path.write_text(yaml.dump_all(objects, Dumper=yaml.CSafeDumper, sort_keys=False))
