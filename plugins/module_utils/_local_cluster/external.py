# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Providers that are commands of their own, kind, k3d and minikube: what they have in common, over a small driver for each.

Their clusters are named `roro-<name>`, so that they never meet what a person made with the same command.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from .._errors import LocalClusterError, UsageError
from .api import Api
from .commands import find, run, run_long, succeeds
from .images import archive_references, open_uncompressed
from .kubeconfig import renamed, server_of, write_kubeconfig
from .layout import Layout, free_ports
from .parts import Parts, ThisMachine
from .paths import ClusterDirectory
from .record import ClusterRecord, write_record
from .simulated import kwok_command, reconcile_nodes, wait_ready
from .spec import LocalCluster, LocalClusterSpec, LocalClusterStatus, Progress, context_name
from .tools import CLUSTER_TOOLS
from .waiting import Ticker, wait_until

READY_SECONDS = 180.0


class Driver(Protocol):
    """The words of one command. `cluster` is the name that the command knows it by."""

    @property
    def command(self) -> str:
        """Its name."""

    @property
    def engines(self) -> tuple[str, ...]:
        """Container engines that it can use, by their commands; one has to answer."""

    def exists(self, cluster: str) -> bool:
        """Whether the command knows the cluster, running or not."""

    def create(self, cluster: str, version: str | None) -> list[str]:
        """Command line that makes it; version such as v1.34.4, or None for the command's own choice."""

    def start(self, cluster: str) -> list[str]:
        """Command line that starts one that was stopped, as after a reboot; harmless on one that runs."""

    def delete(self, cluster: str) -> list[str]:
        """Command line that removes it."""

    def load(self, cluster: str, archive: Path) -> list[str]:
        """Command line that puts a docker-archive into its nodes."""

    def images(self, cluster: str) -> list[str]:
        """Command line that lists the images of its node, a name a line."""

    def kubeconfig(self, cluster: str) -> str:
        """Kubeconfig with its administrator as current context."""

    def environment(self, directory: ClusterDirectory) -> dict[str, str]:
        """Variables for its commands; they must keep it away from the user's kubeconfig."""


class ExternalProvider:
    """A provider over a driver."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self.name = driver.command

    def why_not(self) -> str | None:
        """Its command and a container engine that answers."""
        if find(self._driver.command) is None:
            return f"the command {self._driver.command} is missing"
        engines = [engine for engine in self._driver.engines if find(engine) is not None]
        if not engines:
            return f"it needs a container engine ({' or '.join(self._driver.engines)})"
        if not any(succeeds([engine, "info"]) for engine in engines):
            return f"{' and '.join(engines)} does not answer"
        return None

    def up(self, directory: ClusterDirectory, record: ClusterRecord | None, spec: LocalClusterSpec, progress: Progress) -> LocalCluster:
        """Make it, or start it and see whether it answers."""
        _check_version(spec)
        directory.make()
        record = self._recorded(directory, record, spec)
        cluster, driver = context_name(spec.name), self._driver
        changed = not driver.exists(cluster)
        if changed:
            self._do(driver.create(cluster, spec.kubernetes_version), directory, progress, f"making a cluster with {self.name}")
        changed |= not directory.kubeconfig.is_file()
        write_kubeconfig(directory.kubeconfig, renamed(driver.kubeconfig(cluster), cluster))
        api = Api(directory.kubeconfig)
        if not api.ready():
            self._do(driver.start(cluster), directory, progress, f"starting {cluster} with {self.name}")
            write_kubeconfig(directory.kubeconfig, renamed(driver.kubeconfig(cluster), cluster))
            api, changed = Api(directory.kubeconfig), True
            if not wait_until(api.ready, READY_SECONDS):
                raise LocalClusterError(
                    f"{self.name} started {cluster}, but its API server does not answer",
                    hint=f"`roro cluster down --name {spec.name}`, then up again.",
                )
        changed |= self._simulate(Layout(directory, record), api, progress)
        nodes = tuple(node["metadata"]["name"] for node in api.nodes())
        server = server_of(directory.kubeconfig)
        return LocalCluster(spec.name, self.name, directory.kubeconfig, cluster, server, nodes, changed, api.version(), _kubectl())

    def down(self, directory: ClusterDirectory, record: ClusterRecord, progress: Progress) -> bool:
        """Delete it with its own command."""
        cluster = context_name(record.spec.name)
        Parts(directory, ThisMachine(), progress).stop_part("kwok")
        if not self._driver.exists(cluster):
            return True
        self._do(self._driver.delete(cluster), directory, progress, f"removing {cluster} with {self.name}")
        return True

    def status(self, directory: ClusterDirectory, record: ClusterRecord) -> LocalClusterStatus:
        """Running when its API server says that it is ready."""
        name = record.spec.name
        api = Api(directory.kubeconfig)
        running = directory.kubeconfig.is_file() and api.ready()
        states = {"kube-apiserver": "running" if running else "stopped"}
        if record.spec.simulated_nodes:
            states |= Parts(directory, ThisMachine(), lambda phase, message: None).states(["kwok"])
        healthy = all(state == "running" for state in states.values())
        state = "running" if healthy else "degraded" if running else "stopped"
        server = server_of(directory.kubeconfig)
        version = api.version() if running else record.spec.kubernetes_version or ""
        return LocalClusterStatus(
            name, self.name, state, directory.kubeconfig, context_name(name), server, version, record.spec.simulated_nodes, states
        )

    def load_images(self, directory: ClusterDirectory, record: ClusterRecord, archives: Sequence[Path], progress: Progress) -> bool:
        """Hand archives to its own command, unpacked if need be. Always counts as a change: the commands do not tell."""
        cluster = context_name(record.spec.name)
        for archive in archives:
            named = ", ".join(archive_references(archive)) or archive.name
            with _uncompressed(archive, directory) as plain:
                self._do(self._driver.load(cluster, plain), directory, progress, f"loading {named}", phase="images")
        return bool(archives)

    def images(self, directory: ClusterDirectory, record: ClusterRecord) -> set[str] | None:
        """From its own command, or its node's container."""
        return listed_images(self._driver.images(context_name(record.spec.name)))

    def _recorded(self, directory: ClusterDirectory, record: ClusterRecord | None, spec: LocalClusterSpec) -> ClusterRecord:
        ports = record.ports if record is not None else {}
        made = ClusterRecord(spec, self.name, None, ports or free_ports(), context_name(spec.name))
        if made != record:
            write_record(directory, made)
        return made

    def _simulate(self, layout: Layout, api: Api, progress: Progress) -> bool:
        """Simulated nodes beside the real ones: kwok is a process of this machine."""
        wanted = layout.record.spec.simulated_nodes
        parts = Parts(layout.directory, ThisMachine(), progress)
        if wanted == 0:
            stopped = parts.stop_part("kwok")
            return reconcile_nodes(api, 0, tainted=True) or stopped
        CLUSTER_TOOLS.ensure("kwok", progress)
        part = kwok_command(layout, str(layout.directory.kubeconfig), str(CLUSTER_TOOLS.command("kwok")))
        changed = parts.ensure(part, "simulated")
        changed |= reconcile_nodes(api, wanted, tainted=True)
        if not wait_ready(api, wanted, parts.check):
            raise parts.failure("kwok", "did not make all simulated nodes Ready in time")
        return changed

    def _do(self, argv: list[str], directory: ClusterDirectory, progress: Progress, what: str, phase: str = "provider") -> None:
        ticker = Ticker(progress, phase, what)
        code, lines = run_long(argv, ticker.tick, env=self._driver.environment(directory))
        if code != 0:
            raise LocalClusterError(
                f"{what} failed, exit code {code}: {' '.join(lines[-6:]) or 'it said nothing'}", hint=f"Try it by hand: {' '.join(argv)}"
            )
        ticker.done(f"{what}: done")


def listed_images(argv: list[str]) -> set[str] | None:
    """The names that a command lists; None where it fails."""
    try:
        return set(run(argv).split())
    except LocalClusterError:
        return None


def _check_version(spec: LocalClusterSpec) -> None:
    """These commands name an image by it, which has all three numbers and a v."""
    version = spec.kubernetes_version
    if version is not None and not (version.startswith("v") and version.count(".") == 2):
        raise UsageError(
            f"Kubernetes version {version!r}", hint="kind, k3d and minikube need it in full, such as v1.34.4; native takes 1.34 as well."
        )


@contextmanager
def _uncompressed(archive: Path, directory: ClusterDirectory) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=directory.path) as scratch, open_uncompressed(archive) as stream:
        if archive.suffix not in (".gz", ".tgz"):
            yield archive
            return
        plain = Path(scratch) / "image.tar"
        with plain.open("wb") as target:
            shutil.copyfileobj(stream, target, 2**20)
        yield plain


def _kubectl() -> Path | None:
    """The cached kubectl if there is one, else the system's."""
    cached = CLUSTER_TOOLS.command("kubectl")
    found = str(cached) if cached.exists() else find("kubectl")
    return Path(found) if found else None
