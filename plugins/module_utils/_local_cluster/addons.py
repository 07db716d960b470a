# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a bare control plane a useful cluster: DNS, a default StorageClass, metrics. Processes of the node, each behind a Service."""

from __future__ import annotations

from typing import Any

from .._state import write_private
from .control_plane import Pki
from .layout import CLUSTER_DOMAIN, Layout
from .namespaces import nameservers, plain_environment
from .network import ClusterNetwork
from .parts import Part
from .simulated import SIMULATED_LABEL

SYSTEM = "kube-system"
METRICS_PORT = 4443
METRICS_HOST = "metrics-server.kube-system.svc"


def dns_part(layout: Layout, network: ClusterNetwork) -> Part:
    """CoreDNS on the node's address."""
    path = layout.directory.etc / "Corefile"
    write_private(path, corefile(layout.etc("coredns.kubeconfig"), network.node, nameservers()).encode())
    return Part("coredns", (layout.command("coredns", "coredns"), "-conf", layout.seen(path)), plain_environment(), (path,))


def corefile(kubeconfig: str, address: str, upstream: list[str]) -> str:
    """CoreDNS's configuration (https://coredns.io/plugins/kubernetes/). Short times: objects come and go quickly here."""
    forward = f"    forward . {' '.join(upstream)}\n" if upstream else ""
    return (
        f".:53 {{\n    bind {address}\n    errors\n    health 127.0.0.1:8181\n"
        f"    kubernetes {CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {{\n        kubeconfig {kubeconfig}\n        pods insecure\n        ttl 2\n"
        f"        fallthrough in-addr.arpa ip6.arpa\n    }}\n{forward}    cache 2\n    loadbalance\n}}\n"
    )


def dns_objects(network: ClusterNetwork) -> list[dict[str, Any]]:
    """The Service kube-dns, under the name that all of Kubernetes expects."""
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]
    spec = {"clusterIP": network.dns_service, "ports": ports}
    return _service("kube-dns", spec, network.node, ports, {"k8s-app": "kube-dns"})


def storage_class(provisioner: str, reclaim: str = "Delete") -> dict[str, Any]:
    """The default StorageClass `standard`."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": provisioner,
        "reclaimPolicy": reclaim,
        "volumeBindingMode": "Immediate",
    }


def metrics_part(layout: Layout, network: ClusterNetwork, pki: Pki) -> Part:
    """metrics-server, for the real node only: simulated nodes have nothing to measure."""
    pki.cluster.issue("metrics-server-tls", "metrics-server", hosts=[METRICS_HOST, network.node])
    config = layout.etc("metrics-server.kubeconfig")
    words = (
        layout.command("metrics-server", "metrics-server"),
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        f"--bind-address={network.node}",
        f"--secure-port={METRICS_PORT}",
        f"--tls-cert-file={layout.pki('metrics-server-tls.crt')}",
        f"--tls-private-key-file={layout.pki('metrics-server-tls.key')}",
        f"--kubelet-certificate-authority={layout.pki('ca.crt')}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--node-selector=!{SIMULATED_LABEL}",
        "--kubelet-request-timeout=5s",
        "--metric-resolution=10s",
    )
    return Part("metrics-server", words, plain_environment())


def metrics_objects(network: ClusterNetwork, authority: str) -> list[dict[str, Any]]:
    """The APIService metrics.k8s.io and the Service it names. authority: base64 of the certificate that signed the server's."""
    ports = [{"name": "https", "port": METRICS_PORT, "protocol": "TCP"}]
    service = _service("metrics-server", {"ports": [ports[0] | {"port": 443, "targetPort": METRICS_PORT}]}, network.node, ports, {})
    registration = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "spec": {
            "group": "metrics.k8s.io",
            "version": "v1beta1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "service": {"name": "metrics-server", "namespace": SYSTEM, "port": 443},
            "caBundle": authority,
        },
    }
    return [*service, registration]


def _service(name: str, spec: dict[str, Any], address: str, ports: list[dict[str, Any]], labels: dict[str, str]) -> list[dict[str, Any]]:
    """A Service without selector and the slice that leads it to a process of the node."""
    metadata = {"name": name, "namespace": SYSTEM, "labels": labels}
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec},
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": metadata | {"labels": {"kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "roro.dev"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
            "ports": ports,
        },
    ]
