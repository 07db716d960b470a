# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The native provider: a real Kubernetes as processes of this Linux machine, in namespaces of its own.

Every step makes sure of something and says whether it had to: run over a healthy cluster they change nothing, over a broken one
they repair it.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from .._errors import LocalClusterError, UsageError
from . import native_real, native_simulated
from .cgroups import remove_group
from .control_plane import AUDIT_FILE
from .layout import Layout, free_ports
from .namespaces import NodeNamespace
from .network import ClusterNetwork, claim_network, disallow, disconnect
from .packages import ensure_packages
from .parts import Parts, ThisMachine, recorded_parts
from .paths import ClusterDirectory, cluster_directory, known_clusters
from .processes import end_all
from .provider import Provider
from .record import ClusterRecord, read_record, write_record
from .spec import LocalCluster, LocalClusterSpec, LocalClusterStatus, Progress, context_name
from .tools import CLUSTER_TOOLS


class NativeProvider:
    """See the module."""

    name = "native"

    def why_not(self) -> str | None:
        """Linux, and root unless only simulated nodes are wanted."""
        if platform.system() != "Linux":
            return f"it needs Linux, this is {platform.system()}"
        return None

    def up(self, directory: ClusterDirectory, record: ClusterRecord | None, spec: LocalClusterSpec, progress: Progress) -> LocalCluster:
        """Bring the cluster up or repair it."""
        _check_machine(spec)
        _check_same(record, spec)
        if not spec.only_simulated:
            ensure_packages(progress)
        for tool in _tools(spec):
            CLUSTER_TOOLS.ensure(tool, progress, spec.kubernetes_version if tool == "kubernetes" else None)
        directory.make()
        layout = Layout(directory, _recorded(directory, record, spec))
        bring_up = native_simulated.bring_up if spec.only_simulated else native_real.bring_up
        changed, nodes = bring_up(layout, progress)
        return LocalCluster(
            name=spec.name,
            provider=self.name,
            kubeconfig=directory.kubeconfig,
            context=layout.context,
            server=layout.server,
            nodes=nodes,
            changed=changed or record is None,
            kubernetes_version=layout.kubernetes_version,
            kubectl=CLUSTER_TOOLS.directory("kubernetes", spec.kubernetes_version) / "kubectl",
            audit_log=_audit_log(directory, spec),
        )

    def down(self, directory: ClusterDirectory, record: ClusterRecord, progress: Progress) -> bool:
        """End all processes and take the cluster out of the machine's network and control groups."""
        progress("remove", f"stopping {record.spec.name}")
        parts = Parts(directory, ThisMachine(), progress)
        if record.network is None:
            # At once: nothing that they could still write is kept.
            for name in recorded_parts(directory):
                parts.stop_part(name, grace=0)
            end_all(lambda argv: native_simulated.is_part(argv, directory))
            return True
        network = ClusterNetwork(record.network)
        NodeNamespace(directory, "").end()
        disconnect(network)
        disallow(network)
        remove_group(network.unit)
        return True

    def status(self, directory: ClusterDirectory, record: ClusterRecord) -> LocalClusterStatus:
        """Running when all parts run, stopped when none does."""
        layout = Layout(directory, record)
        names = native_simulated.PARTS if record.network is None else native_real.PARTS
        if record.spec.simulated_nodes and "kwok" not in names:
            names = (*names, "kwok")
        states = Parts(directory, ThisMachine(), lambda phase, message: None).states(names)
        running = sum(state == "running" for state in states.values())
        state = "stopped" if running == 0 else "running" if running == len(states) else "degraded"
        return LocalClusterStatus(
            record.spec.name,
            self.name,
            state,
            directory.kubeconfig,
            context_name(record.spec.name),
            layout.server,
            layout.kubernetes_version,
            record.spec.simulated_nodes,
            states,
            _audit_log(directory, record.spec),
        )

    def load_images(self, directory: ClusterDirectory, record: ClusterRecord, archives: Sequence[Path], progress: Progress) -> bool:
        """Import archives into the node's containerd."""
        if record.network is None:
            raise UsageError(f"cluster {record.spec.name} has only simulated nodes: they run no images", hint="Simulated pods need none.")
        return native_real.import_images(Layout(directory, record), archives, progress)

    def images(self, directory: ClusterDirectory, record: ClusterRecord) -> set[str] | None:
        """From the node's containerd; simulated nodes have none."""
        return set() if record.network is None else native_real.image_names(Layout(directory, record))


def _check_machine(spec: LocalClusterSpec) -> None:
    if not spec.only_simulated and os.geteuid() != 0:
        raise LocalClusterError(
            "the native provider needs root: it makes namespaces, mounts and network links",
            hint="Run it with sudo, use --provider kind, k3d or minikube, or --simulated 3 --only-simulated.",
        )


def _check_same(record: ClusterRecord | None, spec: LocalClusterSpec) -> None:
    """What cannot change under a living cluster."""
    if record is None:
        return
    compared = {
        "only_simulated": (record.spec.only_simulated, spec.only_simulated),
        "kubernetes_version": tuple(CLUSTER_TOOLS.full_version("kubernetes", one.kubernetes_version) for one in (record.spec, spec)),
    }
    for what, (before, after) in compared.items():
        if before != after:
            raise UsageError(
                f"cluster {spec.name} was made with {what}={before}, not {after}",
                hint=f"Run `roro cluster down --name {spec.name}` first, or use another --name.",
            )


def _audit_log(directory: ClusterDirectory, spec: LocalClusterSpec) -> Path | None:
    return directory.logs / AUDIT_FILE if spec.audit else None


def _tools(spec: LocalClusterSpec) -> list[str]:
    tools = ["kubernetes"] if spec.only_simulated else ["kubernetes", "coredns", "metrics-server"]
    return [*tools, "kwok"] if spec.simulated_nodes else tools


def _recorded(directory: ClusterDirectory, record: ClusterRecord | None, spec: LocalClusterSpec) -> ClusterRecord:
    """The record, with a network or ports chosen the first time. Written before anything of the cluster exists, so that `down` finds it."""
    network, ports = (record.network, record.ports) if record else (None, {})
    if spec.only_simulated and not ports:
        ports = free_ports()
    if not spec.only_simulated and network is None:
        network = claim_network(_networks_of_others()).number
    made = ClusterRecord(spec, "native", network, ports, context_name(spec.name))
    if made != record:
        write_record(directory, made)
    return made


def _networks_of_others() -> list[int]:
    records = (read_record(cluster_directory(name)) for name in known_clusters())
    return [record.network for record in records if record is not None and record.network is not None]


def _conforms(provider: NativeProvider) -> Provider:
    return provider
