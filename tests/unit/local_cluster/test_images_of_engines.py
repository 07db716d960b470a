"""`roro cluster load IMAGE` must take what the local Docker or Podman has. The engines here are fakes that say so."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import LocalClusterError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import engine_images
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.engine_images import image_archives

FAKE = """#!/bin/sh
# A fake of {name} for the tests of roro: no engine, and no container, is behind it.
echo "$0 $*" >> {log}
case "$1" in
  version) {version} ;;
  image)
    for last; do :; done
    case " {images} " in *" $last "*) exit 0 ;; *) echo "no such image (the fake {name} says)" >&2; exit 1 ;; esac ;;
  save) while [ "$1" != -o ]; do shift; done; cp {archive} "$2" || exit 1; {save} ;;
esac
"""

MakeFake = Callable[..., None]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeFake:
    """A machine with no engine but the fakes that a test makes."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(engine_images, "find", lambda name: str(path) if (path := tmp_path / "bin" / name).exists() else None)
    archive = tmp_path / "fake.tar"

    def make(name: str, *images: str, tags: tuple[str, ...] | None = None, version: str = "exit 0", save: str = "exit 0") -> None:
        (tmp_path / "manifest.json").write_text(
            json.dumps([{"Config": "c", "RepoTags": list(images if tags is None else tags), "Layers": []}])
        )
        with tarfile.open(archive, "w") as tar:
            tar.add(tmp_path / "manifest.json", "manifest.json")
        script = FAKE.format(name=name, log=tmp_path / "log", images=" ".join(images), archive=archive, version=version, save=save)
        (tmp_path / "bin" / name).write_text(script)
        os.chmod(tmp_path / "bin" / name, 0o755)

    return make


def loaded(tmp_path: Path, *images: str) -> tuple[list[Path], list[str]]:
    """The archives, checked to be there, and what was told."""
    told: list[str] = []
    with image_archives(images, tmp_path, lambda phase, message: told.append(message)) as archives:
        assert all(archive.is_file() for archive in archives)
    assert not list(tmp_path.glob("saved-*")), "what was saved is gone afterwards"
    return archives, told


def test_an_image_of_docker_must_be_saved(tmp_path: Path, machine: MakeFake) -> None:
    machine("docker", "shop/api:1")
    loaded(tmp_path, "shop/api:1")
    asked = (tmp_path / "log").read_text().splitlines()
    assert [line.split()[1] for line in asked] == ["image", "save"]
    assert asked[1].endswith(" shop/api:1")


def test_the_engine_that_has_the_image_must_be_asked(tmp_path: Path, machine: MakeFake) -> None:
    machine("docker", "other:1")
    machine("podman", "shop/api:1")
    loaded(tmp_path, "shop/api:1")
    assert "podman save --format docker-archive -o " in (tmp_path / "log").read_text()
    assert "docker save" not in (tmp_path / "log").read_text()


def test_a_name_that_the_cluster_will_not_know_must_be_told(tmp_path: Path, machine: MakeFake) -> None:
    machine("podman", "shop/api:1", tags=("localhost/shop/api:1",))
    assert "the cluster knows shop/api:1 as localhost/shop/api:1: manifests have to name it so" in loaded(tmp_path, "shop/api:1")[1]


@pytest.mark.parametrize("tag", ["shop:1", "docker.io/library/shop:1"])
def test_a_name_that_means_the_same_must_not_be_told(tmp_path: Path, machine: MakeFake, tag: str) -> None:
    machine("docker", "shop:1", tags=(tag,))
    assert not [line for line in loaded(tmp_path, "shop:1")[1] if "manifests" in line]


def test_files_must_stay_what_they_are(tmp_path: Path, machine: MakeFake) -> None:
    machine("docker")
    archive = tmp_path / "shop"
    archive.touch()
    assert loaded(tmp_path, str(archive))[0] == [archive]
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("image", ["shop.tar", "./shop", "/nowhere/shop", "a image", "-o", "$(x)"])
def test_what_can_be_no_image_must_reach_no_engine(tmp_path: Path, machine: MakeFake, image: str) -> None:
    machine("docker")
    with pytest.raises(UsageError, match="there is no file"):
        loaded(tmp_path, image)
    assert not (tmp_path / "log").exists()


def test_errors_must_say_which_engine_lacks_what(tmp_path: Path, machine: MakeFake) -> None:
    with pytest.raises(UsageError, match="neither docker nor podman is here"):
        loaded(tmp_path, "shop:1")
    machine("docker", version="exit 1")
    with pytest.raises(UsageError, match="docker cannot be asked"):
        loaded(tmp_path, "shop:1")
    machine("podman")
    with pytest.raises(UsageError, match="no image of that name in docker or podman"):
        loaded(tmp_path, "shop:1")
    machine("podman", "shop:1", save="echo 'no space (the fake says)'; exit 3")
    with pytest.raises(LocalClusterError, match="exit code 3: no space"):
        loaded(tmp_path, "shop:1")
