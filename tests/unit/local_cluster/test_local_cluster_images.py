"""Promises about small images: reproducible, and readable by what imports docker archives."""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.images import ImageConfig, archive_references, write_image


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    (path / "bin").mkdir(parents=True)
    (path / "bin" / "tool").write_text("#!/bin/sh\n")
    (path / "bin" / "tool").chmod(0o755)
    (path / "bin" / "alias").symlink_to("tool")
    return path


def members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {member.name: stream.read() for member in tar if (stream := tar.extractfile(member)) is not None}


def test_the_archive_must_describe_its_layer_truthfully(root: Path, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    write_image("example/tool:1", root, archive, ImageConfig(entrypoint=["/bin/tool"], env={"A": "b"}, ports=[80], user="7"))
    content = members(archive)
    listing = json.loads(content["manifest.json"])[0]
    config = json.loads(content[listing["Config"]])
    assert listing["RepoTags"] == ["example/tool:1"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(content['layer.tar']).hexdigest()}"]
    assert listing["Config"] == f"{hashlib.sha256(content[listing['Config']]).hexdigest()}.json"
    assert config["config"] == {
        "Entrypoint": ["/bin/tool"],
        "Cmd": None,
        "Env": ["A=b"],
        "WorkingDir": "/",
        "User": "7",
        "ExposedPorts": {"80/tcp": {}},
    }


def test_files_must_belong_to_root_and_keep_modes_and_links(root: Path, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    write_image("example/tool:1", root, archive, ImageConfig())
    (tmp_path / "layer.tar").write_bytes(members(archive)["layer.tar"])
    with tarfile.open(tmp_path / "layer.tar") as layer:
        assert {entry.name for entry in layer} == {"bin", "bin/tool", "bin/alias"}
        assert all((entry.uid, entry.gid) == (0, 0) for entry in layer)
        assert layer.getmember("bin/tool").mode == 0o755
        assert layer.getmember("bin/alias").linkname == "tool"


def test_the_same_content_must_give_the_same_image(root: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.tar", tmp_path / "2.tar"
    write_image("example/tool:1", root, first, ImageConfig())
    (root / "bin" / "tool").touch()
    write_image("example/tool:1", root, second, ImageConfig())
    assert first.read_bytes() == second.read_bytes()


def test_a_tar_file_of_a_root_must_do_as_well_as_a_directory(root: Path, tmp_path: Path) -> None:
    plain, packed = tmp_path / "root.tar", tmp_path / "root.tar.gz"
    with tarfile.open(plain, "w") as tar:
        tar.add(root / "bin", arcname="bin")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for source in (plain, packed):
        write_image("example/tool:1", source, tmp_path / "image.tar", ImageConfig())
        assert members(tmp_path / "image.tar")["layer.tar"] == plain.read_bytes()


def test_something_else_than_a_root_must_be_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither a directory nor a tar file"):
        write_image("example/tool:1", tmp_path / "missing", tmp_path / "image.tar", ImageConfig())


def test_the_names_in_an_archive_must_be_found_also_when_compressed(root: Path, tmp_path: Path) -> None:
    archive, packed = tmp_path / "image.tar", tmp_path / "image.tar.gz"
    write_image("example/tool:1", root, archive, ImageConfig())
    packed.write_bytes(gzip.compress(archive.read_bytes()))
    assert archive_references(archive) == archive_references(packed) == ["example/tool:1"]


@pytest.mark.parametrize("content", [b"", b"not a tar", b"\x1f\x8bbroken"])
def test_a_file_that_is_no_archive_must_be_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        archive_references(path)


def test_a_tar_file_that_is_no_image_must_be_refused(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    with tarfile.open(path, "w") as tar:
        tar.add(__file__, arcname="file")
    with pytest.raises(UsageError, match="is no image archive"):
        archive_references(path)
