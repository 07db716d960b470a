"""Promises about the cache of tools: made once, found again, and a failure says what to do."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import LocalClusterError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import downloads, tools
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.paths import tool_sources
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.tools import TOOLS, ToolCache, build_arguments, minor_version
from local_cluster_fakes import FakeCommands

Progress = Callable[[str, str], None]

SERVERS = Path(__file__).parents[2] / "long" / "servers"
GO = "(Path(args[args.index('-o') + 1])).write_text('#!/bin/sh\\n'); print('compiled')"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToolCache:
    """Nothing cached, a copy of the real modules, and no way to download."""
    shutil.copytree(tool_sources(), tmp_path / "sources")
    (tmp_path / "cache").mkdir()
    monkeypatch.setattr(tools, "download_release", lambda *_: False)
    return ToolCache(tmp_path / "cache", tmp_path / "sources")


@pytest.fixture
def another(cache: ToolCache) -> ToolCache:
    """The same with a second version of Kubernetes, v1.99.3."""
    module = cache.sources / "kubernetes-1.99"
    shutil.copytree(cache.sources / "kubernetes", module)
    pinned = (module / "go.mod").read_text()
    (module / "go.mod").write_text(pinned.replace("k8s.io/kubernetes v1.34.4", "k8s.io/kubernetes v1.99.3"))
    return cache


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_every_tool_must_be_pinned_with_its_checksums(tool: str) -> None:
    real = ToolCache()
    assert real.version(tool).startswith("v")
    assert real.version(tool) in (tool_sources() / TOOLS[tool].folder / "go.sum").read_text()


def test_every_version_must_be_pinned_with_its_checksums_and_named_after_it() -> None:
    real = ToolCache()
    for version, folder in real.modules("kubernetes").items():
        assert f"k8s.io/kubernetes {version} h1:" in (folder / "go.sum").read_text()
        assert folder.name in ("kubernetes", f"kubernetes-{minor_version(version)}")
        assert (folder / "main.go").read_bytes() == (tool_sources() / "kubernetes" / "main.go").read_bytes()


@pytest.mark.parametrize("folder", sorted(path for path in SERVERS.iterdir() if path.is_dir()), ids=lambda path: path.name)
def test_every_server_of_the_tests_must_be_pinned_with_its_checksums(folder: Path) -> None:
    (pinned,) = re.findall(r"^\tk8s.io/kubernetes (v\S+)$", (folder / "go.mod").read_text(), re.MULTILINE)
    assert minor_version(pinned) == folder.name
    assert f"k8s.io/kubernetes {pinned} h1:" in (folder / "go.sum").read_text()
    assert (folder / "main.go").read_bytes() == (SERVERS / "main.go").read_bytes()
    assert folder.name not in map(minor_version, ToolCache().modules("kubernetes"))


@pytest.mark.parametrize(
    ("wanted", "version"),
    [(None, "v1.34.4"), ("1.34", "v1.34.4"), ("v1.34", "v1.34.4"), ("1.99", "v1.99.3"), ("1.34.4", "v1.34.4"), ("v1.30.1", "v1.30.1")],
)
def test_two_numbers_must_mean_what_is_pinned(another: ToolCache, wanted: str | None, version: str) -> None:
    assert another.full_version("kubernetes", wanted) == version


def test_two_numbers_of_nothing_pinned_must_be_refused_with_those_that_are(another: ToolCache) -> None:
    with pytest.raises(UsageError, match=r"kubernetes 1\.30 is not pinned here") as caught:
        another.full_version("kubernetes", "1.30")
    assert caught.value.problems[0].hint == "Choose 1.34 or 1.37 or 1.99, or write another version in full, such as v1.34.4."


def test_another_pinned_version_must_be_built_from_its_own_module(
    another: ToolCache, fake_commands: FakeCommands, progress: Progress, told: list[tuple[str, str]]
) -> None:
    fake_commands.add("go", "(here / 'folder').write_text(os.getcwd()); " + GO)
    made = another.ensure("kubernetes", progress, "1.99")
    assert made == another.directory("kubernetes", "v1.99.3") != another.directory("kubernetes")
    assert "gitVersion=v1.99.3" in str(fake_commands.calls("go"))
    assert Path((fake_commands.directory / "folder").read_text()).name == "kubernetes-1.99"
    assert any("building kubernetes v1.99.3" in message for _, message in told)


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
