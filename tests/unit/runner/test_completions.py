"""What a shell offers must be what there is, and never an error or a long wait."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._cache import Place, Seen, remember
from ansible_collections.roro.kube.plugins.module_utils._git import Held, Stored, keep_credential
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import kubeconfig_path
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace
from ansible_collections.roro.kube.plugins.module_utils._secrets import SecretText
from click.shell_completion import ShellComplete

from roro import completions
from roro.cli import cli


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pod = {"spec": {"initContainers": [{"name": "prepare"}], "containers": [{"name": "main"}, {"name": "side"}]}}
    documents = {
        "workspace.json": {"version": 1, "name": "shop", "defaultEnvironment": "dev"},
        "apps/api/app.json": {"profiles": ["web"]},
        "apps/api/manifests/a.json": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "api"},
            "spec": {"template": pod},
        },
        "environments/dev/environment.json": {"instances": [{"app": "api", "profiles": ["debug"]}]},
        "environments/prod/environment.json": {},
    }
    for name, document in documents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(document))
    for what in ("CACHE_HOME", "STATE_HOME", "RUNTIME_DIR"):
        monkeypatch.setenv(f"XDG_{what}", str(tmp_path / what))
    contexts = [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in ("mine", "prod")]
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", "contexts": contexts}))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.chdir(tmp_path)
    record = kubeconfig_path("scale").parent
    record.mkdir()
    (record / "cluster.json").write_text("{}")
    return tmp_path


def offered(*words: str) -> list[str]:
    """For the last word, which is not complete yet."""
    return [item.value for item in ShellComplete(cli, {}, "roro", "_RORO_COMPLETE").get_completions(list(words[:-1]), words[-1])]


def test_contexts_must_be_those_of_the_kubeconfig_and_of_local_clusters(shop: Path) -> None:
    assert offered("up", "dev", "--context", "") == ["mine", "prod", "roro-scale"]
    assert offered("forward", "stop", "--context", "p") == ["prod"]


@pytest.mark.parametrize("command", ["up", "down", "status", "load", "kubeconfig"])
def test_local_clusters_must_be_offered(shop: Path, command: str) -> None:
    assert offered("cluster", command, "--name", "") == ["scale"]
    assert command == "load" or "scale" in offered("cluster", command, "")


def test_versions_of_kubernetes_must_be_those_that_can_be_built(shop: Path) -> None:
    assert offered("cluster", "up", "--version", "") == ["1.34", "1.37"]
    assert offered("cluster", "up", "--kubernetes-version", "1.3") == ["1.34", "1.37"]


def test_profiles_must_be_those_of_apps_and_instances(shop: Path) -> None:
    assert offered("up", "--profile", "") == ["web", "debug"]


def test_containers_must_be_those_of_the_manifests(shop: Path) -> None:
    assert sorted(offered("logs", "dev", "api", "-c", "")) == ["main", "prepare", "side"]
    assert offered("logs", "api", "-c", "s") == ["side"]


def test_levels_must_be_offered(shop: Path) -> None:
    assert offered("logs", "--level", "w") == ["warn"]


@pytest.mark.parametrize("command", ["start", "stop"])
def test_environments_and_instances_must_be_offered_to_forward(shop: Path, command: str) -> None:
    assert offered("forward", command, "") == ["api", "dev", "prod"]
    assert offered("forward", command, "dev", "a") == ["api"]


def test_revisions_and_instances_must_be_those_that_were_last_seen_and_no_cluster_asked(shop: Path) -> None:
    seen = {"api": {"revision": 12}, "left": {"revision": 2}}
    remember(Place(str(shop), load_workspace(shop).name, "dev"), Seen("2026-01-01T00:00:00+00:00", "cluster", instances=seen))

    assert offered("rollback", "dev", "api", "--to", "") == [str(number) for number in range(12, 2, -1)]
    assert offered("rollback", "dev", "left", "--to", "") == ["2", "1"]
    assert offered("rollback", "dev", "api", "--to", "1") == ["12", "11", "10"]
    assert "left" in offered("ps", "dev", "")


def test_what_does_not_answer_must_not_be_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions, "PATIENCE", 0.05)
    never = threading.Event()
    assert completions.in_time(lambda: [str(never.wait(30))]) == []
    never.set()


def test_what_fails_must_be_silent(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (shop / "kubeconfig").write_text("{not a kubeconfig")
    (shop / "workspace.json").write_text("{")
    assert offered("up", "--context", "") == ["roro-scale"]
    assert offered("up", "--profile", "") == offered("up", "") == offered("logs", "-c", "") == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("shop")
def test_credentials_must_be_offered_by_name_to_whoever_removes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    keep_credential(Stored("git.example.com", "https://git.example.com"), Held(SecretText("open sesame")))
    assert offered("git", "credentials", "remove", "") == ["git.example.com"]
    assert offered("git", "login", "git") == ["github", "gitlab"]
