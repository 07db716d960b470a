"""Promises about the cache of tools: made once, found again, and a failure says what to do."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import LocalClusterError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import downloads, tools
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.paths import tool_sources
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.tools import TOOLS, ToolCache, build_arguments
from local_cluster_fakes import FakeCommands

Progress = Callable[[str, str], None]

GO = "(Path(args[args.index('-o') + 1])).write_text('#!/bin/sh\\n'); print('compiled')"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToolCache:
    """Nothing cached, a copy of the real modules, and no way to download."""
    shutil.copytree(tool_sources(), tmp_path / "sources")
    (tmp_path / "cache").mkdir()
    monkeypatch.setattr(tools, "download_release", lambda *_: False)
    return ToolCache(tmp_path / "cache", tmp_path / "sources")


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_every_tool_must_be_pinned_with_its_checksums(tool: str) -> None:
    real = ToolCache()
    assert real.version(tool).startswith("v")
    assert real.version(tool) in (tool_sources() / tool / "go.sum").read_text()


def test_a_tool_must_be_built_once(cache: ToolCache, fake_commands: FakeCommands, progress: Progress, told: list[tuple[str, str]]) -> None:
    fake_commands.add("go", GO)
    made = cache.ensure("kubernetes", progress)
    assert cache.ensure("kubernetes", progress) == made
    assert len(fake_commands.calls("go")) == 1
    assert {path.name for path in made.iterdir()} == {"kubernetes", *TOOLS["kubernetes"].commands}
    assert cache.command("kubectl") == made / "kubectl"
    assert any("building kubernetes" in message for _, message in told)


def test_another_version_of_the_module_must_be_another_directory(cache: ToolCache) -> None:
    before = cache.directory("coredns")
    with (cache.sources / "coredns" / "go.sum").open("a") as sums:
        sums.write("\n")
    assert cache.directory("coredns") != before


def test_a_failed_build_must_leave_nothing_and_say_why(cache: ToolCache, fake_commands: FakeCommands, progress: Progress) -> None:
    fake_commands.add("go", "sys.exit('dial tcp: no route to host')")
    with pytest.raises(LocalClusterError, match=r"building coredns .* failed: dial tcp: no route to host"):
        cache.ensure("coredns", progress)
    assert [path for path in cache.root.iterdir() if not path.name.endswith(".lock")] == []


def test_without_go_the_error_must_say_what_to_install(
    cache: ToolCache, fake_commands: FakeCommands, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "GO_ELSEWHERE", "/nonexistent/go")
    with pytest.raises(LocalClusterError, match="the Go toolchain is missing") as caught:
        cache.ensure("coredns", progress)
    assert "go.dev" in (caught.value.problems[0].hint or "")


def test_a_version_that_is_not_pinned_must_not_be_built(cache: ToolCache, fake_commands: FakeCommands, progress: Progress) -> None:
    fake_commands.add("go", GO)
    with pytest.raises(LocalClusterError, match=r"v1\.30\.0 cannot be downloaded"):
        cache.ensure("kubernetes", progress, "v1.30.0")
    assert fake_commands.calls("go") == []


def test_a_command_that_no_tool_has_must_be_an_error(cache: ToolCache) -> None:
    with pytest.raises(LocalClusterError, match="no tool has a command 'terraform'"):
        cache.command("terraform")


def test_kubernetes_must_be_stamped_with_its_version() -> None:
    flags = build_arguments("kubernetes", "v1.34.4")[-1]
    assert "gitVersion=v1.34.4" in flags
    assert "gitMinor=34" in flags


def test_published_checksums_must_be_read_in_both_forms() -> None:
    assert downloads.published_sum("ABC\n", "kubectl") == "abc"
    assert downloads.published_sum("aa  other\nbb *dir/etcd.tar.gz\n", "etcd.tar.gz") == "bb"
    with pytest.raises(ValueError, match="no checksum of x"):
        downloads.published_sum("aa  y\n", "x")


def test_every_download_must_be_encrypted_and_have_a_checksum() -> None:
    for tool in TOOLS:
        for asset in downloads.release_assets(tool, "v1.2.3", "amd64"):
            assert asset.url.startswith("https://")
            assert asset.sums.startswith("https://")
    assert {asset.command for asset in downloads.release_assets("kubernetes", "v1.34.4", "arm64")} == set(TOOLS["kubernetes"].commands)
    assert downloads.release_assets("kubernetes", "v1.34.4", "riscv64") == []


class Releases:
    """What can be downloaded, by address."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def offer(self, asset: downloads.Asset, content: bytes) -> None:
        """Offer an asset whose command has this content, with the right checksum."""
        if asset.member is not None:
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w:gz") as archive:
                info = tarfile.TarInfo(asset.member)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            content = packed.getvalue()
        self.files[asset.url] = content
        self.files[asset.sums] = f"{hashlib.sha256(content).hexdigest()}  {asset.url.rpartition('/')[2]}\n".encode()

    def open(self, url: str, timeout: float = 1.0, method: str = "GET") -> io.BytesIO:
        """As downloads._open."""
        if url not in self.files:
            raise OSError("no route to host")
        return io.BytesIO(self.files[url])


@pytest.fixture
def releases(monkeypatch: pytest.MonkeyPatch) -> Releases:
    """Releases of the pinned CoreDNS and Kubernetes for this machine, if it were an ordinary one."""
    made = Releases()
    monkeypatch.setattr(downloads, "_open", made.open)
    monkeypatch.setattr(downloads.platform, "machine", lambda: "x86_64")
    for tool in ("kubernetes", "coredns"):
        for asset in downloads.release_assets(tool, ToolCache().version(tool), "amd64"):
            made.offer(asset, f"#!{asset.command}".encode())
    return made


@pytest.mark.parametrize("tool", ["kubernetes", "coredns"])
def test_a_release_must_be_preferred_to_a_build(
    tool: str, releases: Releases, tmp_path: Path, progress: Progress, fake_commands: FakeCommands
) -> None:
    fake_commands.add("go", GO)
    cache = ToolCache(tmp_path, tool_sources())
    made = cache.ensure(tool, progress)
    names = TOOLS[tool].commands or (tool,)
    assert {path.name: path.read_text() for path in made.iterdir()} == {name: f"#!{name}" for name in names}
    assert all(path.stat().st_mode & 0o111 for path in made.iterdir())
    assert fake_commands.calls("go") == []


def test_a_download_with_another_checksum_must_not_be_used(
    releases: Releases, tmp_path: Path, progress: Progress, told: list[tuple[str, str]], fake_commands: FakeCommands
) -> None:
    fake_commands.add("go", GO)
    asset = downloads.release_assets("kubernetes", ToolCache().version("kubernetes"), "amd64")[-1]
    releases.files[asset.url] += b"changed on the way"
    made = ToolCache(tmp_path, tool_sources()).ensure("kubernetes", progress)
    assert len(fake_commands.calls("go")) == 1
    assert (made / "etcd").is_symlink()
    assert any("does not match" in message for _, message in told)


def test_another_version_must_come_from_its_release(releases: Releases, tmp_path: Path, progress: Progress) -> None:
    for asset in downloads.release_assets("kubernetes", "v1.33.2", "amd64"):
        releases.offer(asset, b"other")
    made = ToolCache(tmp_path, tool_sources()).ensure("kubernetes", progress, "v1.33.2")
    assert (made.name, (made / "kubectl").read_bytes()) == ("kubernetes-v1.33.2", b"other")


def test_nothing_must_be_fetched_unencrypted() -> None:
    with pytest.raises(ValueError, match="is not https"):
        downloads._open("http://example/kubectl")
