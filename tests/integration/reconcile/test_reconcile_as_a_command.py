"""`roro reconcile` and `roro approve` as scripts and people use them: exit codes, one document, and words that say what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from reconcile_scene import CONFIG_MAP, Scene, config

sys.path.insert(0, str(Path(__file__).parents[1] / "command"))
from command_runs import Ran, clean_environment

Roro = Callable[..., Ran]


@pytest.fixture
def roro(scene: Scene, tmp_path: Path) -> Roro:
    folders = {f"XDG_{what}": str(tmp_path / what.lower()) for what in ("STATE_HOME", "RUNTIME_DIR")}
    environ = clean_environment(K8S_AUTH_KUBECONFIG=str(scene.kubeconfig), **folders)

    def run(*words: str) -> Ran:
        ran = subprocess.run([sys.executable, "-m", "roro", *words], cwd=scene.root, env=environ, capture_output=True, text=True)
        assert "Traceback" not in ran.stderr, ran.stderr
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    return run


def test_exit_codes_and_words_must_tell_what_was_found_and_done(scene: Scene, roro: Roro) -> None:
    scene.app("api", config(mode="one"))
    scene.up()
    quiet = roro("reconcile", "dev")
    assert (quiet.code, quiet.stdout) == (0, f"{scene.name} dev: nothing differs\n"), quiet.told
    scene.patch(CONFIG_MAP, "settings", {"data": {"mode": "by hand"}})

    told = roro("reconcile", "dev")
    line = f"api: Update ConfigMap {scene.namespace}/settings: data.mode differs, by kubectl-edit"
    assert told.code == 3 and line in told.stdout and "roro reconcile dev --drift correct" in told.stdout, told.told
    planned = roro("reconcile", "dev", "--drift", "propose", "-o", "json")
    plan = planned.document["standing"]["proposal"]["id"]
    assert planned.code == 3 and not planned.document["changed"]
    listed = roro("approve", "--list")
    assert listed.code == 0 and plan in listed.stdout and "settings" in listed.stdout, listed.told
    assert roro("approve", "dev-000000").code not in (0, 3)
    assert scene.data() == {"mode": "by hand"}
    approved = roro("approve", plan)
    assert approved.code == 0 and f"{line} (done)" in approved.stdout, approved.told
    assert roro("approve", "--list").stdout == "nothing is proposed\n"

    scene.delete(CONFIG_MAP, "settings")
    corrected = roro("reconcile", "dev", "--drift", "correct", "-o", "json")
    assert corrected.code == 0 and corrected.document["changed"], corrected.told
    assert [one["action"] for one in corrected.document["corrected"]] == ["Create"]


def test_what_cannot_be_corrected_must_leave_with_one_and_say_why(scene: Scene, roro: Roro) -> None:
    scene.app("api", config(mode="one"))
    scene.up()
    scene.app("api", config(mode="one"), {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": []}})
    failed = roro("reconcile", "dev", "--drift", "correct")
    assert failed.code == 1 and "ports" in failed.told, failed.told
    scene.write("apps/api/app.json", '{"dependsOn": ["nobody"]}')
    broken = roro("reconcile", "dev")
    assert broken.code not in (0, 3) and "nobody" in broken.stderr, broken.told


def test_an_environment_that_is_not_there_must_be_told_with_those_that_are(scene: Scene, roro: Roro) -> None:
    ran = roro("reconcile", "prod")
    assert ran.code not in (0, 1, 3) and "dev" in ran.stderr, ran.told
