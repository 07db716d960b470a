"""What documents say of images that are built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError
from ansible_collections.roro.kube.plugins.module_utils._model import ImageBuild, load_workspace, select, written_instance

WriteWorkspace = Callable[..., Path]


def images(root: Path) -> tuple[ImageBuild, ...]:
    (instance,) = select(load_workspace(root), None).instances
    return instance.builds


def test_a_folder_must_be_enough(write_workspace: WriteWorkspace) -> None:
    root = write_workspace(apps={"api": {"build": "src"}})
    (image,) = images(root)
    assert (image.context, image.dockerfile) == (root / "apps/api/src", root / "apps/api/src/Dockerfile")
    assert (image.repository, image.only) == ("roro.local/shop/api", True)


def test_everything_that_is_said_must_be_kept(write_workspace: WriteWorkspace) -> None:
    build = {
        "context": "../../src",
        "dockerfile": "docker/Dockerfile",
        "target": "run",
        "args": {"A": 1, "B": True, "C": "{{ git.shortCommit }}"},
        "secrets": ["npm"],
        "platforms": ["linux/amd64"],
        "image": "shop/api",
        "tags": ["{{ environment }}"],
        "labels": {"org.example.team": "web"},
        "maxSize": "1.5Gi",
    }
    root = write_workspace(apps={"api": {"build": build}})
    (image,) = images(root)
    assert image.context == root / "src"
    assert dict(image.args) == {"A": "1", "B": "true", "C": "{{ git.shortCommit }}"}
    assert [(secret.id, secret.environment) for secret in image.secrets] == [("npm", "npm")]
    assert image.repository == "docker.io/shop/api"
    assert image.max_size == 3 * 2**29


def test_several_images_must_have_names_of_their_own(write_workspace: WriteWorkspace) -> None:
    build = {"images": {"web": {"context": "web"}, "worker": {"context": "web", "target": "worker"}}}
    found = images(write_workspace(apps={"api": {"build": build}}))
    assert [(one.name, one.repository, one.only) for one in found] == [
        ("web", "roro.local/shop/api-web", False),
        ("worker", "roro.local/shop/api-worker", False),
    ]


def test_an_instance_must_be_able_to_change_and_remove_it(write_workspace: WriteWorkspace) -> None:
    apps = {"api": {"build": {"context": "src", "args": {"A": "1", "B": "2"}}}}
    change = {"app": "api", "build": {"args": {"B": None, "C": "3"}}}
    (image,) = images(write_workspace(apps=apps, environments={"dev": {"instances": [change]}}))
    assert dict(image.args) == {"A": "1", "C": "3"}
    without = write_workspace(
        apps=apps, environments={"dev": {"instances": [{"app": "api", "build": None, "variables": {"image": "x:1"}}]}}
    )
    assert images(without) == ()


def test_what_config_prints_must_mean_the_same(write_workspace: WriteWorkspace) -> None:
    build = {"images": {"web": {"context": "web", "secrets": {"a": {"file": "x"}}, "maxSize": "5MB"}}}
    root = write_workspace(apps={"api": {"build": build}})
    (instance,) = select(load_workspace(root), None).instances
    again = write_workspace(apps={"api": {}}, environments={"dev": {"instances": [written_instance(instance, {"api": "api"})]}})
    assert images(again) == instance.builds


@pytest.mark.parametrize(
    ("app", "words"),
    [
        ({"build": {"context": "/etc"}}, "is not below the workspace"),
        ({"build": {"context": "src", "images": {"a": {}}}}, 'found context beside "images"'),
        ({"build": {"args": {"A": "{{ nothing }}"}}}, "is not a computed variable"),
        ({"build": {"tags": ["a b"]}}, "is no tag"),
        ({"build": {"image": "shop/api:1"}}, "without a tag"),
        ({"build": {"image": "shop/Api"}}, "without a tag"),
        ({"build": {"maxSize": "much"}}, "a size such as"),
        ({"build": {"secrets": {"a": {"file": "x", "environment": "X"}}}}, "expected exactly one of them"),
        ({"build": {"contxt": "src"}}, "context"),
        ({"build": "src", "variables": {"image": "x:1"}}, '"image" is what `build` makes'),
        ({"build": "src", "variables": {"images": {}}}, '"images" is what `build` makes'),
    ],
)
def test_what_cannot_be_meant_must_be_told_with_its_place(write_workspace: WriteWorkspace, app: dict[str, Any], words: str) -> None:
    with pytest.raises(DocumentError) as told:
        images(write_workspace(apps={"api": app}))
    assert words in str(told.value)
    assert "apps/api/app.json:" in str(told.value)
