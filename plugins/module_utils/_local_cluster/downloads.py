# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Release downloads with their published checksums, for machines with ordinary internet.

Kubernetes: https://kubernetes.io/releases/download/. Helm: https://helm.sh/docs/intro/install/. etcd and CoreDNS: their release pages.
metrics-server and kwok publish no checksums beside their commands and are built instead.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import platform
import tarfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from .spec import Progress
from .waiting import Ticker

REACH_SECONDS = 3.0
READ_SECONDS = 60.0
ETCD_VERSION = "v3.6.4"
KUBERNETES = "https://dl.k8s.io"
GITHUB = "https://github.com"
HELM = "https://get.helm.sh"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
NOT_REACHED = (urllib.error.URLError, OSError, http.client.HTTPException, ValueError)


@dataclass(frozen=True)
class Asset:
    """One file of a release. sums: address of the checksum, or list of checksums. member: the command inside a tar archive."""

    command: str
    url: str
    sums: str
    member: str | None = None


def release_assets(tool: str, version: str, architecture: str) -> list[Asset]:
    """What to download for a tool; empty when its releases cannot be checked or do not exist for this architecture."""
    if architecture not in ARCHITECTURES.values():
        return []
    if tool == "kubernetes":
        base = f"{KUBERNETES}/release/{version}/bin/linux/{architecture}"
        names = ("kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubectl", "kubelet")
        kept = f"etcd-{ETCD_VERSION}-linux-{architecture}"
        etcd = f"{GITHUB}/etcd-io/etcd/releases/download/{ETCD_VERSION}"
        return [Asset(name, f"{base}/{name}", f"{base}/{name}.sha256") for name in names] + [
            Asset("etcd", f"{etcd}/{kept}.tar.gz", f"{etcd}/SHA256SUMS", f"{kept}/etcd")
        ]
    if tool == "kubectl":
        url = f"{KUBERNETES}/release/{version}/bin/linux/{architecture}/kubectl"
        return [Asset("kubectl", url, f"{url}.sha256")]
    if tool == "coredns":
        number = version.removeprefix("v")
        url = f"{GITHUB}/coredns/coredns/releases/download/{version}/coredns_{number}_linux_{architecture}.tgz"
        return [Asset("coredns", url, f"{url}.sha256", "coredns")]
    if tool in ("helm", "helm4"):
        url = f"{HELM}/helm-{version}-linux-{architecture}.tar.gz"
        return [Asset(tool, url, f"{url}.sha256sum", f"linux-{architecture}/helm")]
    return []


def download_release(tool: str, version: str, into: Path, progress: Progress) -> bool:
    """Put the commands of a release into `into`. False when releases cannot be reached or do not match: the caller builds instead."""
    assets = release_assets(tool, version, ARCHITECTURES.get(platform.machine(), ""))
    if not assets or not all(
        _reachable(url) for url in {asset.sums for asset in assets if asset.sums.startswith(GITHUB)} | {assets[0].sums}
    ):
        return False
    ticker = Ticker(progress, "tools", f"downloading {tool} {version}")
    for asset in assets:
        try:
            content = _checked(asset, ticker)
        except NOT_REACHED as error:
            progress("tools", f"download of {asset.command} {version} failed ({error}); building instead")
            for path in into.iterdir():
                path.unlink()
            return False
        path = into / asset.command
        path.write_bytes(content)
        path.chmod(0o755)
    ticker.done(f"downloaded {tool} {version}")
    return True


def _reachable(url: str) -> bool:
    try:
        with _open(url, REACH_SECONDS, "HEAD"):
            return True
    except NOT_REACHED:
        return False


def _checked(asset: Asset, ticker: Ticker) -> bytes:
    """The command's content. Raises ValueError when the checksum differs."""
    with _open(asset.sums) as answer:
        wanted = published_sum(answer.read().decode(), asset.url.rpartition("/")[2])
    data = _fetch(asset.url, asset.command, ticker)
    if hashlib.sha256(data).hexdigest() != wanted:
        raise ValueError(f"the checksum of {asset.url} does not match")
    if asset.member is None:
        return data
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = archive.extractfile(asset.member)
        if member is None:
            raise ValueError(f"{asset.url} holds no {asset.member}")
        return member.read()


def published_sum(text: str, name: str) -> str:
    """The SHA-256 of a file in what `sha256sum` prints, or the only word of a file that holds nothing else."""
    for line in text.splitlines():
        words = line.split()
        if len(words) == 1 or (len(words) == 2 and words[1].lstrip("*").rpartition("/")[2] == name):
            return words[0].lower()
    raise ValueError(f"no checksum of {name} was published")


def _fetch(url: str, name: str, ticker: Ticker) -> bytes:
    parts = []
    size = 0
    with _open(url) as answer:
        while chunk := answer.read(2**20):
            parts.append(chunk)
            size += len(chunk)
            ticker.tick(f"{name} {size >> 20} MB")
    return b"".join(parts)


def _open(url: str, timeout: float = READ_SECONDS, method: str = "GET") -> IO[bytes]:
    if not url.startswith("https://"):
        raise ValueError(f"{url} is not https")
    request = urllib.request.Request(url, method=method, headers={"User-Agent": "roro"})  # noqa: S310 - https only
    return cast("IO[bytes]", urllib.request.build_opener().open(request, timeout=timeout))
