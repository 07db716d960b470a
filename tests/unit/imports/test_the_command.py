"""`roro import`: finds out what it is given, writes it once, and says everything that a person has to know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, config
from click.testing import CliRunner

from roro.import_command import import_command

PROJECT = "services: {web: {image: 'nginx:${TAG:-1}', ports: ['8080:80'], ulimits: {nofile: 9}}}"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: demo}\ndata: {a: b}\n"


def run(*words: str | Path, environment: dict[str, str] | None = None) -> str:
    """What the command prints; its errors are raised."""
    result = CliRunner().invoke(import_command, [str(word) for word in words], env=environment or {}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "compose.yaml").write_text(PROJECT)
    return folder


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_folder_must_become_a_workspace_beside_its_compose_file(project: Path) -> None:
    told = run(project)
    assert files(project) >= {"workspace.json", "apps/web/app.json", "apps/web/manifests/web.yaml.j2", "environments/dev/environment.json"}
    assert "compose.yaml:1:" in told
    assert "ulimits has no equivalent" in told
    assert f"roro -w {project} up dev" in told


def test_a_check_must_write_nothing_and_tell_the_same(project: Path, tmp_path: Path) -> None:
    told = run(project / "compose.yaml", "--into", tmp_path / "new", "--check")
    assert not (tmp_path / "new").exists()
    assert "would make" in told
    assert "ulimits has no equivalent" in told


def test_json_must_be_one_document(project: Path, tmp_path: Path) -> None:
    found = json.loads(run(project, "--into", tmp_path / "new", "-o", "json"))
    assert (found["kind"], found["workspace"], found["written"]) == ("compose", "project", True)
    assert found["apps"] == [{"app": "web", "runs": "Deployment"}]
    (remark,) = found["remarks"]
    assert (remark["path"], remark["lost"], remark["where"][:15]) == ("services.web.ulimits", True, "compose.yaml:1:")


def test_a_second_import_must_not_write_over_what_somebody_changed(project: Path) -> None:
    run(project)
    (project / "apps/web/app.json").write_text("{}")
    with pytest.raises(UsageError, match="already there: nothing was written"):
        run(project)
    assert (project / "apps/web/app.json").read_text() == "{}"
    run(project, "--overwrite")
    assert (project / "apps/web/app.json").read_text() != "{}"


def test_several_files_variables_and_a_name_must_be_taken(project: Path, tmp_path: Path) -> None:
    (project / "prod.yaml").write_text("services: {web: {scale: 3}}")
    (project / "prod.env").write_text("TAG=7")
    run(project / "compose.yaml", project / "prod.yaml", "--into", tmp_path / "new", "--env-file", project / "prod.env", "--name", "other")
    assert json.loads((tmp_path / "new/apps/web/app.json").read_text())["variables"] == {"image": "nginx:7", "replicas": 3}
    assert json.loads((tmp_path / "new/workspace.json").read_text())["name"] == "other"


def test_the_shell_must_win_over_a_file_and_its_credentials_stay_out(project: Path, tmp_path: Path) -> None:
    (project / ".env").write_text("TAG=weak")
    run(project, "--into", tmp_path / "one", environment={"TAG": "strong"})
    assert "nginx:strong" in (tmp_path / "one/apps/web/app.json").read_text()
    (project / "compose.yaml").write_text("services: {web: {image: '${GITHUB_TOKEN}'}}")
    with pytest.raises(RoroError, match="--allow-env GITHUB_TOKEN"):
        run(project, "--into", tmp_path / "two", environment={"GITHUB_TOKEN": "ghp_secret"})
    run(project, "--into", tmp_path / "two", "--allow-env", "GITHUB_TOKEN", environment={"GITHUB_TOKEN": "image"})


def rendered(folder: Path, environment: str) -> list[dict[str, Any]]:
    report = config(Request(workspace=folder, environment=environment), rendered=True)
    return [manifest.object for item in report.rendered for manifest in item.result.manifests]


def test_manifests_must_become_an_app(tmp_path: Path) -> None:
    (tmp_path / "man" / "below").mkdir(parents=True)
    (tmp_path / "man" / "below" / "cm.yaml").write_text(CONFIG_MAP)
    run(tmp_path / "man", "--into", tmp_path / "new")
    assert [each["metadata"]["name"] for each in rendered(tmp_path / "new", "dev")] == ["demo"]


def test_a_chart_must_become_an_app_with_an_environment_for_each_values_file(tmp_path: Path) -> None:
    chart = tmp_path / "demo"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: demo\nversion: 0.1.0\n")
    (chart / "values.yaml").write_text("a: b\n")
    (chart / "values-prod.yaml").write_text("a: c\n")
    (chart / "templates" / "cm.yaml").write_text(CONFIG_MAP.replace("{a: b}", '{a: "{{ .Values.a }}"}'))
    run("helm", chart, "--into", tmp_path / "new")
    assert {path.name for path in (tmp_path / "new/environments").iterdir()} == {"dev", "prod"}
    assert json.loads((tmp_path / "new/apps/demo/app.json").read_text())["manifests"] == {
        "engine": "helm",
        "path": "chart",
        "values": [{"file": "chart/values-{{ environment }}.yaml", "required": False}],
    }


def test_overlays_must_become_environments(tmp_path: Path) -> None:
    for name, text in {
        "base": "resources: [cm.yaml]\n",
        "overlays/dev": "resources:\n- ../../base\n",
        "overlays/prod": "resources:\n- ../../base\n",
    }.items():
        (tmp_path / "kus" / name).mkdir(parents=True)
        (tmp_path / "kus" / name / "kustomization.yaml").write_text(text)
    (tmp_path / "kus/base/cm.yaml").write_text(CONFIG_MAP)
    run(tmp_path / "kus", "--into", tmp_path / "new")
    assert {path.name for path in (tmp_path / "new/environments").iterdir()} == {"dev", "prod"}
    told = run(tmp_path / "kus/overlays/dev", "--into", tmp_path / "alone")
    assert f"roro import kustomize {tmp_path / 'kus'}" in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "there is no nowhere"),
        (["empty"], "holds no Compose file"),
        (["compose", "a.yaml", "b.yaml"], "there is no file a.yaml"),
        (["manifests", "empty"], "has no .yaml"),
        (["helm", "empty"], "has no Chart.yaml"),
        (["notes.txt"], "is no Compose file"),
        (["manifests", "empty", "--profile", "x"], "are for Compose projects"),
    ],
)
def test_what_cannot_be_imported_must_be_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(UsageError, match=message):
        run(*words)
    assert files(tmp_path) == {"notes.txt"}
