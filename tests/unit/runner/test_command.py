"""Promises of the command itself that need no cluster: help, exit codes, messages, completion, init."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import CLUSTER_TOOLS
from click.testing import CliRunner

from roro.cli import COMMANDS, cli


def roro(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, away from any cluster."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("K8S_AUTH_", "KUBE", "RORO_"))}
    variables = {**clean, "HOME": str(cwd), "XDG_STATE_HOME": str(cwd / "state"), "XDG_RUNTIME_DIR": str(cwd), **environment}
    return subprocess.run([sys.executable, "-m", "roro", *arguments], cwd=cwd, env=variables, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "cluster"])
def test_every_command_must_explain_itself_with_examples(command: str) -> None:
    result = CliRunner().invoke(cli, [command, "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.stdout


def test_init_must_make_a_workspace_that_config_accepts(tmp_path: Path) -> None:
    made = roro("init", "shop", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    shown = roro("-w", "shop", "config", "dev", "--render", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "Good morning from dev" in shown.stdout


def test_config_must_lint_charts_and_leave_with_1_on_an_error(tmp_path: Path) -> None:
    roro("init", "shop", cwd=tmp_path)
    chart = tmp_path / "shop" / "apps" / "web" / "manifests"
    (chart / "templates").mkdir(parents=True)
    (chart.parent / "app.json").write_text("{}")
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 0.1.0\n")
    template = chart / "templates" / "settings.yaml"
    template.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    tools = CLUSTER_TOOLS.ensure("helm", lambda *_: None).parent
    cache = str(tools.parents[1])

    good = roro("-w", "shop", "config", "dev", "--lint", cwd=tmp_path, XDG_CACHE_HOME=cache)
    assert (good.returncode, "icon is recommended" in good.stdout) == (0, True), good.stderr
    template.write_text("a: {{ if }}")
    bad = roro("-w", "shop", "config", "dev", "web", "--lint", "-o", "json", cwd=tmp_path, XDG_CACHE_HOME=cache)
    assert bad.returncode == 1
    assert "error" in {finding["severity"] for finding in json.loads(bad.stdout)["instances"][0]["findings"]}


def test_init_must_not_overwrite(tmp_path: Path) -> None:
    roro("init", "shop", cwd=tmp_path)
    again = roro("init", "shop", cwd=tmp_path)
    assert again.returncode == 2
    assert "already there" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("up", "nowhere"), "nowhere"),
        (("up", "dev", "no-such-instance"), "no-such-instance"),
        (("up", "dev", "--var", "broken"), "NAME=VALUE"),
        (("up", "dev", "--timeout", "soon"), "duration"),
        (("up", "dev", "--no-such-option"), "No such option"),
        (("no-such-command",), "No such command"),
    ],
)
def test_wrong_usage_must_end_with_2_and_say_what(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    roro("init", ".", cwd=tmp_path)
    result = roro(*arguments, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_without_a_workspace_the_message_must_say_how_to_make_one(tmp_path: Path) -> None:
    result = roro("up", "dev", cwd=tmp_path)
    assert result.returncode == 2
    assert "roro init" in result.stderr


def test_without_a_cluster_nothing_must_be_guessed(tmp_path: Path) -> None:
    roro("init", ".", cwd=tmp_path)
    kubeconfig = tmp_path / ".kube" / "config"
    kubeconfig.parent.mkdir()
    cluster = {"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "production", "context": {"cluster": "c", "user": "u"}}
    document = {"current-context": "production", "clusters": [cluster], "contexts": [context], "users": [{"name": "u", "user": {}}]}
    kubeconfig.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **document}))
    result = roro("ps", "dev", cwd=tmp_path)
    assert result.returncode == 2
    assert "no cluster is named" in result.stderr
    assert "roro cluster up" in result.stderr


def test_a_cluster_that_does_not_answer_must_end_with_1_and_its_address(tmp_path: Path) -> None:
    roro("init", ".", cwd=tmp_path)
    result = roro("ps", "dev", cwd=tmp_path, K8S_AUTH_HOST="https://127.0.0.1:1")
    assert result.returncode == 1
    assert "127.0.0.1:1" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_must_print_a_script(shell: str, tmp_path: Path) -> None:
    result = roro("completion", shell, cwd=tmp_path)
    assert result.returncode == 0
    assert "_RORO_COMPLETE" in result.stdout


def test_completion_must_offer_environments_then_instances(tmp_path: Path) -> None:
    roro("init", ".", cwd=tmp_path)
    (tmp_path / "environments" / "staging").mkdir()
    (tmp_path / "environments" / "staging" / "environment.json").write_text('{"instances": [{"app": "hello", "suffix": "blue"}]}')

    def offered(words: str, position: int) -> str:
        return roro(cwd=tmp_path, _RORO_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(position)).stdout

    assert "staging" in offered("roro up st", 2)
    assert offered("roro up dev he", 3).split() == ["plain,hello"]
    assert offered("roro up staging he", 3).split() == ["plain,hello-blue"]


def test_an_instance_without_its_environment_must_be_known_as_one(tmp_path: Path) -> None:
    roro("init", ".", cwd=tmp_path)
    (tmp_path / "environments" / "staging").mkdir()
    (tmp_path / "environments" / "staging" / "environment.json").write_text("{}")
    result = roro("logs", "hello", cwd=tmp_path)
    assert result.returncode == 2
    assert '"hello" is an instance: of which environment?' in result.stderr
    assert "dev, staging" in result.stderr
