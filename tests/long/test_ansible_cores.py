# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A day of an operator with every ansible-core that the collection is for: the newest release of each, and previews."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster

TOP = Path(__file__).parents[2]
CORES = ("2.20", "2.21", "pre")
OBJECT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"mode": "a"}}
DAY: list[dict[str, Any]] = [
    {"roro.kube.up": {}, "register": "first"},
    {"roro.kube.up": {}, "register": "second"},
    {"roro.kube.up": {}, "check_mode": True, "diff": True, "register": "checked"},
    {"roro.kube.up": {}, "async": 60, "poll": 1, "register": "background"},
    {"roro.kube.status_info": {}, "register": "status", "loop": ["config"]},
    {"roro.kube.restart": {}, "no_log": True},
    {"roro.kube.history_info": {}},
    {"roro.kube.workspace_info": {}},
    {"roro.kube.down": {}, "register": "gone"},
    {
        "ansible.builtin.assert": {
            "that": [
                "first is changed",
                "second is not changed",
                "checked is not changed",
                "background is not changed",
                "status.results[0].instances[0].status == 'Running'",
                "gone is changed",
            ]
        }
    },
]


@pytest.fixture
def workspace(tmp_path: Path, unique: str, cluster: Cluster) -> Iterator[Path]:
    """A workspace of one ConfigMap."""
    root = tmp_path / "workspace"
    for folder, name, document in (
        (".", "workspace.json", {"version": 1, "name": unique, "namespace": unique}),
        ("apps/config", "app.json", {}),
        ("apps/config/manifests", "settings.json", OBJECT),
        ("environments/dev", "environment.json", {}),
    ):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / name).write_text(json.dumps(document))
    yield root
    cluster.delete(cluster.resource("v1", "Namespace"), None, unique)


@pytest.fixture(params=CORES)
def core(request: pytest.FixtureRequest) -> Path:
    """The commands of one ansible-core, in an environment of its own."""
    made = subprocess.run([str(TOP / "scripts/ansible_core"), request.param], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(made.stderr.strip().splitlines()[-1])
    return Path(made.stdout.strip()) / "bin"


@pytest.mark.timeout(900)
def test_a_day_of_an_operator_must_go_without_a_warning(core: Path, workspace: Path, cluster_kubeconfig: Path, tmp_path: Path) -> None:
    (tmp_path / "ansible_collections" / "roro").mkdir(parents=True)
    (tmp_path / "ansible_collections" / "roro" / "kube").symlink_to(TOP)
    defaults = {"workspace": str(workspace), "environment": "dev", "kubeconfig": str(cluster_kubeconfig)}
    play = {"hosts": "localhost", "gather_facts": False, "module_defaults": {"group/roro.kube.kube": defaults}, "tasks": DAY}
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "RORO_", "ANSIBLE_"))}
    environ = {**clean, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_COLLECTIONS_PATH": str(tmp_path), "ANSIBLE_LOCALHOST_WARNING": "false"}
    words = [
        core / "ansible-playbook",
        "-i",
        "localhost,",
        "-c",
        "local",
        "-e",
        f"ansible_python_interpreter={core / 'python'}",
        "play.yml",
    ]

    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True, cwd=tmp_path, env=environ, check=False)

    output = ran.stdout + ran.stderr
    assert ran.returncode == 0, output
    assert "WARNING" not in output
