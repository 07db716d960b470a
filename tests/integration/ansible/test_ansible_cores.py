# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every ansible-core, Python and Kubernetes client that the collection is for: the engine's tests and a day of an operator with each.

`make test` takes the oldest and the newest, `scripts/test-long matrix` all of them (RORO_TEST_MATRIX=1). A cell that cannot be had on this
machine is skipped, with the reason.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster

TOP = Path(__file__).parents[3]
OLDEST, NEWEST = "bounds 3.11 31", "pre 3.13 37"
MATRIX = (  # ansible-core, Python, Kubernetes client, as scripts/ansible_core takes them
    *(OLDEST, "2.19 3.11 33", "2.19 3.12 32", "2.19 3.13 34"),
    *("2.20 3.12 35", "2.20 3.13 36", "2.20 3.14 37"),
    *("2.21 3.12 31", "2.21 3.13 35", "2.21 3.14 36"),
    *(NEWEST, "pre 3.14 37"),
)
CELLS = MATRIX if os.environ.get("RORO_TEST_MATRIX") else (OLDEST, NEWEST)
ENGINE = ("tests/unit/cluster", "tests/unit/values", "tests/unit/exec")
WARNINGS = ("DeprecationWarning", "PendingDeprecationWarning", "SyntaxWarning")
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


@pytest.fixture(params=[pytest.param(cell, marks=pytest.mark.xdist_group(cell)) for cell in CELLS])
def core(request: pytest.FixtureRequest) -> Path:
    """The commands of one ansible-core, in an environment of its own."""
    made = subprocess.run([str(TOP / "scripts/ansible_core"), *request.param.split()], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(made.stderr.strip().splitlines()[-1])
    return Path(made.stdout.strip()) / "bin"


@pytest.mark.timeout(900)
def test_the_engines_tests_must_pass_and_nothing_of_ours_warn(core: Path, tmp_path: Path) -> None:
    errors = [word for warning in WARNINGS for word in ("-W", f"error::{warning}")]
    words = [str(core / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *errors, *ENGINE]

    ran = subprocess.run([*words, f"--basetemp={tmp_path / 'work'}"], capture_output=True, text=True, cwd=TOP, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.timeout(900)
def test_a_day_of_an_operator_must_go_without_a_warning(core: Path, workspace: Path, cluster_kubeconfig: Path, tmp_path: Path) -> None:
    defaults = {"workspace": str(workspace), "environment": "dev", "kubeconfig": str(cluster_kubeconfig)}
    play = {"hosts": "localhost", "gather_facts": False, "module_defaults": {"group/roro.kube.kube": defaults}, "tasks": DAY}
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "RORO_", "ANSIBLE_"))}
    environ = {**clean, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "false"}
    environ["PYTHONWARNINGS"] = ",".join(f"always::{warning}" for warning in WARNINGS)
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
    assert [line for line in output.splitlines() if "Warning: " in line and "/roro/kube/" in line] == []
