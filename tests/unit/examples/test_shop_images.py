"""What `examples/shop/images/build` promises, with stand-ins for the commands that it calls."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

IMAGES = Path(__file__).parents[3] / "examples" / "shop" / "images"
DOCKER = """#!/bin/sh
echo "$*" >> "$CALLS"
[ "$1" = "$FAILS" ] && { echo "no space left"; exit 1; }
[ "$1" = save ] && echo archive > "$3"
exit 0
"""


@pytest.fixture(scope="module")
def build() -> ModuleType:
    loader = SourceFileLoader("shop_images_build", str(IMAGES / "build"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


class Machine:
    """A machine whose only commands are those put into `bin`."""

    def __init__(self, root: Path) -> None:
        self.bin, self.cache, self.calls = root / "bin", root / "cache", root / "calls"
        self.bin.mkdir()
        self.calls.touch()
        (self.bin / "echo").symlink_to(shutil.which("echo") or "/bin/echo")

    def add(self, name: str, script: str) -> Path:
        file = self.bin / name
        file.write_text(script)
        file.chmod(0o755)
        return file

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {
            "PATH": str(self.bin),
            "XDG_CACHE_HOME": str(self.cache),
            "HOME": str(self.cache),
            "CALLS": str(self.calls),
            "FAILS": "",
        }
        command = [sys.executable, str(IMAGES / "build"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**variables, **environment})


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_docker_must_build_every_image_once_and_print_the_archive(machine: Machine) -> None:
    machine.add("docker", DOCKER)
    first = machine.run()
    assert first.returncode == 0, first.stderr
    assert Path(first.stdout.strip()).read_text() == "archive\n"
    calls = machine.calls.read_text().splitlines()
    assert [call.split()[2] for call in calls if call.startswith("build")] == [
        f"roro.local/shop-{name}:1" for name in ("postgres", "redis", "api", "web")
    ]
    second = machine.run()
    assert second.stdout == first.stdout
    assert machine.calls.read_text().splitlines() == calls


def test_a_failed_build_must_say_why_and_leave_no_archive(machine: Machine) -> None:
    machine.add("docker", DOCKER)
    done = machine.run(FAILS="save")
    assert done.returncode == 1
    assert "no space left" in done.stderr and "Traceback" not in done.stderr
    assert list(machine.cache.rglob("*.tar")) == []


def test_a_machine_without_docker_and_apt_must_be_told_what_is_needed(machine: Machine) -> None:
    done = machine.run()
    assert done.returncode == 1
    assert "start Docker" in done.stderr and "Traceback" not in done.stderr


def test_the_archive_must_be_handed_to_the_cluster(machine: Machine) -> None:
    machine.add("docker", DOCKER)
    roro = machine.add("my-roro", '#!/bin/sh\necho "roro $*" >> "$CALLS"\n')
    done = machine.run("--load", "dev", RORO=str(roro))
    assert done.returncode == 0, done.stderr
    assert machine.calls.read_text().splitlines()[-1] == f"roro cluster load --name dev {done.stdout.strip()}"


def test_a_cluster_that_refuses_the_archive_must_fail_the_run(machine: Machine) -> None:
    machine.add("docker", DOCKER)
    done = machine.run("--load", "dev", RORO=str(machine.add("my-roro", "#!/bin/sh\nexit 3\n")))
    assert done.returncode == 1
    assert "cluster load --name dev failed (3)" in done.stderr


def test_the_digest_must_follow_content_and_mode_but_not_the_api_s_tests(build: ModuleType, tmp_path: Path) -> None:
    copy = tmp_path / "images"
    shutil.copytree(IMAGES, copy)
    before = build.inputs_digest(copy)
    (copy / "api" / "tests" / "more.py").write_text("")
    assert build.inputs_digest(copy) == before
    (copy / "web" / "Dockerfile").write_text("FROM scratch\n")
    changed = build.inputs_digest(copy)
    (copy / "postgres" / "entrypoint").chmod(0o644)
    assert len({before, changed, build.inputs_digest(copy)}) == 3


def write_image(path: Path, name: str, layers: list[bytes]) -> None:
    """A docker-archive as buildah writes it."""
    files = {f"{hashlib.sha256(layer).hexdigest()}.tar": layer for layer in layers}
    config = json.dumps({"name": name}).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": list(files)}]).encode()
    with tarfile.open(path, "w") as tar:
        for file, content in {**files, config_name: config, "manifest.json": manifest}.items():
            member = tarfile.TarInfo(file)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def test_joined_archives_must_hold_every_image_and_a_shared_layer_once(build: ModuleType, tmp_path: Path) -> None:
    parts = [tmp_path / "a.tar", tmp_path / "b.tar"]
    write_image(parts[0], "a:1", [b"base", b"a"])
    write_image(parts[1], "b:1", [b"base", b"b"])
    build.join_archives(parts, tmp_path / "all.tar")
    with tarfile.open(tmp_path / "all.tar") as tar:
        images = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
        assert [image["RepoTags"] for image in images] == [["a:1"], ["b:1"]]
        layers = [name for name in tar.getnames() if name.endswith(".tar")]
        assert len(layers) == len(set(layers)) == 3
        assert all(layer in layers for image in images for layer in image["Layers"])
    assert [part.exists() for part in parts] == [False, False]


@pytest.mark.parametrize("name", ["postgres", "redis", "api", "web"])
def test_the_images_in_the_manifests_must_be_those_that_are_built(build: ModuleType, name: str) -> None:
    manifests = (file.read_text() for file in (IMAGES.parent / "apps").rglob("manifests/*"))
    text = "\n".join(manifests).replace("{{ registry }}", "roro.local").replace("{{ version }}", "1")
    assert build.reference(name) in text
    assert os.access(IMAGES / name / "Dockerfile", os.R_OK)
