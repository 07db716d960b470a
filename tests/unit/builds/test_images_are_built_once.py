"""Images are built and brought once: with a builder that is a script, and a cluster that is a set of names."""

from __future__ import annotations

import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._build import BuildOptions, Images, ImageSpec
from ansible_collections.roro.kube.plugins.module_utils._errors import BuildError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import BuildSecret

MakeSpec = Callable[..., ImageSpec]

SCRIPT = """#!/usr/bin/env python3
import io, json, os, pathlib, sys, tarfile
words, home = sys.argv[1:], pathlib.Path(os.environ["FAKE_HOME"])
with (home / "calls").open("a") as calls:
    calls.write(json.dumps(words) + "\\n")
def option(name):
    return words[words.index(name) + 1]
def store(name):
    return home / name.replace("/", "_")
if words[0] == "info":
    pass
elif words[0] == "build":
    if (home / "broken").exists():
        sys.exit('Error: building at STEP "COPY . /": no space left')
    for word in words:
        if word.startswith("id="):
            (home / "secret").write_text(open(word.partition("src=")[2]).read())
    number = str(len((home / "calls").read_text().splitlines()))
    pathlib.Path(option("--iidfile")).write_text("sha256:" + number)
    for at, word in enumerate(words):
        if word == "--tag":
            store(words[at + 1]).write_text(number)
elif words[0] == "inspect":
    if not store(words[-1]).exists():
        sys.exit("not there")
    print(store(words[-1]).read_text())
elif words[0] == "push" and words[-1].startswith("docker-archive:"):
    name = words[-2]
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        data = b"x" * 5000
        item = tarfile.TarInfo("app/big.bin"); item.size = len(data)
        tar.addfile(item, io.BytesIO(data))
    parts = {"config.json": json.dumps({"history": [{"created_by": "/bin/sh -c #(nop) COPY . /"}, {"empty_layer": True}]}).encode(),
             "layer.tar": layer.getvalue(),
             "manifest.json": json.dumps([{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()}
    with tarfile.open(words[-1].split(":")[1], "w") as tar:
        for key, data in parts.items():
            item = tarfile.TarInfo(key); item.size = len(data)
            tar.addfile(item, io.BytesIO(data))
elif words[0] == "push":
    if (home / "closed").exists():
        sys.exit("Error: authentication required")
"""


class Cluster:
    """A destination."""

    name = "cluster test"

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.loads = 0

    def images(self) -> set[str] | None:
        return set(self.held)

    def load(self, archive: Path) -> None:
        with tarfile.open(archive) as tar:
            listing = tar.extractfile("manifest.json")
            assert listing is not None
            self.held |= set(json.load(listing)[0]["RepoTags"])
        self.loads += 1


class Bench:
    """The fake builder and what it was asked."""

    def __init__(self, home: Path) -> None:
        self.home, self.cluster, self.told = home, Cluster(), list[tuple[str, str, str]]()

    def run(self, *specs: ImageSpec, deliver: str = "load", **options: Any) -> list[Any]:
        chosen = BuildOptions(deliver=deliver, builder="buildah", **options)  # type: ignore[arg-type]
        return Images(chosen, self.cluster, lambda *words: self.told.append(words)).build(specs)

    @property
    def builds(self) -> list[list[str]]:
        calls = (self.home / "calls").read_text().splitlines() if (self.home / "calls").exists() else []
        return [words for words in map(json.loads, calls) if words[0] == "build"]

    @property
    def pushed(self) -> list[str]:
        calls = map(json.loads, (self.home / "calls").read_text().splitlines())
        return [words[-2] for words in calls if words[0] == "push" and words[-1].startswith("docker://")]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    commands, home = tmp_path / "bin", tmp_path / "home"
    commands.mkdir()
    home.mkdir()
    (commands / "buildah").write_text(SCRIPT)
    (commands / "buildah").chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_HOME", str(home))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    return Bench(home)


def test_an_unchanged_image_must_neither_be_built_nor_loaded_again(bench: Bench, make_spec: MakeSpec) -> None:
    spec = make_spec({"a": "one"})
    (first,), (second,) = bench.run(spec), bench.run(spec)
    assert (first.state, second.state) == ("built", "unchanged")
    assert first.reference == second.reference
    assert bench.cluster.held == {first.reference}
    assert (len(bench.builds), bench.cluster.loads) == (1, 1)
    (spec.context / "a").write_text("two")
    (third,) = bench.run(spec)
    assert third.state == "built"
    assert third.reference != first.reference


def test_an_image_that_was_deleted_from_the_cluster_must_be_loaded_again(bench: Bench, make_spec: MakeSpec) -> None:
    spec = make_spec({})
    bench.run(spec)
    bench.cluster.held.clear()
    (again,) = bench.run(spec)
    assert bench.cluster.held == {again.reference}
    assert (len(bench.builds), bench.cluster.loads) == (1, 2)


def test_an_image_that_is_nowhere_any_more_must_be_built_again(bench: Bench, make_spec: MakeSpec) -> None:
    spec = make_spec({})
    (first,) = bench.run(spec)
    bench.cluster.held.clear()
    (bench.home / first.reference.replace("/", "_")).unlink()
    (again,) = bench.run(spec)
    assert (again.state, again.reference) == ("built", first.reference)
    assert len(bench.builds) == 2


def test_an_image_made_anew_of_the_same_sources_must_have_a_name_that_pods_get(bench: Bench, make_spec: MakeSpec) -> None:
    spec = make_spec({})
    (first,), (forced,) = bench.run(spec), bench.run(spec, no_cache=True)
    assert forced.reference.startswith(f"{first.reference}-")
    (after,) = bench.run(spec)
    assert (after.state, after.reference) == ("unchanged", forced.reference)


def test_a_newer_base_must_make_the_image_anew(bench: Bench, make_spec: MakeSpec) -> None:
    spec = make_spec({"Dockerfile": "FROM base:1\n"})
    (bench.home / "base:1").write_text("old")
    (first,), (second,) = bench.run(spec), bench.run(spec)
    assert second.state == "unchanged"
    (bench.home / "base:1").write_text("new")
    (third,) = bench.run(spec)
    assert third.state == "built"
    assert third.reference.startswith(f"{first.reference}-")


def test_a_failed_build_must_leave_nothing_that_counts_and_hold_up_no_other(bench: Bench, make_spec: MakeSpec) -> None:
    spec = make_spec({})
    (bench.home / "broken").touch()
    (failed,) = bench.run(spec)
    assert failed.state == "failed"
    assert "src/Dockerfile:2" in str(failed.error)
    assert bench.cluster.held == set()
    (bench.home / "broken").unlink()
    (missing,) = bench.run(replace(spec, dockerfile=spec.context / "Other"))
    assert isinstance(missing.error, BuildError)
    both = bench.run(spec, replace(spec, label="other", dockerfile=spec.context / "Other"))
    assert [one.state for one in both] == ["built", "failed"]


def test_two_runs_at_once_must_build_an_image_once(bench: Bench, make_spec: MakeSpec) -> None:
    spec = make_spec({})
    results: list[str] = []
    runs = [threading.Thread(target=lambda: results.append(bench.run(spec)[0].state)) for _ in range(4)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert len(bench.builds) == 1
    assert len(results) == 4
    assert "failed" not in results


def test_pushed_images_must_be_pushed_with_all_their_tags_and_once(bench: Bench, make_spec: MakeSpec) -> None:
    spec = make_spec({}, repository="registry.example.com/shop/api", tags=("v1",))
    (first,) = bench.run(spec, deliver="push")
    assert bench.pushed == [first.reference, "registry.example.com/shop/api:v1"]
    bench.run(spec, deliver="push")
    assert len(bench.pushed) == 2
    bench.run(replace(spec, tags=("v2",)), deliver="push")
    assert bench.pushed[-1] == "registry.example.com/shop/api:v2"
    assert len(bench.builds) == 1 or "v2" in str(bench.builds[-1])


def test_a_registry_that_refuses_must_be_told_with_the_login_that_is_missing(bench: Bench, make_spec: MakeSpec) -> None:
    (bench.home / "closed").touch()
    (failed,) = bench.run(make_spec({}, repository="registry.example.com/shop/api"), deliver="push")
    assert "buildah login registry.example.com" in str(failed.error)


def test_secrets_must_be_seen_by_the_build_and_nowhere_else(
    bench: Bench, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    monkeypatch.setenv("NPM", "s3cret-value")
    (built,) = bench.run(make_spec({}, secrets=(BuildSecret("npm", environment="NPM"),)))
    assert built.state == "built"
    assert (bench.home / "secret").read_text() == "s3cret-value"
    assert "s3cret-value" not in (bench.home / "calls").read_text()
    assert not [path for path in own_cache.rglob("*") if path.is_file() and b"s3cret-value" in path.read_bytes()]


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (BuildSecret("npm", environment="NOT_SET_ANYWHERE"), "NOT_SET_ANYWHERE is not set"),
        (BuildSecret("gh", environment="GITHUB_TOKEN"), "--allow-secret gh"),
        (BuildSecret("key", file=Path("/etc/hostname")), "--allow-secret key"),
    ],
)
def test_secrets_that_cannot_be_had_must_be_refused_before_anything_is_built(
    bench: Bench, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch, secret: BuildSecret, words: str
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "x")
    with pytest.raises(UsageError, match=words):
        bench.run(make_spec({}, secrets=(secret,)))
    assert bench.builds == []


def test_an_image_that_is_too_large_must_fail_with_what_is_large(bench: Bench, make_spec: MakeSpec) -> None:
    (failed,) = bench.run(make_spec({}, max_size=4000))
    text = str(failed.error)
    assert "image api has 5 kB, and maxSize is 4 kB" in text
    assert "COPY . /" in text
    assert "/app/big.bin" in text
    assert bench.cluster.held == set()


def test_a_builder_that_is_not_there_must_say_why(bench: Bench, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(bench.home))
    (failed,) = bench.run(make_spec({}))
    assert "buildah cannot build here: the command is not there" in str(failed.error)
