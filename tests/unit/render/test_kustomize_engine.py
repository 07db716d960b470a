# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kustomization must build as kustomize builds it, from files of the workspace only, and take the instance's variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._render import RenderCache, render_instance
from ansible_collections.roro.kube.plugins.module_utils._render.commands import Finished
from ansible_collections.roro.kube.plugins.module_utils._render.engines import kustomize as kustomize_engine
from ansible_collections.roro.kube.plugins.module_utils._secrets import secret
from engine_folders import documents, kubectl_command, said, write_tree

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {mode: fast}\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: web}]}
"""


@pytest.fixture(autouse=True)
def kubectl() -> Path:
    """The command itself."""
    return kubectl_command()


def rendered(app: Any, variables: Any = None, **options: Any) -> Any:
    """With the folder above `apps` as the workspace."""
    return render_instance(app.instance(variables, **options), cache=RenderCache(), root=app.folder.parent.parent)


def refused(app: Any, **options: Any) -> Any:
    from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError

    with pytest.raises(RenderError) as caught:
        rendered(app, **options)
    return caught.value.problems[0]


def test_a_kustomization_must_build_as_kustomize_builds_it(app: Any, kubectl: Path) -> None:
    folder = write_tree(
        app.manifests,
        {
            "kustomization.yaml": """\
namePrefix: dev-
labels: [{pairs: {team: web}, includeSelectors: true}]
resources: [web.yaml, ../shared]
components: [../component]
configMapGenerator: [{name: files, files: [a.txt, renamed=b.txt], envs: [some.env]}]
patches:
  - path: patch.yaml
  - {target: {kind: Deployment}, patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'}
images: [{name: web, newTag: "2"}]
""",
            "web.yaml": DEPLOYMENT,
            "patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n",
            "a.txt": "a",
            "b.txt": "b",
            "some.env": "A=1\n",
        },
    )
    write_tree(app.folder / "shared", {"kustomization.yml": "resources: [map.yaml]", "map.yaml": MAP})
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {seen: 'yes'}\n"
    write_tree(app.folder / "component", {"Kustomization": component})
    ours = [manifest.object for manifest in rendered(app).manifests]
    assert len(ours) == 3
    assert sorted(ours, key=lambda item: (item["kind"], item["metadata"]["name"])) == documents(said(kubectl, "kustomize", folder))


def test_every_object_must_be_told_at_its_own_file_and_every_file_be_an_input(app: Any) -> None:
    write_tree(app.manifests, {"kustomization.yaml": "resources: [../base]", "unused.yaml": MAP})
    write_tree(app.folder / "base", {"kustomization.yaml": "resources: [map.yaml]", "map.yaml": MAP})
    result = rendered(app)
    assert str(result.manifests[0].source.file) == "apps/x/base/map.yaml"
    names = {os.path.relpath(path, app.folder) for path in result.inputs}
    assert names == {"manifests/kustomization.yaml", "base/kustomization.yaml", "base/map.yaml"}


def test_a_base_may_be_anywhere_in_the_workspace_and_nowhere_else(app: Any) -> None:
    workspace = app.folder.parent.parent
    write_tree(workspace / "bases" / "web", {"kustomization.yaml": "resources: [map.yaml]", "map.yaml": MAP})
    write_tree(app.manifests, {"kustomization.yaml": "resources: [../../../bases/web]"})
    assert len(rendered(app).manifests) == 1
    write_tree(workspace.parent / "elsewhere", {"kustomization.yaml": "resources: [map.yaml]", "map.yaml": MAP})
    write_tree(app.manifests, {"kustomization.yaml": "resources: [../../../../elsewhere]"})
    problem = refused(app)
    assert "outside the workspace" in problem.message
    assert problem.where == f"{app.manifests}/kustomization.yaml:1"


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_that_leads_outside_the_workspace_must_be_refused(app: Any, tmp_path: Path, kind: str) -> None:
    outside = write_tree(tmp_path.parent / f"{tmp_path.name}-outside", {"map.yaml": MAP, "kustomization.yaml": "resources: [map.yaml]"})
    write_tree(app.manifests, {"kustomization.yaml": "resources: [linked]"})
    (app.manifests / "linked").symlink_to(outside / "map.yaml" if kind == "file" else outside)
    assert "outside the workspace" in refused(app).message


REMOTE = {
    "git": "resources: [https://git.example/web//base?ref=v1]",
    "git short": "resources: [git.example/team/web?ref=v1]",
    "ssh": "bases: ['git@git.example:team/web.git']",
    "file on the web": "resources: ['https://raw.example/x.yaml']",
    "component": "components: [https://git.example/web//component]",
    "crds": "crds: ['https://raw.example/x.json']",
    "patch": "resources: [map.yaml]\npatches: [{path: 'https://raw.example/x.yaml'}]",
    "openapi": "resources: [map.yaml]\nopenapi: {path: 'https://raw.example/x.json'}",
    "replacement": "resources: [map.yaml]\nreplacements: [{path: 'https://raw.example/x.yaml'}]",
    "file of a config map": "configMapGenerator: [{name: a, files: ['x=https://raw.example/x']}]",
    "generator": "generators: [https://git.example/web]",
    "key in another case": "RESOURCES: [https://git.example/web]",
    "in a generator written out": "generators: ['{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: a}, files: [https://a.example/x]}\n\n']",
}


@pytest.mark.parametrize("text", REMOTE.values(), ids=REMOTE.keys())
def test_what_is_remote_must_be_refused_before_anything_runs(app: Any, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kustomize_engine, "run_bounded", lambda *_, **__: pytest.fail("it ran"))
    write_tree(app.manifests, {"kustomization.yaml": text.replace("\\n", "\n"), "map.yaml": MAP})
    problem = refused(app)
    assert "is not in the workspace" in problem.message
    assert "Nothing is fetched" in problem.hint


RUNS = {
    "helm charts": ("helmCharts: [{name: web, repo: https://charts.example}]", "charts inside a kustomization"),
    "helm charts in another case": ("HelmCharts: [{name: web, repo: https://charts.example}]", "charts inside a kustomization"),
    "chart generator": ("generators: [g.yaml]", "charts inside a kustomization"),
    "exec function": ("transformers: [exec.yaml]", "functions run a program"),
    "container function": ("generators: [container.yaml]", "functions run a program"),
}


@pytest.mark.parametrize(("text", "message"), RUNS.values(), ids=RUNS.keys())
def test_what_runs_a_program_must_be_refused(app: Any, text: str, message: str) -> None:
    function = "apiVersion: a/v1\nkind: F\nmetadata:\n  name: f\n  annotations:\n    config.kubernetes.io/function: |\n      {}\n"
    write_tree(
        app.manifests,
        {
            "kustomization.yaml": text,
            "g.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: g}\n",
            "exec.yaml": function.format("exec: {path: /bin/touch}"),
            "container.yaml": function.format("container: {image: evil}"),
        },
    )
    assert message in refused(app).message


def test_a_legacy_exec_plugin_must_not_run(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / "ran"
    home = write_tree(tmp_path / "home", {"someteam.example/v1/evil/Evil": f"#!/bin/sh\ntouch {marker}\n"})
    (home / "someteam.example/v1/evil/Evil").chmod(0o755)
    monkeypatch.setenv("KUSTOMIZE_PLUGIN_HOME", str(home))
    plugin = "apiVersion: someteam.example/v1\nkind: Evil\nmetadata: {name: e}\n"
    write_tree(app.manifests, {"kustomization.yaml": "generators: [evil.yaml]", "evil.yaml": plugin})
    assert "plugin" in refused(app).message
    assert not marker.exists()


def test_variables_must_come_in_as_a_resource_with_their_types(app: Any) -> None:
    text = """\
resources: [web.yaml, roro-variables.yaml]
replacements:
  - source: {kind: Variables, fieldPath: data.replicas}
    targets: [{select: {kind: Deployment}, fieldPaths: [spec.replicas]}]
  - source: {kind: Variables, fieldPath: data.instance}
    targets: [{select: {kind: Deployment}, fieldPaths: [metadata.name]}]
"""
    write_tree(app.manifests, {"kustomization.yaml": text, "web.yaml": DEPLOYMENT, "roro-variables.yaml": "not: [read"})
    (manifest,) = rendered(app, {"replicas": 4}).manifests
    assert (manifest.object["spec"]["replicas"], manifest.object["metadata"]["name"]) == (4, "x")


def test_keys_in_another_case_must_do_as_with_kustomize(app: Any) -> None:
    text = "Resources: [map.yaml]\nNAMEPREFIX: x-\nbuildmetadata: [originAnnotations]"
    write_tree(app.manifests, {"kustomization.yaml": text, "map.yaml": MAP})
    (manifest,) = rendered(app).manifests
    assert manifest.object["metadata"]["name"].startswith("x-")
    assert "config.kubernetes.io/origin" in manifest.object["metadata"]["annotations"]


def test_an_annotation_of_the_users_own_must_stay(app: Any) -> None:
    write_tree(app.manifests, {"kustomization.yaml": "resources: [map.yaml]\nbuildMetadata: [originAnnotations]", "map.yaml": MAP})
    (manifest,) = rendered(app).manifests
    assert "config.kubernetes.io/origin" in manifest.object["metadata"]["annotations"]


ERRORS = {
    "missing file": ("resources: [nosuch.yaml]", "there is no nosuch.yaml", "kustomization.yaml:1"),
    "not yaml": ("resources: [map.yaml\n", "not valid YAML", "kustomization.yaml:2"),
    "unknown field": ("resources: [map.yaml]\nresoruces: []", "unknown field", "kustomization.yaml"),
    "resource is not yaml": ("resources: [bad.yaml]", "mapping values are not allowed", "bad.yaml"),
    "patch without target": ("resources: [map.yaml]\npatches: [{path: patch.yaml}]", "no matches for", "kustomization.yaml"),
    "empty folder": ("resources: [empty]", "there is no kustomization.yaml in", "kustomization.yaml:1"),
}


@pytest.mark.parametrize(("text", "message", "where"), ERRORS.values(), ids=ERRORS.keys())
def test_an_error_must_be_told_at_the_workspaces_own_file(app: Any, text: str, message: str, where: str) -> None:
    patch = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {}\n"
    write_tree(app.manifests, {"kustomization.yaml": text, "map.yaml": MAP, "bad.yaml": "a: b: c\n", "patch.yaml": patch})
    (app.manifests / "empty").mkdir()
    problem = refused(app)
    assert message in problem.message
    assert (problem.where or "").startswith(str(app.manifests / where))
    assert "roro-render-" not in str(problem)


def test_bases_that_name_each_other_must_end(app: Any) -> None:
    write_tree(app.manifests, {"kustomization.yaml": "resources: [../base]"})
    write_tree(app.folder / "base", {"kustomization.yaml": "resources: [../manifests]"})
    assert "cycle" in refused(app).message


def test_without_a_command_the_error_must_say_what_to_install(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kustomize_engine, "find_command", lambda _name: None)
    write_tree(app.manifests, {"kustomization.yaml": "resources: [map.yaml]", "map.yaml": MAP})
    assert "neither kustomize nor kubectl" in refused(app).message


def test_a_secret_must_be_hidden_before_the_message_is_cut(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(app.manifests, {"kustomization.yaml": "resources: [map.yaml]", "map.yaml": MAP})
    said_by_it = f"Error: {'x' * 990}hunter2-and-more-of-it"
    monkeypatch.setattr(kustomize_engine, "run_bounded", lambda *_args, **_options: Finished(1, "", said_by_it))
    problem = app.problem({"text": secret("hunter2-and-more-of-it")})
    assert "xxx" in problem.message
    assert "hunt" not in str(problem)
