# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small container images without a registry: a docker-archive of one layer, from a directory or a tar file of its root file system.

Format: https://github.com/moby/docker-image-spec (v1.2, "Combined Image JSON + Filesystem Changeset Format"), which containerd,
docker and podman import.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import platform
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from .._errors import LocalClusterError, UsageError
from .downloads import ARCHITECTURES
from .packages import static_busybox

EPOCH = 0
"""Modification time of what is put in, so that the same content gives the same image."""


@dataclass(frozen=True)
class ImageConfig:
    """What runs in the image. env: variables. user: name or uid[:gid]."""

    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    working_directory: str = "/"
    user: str = ""
    ports: Sequence[int] = ()

    def as_docker(self) -> dict[str, object]:
        """As the image's configuration spells it."""
        return {
            "Entrypoint": list(self.entrypoint) or None,
            "Cmd": list(self.command) or None,
            "Env": [f"{key}={value}" for key, value in self.env.items()],
            "WorkingDir": self.working_directory,
            "User": self.user,
            "ExposedPorts": {f"{port}/tcp": {} for port in self.ports},
        }


def write_image(reference: str, root: Path, archive: Path, config: ImageConfig) -> None:
    """Write a docker-archive of the image `reference`. root: a directory, or a tar file, with the root file system."""
    if not (root.is_dir() or (root.is_file() and tarfile.is_tarfile(root))):
        raise UsageError(f"{root} is neither a directory nor a tar file", hint="Give the root file system of the image.")
    with tempfile.TemporaryDirectory(dir=archive.parent) as scratch:
        layer = Path(scratch) / "layer.tar"
        if root.is_dir():
            _pack(root, layer)
        else:
            _unpacked_copy(root, layer)
        _assemble(reference, layer, archive, config)


def _pack(root: Path, layer: Path) -> None:
    """Owners become root: a directory on somebody's disk says nothing about who should own files in the image."""

    def normal(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.mtime = EPOCH
        return info

    with tarfile.open(layer, "w", format=tarfile.PAX_FORMAT) as tar:
        for entry in sorted(root.iterdir()):
            tar.add(entry, arcname=entry.name, filter=normal)


def _unpacked_copy(source: Path, layer: Path) -> None:
    """The layer's digest is of the uncompressed tar."""
    try:
        with open_uncompressed(source) as stream, layer.open("wb") as target:
            shutil.copyfileobj(stream, target, 2**20)
    except (OSError, EOFError, zlib.error) as error:
        raise LocalClusterError(f"cannot read {source}: {error}") from error


def open_uncompressed(path: Path) -> IO[bytes]:
    """A file's content, unpacked when it is a gzip file (RFC 1952), whatever its name."""
    with path.open("rb") as head:
        compressed = head.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path)) if compressed else path.open("rb")


def _assemble(reference: str, layer: Path, archive: Path, config: ImageConfig) -> None:
    digest = hashlib.sha256()
    with layer.open("rb") as stream:
        while chunk := stream.read(2**20):
            digest.update(chunk)
    described = {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": config.as_docker(),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest.hexdigest()}"]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "roro"}],
    }
    text = json.dumps(described, sort_keys=True).encode()
    name = f"{hashlib.sha256(text).hexdigest()}.json"
    listing = json.dumps([{"Config": name, "RepoTags": [reference], "Layers": ["layer.tar"]}]).encode()
    partial = archive.with_name(f".{archive.name}.partial")
    with tarfile.open(partial, "w") as tar:
        tar.add(layer, arcname="layer.tar", filter=_anonymous)
        for member, content in ((name, text), ("manifest.json", listing)):
            info = tarfile.TarInfo(member)
            info.size, info.mtime, info.mode = len(content), EPOCH, 0o644
            tar.addfile(info, io.BytesIO(content))
    os.replace(partial, archive)  # noqa: PTH105


def _anonymous(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime, info.mode = EPOCH, 0o644
    return info


def archive_references(archive: Path) -> list[str]:
    """Names of the images in a docker-archive. Raises UsageError when the file is not one."""
    try:
        with tarfile.open(archive) as tar:
            names = set(tar.getnames())
            if "manifest.json" in names:
                member = tar.extractfile("manifest.json")
                listing = json.load(member) if member is not None else []
                return [tag for image in listing for tag in image.get("RepoTags") or []]
            if "index.json" in names:
                return []
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{archive} cannot be read as an image: {error}", hint="Give a file written by `docker save` or its kind."
        ) from error
    raise UsageError(
        f"{archive} is no image archive: it holds neither manifest.json nor index.json", hint="Give a file written by `docker save`."
    )


def write_pause_image(reference: str, archive: Path) -> None:
    """The image of every pod's first container: it sleeps, and reaps orphans where a pod shares its process namespace."""
    busybox = static_busybox()
    if busybox is None:
        raise LocalClusterError("a statically linked busybox is missing", hint="Install the package busybox-static.")
    with tempfile.TemporaryDirectory(dir=archive.parent) as scratch:
        root = Path(scratch) / "root"
        (root / "bin").mkdir(parents=True)
        shutil.copy(busybox, root / "bin" / "busybox")
        (root / "bin" / "busybox").chmod(0o755)
        script = "trap 'exit 0' TERM INT; while :; do /bin/busybox sleep 1000000 & wait $!; done"
        write_image(reference, root, archive, ImageConfig(entrypoint=["/bin/busybox", "sh", "-c", script], user="65535:65535"))
