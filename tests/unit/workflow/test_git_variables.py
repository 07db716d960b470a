"""The commit that a workspace is at, as variables of its templates; asked for only where something names them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _git
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError, RenderError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, config, render

sys.path.append(str(Path(__file__).parents[1] / "git"))

from git_scene import Scene, make_repository

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
JINJA = HEAD + 'data: {at: "{{ git.commit }} {{ git.shortCommit }} {{ git.branch }}", dirty: "{{ git.dirty }}"}\n'
SUFFIXES = {"a.yaml.j2": "{{ git.shortCommit }}", "a.yaml.tera": "{{ git.shortCommit }}", "a.yaml.hbs": "{{git.shortCommit}}"}


def files(template: str = JINJA, name: str = "a.yaml.j2", **app: Any) -> dict[str, str]:
    return {
        "workspace.json": json.dumps({"version": 1, "name": "shop"}),
        "apps/web/app.json": json.dumps(app),
        f"apps/web/manifests/{name}": template,
        "environments/dev/environment.json": "{}",
    }


def data(root: Path) -> dict[str, str]:
    _selection, (rendered,) = render(Request(root, "dev", system_environment={}))
    found: dict[str, str] = rendered.result.manifests[0].object["data"]
    return found


def plain(folder: Path, contents: dict[str, str]) -> Path:
    """A workspace that is in no repository."""
    folder.mkdir()
    Scene(folder).write(contents)
    return folder


def test_templates_must_know_the_commit_the_branch_and_whether_files_differ(tmp_path: Path) -> None:
    scene = make_repository(tmp_path / "it")
    commit = scene.commit(files())
    assert data(scene.folder) == {"at": f"{commit} {commit[:12]} main", "dirty": "False"}
    scene.write({"notes": "new"})
    assert data(scene.folder)["dirty"] == "True"
    scene.git("checkout", "-q", "--detach")
    assert data(scene.folder)["at"] == f"{commit} {commit[:12]} "


@pytest.mark.parametrize(("name", "text"), SUFFIXES.items())
def test_every_engine_must_have_them(tmp_path: Path, name: str, text: str) -> None:
    scene = make_repository(tmp_path / "it")
    commit = scene.commit(files(f'{HEAD}data: {{at: "{text}"}}\n', name))
    assert data(scene.folder) == {"at": commit[:12]}


def test_a_variable_of_a_document_may_name_them_and_dirty_must_be_a_truth_value(tmp_path: Path) -> None:
    scene = make_repository(tmp_path / "it")
    template = HEAD + "data: {tag: {{ tag }}, state: {{ state }}}\n"
    tag, state = "v-{{ git.shortCommit }}", "{{ 'changed' if git.dirty else 'clean' }}"
    commit = scene.commit(files(template, variables={"tag": tag, "state": state}))
    assert data(scene.folder) == {"tag": f"v-{commit[:12]}", "state": "clean"}


def test_a_name_of_a_branch_must_not_be_a_template(tmp_path: Path) -> None:
    scene = make_repository(tmp_path / "it")
    scene.commit(files(HEAD + 'data: {at: "{{ at }}"}\n', variables={"at": "{{ git.branch }}"}))
    scene.git("checkout", "-q", "-b", "x/{{instance}}")
    assert data(scene.folder) == {"at": "x/{{instance}}"}


def test_a_plain_folder_must_be_told_only_where_something_names_them(tmp_path: Path) -> None:
    folder = plain(tmp_path / "it", files())
    with pytest.raises(RenderError) as caught:
        data(folder)
    assert "git has no value" in str(caught.value)
    assert "git init" in str(caught.value)
    assert "a.yaml.j2" in str(caught.value)
    other = plain(tmp_path / "other", files(HEAD + "data: {image: alpine/git, text: \"{{ 'x' }} of git\"}\n"))
    assert data(other)["image"] == "alpine/git"


def test_a_repository_without_a_commit_must_be_told(tmp_path: Path) -> None:
    scene = make_repository(tmp_path / "it")
    scene.write(files())
    with pytest.raises(RenderError) as caught:
        data(scene.folder)
    assert "no commit yet" in str(caught.value)


def test_git_must_not_be_asked_where_nothing_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_repository(tmp_path / "it")
    scene.commit(files(HEAD + 'data: {image: alpine/git, at: "{{ instance }}", chart: "{{ app }}.git"}\n'))
    monkeypatch.setattr(_git, "open_repository", lambda _folder: pytest.fail("git was asked"))
    assert data(scene.folder)["image"] == "alpine/git"


def test_the_explanation_must_say_where_they_come_from(tmp_path: Path) -> None:
    scene = make_repository(tmp_path / "it")
    commit = scene.commit(files())
    report = config(Request(scene.folder, "dev", system_environment={}), rendered=False, explain=True)
    found = report.variables["web"].items["git"]
    assert (found.value["commit"], found.value["dirty"], str(found.origin)) == (commit, False, "computed")


def test_nobody_must_set_them(tmp_path: Path) -> None:
    folder = plain(tmp_path / "it", files(variables={"git": "mine"}))
    with pytest.raises(DocumentError) as caught:
        data(folder)
    assert "computed" in str(caught.value)
    other = plain(tmp_path / "other", files())
    with pytest.raises(UsageError):
        render(Request(other, "dev", system_environment={}, variables={"git": "mine"}))
