"""Which image manifests get: by the sources, or what a local cluster was given last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._build import LastImage, write_last
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, load

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {image: '{{ image }}'}\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose app is built from `src`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    app, root = tmp_path / "shop" / "apps" / "api", tmp_path / "shop"
    for path, text in {
        root / "workspace.json": '{"version": 1, "name": "shop"}',
        app / "app.json": '{"build": "src"}',
        app / "manifests" / "a.yaml.j2": MANIFEST,
        app / "src" / "Dockerfile": "FROM scratch\n",
        root / "environments" / "dev" / "environment.json": "{}",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def reference(root: Path) -> str:
    (instance,) = load(Request(root)).instances
    return str(instance.variables["image"].value)


def inputs(root: Path) -> str:
    return reference(root).rpartition(":")[2]


def test_the_name_must_follow_from_the_sources_without_building(root: Path) -> None:
    before = reference(root)
    assert before.startswith("roro.local/shop/api:")
    assert reference(root) == before
    (root / "apps/api/src/new").touch()
    assert reference(root) != before


def test_a_local_cluster_must_keep_its_image_until_somebody_builds(root: Path) -> None:
    write_last(root, "dev", "api", LastImage("other", "roro.local/shop/api:older", local=True))
    (instance,) = load(Request(root)).instances
    assert instance.variables["image"].value == "roro.local/shop/api:older"
    assert "roro up --build" in instance.notes[0]


def test_a_registry_must_be_asked_for_the_image_of_the_present_sources(root: Path) -> None:
    present = reference(root)
    write_last(root, "dev", "api", LastImage("other", "roro.local/shop/api:older", local=False))
    assert reference(root) == present


def test_an_image_made_anew_must_be_taken_by_its_own_name(root: Path) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._build import inputs_of
    from ansible_collections.roro.kube.plugins.module_utils._workflow.image_references import wanted_images

    (wanted,) = wanted_images(load(Request(root)))
    write_last(root, "dev", "api", LastImage(inputs_of(wanted.spec), "roro.local/shop/api:again", local=True))
    assert reference(root) == "roro.local/shop/api:again"


def test_instances_that_are_built_alike_must_have_one_image(root: Path) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._workflow.image_references import wanted_images

    instances = [{"app": "api"}, {"app": "api", "suffix": "blue"}, {"app": "api", "suffix": "red", "build": {"args": {"A": "1"}}}]
    (root / "environments/dev/environment.json").write_text(json.dumps({"instances": instances}))
    assert [one.labels for one in wanted_images(load(Request(root)))] == [("api", "api-blue"), ("api-red",)]


def test_sources_that_are_not_there_must_only_matter_to_who_names_the_image(root: Path) -> None:
    (root / "apps/api/src/Dockerfile").unlink()
    (instance,) = load(Request(root)).instances
    assert "image" not in instance.variables
    assert "there is no Dockerfile" in instance.absent["image"]
