# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of the native provider, and Helm: downloaded as releases where those can be reached, else built from pinned Go modules.
They are cached.

A tool is a directory of commands, named after the digest of its module's files: another version is another directory, and a
directory that exists is complete (it is renamed into place). A module in `<tool>-<minor version>` beside `<tool>` pins another version.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .._errors import LocalClusterError, UsageError
from .._state import lock_within
from .commands import find, run_long
from .downloads import download_release
from .paths import tool_sources, tools_directory
from .spec import Progress
from .waiting import Ticker

LOCK_SECONDS = 3600.0
"""That another process may take to make a tool, which is built from sources at worst."""
MODULE_FILES = ("go.mod", "go.sum", "main.go")
GO_ELSEWHERE = "/usr/local/go/bin/go"
STAMP = "k8s.io/component-base/version"


@dataclass(frozen=True)
class Tool:
    """name: its folder among the tool sources. module: whose version it has. commands: names it can be called by, when more than one.
    package: what is compiled, where it is the module's own command instead of our main.go. stamp: variable that gets the version.
    pinned_by: the folder, where it is another tool's."""

    name: str
    module: str
    commands: tuple[str, ...] = ()
    package: str = "."
    stamp: str = ""
    pinned_by: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """What its build depends on."""
        return MODULE_FILES if self.package == "." else MODULE_FILES[:2]

    @property
    def folder(self) -> str:
        """Where its module is, among the tool sources."""
        return self.pinned_by or self.name


TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "kubernetes",
            "k8s.io/kubernetes",
            ("etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubectl", "kubelet"),
        ),
        Tool("kubectl", "k8s.io/kubernetes", package="k8s.io/kubernetes/cmd/kubectl", pinned_by="kubernetes"),
        Tool("coredns", "github.com/coredns/coredns"),
        Tool("metrics-server", "sigs.k8s.io/metrics-server"),
        Tool("kwok", "sigs.k8s.io/kwok"),
        Tool("registry", "github.com/distribution/distribution/v3"),
        Tool("helm", "helm.sh/helm/v3", package="helm.sh/helm/v3/cmd/helm", stamp="helm.sh/helm/v3/internal/version.version"),
        Tool("helm4", "helm.sh/helm/v4", package="helm.sh/helm/v4/cmd/helm", stamp="helm.sh/helm/v4/internal/version.version"),
    )
}


class ToolCache:
    """Cached commands. Paths are known before anything is built, so that a caller may ask without waiting."""

    def __init__(self, root: Path | None = None, sources: Path | None = None) -> None:
        self._root, self._sources = root, sources

    @property
    def root(self) -> Path:
        """The directory of all tools."""
        return self._root or tools_directory()

    @property
    def sources(self) -> Path:
        """The Go modules."""
        return self._sources or tool_sources()

    def version(self, tool: str) -> str:
        """The version that is taken where none is named, such as v1.34.4."""
        return _pinned(tool, self.sources / TOOLS[tool].folder)

    def modules(self, tool: str) -> dict[str, Path]:
        """Version -> folder of the module that pins it, that of `version` first."""
        name = TOOLS[tool].folder
        folders = [self.sources / name, *sorted(self.sources.glob(f"{name}-[0-9]*"))]
        return {_pinned(tool, folder): folder for folder in folders}

    def full_version(self, tool: str, wanted: str | None) -> str:
        """The version in full, such as v1.34.4. wanted: that, with or without `v`, a pinned one's first two numbers, or None.

        Raises UsageError for two numbers of which nothing is pinned.
        """
        if wanted is None:
            return self.version(tool)
        wanted = f"v{wanted.removeprefix('v')}"
        if wanted.count(".") > 1:
            return wanted
        known = list(self.modules(tool))
        for version in known:
            if minor_version(version) == wanted.removeprefix("v"):
                return version
        raise UsageError(
            f"{tool} {wanted.removeprefix('v')} is not pinned here",
            hint=f"Choose {' or '.join(map(minor_version, known))}, or write another version in full, such as {known[0]}.",
        )

    def directory(self, tool: str, version: str | None = None) -> Path:
        """Where the commands of a tool are, or will be. version: as in `full_version`; a release where it is not pinned."""
        version = self.full_version(tool, version)
        folder = self.modules(tool).get(version)
        if folder is None:
            return self.root / f"{tool}-{version}"
        digest = hashlib.sha256()
        for name in TOOLS[tool].files:
            try:
                digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
            except OSError as error:
                raise LocalClusterError(f"cannot read the module of {tool}: {error}", hint="Install the collection again.") from error
        return self.root / f"{tool}-{digest.hexdigest()[:12]}"

    def command(self, name: str) -> Path:
        """Path of a cached command of the pinned versions, such as `kubectl`; it may not exist yet."""
        for tool in TOOLS.values():
            if name in (tool.commands or (tool.name,)):
                return self.directory(tool.name) / name
        raise LocalClusterError(f"no tool has a command {name!r}")

    def ensure(self, tool: str, progress: Progress, version: str | None = None) -> Path:
        """The directory with the tool's commands, made when missing. Raises LocalClusterError with what to do."""
        directory = self.directory(tool, version)
        if directory.is_dir():
            return directory
        with self._lock(directory.name, progress), tempfile.TemporaryDirectory(dir=self.root, prefix=f".{tool}-") as scratch:
            if directory.is_dir():
                return directory
            made = Path(scratch) / "commands"
            made.mkdir(mode=0o755)
            wanted = self.full_version(tool, version)
            if not download_release(tool, wanted, made, progress):
                self._build(TOOLS[tool], wanted, made, progress)
            made.rename(directory)
        return directory

    @contextmanager
    def _lock(self, name: str, progress: Progress) -> Iterator[None]:
        path = self.root / f".{name}.lock"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not lock_within(handle, 0.0):
                progress("tools", f"waiting for another run that makes {name}")
                if not lock_within(handle, LOCK_SECONDS):
                    words = f"another run has been making {name} for {LOCK_SECONDS / 60:g} minutes"
                    raise LocalClusterError(words, where=str(path), hint="See what it waits for, or end it.")
            yield
        finally:
            os.close(handle)

    def _build(self, tool: Tool, version: str, into: Path, progress: Progress) -> None:
        modules = self.modules(tool.name)
        if version not in modules:
            raise LocalClusterError(
                f"{tool.name} {version} cannot be downloaded, and only {' and '.join(modules)} can be built here",
                hint="Leave out the Kubernetes version, or run where release downloads can be reached.",
            )
        source = modules[version]
        compiler = find("go") or shutil.which(GO_ELSEWHERE)
        if compiler is None:
            raise LocalClusterError(
                f"{tool.name} {version} has to be built, and the Go toolchain is missing",
                hint="Install Go 1.24 or newer (https://go.dev/doc/install; Go fetches the exact toolchain itself), "
                "or run where the releases of Kubernetes can be downloaded.",
            )
        ticker = Ticker(progress, "tools", f"building {tool.name} {version} from its pinned Go modules, once for this machine")
        said = _compile([compiler, *build_arguments(tool.name, version), "-o", str(into / tool.name), tool.package], source, ticker)
        if said is not None:
            raise LocalClusterError(
                f"building {tool.name} {version} failed: {said}",
                where=str(source),
                hint="Check that Go modules can be fetched (`go env GOPROXY`) and that there is free space for about 3 GB.",
            )
        for command in tool.commands:
            (into / command).symlink_to(tool.name)
        ticker.done(f"built {tool.name} {version}")


def minor_version(version: str) -> str:
    """`1.34` of v1.34.4."""
    return ".".join(version.removeprefix("v").split(".")[:2])


def _pinned(tool: str, folder: Path) -> str:
    """The version of a tool that the module in `folder` pins."""
    found = re.search(rf"^\s*(?:require )?{re.escape(TOOLS[tool].module)} (v\S+)", (folder / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise LocalClusterError(f"{tool} is not pinned", where=str(folder / "go.mod"), hint="Install the collection again.")
    return found[1]


def build_arguments(tool: str, version: str) -> list[str]:
    """Arguments of the Go compiler: reproducible, small, and stamped with the version that `kubectl version` shows."""
    flags = "-s -w"
    if TOOLS[tool].module == "k8s.io/kubernetes":
        major, minor = version.removeprefix("v").split(".")[:2]
        flags += f" -X {STAMP}.gitVersion={version} -X {STAMP}.gitMajor={major} -X {STAMP}.gitMinor={minor} -X {STAMP}.gitTreeState=clean"
    elif TOOLS[tool].stamp:
        flags += f" -X {TOOLS[tool].stamp}={version}"
    return ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", flags]


def _compile(argv: list[str], directory: Path, ticker: Ticker) -> str | None:
    """Run the compiler; None when it ended well, else its last lines. GOGC trades memory for a third of the time."""
    env = {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "", "GOGC": os.environ.get("GOGC", "400")}
    code, lines = run_long(argv, ticker.tick, cwd=directory, env=env)
    if code == 0:
        return None
    return "\n".join(lines[-8:]) or f"exit code {code}"


CLUSTER_TOOLS = ToolCache()
"""The user's cache: `CLUSTER_TOOLS.command("kubectl")` is the path of the cached kubectl, once a cluster was made."""
