"""The commands of each builder: complete, and without what nobody may see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._build.builders.buildah import Buildah
from ansible_collections.roro.kube.plugins.module_utils._build.builders.buildkit import BuildKit
from ansible_collections.roro.kube.plugins.module_utils._build.builders.docker import Docker
from ansible_collections.roro.kube.plugins.module_utils._build.builders.interface import Builder, Job
from ansible_collections.roro.kube.plugins.module_utils._build.builders.nerdctl import Nerdctl
from ansible_collections.roro.kube.plugins.module_utils._build.builders.podman import Podman

JOB = Job(
    reference="localhost:5001/shop/api:0123",
    context=Path("/shop/src"),
    dockerfile=Path("/shop/src/docker/Dockerfile.run"),
    id_file=Path("/work/id"),
    tags=("localhost:5001/shop/api:v1",),
    target="run",
    args={"VERSION": "1"},
    secrets={"npm": Path("/work/secret-0")},
    platforms=("linux/amd64",),
    labels={"team": "web"},
    ignore_file=Path("/shop/src/.dockerignore"),
    no_cache=True,
)
BUILDERS: list[Builder] = [Docker(), Podman(), Buildah(), Nerdctl(), BuildKit()]
KEEPING = [one for one in BUILDERS if one.keeps]


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda one: one.name)
def test_a_build_must_be_told_everything(builder: Builder) -> None:
    words = builder.build(JOB).argv
    text = " ".join(words)
    assert words[0] == builder.name
    secret = "id=npm,type=file,src=/work/secret-0"
    for part in ("VERSION=1", "team=web", secret, "linux/amd64", "--no-cache", "run", JOB.reference, JOB.tags[0]):
        assert part in text
    assert "/shop/src" in words[-1] or builder.name == "buildctl"
    assert "Dockerfile.run" in text


@pytest.mark.parametrize("builder", KEEPING, ids=lambda one: one.name)
def test_an_image_of_the_store_must_be_saved_and_pushed_by_its_name(builder: Builder) -> None:
    saved = " ".join(builder.save("roro.local/a:1", Path("/work/a.tar")).argv)
    assert "roro.local/a:1" in saved
    assert "/work/a.tar" in saved
    assert any("roro.local/a:1" in word for word in builder.push("roro.local/a:1", None).argv)


@pytest.mark.parametrize("builder", [Podman(), Buildah()], ids=lambda one: one.name)
def test_several_platforms_must_become_one_list_of_images(builder: Builder) -> None:
    words = builder.build(replace(JOB, platforms=("linux/amd64", "linux/arm64"))).argv
    assert "--tag" not in words
    assert words[words.index("--manifest") + 1] == JOB.reference
    assert words[words.index("--platform") + 1] == "linux/amd64,linux/arm64"
    assert builder.push(JOB.reference, None, several=True).argv[1:4] == ("manifest", "push", "--all")


def test_docker_must_push_several_platforms_while_it_builds() -> None:
    words = Docker().build(replace(JOB, platforms=("linux/amd64", "linux/arm64"), push=True)).argv
    assert words[1:3] == ("buildx", "build")
    assert "--push" in words


def test_buildkit_must_write_an_archive_or_push() -> None:
    names = f'"name={JOB.reference},{JOB.tags[0]}"'
    assert BuildKit().build(replace(JOB, archive=Path("/work/a.tar"))).argv[-1] == f"type=docker,{names},dest=/work/a.tar"
    assert BuildKit().build(replace(JOB, push=True)).argv[-1] == f"type=image,{names},push=true,registry.insecure=true"


@pytest.mark.parametrize(
    ("reference", "plain"),
    [("localhost:5001/a:1", True), ("127.0.0.1:5001/a:1", True), ("registry.localhost/a:1", True), ("registry.example.com/a:1", False)],
)
def test_only_a_registry_of_this_machine_must_be_spoken_to_without_tls(reference: str, plain: bool) -> None:
    for builder in (Podman(), Buildah()):
        assert ("--tls-verify=false" in builder.push(reference, None).argv) == plain
    assert ("--insecure-registry" in Nerdctl().push(reference, None).argv) == plain


def test_logins_must_be_handed_over_as_files() -> None:
    file = Path("/work/login/config.json")
    assert Docker().push("a/b:1", file).environment == {"DOCKER_CONFIG": "/work/login"}
    assert Nerdctl().push("a/b:1", file).environment == {"DOCKER_CONFIG": "/work/login"}
    for builder in (Podman(), Buildah()):
        words = builder.push("a/b:1", file).argv
        assert words[words.index("--authfile") + 1] == str(file)


def test_buildah_in_a_container_must_not_ask_for_what_it_cannot_have() -> None:
    words = Buildah("chroot").build(JOB).argv
    assert words[words.index("--isolation") + 1] == "chroot"
    assert "--isolation" not in Buildah().build(JOB).argv
