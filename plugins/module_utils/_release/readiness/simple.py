# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Built-in kinds that run no pods of their own: network, storage, policy and what extends the API server."""

from __future__ import annotations

from ..._kube_events.reading import newest
from ..._objects import KubeObject
from .failures import LOAD_BALANCER_GRACE, NO_CONTROLLER_GRACE, match
from .fields import at, condition, condition_status, entries, text, tidy, uid_of
from .types import Related, Verdict


def judge_service(service: KubeObject, related: Related) -> Verdict:
    """Ready when it exists; a LoadBalancer when it has an address (spec.externalIPs count as one). Controllers for them tell that they are
    at work by an event, a finalizer or a condition: https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer"""
    kind = text(service, "spec", "type") or "ClusterIP"
    if kind == "ExternalName":
        return Verdict("ready", "Exists", f"an alias of {text(service, 'spec', 'externalName') or '?'}")
    if kind != "LoadBalancer":
        return Verdict("ready", "Exists", "the service has its address")
    addresses = [text(item, "ip") or text(item, "hostname") for item in entries(service, "status", "loadBalancer", "ingress")]
    if addresses or at(service, "spec", "externalIPs"):
        return Verdict("ready", "Ready", f"load balancer at {', '.join(addresses) or 'its external IPs'}")
    event = newest(related.events(uid_of(service))) if uid_of(service) else None
    if text(event, "reason") == "SyncLoadBalancerFailed":
        return Verdict("failed", "LoadBalancerFailed", f"no load balancer: {tidy(text(event, 'message'))}", LOAD_BALANCER_GRACE)
    if event is None and not at(service, "metadata", "finalizers") and not at(service, "status", "conditions"):
        words = "waits for a load balancer, and no controller has taken notice of it: perhaps this cluster has none for them"
        return Verdict("failed", "NoLoadBalancer", words, NO_CONTROLLER_GRACE)
    return Verdict("progressing", "LoadBalancerPending", "waits for its load balancer to get an address")


def judge_claim(claim: KubeObject, related: Related) -> Verdict:
    """Bound, or waiting for its first pod by the StorageClass's own wish (volumeBindingMode WaitForFirstConsumer)."""
    phase = text(claim, "status", "phase")
    if phase == "Bound":
        return Verdict("ready", "Ready", f"bound to {text(claim, 'spec', 'volumeName') or 'a volume'}")
    if phase == "Lost":
        return Verdict("failed", "ClaimLost", f"its volume {text(claim, 'spec', 'volumeName') or ''} is gone and so is the data")
    event = newest(related.events(uid_of(claim))) if uid_of(claim) else None
    said, message = text(event, "reason"), tidy(text(event, "message"))
    if said in ("WaitForFirstConsumer", "WaitForPodScheduled"):
        return Verdict("ready", "WaitForFirstConsumer", "is bound when the first pod that uses it is scheduled")
    row = match("claim", said, message)
    if row:
        return Verdict("failed", row.reason, f"no volume: {message}", row.grace)
    return Verdict("progressing", "NotBound", f"not bound yet{': ' + message if message else ''}")


def judge_volume(volume: KubeObject, related: Related) -> Verdict:
    """PersistentVolume: any phase but Failed and Pending."""
    phase = text(volume, "status", "phase")
    if phase == "Failed":
        return Verdict("failed", "VolumeFailed", f"the volume failed: {tidy(text(volume, 'status', 'message')) or 'no reason given'}")
    if phase in ("", "Pending"):
        return Verdict("progressing", "VolumePending", "the volume is not available yet")
    return Verdict("ready", "Ready", f"the volume is {phase.lower()}")


def judge_ingress(ingress: KubeObject, related: Related) -> Verdict:
    """Ready when it exists: many controllers never write status.loadBalancer, so waiting for it could last for ever."""
    addresses = [text(item, "ip") or text(item, "hostname") for item in entries(ingress, "status", "loadBalancer", "ingress")]
    return Verdict("ready", "Exists", f"accepted, at {', '.join(addresses)}" if addresses else "accepted")


def judge_budget(budget: KubeObject, related: Related) -> Verdict:
    """PodDisruptionBudget: ready once its controller has counted."""
    if at(budget, "status", "observedGeneration") is None:
        return Verdict("progressing", "NotObserved", "the disruption controller has not counted its pods yet")
    return Verdict("ready", "Ready", "allowed disruptions are counted")


def judge_autoscaler(autoscaler: KubeObject, related: Related) -> Verdict:
    """HorizontalPodAutoscaler: exists is ready; that it cannot scale yet (no metrics) is told but holds nothing up."""
    for kind in ("AbleToScale", "ScalingActive"):
        if condition_status(autoscaler, kind) == "False":
            found = condition(autoscaler, kind)
            return Verdict("ready", "NotScaling", f"exists but does not scale: {tidy(text(found, 'message')) or text(found, 'reason')}")
    return Verdict("ready", "Exists", "exists")


def judge_definition(definition: KubeObject, related: Related) -> Verdict:
    """CustomResourceDefinition: Established; a name conflict never heals by waiting."""
    names = condition(definition, "NamesAccepted")
    if text(names, "status") == "False":
        return Verdict("failed", text(names, "reason") or "NamesNotAccepted", f"its names are taken: {tidy(text(names, 'message'))}")
    established = condition(definition, "Established")
    if text(established, "status") == "True":
        return Verdict("ready", "Established", "established")
    if text(established, "status") == "False" and text(established, "reason") != "Installing":
        return Verdict("failed", text(established, "reason") or "NotEstablished", f"not established: {tidy(text(established, 'message'))}")
    return Verdict("progressing", "Installing", "is being established")


def judge_api_service(service: KubeObject, related: Related) -> Verdict:
    """APIService: Available; a server behind it may take its time."""
    available = condition(service, "Available")
    if text(available, "status") == "True":
        return Verdict("ready", "Ready", "the API is served")
    return Verdict("progressing", text(available, "reason") or "NotAvailable", f"the API is not served yet{_said(available)}")


def judge_namespace(namespace: KubeObject, related: Related) -> Verdict:
    """Active; Terminating counts as gone (also when only the phase says so)."""
    if text(namespace, "status", "phase") == "Terminating":
        return Verdict("gone", "Terminating", "the namespace is being deleted")
    return Verdict("ready", "Exists", "active")


def judge_node(node: KubeObject, related: Related) -> Verdict:
    """Node: condition Ready."""
    ready = condition(node, "Ready")
    if text(ready, "status") == "True":
        return Verdict("ready", "Ready", "the node is ready")
    return Verdict("progressing", text(ready, "reason") or "NodeNotReady", f"the node is not ready{_said(ready)}")


def judge_signing_request(request: KubeObject, related: Related) -> Verdict:
    """CertificateSigningRequest: a certificate is issued, unless it was denied or failed."""
    for kind in ("Denied", "Failed"):
        if condition_status(request, kind) == "True":
            return Verdict("failed", f"Request{kind}", f"the request is {kind.lower()}{_said(condition(request, kind))}")
    if text(request, "status", "certificate"):
        return Verdict("ready", "Ready", "the certificate is issued")
    return Verdict("progressing", "NotIssued", "waits for approval and signature")


def judge_existing(obj: KubeObject, related: Related) -> Verdict:
    """Kinds that are what they are as soon as the API server has them."""
    return Verdict("ready", "Exists", "exists")


def _said(found: KubeObject) -> str:
    message = tidy(text(found, "message"))
    return f": {message}" if message else ""
