# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A native cluster with a real node: containers, pod network, DNS, storage, metrics."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from .._errors import LocalClusterError
from .._given import given
from .addons import dns_objects, dns_part, metrics_objects, metrics_part, storage_class
from .api import Api, has_condition
from .bootstrap import accounts_ready, node_ready, start_control_plane, start_simulated, wait_for
from .cgroups import make_group
from .commands import environment, find
from .control_plane import Pki, make_certificates
from .images import archive_references, open_uncompressed, write_pause_image
from .layout import Layout
from .limits import raise_limits
from .namespaces import NodeNamespace
from .network import ClusterNetwork, allow, connect
from .node import CONTAINERD_SOCKET, PAUSE_IMAGE, containerd_part, kubelet_part, overlay_works, proxy_part, write_node_files
from .parts import Parts
from .spec import Progress
from .waiting import wait_until

PARTS = (
    "node",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "containerd",
    "kubelet",
    "kube-proxy",
    "coredns",
    "metrics-server",
)
HOSTPATH_PROVISIONER = "kubernetes.io/host-path"
METRICS_API = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io"
CONTAINERD_SECONDS = 60.0


def bring_up(layout: Layout, progress: Progress) -> tuple[bool, tuple[str, ...]]:
    """Start or repair it; whether something changed, and the names of the nodes."""
    network = given(layout.network, "the network, which native.py chooses,")
    node = NodeNamespace(layout.directory, layout.node_name)
    raise_limits()
    changed = _place(layout, network, node, progress)
    pki = make_certificates(layout)
    write_node_files(layout, network, pki)
    parts, api = Parts(layout.directory, node, progress), Api(layout.directory.kubeconfig)
    changed |= parts.ensure(containerd_part(layout), "node")
    changed |= start_control_plane(layout, parts, api, progress)
    changed |= _start_node(layout, network, node, parts, progress)
    changed |= _start_addons(layout, network, pki, parts, api)
    changed |= start_simulated(layout, parts, api, progress)
    wait_for(f"node {layout.node_name}", lambda: node_ready(api, layout.node_name), parts, "kubelet", progress, "ready")
    wait_for("the default service account", lambda: accounts_ready(api), parts, "kube-controller-manager", progress, "ready")
    wait_for("the metrics API", lambda: has_condition(api.get(METRICS_API) or {}, "Available"), parts, "metrics-server", progress, "ready")
    parts.check()
    return changed, tuple(item["metadata"]["name"] for item in api.nodes())


def _place(layout: Layout, network: ClusterNetwork, node: NodeNamespace, progress: Progress) -> bool:
    """Namespaces, link, packet rules and control group."""
    changed = node.ensure()
    if changed:
        progress("network", f"node {layout.node_name} at {network.node}")
    identity = node.identity
    if identity is None:
        raise LocalClusterError("the node ended right after it was started", where=str(layout.directory.logs / "node.log"))
    changed |= connect(network, identity.pid)
    changed |= allow(network)
    changed |= make_group(network.unit)
    return changed


def _start_node(layout: Layout, network: ClusterNetwork, node: NodeNamespace, parts: Parts, progress: Progress) -> bool:
    """The sandbox image first: kubelet would report a failure for every pod without it."""
    if not wait_until(lambda: _images(node) is not None, CONTAINERD_SECONDS, parts.check):
        raise parts.failure("containerd", "does not answer")
    changed = False
    if PAUSE_IMAGE not in (_images(node) or []):
        with tempfile.TemporaryDirectory(dir=layout.directory.node) as scratch:
            archive = Path(scratch) / "pause.tar"
            write_pause_image(PAUSE_IMAGE, archive)
            _import(layout, node, archive)
        changed = True
    changed |= parts.ensure(kubelet_part(layout, network), "node")
    changed |= parts.ensure(proxy_part(layout), "node")
    return changed


def _start_addons(layout: Layout, network: ClusterNetwork, pki: Pki, parts: Parts, api: Api) -> bool:
    authority = base64.b64encode(pki.cluster.pair.certificate.read_bytes()).decode()
    objects = [storage_class(HOSTPATH_PROVISIONER), *dns_objects(network), *metrics_objects(network, authority)]
    applied = [api.apply(manifest) for manifest in objects]
    changed = any(applied)
    changed |= parts.ensure(dns_part(layout, network), "dns")
    changed |= parts.ensure(metrics_part(layout, network, pki), "metrics")
    return changed


def _ctr(node: NodeNamespace, *words: str) -> list[str]:
    return node.enter([find("ctr") or "ctr", "--address", CONTAINERD_SOCKET, "--namespace", "k8s.io", *words])


def _images(node: NodeNamespace, *words: str) -> list[str] | None:
    """Names of the node's images, or all that containerd tells of them; None when it does not answer."""
    done = subprocess.run(
        _ctr(node, "images", *(words or ("list", "--quiet"))), capture_output=True, text=True, check=False, timeout=60, env=environment()
    )
    return done.stdout.split() if done.returncode == 0 else None


def image_names(layout: Layout) -> set[str] | None:
    """Names in full of the images that the node has; None when it does not answer."""
    found = _images(NodeNamespace(layout.directory, layout.node_name))
    return None if found is None else set(found)


def import_images(layout: Layout, archives: Sequence[Path], progress: Progress) -> bool:
    """Import docker-archives, compressed or not; True when that brought something new.

    Raises UsageError for a file that is none, before anything is imported.
    """
    node = NodeNamespace(layout.directory, layout.node_name)
    named = [(archive, archive_references(archive)) for archive in archives]
    before = _images(node, "list")
    for archive, references in named:
        progress("images", f"loading {', '.join(references) or archive.name} ({archive.stat().st_size >> 20} MB)")
        _import(layout, node, archive)
    return _images(node, "list") != before


def _import(layout: Layout, node: NodeNamespace, archive: Path) -> None:
    """Through standard input: the node does not see the machine's /tmp."""
    snapshotter = "overlayfs" if overlay_works(layout.directory.node) else "native"
    words = _ctr(node, "images", "import", "--snapshotter", snapshotter, "-")
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())
    stdin = given(process.stdin, "the pipe that was asked for")
    broken: Exception | None = None
    try:
        with stdin, open_uncompressed(archive) as stream:
            shutil.copyfileobj(stream, stdin, 2**20)
    except BrokenPipeError:
        broken = None
    except (OSError, EOFError, zlib.error) as error:
        broken = error
    said = process.stdout.read().decode(errors="replace") if process.stdout is not None else ""
    if process.wait() != 0 or broken is not None:
        raise LocalClusterError(
            f"containerd refused the image {archive}: {broken or ' '.join(said.strip().splitlines()[-3:])}",
            hint="Is it an archive as `docker save` writes it, for this architecture?",
        )
