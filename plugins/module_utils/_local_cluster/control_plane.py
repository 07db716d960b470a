# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""etcd, API server, controller manager and scheduler: certificates, configuration and commands.

Flags: https://kubernetes.io/docs/reference/command-line-tools-reference/. etcd does not sync to disk: a local cluster may be lost in a
power cut, and is several times faster for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from .._state import write_private
from .certificates import Authority, KeyPair, signing_key
from .kubeconfig import make_kubeconfig, write_kubeconfig
from .layout import CLUSTER_DOMAIN, LOOPBACK, Layout
from .parts import Part

ADMINISTRATORS = "system:masters"
AUDIT_FILE = "audit.log"
AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [{"level": "Metadata"}]}

CLIENTS = {
    "controller-manager": "system:kube-controller-manager",
    "scheduler": "system:kube-scheduler",
    "proxy": "system:kube-proxy",
}
"""Clients with the identities that Kubernetes' own roles are bound to."""

ADMIN_CLIENTS = ("admin", "coredns", "metrics-server", "kwok")
"""Clients that act as administrators: the person, and add-ons for which roles of their own would protect nothing in a local cluster."""


@dataclass(frozen=True)
class Pki:
    """The authorities of a cluster."""

    cluster: Authority
    front_proxy: Authority
    etcd: Authority


def make_certificates(layout: Layout) -> Pki:
    """Make whatever is missing of the cluster's certificates and keys."""
    directory = layout.directory.pki
    pki = Pki(Authority(directory, "ca"), Authority(directory, "front-proxy-ca"), Authority(directory, "etcd-ca"))
    first_service = layout.network.kubernetes_service if layout.network else layout.services.replace(".0/20", ".1")
    names = [f"kubernetes{rest}" for rest in ("", ".default", ".default.svc", f".default.svc.{CLUSTER_DOMAIN}")]
    pki.cluster.issue("apiserver", "kube-apiserver", hosts=["localhost", LOOPBACK, layout.address, first_service, *names])
    pki.cluster.issue("apiserver-kubelet-client", "kube-apiserver-kubelet-client", ADMINISTRATORS)
    pki.front_proxy.issue("front-proxy-client", "front-proxy-client")
    pki.etcd.issue("etcd", "etcd", hosts=["localhost", LOOPBACK])
    signing_key(directory, "service-account")
    for name, user in CLIENTS.items():
        client_kubeconfig(layout, name, pki.cluster.issue(name, user))
    for name in ADMIN_CLIENTS:
        client_kubeconfig(layout, name, pki.cluster.issue(name, f"roro:{name}", ADMINISTRATORS))
    return pki


def client_kubeconfig(layout: Layout, name: str, pair: KeyPair) -> None:
    """Write `etc/<name>.kubeconfig`, or the person's own for `admin`."""
    path = layout.directory.kubeconfig if name == "admin" else layout.directory.etc / f"{name}.kubeconfig"
    if not path.is_file():
        write_kubeconfig(path, make_kubeconfig(layout.context, layout.server, layout.directory.pki / "ca.crt", pair))


def control_plane_parts(layout: Layout) -> list[Part]:
    """The commands, in the order in which they need each other (each waits for the one before by itself)."""
    return [_etcd(layout), _apiserver(layout), _controller_manager(layout), _scheduler(layout)]


def _etcd(layout: Layout) -> Part:
    client, peer = (f"https://{LOOPBACK}:{layout.port(name)}" for name in ("etcd", "etcd-peer"))
    certificate, key, authority = layout.pki("etcd.crt"), layout.pki("etcd.key"), layout.pki("etcd-ca.crt")
    return Part(
        "etcd",
        (
            layout.command("kubernetes", "etcd"),
            "--name=local",
            f"--data-dir={layout.seen(layout.directory.path / 'etcd')}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=local={peer}",
            f"--cert-file={certificate}",
            f"--key-file={key}",
            f"--trusted-ca-file={authority}",
            "--client-cert-auth",
            f"--peer-cert-file={certificate}",
            f"--peer-key-file={key}",
            f"--peer-trusted-ca-file={authority}",
            "--peer-client-cert-auth",
            "--unsafe-no-fsync",
            "--quota-backend-bytes=8589934592",
            "--log-level=warn",
        ),
    )


def _apiserver(layout: Layout) -> Part:
    words = [
        layout.command("kubernetes", "kube-apiserver"),
        f"--bind-address={layout.address}",
        f"--secure-port={layout.port('api')}",
        *_advertised(layout),
        f"--service-cluster-ip-range={layout.services}",
        f"--etcd-servers=https://{LOOPBACK}:{layout.port('etcd')}",
        f"--etcd-cafile={layout.pki('etcd-ca.crt')}",
        f"--etcd-certfile={layout.pki('etcd.crt')}",
        f"--etcd-keyfile={layout.pki('etcd.key')}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--enable-aggregator-routing=true",
        f"--client-ca-file={layout.pki('ca.crt')}",
        f"--tls-cert-file={layout.pki('apiserver.crt')}",
        f"--tls-private-key-file={layout.pki('apiserver.key')}",
        f"--kubelet-certificate-authority={layout.pki('ca.crt')}",
        f"--kubelet-client-certificate={layout.pki('apiserver-kubelet-client.crt')}",
        f"--kubelet-client-key={layout.pki('apiserver-kubelet-client.key')}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--requestheader-client-ca-file={layout.pki('front-proxy-ca.crt')}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        f"--proxy-client-cert-file={layout.pki('front-proxy-client.crt')}",
        f"--proxy-client-key-file={layout.pki('front-proxy-client.key')}",
        f"--service-account-issuer=https://kubernetes.default.svc.{CLUSTER_DOMAIN}",
        f"--service-account-key-file={layout.pki('service-account.pub')}",
        f"--service-account-signing-key-file={layout.pki('service-account.key')}",
        "--max-requests-inflight=2000",
        "--max-mutating-requests-inflight=1000",
        "--shutdown-delay-duration=0s",
    ]
    if layout.record.spec.audit:
        words += _audit(layout)
    return Part("kube-apiserver", tuple(words))


def _advertised(layout: Layout) -> list[str]:
    """Endpoints may not be loopback addresses: a cluster without pods that run needs none (192.0.2.0/24 is for documentation, RFC 5737)."""
    if layout.network:
        return [f"--advertise-address={layout.address}"]
    return ["--advertise-address=192.0.2.1", "--endpoint-reconciler-type=none"]


def _audit(layout: Layout) -> list[str]:
    write_private(layout.directory.etc / "audit-policy.yaml", yaml.safe_dump(AUDIT_POLICY).encode())
    log = layout.seen(layout.directory.logs / AUDIT_FILE)
    return [
        f"--audit-policy-file={layout.etc('audit-policy.yaml')}",
        f"--audit-log-path={log}",
        "--audit-log-mode=batch",
        "--audit-log-maxsize=500",
    ]


def _controller_manager(layout: Layout) -> Part:
    config = layout.etc("controller-manager.kubeconfig")
    words = [
        layout.command("kubernetes", "kube-controller-manager"),
        f"--kubeconfig={config}",
        "--leader-elect=false",
        "--secure-port=0",
        f"--root-ca-file={layout.pki('ca.crt')}",
        f"--cluster-signing-cert-file={layout.pki('ca.crt')}",
        f"--cluster-signing-key-file={layout.pki('ca.key')}",
        f"--service-account-private-key-file={layout.pki('service-account.key')}",
        "--use-service-account-credentials=true",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    ]
    if layout.network:
        # Volumes are directories of the node: /tmp/hostpath_pv, which namespaces.py keeps inside the cluster's directory.
        words.append("--enable-hostpath-provisioner=true")
    return Part("kube-controller-manager", tuple(words))


def _scheduler(layout: Layout) -> Part:
    config = {
        "apiVersion": "kubescheduler.config.k8s.io/v1",
        "kind": "KubeSchedulerConfiguration",
        "clientConnection": {"kubeconfig": layout.etc("scheduler.kubeconfig"), "qps": 1000, "burst": 2000},
        "leaderElection": {"leaderElect": False},
    }
    path = layout.directory.etc / "scheduler.yaml"
    write_private(path, yaml.safe_dump(config).encode())
    return Part(
        "kube-scheduler",
        (layout.command("kubernetes", "kube-scheduler"), f"--config={layout.seen(path)}", "--secure-port=0"),
        files=(path,),
    )
