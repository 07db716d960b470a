# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which provider makes a cluster."""

from __future__ import annotations

from .._errors import LocalClusterError, UsageError
from .external import ExternalProvider
from .k3d import K3d
from .kind import Kind
from .minikube import Minikube
from .native import NativeProvider
from .provider import Provider
from .record import ClusterRecord
from .spec import LocalClusterSpec, Progress


def providers() -> dict[str, Provider]:
    """All of them by name; those with an engine of their own come first in `auto`."""
    engines = (ExternalProvider(Kind()), ExternalProvider(K3d()), ExternalProvider(Minikube()))
    found: tuple[Provider, ...] = (*engines, NativeProvider())
    return {provider.name: provider for provider in found}


def provider_named(name: str) -> Provider:
    """The provider of a recorded cluster."""
    try:
        return providers()[name]
    except KeyError:
        raise LocalClusterError(
            f"this cluster was made by an unknown provider {name!r}", hint="Use the version of roro that made it."
        ) from None


def choose_provider(spec: LocalClusterSpec, record: ClusterRecord | None, progress: Progress) -> Provider:
    """The one that made the cluster, the one asked for, or the first that works here. Raises when it cannot work, with the reason."""
    if record is not None:
        if spec.provider not in ("auto", record.provider):
            raise UsageError(
                f"cluster {spec.name} was made by {record.provider}, not {spec.provider}",
                hint=f"Run `roro cluster down --name {spec.name}` first, or use another --name.",
            )
        return provider_named(record.provider)
    if spec.provider != "auto":
        provider = provider_named(spec.provider)
        reason = provider.why_not()
        if reason is not None:
            raise LocalClusterError(f"provider {spec.provider} cannot be used: {reason}", hint="Mend that, or use --provider auto.")
        return provider
    return _first_usable(spec, progress)


def _first_usable(spec: LocalClusterSpec, progress: Progress) -> Provider:
    native_only = spec.only_simulated or spec.audit
    reasons = []
    for provider in providers().values():
        if native_only and provider.name != "native":
            continue
        reason = provider.why_not()
        if reason is None:
            progress("provider", f"using {provider.name}")
            return provider
        reasons.append(f"{provider.name}: {reason}")
    raise LocalClusterError(f"no local cluster can be made here ({'; '.join(reasons)})", hint="Install kind with docker or podman.")
