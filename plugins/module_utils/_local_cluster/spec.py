# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be asked of a local cluster, and what comes back. Pure data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .._errors import UsageError

Progress = Callable[[str, str], None]
"""Takes a phase (one of PHASES) and a sentence for a person."""

PHASES = ("provider", "packages", "tools", "network", "control plane", "node", "dns", "metrics", "simulated", "images", "ready", "remove")

PROVIDERS = ("native", "kind", "k3d", "minikube")

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")
"""A DNS label (RFC 1123) short enough to stay one with a provider's prefix and a node's suffix."""

VERSION = re.compile(r"v?\d+\.\d+(\.\d+)?")

MAX_SIMULATED_NODES = 5000
"""What Kubernetes itself promises to bear (https://kubernetes.io/docs/setup/best-practices/cluster-large/)."""


@dataclass(frozen=True)
class LocalClusterSpec:
    """A cluster that is wanted.

    name: DNS label of at most 40 characters. provider: `auto` or one of PROVIDERS. simulated_nodes: kwok nodes, 0 to 5000.
    only_simulated: no real node, neither root nor containers needed (native only). merge_kubeconfig: add the context to the user's
    own kubeconfig. kubernetes_version: such as `1.34` or `v1.34.4`; None is that of the cluster, or the provider's choice for a new one.
    audit: the API server writes a Metadata-level audit log (native only).
    """

    name: str = "roro"
    provider: str = "auto"
    simulated_nodes: int = 0
    only_simulated: bool = False
    merge_kubeconfig: bool = False
    kubernetes_version: str | None = None
    audit: bool = False

    def check(self) -> None:
        """Raise UsageError when this cannot be a cluster. Touches nothing."""
        check_name(self.name)
        if self.provider != "auto" and self.provider not in PROVIDERS:
            raise UsageError(f"unknown provider {self.provider!r}", hint=f"Choose auto, {', '.join(PROVIDERS)}.")
        if not 0 <= self.simulated_nodes <= MAX_SIMULATED_NODES:
            raise UsageError(f"{self.simulated_nodes} simulated nodes", hint=f"Choose 0 to {MAX_SIMULATED_NODES}.")
        if self.only_simulated and self.simulated_nodes == 0:
            raise UsageError("a cluster with only simulated nodes needs at least one", hint="Say how many: --simulated 3.")
        if self.only_simulated and self.provider not in ("auto", "native"):
            raise UsageError(f"provider {self.provider} always has a real node", hint="Use provider native, or leave out --only-simulated.")
        if self.kubernetes_version is not None and not VERSION.fullmatch(self.kubernetes_version):
            raise UsageError(f"Kubernetes version {self.kubernetes_version!r}", hint="Write 1.34, or in full v1.34.4.")
        if self.audit and self.provider not in ("auto", "native"):
            raise UsageError("only the native provider writes an audit log", hint="Use provider native, or leave out the audit log.")


def check_name(name: str) -> None:
    """Raise UsageError unless `name` can name a cluster."""
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a cluster",
            hint="Use at most 40 lower-case letters, digits and hyphens, beginning and ending with a letter or digit.",
        )


@dataclass(frozen=True)
class LocalCluster:
    """A cluster that answers. kubeconfig: its own file. kubectl: a command of its version, or None. changed: this `up` did something.
    kubernetes_version: in full, such as `v1.34.4`."""

    name: str
    provider: str
    kubeconfig: Path
    context: str
    server: str
    nodes: tuple[str, ...]
    changed: bool
    kubernetes_version: str = ""
    kubectl: Path | None = None
    audit_log: Path | None = None

    def as_record(self) -> dict[str, Any]:
        """Plain JSON types, for `--output json` and Ansible."""
        return _plain(asdict(self))


@dataclass(frozen=True)
class LocalClusterStatus:
    """How a known cluster is. state: `running`, `degraded` (some parts are down) or `stopped`. parts: name -> running or stopped.
    kubernetes_version: in full, such as `v1.34.4`; "" where the provider chose it and the cluster does not run."""

    name: str
    provider: str
    state: str
    kubeconfig: Path
    context: str
    server: str
    kubernetes_version: str = ""
    simulated_nodes: int = 0
    parts: dict[str, str] = field(default_factory=dict)
    audit_log: Path | None = None

    def as_record(self) -> dict[str, Any]:
        """Plain JSON types, for `--output json` and Ansible."""
        return _plain(asdict(self))


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    kinds = {Path: str, tuple: list}
    return {key: next((turn(value) for kind, turn in kinds.items() if isinstance(value, kind)), value) for key, value in record.items()}


def context_name(name: str) -> str:
    """The kubeconfig context of a cluster."""
    return f"roro-{name}"
