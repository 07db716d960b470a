# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that come from the distribution: container runtime, network plugins, packet filter. Only what is missing is installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .._errors import LocalClusterError
from .commands import find, run_long
from .spec import Progress
from .waiting import Ticker

CNI_DIRECTORIES = (Path("/usr/lib/cni"), Path("/opt/cni/bin"), Path("/usr/libexec/cni"))
CNI_PLUGINS = ("ptp", "host-local", "portmap", "loopback")
POLICY = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True)
class Need:
    """A command and the Debian package that has it."""

    command: str
    package: str


NEEDS = (
    Need("containerd", "containerd"),
    Need("runc", "runc"),
    Need("iptables", "iptables"),
    Need("conntrack", "conntrack"),
    Need("ip", "iproute2"),
    Need("nsenter", "util-linux"),
)


def cni_directory() -> Path | None:
    """Where the network plugins are, None when they are missing."""
    for directory in CNI_DIRECTORIES:
        if all((directory / plugin).is_file() for plugin in CNI_PLUGINS):
            return directory
    return None


def missing_packages() -> list[str]:
    """Debian packages whose commands are not on this machine."""
    missing = [need.package for need in NEEDS if find(need.command) is None]
    if static_busybox() is None:
        missing.append("busybox-static")
    return missing if cni_directory() is not None else [*missing, "containernetworking-plugins"]


def static_busybox() -> str | None:
    """A busybox that runs in an image that holds nothing else: one that names no dynamic loader."""
    path = find("busybox")
    if path is None:
        return None
    with Path(path).open("rb") as stream:
        return None if b"/ld-" in stream.read(4096) else path


def ensure_packages(progress: Progress) -> None:
    """Install what is missing through apt-get; its services do not start. Raises LocalClusterError with what to do elsewhere."""
    missing = missing_packages()
    if not missing:
        return
    if find("apt-get") is None:
        raise LocalClusterError(
            f"these parts of a node are missing: {', '.join(missing)}",
            hint="Install them with this system's package manager (the names are Debian's), or use --provider kind, k3d or minikube.",
        )
    ticker = Ticker(progress, "packages", f"installing {', '.join(missing)}")
    with _no_service_starts():
        _apt(["update"], ticker)
        _apt(["install", "--yes", "--no-install-recommends", *missing], ticker)
    still = missing_packages()
    if still:
        raise LocalClusterError(
            f"installed, but still not found: {', '.join(still)}", hint="See whether /usr/sbin and /usr/bin are readable."
        )
    ticker.done(f"installed {', '.join(missing)}")


def _apt(words: list[str], ticker: Ticker) -> None:
    argv = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Options::=--force-confold", *words]
    code, lines = run_long(argv, ticker.tick, env={"DEBIAN_FRONTEND": "noninteractive"})
    if code != 0 and words[0] != "update":
        raise LocalClusterError(
            f"apt-get {words[0]} failed: {' '.join(lines[-4:])}",
            hint=f"Install by hand: apt-get install {' '.join(word for word in words[1:] if not word.startswith('-'))}",
        )


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Debian starts a package's service unless policy-rc.d ends with 101 (invoke-rc.d(8)). A machine's own policy stays."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    os.chmod(POLICY, 0o755)  # noqa: S103, PTH101 - has to be executable by root's scripts
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
