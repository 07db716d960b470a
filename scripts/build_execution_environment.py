"""Builds the image of the execution environment; `scripts/execution_environment` calls it, docs/execution-environment.md is its page.

ansible-builder writes the context from execution-environment/, buildah builds it (as root, on Debian or Ubuntu). The archive lies in the
user's cache under the digest of everything that goes in, so that an unchanged checkout builds nothing. Where the base image is Debian's
own, it is made by mmdebstrap; any other is pulled.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.machinery
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.tools import CLUSTER_TOOLS

TOP = Path(__file__).resolve().parents[1]
DEFINITION = TOP / "execution-environment" / "execution-environment.yml"
PARTS = TOP / "build" / "execution-environment"
COMMANDS = ("helm", "kubectl")
INPUTS = (
    "execution-environment/execution-environment.yml",
    "execution-environment/packages",
    "galaxy.yml",
    "hatch_build.py",
    "meta",
    "playbooks",
    "plugins",
    "pyproject.toml",
    "requirements.txt",
    "requirements/dev.lock",
    "roles",
    "roro",
    "scripts/build_execution_environment.py",
)


def shop_images() -> ModuleType:
    """The shop's own builder, whose base, tools and ways to the package registries are the same."""
    path = str(TOP / "examples/shop/images/build")
    spec = importlib.util.spec_from_loader("shop_images", importlib.machinery.SourceFileLoader("shop_images", path))
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


SHOP = shop_images()


def reference() -> str:
    """Name of the image: the collection's version."""
    return f"docker.io/library/roro-ee:{yaml.safe_load((TOP / 'galaxy.yml').read_text())['version']}"


def inputs_digest(base: str) -> str:
    """SHA-256 over every file that goes in, the base's name, the commands' versions and the machine's architecture."""
    digest = hashlib.sha256("\0".join((base, platform.machine(), *(CLUSTER_TOOLS.directory(name).name for name in COMMANDS))).encode())
    for file in input_files():
        digest.update(f"\0{file.relative_to(TOP)}\0{file.stat().st_mode & 0o111}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def input_files() -> Iterable[Path]:
    """The files of INPUTS, in order."""
    for name in INPUTS:
        start = TOP / name
        for file in [start] if start.is_file() else sorted(start.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file


def prepare() -> None:
    """What the definition adds to the build: the collection, the command's wheel, locked versions, helm and kubectl."""
    shutil.rmtree(PARTS, ignore_errors=True)
    (PARTS / "bin").mkdir(parents=True)
    for name in COMMANDS:
        directory = CLUSTER_TOOLS.ensure(name, lambda _phase, text: SHOP.say(f"  {text}"))
        shutil.copy(directory / name, PARTS / "bin" / name)
    with tempfile.TemporaryDirectory(dir=PARTS) as made:
        SHOP.run(str(Path(sys.executable).with_name("ansible-galaxy")), "collection", "build", str(TOP), "--output-path", made)
        next(Path(made).glob("*.tar.gz")).rename(PARTS / "roro-kube.tar.gz")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation")
    SHOP.run(*pip, "--wheel-dir", str(PARTS / "wheel"), str(TOP))
    lock = (TOP / "requirements/dev.lock").read_text()
    versions = re.findall(r"^[A-Za-z0-9._-]+==[^\\\n]+", lock, re.MULTILINE)
    (PARTS / "constraints.txt").write_text("".join(f"{version.strip()}\n" for version in versions))


class Builder:
    """buildah with a store of its own in the cache; nobody else may use it meanwhile."""

    def __init__(self, cache: Path) -> None:
        run_root = f"/run/roro-ee-{hashlib.sha256(str(cache).encode()).hexdigest()[:8]}"  # what is mounted must be forgotten by a reboot
        self._store = ("buildah", "--root", str(cache / "ee-store"), "--runroot", run_root)

    def build(self, base: str, archive: Path) -> None:
        """Build on `base` and write a docker-archive."""
        SHOP.install_tools()
        SHOP.run(*self._store, "rm", "--all")  # what a killed build left, mounts included
        try:
            with tempfile.TemporaryDirectory(dir=archive.parent, prefix="ee-work-") as work:
                self._base(base, Path(work))
                self._build(base, archive, Path(work))
            SHOP.run(*self._store, "rmi", "--prune")
        finally:
            subprocess.run([*self._store, "rm", "--all"], capture_output=True, check=False)

    def _base(self, base: str, work: Path) -> None:
        if (
            base != SHOP.BASE
            or subprocess.run([*self._store, "inspect", "--type", "image", base], capture_output=True, check=False).returncode == 0
        ):
            return
        with SHOP.step("Debian base"):
            SHOP.run("mmdebstrap", *SHOP.BASE_OPTIONS, "bookworm", str(work / "base.tar"))
            container = subprocess.check_output([*self._store, "from", "scratch"], text=True).strip()
            SHOP.run(*self._store, "add", container, str(work / "base.tar"), "/")
            SHOP.run(*self._store, "config", "--cmd", "bash", container)
            SHOP.run(*self._store, "commit", container, base)

    def _build(self, base: str, archive: Path, work: Path) -> None:
        with SHOP.step("parts"):
            prepare()
            builder = str(Path(sys.executable).with_name("ansible-builder"))
            context = str(work / "context")
            SHOP.run(builder, "create", "--file", str(DEFINITION), "--context", context, "--output-filename", "Containerfile")
        with SHOP.step(f"image {reference()}"):
            pulled = "--pull-never" if base == SHOP.BASE else "--pull"
            options = ("--isolation", "chroot", "--network", "host", pulled, "--format", "docker", "--build-arg", f"EE_BASE_IMAGE={base}")
            mounts = SHOP.pip_mounts(work)
            SHOP.run(*self._store, "bud", *options, *mounts, "--tag", reference(), "--file", f"{context}/Containerfile", context)
        SHOP.run(*self._store, "push", reference(), f"docker-archive:{archive}:{reference()}")


def make_archive(base: str, cache: Path) -> Path:
    """The archive for the present inputs, made if it is not there. Several calls at once wait for one another."""
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (cache / "ee.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        archive = cache / f"ee-{inputs_digest(base)[:16]}.tar"
        if not archive.exists():
            SHOP.say("Building the execution environment (once; then it comes from the cache)")
            unfinished = archive.with_suffix(".part")
            unfinished.unlink(missing_ok=True)
            Builder(cache).build(base, unfinished)
            for old in cache.glob("ee-*.tar"):
                old.unlink()
            unfinished.rename(archive)
    return archive


def options() -> Any:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="scripts/execution_environment", description=__doc__.partition("\n")[0])
    default = yaml.safe_load(DEFINITION.read_text())["images"]["base_image"]["name"]
    parser.add_argument(
        "--base", metavar="IMAGE", default=default, help=f"the image to build on (default: {default}; made here, not pulled)"
    )
    parser.add_argument("--load", metavar="CLUSTER", help="load it into this local cluster as well")
    parser.add_argument("--output", metavar="TAR", type=Path, help="copy the docker-archive there as well")
    return parser.parse_args()


def main() -> int:
    """Exit status: 0, or 1 when it could not be built or loaded."""
    asked = options()
    try:
        archive = make_archive(asked.base, SHOP.cache_folder())
        if asked.output:
            shutil.copyfile(archive, asked.output)
        print(archive)
        if asked.load:
            os.environ.setdefault("RORO", str(Path(sys.executable).with_name("roro")))
            SHOP.load(asked.load, archive)
    except (SHOP.BuildError, RoroError, OSError) as error:
        SHOP.say(f"execution_environment: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
