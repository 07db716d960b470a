# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real node: containerd, kubelet, kube-proxy and the pod network, configured for one machine with several clusters on it.

kubelet configuration: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml

from .._state import write_private
from .commands import find, succeeds
from .control_plane import Pki, client_kubeconfig
from .layout import CLUSTER_DOMAIN, Layout
from .namespaces import plain_environment
from .network import ClusterNetwork, iptables
from .packages import CNI_DIRECTORIES, cni_directory
from .parts import Part

PAUSE_IMAGE = "roro.dev/pause:1"
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
CERTS = "certs.d"
"""Folder of the cluster's configuration that says where containerd finds registries; read at each pull."""
MAX_PODS = 240
"""Fits the /24 of the node's pods."""

CAP_SYS_RESOURCE = 24
IPTABLES_COMMANDS = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")

CONTAINERD_CONFIG = """\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = {restrict}
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni}"
    conf_dir = "{cni_config}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "{snapshotter}"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{certs}:/etc/containerd/certs.d"
"""


def write_node_files(layout: Layout, network: ClusterNetwork, pki: Pki) -> None:
    """Write the configuration of the node's parts."""
    etc = layout.directory.etc
    client_kubeconfig(layout, "kubelet", pki.cluster.issue("kubelet", f"system:node:{layout.node_name}", "system:nodes"))
    pki.cluster.issue("kubelet-server", layout.node_name, hosts=[layout.node_name, network.node, "127.0.0.1"])
    (etc / "cni").mkdir(mode=0o700, exist_ok=True)
    (etc / "manifests").mkdir(mode=0o700, exist_ok=True)
    write_private(etc / "cni" / "10-roro.conflist", json.dumps(pod_network(network), indent=2).encode())
    write_private(etc / "containerd.toml", containerd_config(layout).encode())
    write_private(etc / "kubelet.yaml", yaml.safe_dump(kubelet_config(layout, network)).encode())
    write_private(etc / "kube-proxy.yaml", yaml.safe_dump(proxy_config(layout, network)).encode())
    _choose_iptables(layout)


def pod_network(network: ClusterNetwork) -> dict[str, Any]:
    """The CNI network: a point-to-point link for each pod.

    Everything between pods is routed, so that Services work without the kernel module br_netfilter, which a bridge needs.
    """
    ipam = {"type": "host-local", "ranges": [[{"subnet": str(network.pods)}]], "routes": [{"dst": "0.0.0.0/0"}]}
    return {
        "cniVersion": "0.4.0",
        "name": "roro",
        "plugins": [
            {"type": "ptp", "ipMasq": True, "ipam": ipam},
            {"type": "portmap", "capabilities": {"portMappings": True}, "snat": True},
        ],
    }


def containerd_config(layout: Layout) -> str:
    """containerd's configuration."""
    return CONTAINERD_CONFIG.format(
        socket=CONTAINERD_SOCKET,
        pause=PAUSE_IMAGE,
        # Without the capability a container's oom_score_adj cannot be lowered, and every sandbox would fail.
        restrict=str(not has_capability(CAP_SYS_RESOURCE)).lower(),
        cni=cni_directory() or CNI_DIRECTORIES[0],
        cni_config=layout.etc("cni"),
        certs=layout.etc(CERTS),
        snapshotter="overlayfs" if overlay_works(layout.directory.node) else "native",
    )


def has_capability(number: int) -> bool:
    """Whether this process has a capability (capabilities(7))."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False


def overlay_works(directory: Path) -> bool:
    """Whether the file system can carry overlay mounts: not so below another overlay, as in many containers."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        parts = {name: Path(scratch) / name for name in ("lower", "upper", "work", "merged")}
        for path in parts.values():
            path.mkdir()
        options = f"lowerdir={parts['lower']},upperdir={parts['upper']},workdir={parts['work']}"
        if not succeeds(["mount", "-t", "overlay", "overlay", "-o", options, parts["merged"]]):
            return False
        return succeeds(["umount", parts["merged"]])


def kubelet_config(layout: Layout, network: ClusterNetwork) -> dict[str, Any]:
    """kubelet's configuration."""
    low = {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%", "nodefs.inodesFree": "1%"}
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True}, "x509": {"clientCAFile": layout.pki("ca.crt")}},
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{network.unit}",
        "cgroupsPerQOS": True,
        "clusterDNS": [network.dns_service],
        "clusterDomain": CLUSTER_DOMAIN,
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "enforceNodeAllocatable": ["pods"],
        "eventRecordQPS": 0,
        "evictionHard": low,
        "failCgroupV1": False,
        "failSwapOn": False,
        "healthzPort": 0,
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "kubeAPIQPS": 200,
        "kubeAPIBurst": 400,
        "maxPods": MAX_PODS,
        "oomScoreAdj": 0,
        "protectKernelDefaults": False,
        "registerWithTaints": [],
        "registryPullQPS": 0,
        "resolvConf": layout.etc("resolv.conf"),
        "runtimeRequestTimeout": "10m",
        "serializeImagePulls": False,
        "staticPodPath": layout.etc("manifests"),
        "tlsCertFile": layout.pki("kubelet-server.crt"),
        "tlsPrivateKeyFile": layout.pki("kubelet-server.key"),
    }


def proxy_config(layout: Layout, network: ClusterNetwork) -> dict[str, Any]:
    """kube-proxy's configuration. Connection tracking limits belong to the machine: 0 leaves them alone."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": layout.etc("proxy.kubeconfig"), "qps": 100, "burst": 200},
        "clusterCIDR": str(network.pods),
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        "healthzBindAddress": "127.0.0.1:10256",
        "hostnameOverride": layout.node_name,
        "iptables": {"minSyncPeriod": "100ms", "syncPeriod": "30s"},
        "metricsBindAddress": "127.0.0.1:10249",
        "mode": "iptables",
        "oomScoreAdj": 0,
    }


def _choose_iptables(layout: Layout) -> None:
    """When only the older iptables works here, put it under the plain names before the system's on the node's PATH."""
    commands = layout.directory.path / "bin"
    commands.mkdir(mode=0o700, exist_ok=True)
    if iptables() != "iptables-legacy":
        return
    for name in IPTABLES_COMMANDS:
        family, _, rest = name.partition("-")
        target = find(f"{family}-legacy{'-' if rest else ''}{rest}")
        if target is not None and not (commands / name).is_symlink():
            (commands / name).symlink_to(target)


def containerd_part(layout: Layout) -> Part:
    """The container runtime."""
    path = layout.directory.etc / "containerd.toml"
    return Part("containerd", (find("containerd") or "containerd", "--config", layout.seen(path)), plain_environment(), (path,))


def kubelet_part(layout: Layout, network: ClusterNetwork) -> Part:
    """The kubelet."""
    path = layout.directory.etc / "kubelet.yaml"
    words = (
        layout.command("kubernetes", "kubelet"),
        f"--config={layout.seen(path)}",
        f"--kubeconfig={layout.etc('kubelet.kubeconfig')}",
        f"--hostname-override={layout.node_name}",
        f"--node-ip={network.node}",
        "--root-dir=/var/lib/kubelet",
    )
    return Part("kubelet", words, plain_environment(), (path,))


def proxy_part(layout: Layout) -> Part:
    """kube-proxy, in the cluster's own network namespace."""
    path = layout.directory.etc / "kube-proxy.yaml"
    return Part("kube-proxy", (layout.command("kubernetes", "kube-proxy"), f"--config={layout.seen(path)}"), plain_environment(), (path,))
