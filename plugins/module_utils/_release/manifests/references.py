# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects an object names: what has to be there before it is of use. Pure.

Fields by the API reference: https://kubernetes.io/docs/reference/kubernetes-api/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._objects import Identity, KubeObject

RBAC = "rbac.authorization.k8s.io"
_TEMPLATED = {
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("apps", "ReplicaSet"),
    ("batch", "Job"),
    ("", "ReplicationController"),
}


def group_of(obj: KubeObject) -> str:
    """The API group of an object, "" for the core group."""
    return str(obj.get("apiVersion") or "").rpartition("/")[0]


def pod_template(obj: KubeObject) -> dict[str, Any] | None:
    """The pod template (`metadata` and `spec`) of a workload, the Pod itself for a Pod, None for what runs nothing."""
    key = (group_of(obj), obj.get("kind"))
    if key == ("", "Pod"):
        return obj
    spec = _dict(obj.get("spec"))
    if key == ("batch", "CronJob"):
        spec = _dict(_dict(spec.get("jobTemplate")).get("spec"))
    elif key not in _TEMPLATED:
        return None
    return _dict(spec.get("template"))


def references(obj: KubeObject) -> Iterator[Identity]:
    """Identities of the objects that `obj` names and that should be there before it. An object never refers to itself."""
    namespace = _dict(obj.get("metadata")).get("namespace") or ""
    template = pod_template(obj)
    if template is not None:
        yield from _of_pod(_dict(template.get("spec")), namespace)
    spec = _dict(obj.get("spec"))
    match (group_of(obj), obj.get("kind")):
        case ("apps", "StatefulSet"):
            yield from _named("", "Service", namespace, spec.get("serviceName"))
            for claim in _dicts(spec.get("volumeClaimTemplates")):
                yield from _named("storage.k8s.io", "StorageClass", "", _dict(claim.get("spec")).get("storageClassName"))
        case ("", "PersistentVolumeClaim"):
            yield from _named("storage.k8s.io", "StorageClass", "", spec.get("storageClassName"))
            yield from _named("", "PersistentVolume", "", spec.get("volumeName"))
        case ("", "ServiceAccount"):
            for secret in _dicts(obj.get("imagePullSecrets")):
                yield from _named("", "Secret", namespace, secret.get("name"))
        case (group, "RoleBinding" | "ClusterRoleBinding") if group == RBAC:
            yield from _of_binding(obj, namespace)
        case ("networking.k8s.io", "Ingress"):
            yield from _named("networking.k8s.io", "IngressClass", "", spec.get("ingressClassName"))
            for tls in _dicts(spec.get("tls")):
                yield from _named("", "Secret", namespace, tls.get("secretName"))


def _of_binding(obj: KubeObject, namespace: str) -> Iterator[Identity]:
    role = _dict(obj.get("roleRef"))
    yield from _named(RBAC, str(role.get("kind")), "" if role.get("kind") == "ClusterRole" else namespace, role.get("name"))
    for subject in bound_accounts(obj):
        yield ("", "ServiceAccount", *subject)


def bound_accounts(obj: KubeObject) -> Iterator[tuple[str, str]]:
    """(namespace, name) of the ServiceAccounts that a RoleBinding or ClusterRoleBinding gives rights to."""
    own = _dict(obj.get("metadata")).get("namespace") or ""
    for subject in _dicts(obj.get("subjects")):
        if subject.get("kind") == "ServiceAccount" and subject.get("name"):
            yield (subject.get("namespace") or own, subject["name"])


def account_of(obj: KubeObject) -> tuple[str, str] | None:
    """(namespace, name) of the ServiceAccount that a workload's pods run as, None for what runs nothing."""
    template = pod_template(obj)
    if template is None:
        return None
    spec = _dict(template.get("spec"))
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    return (_dict(obj.get("metadata")).get("namespace") or "", name)


def _of_pod(spec: Mapping[str, Any], namespace: str) -> Iterator[Identity]:
    yield from _named("", "ServiceAccount", namespace, spec.get("serviceAccountName") or spec.get("serviceAccount"))
    yield from _named("scheduling.k8s.io", "PriorityClass", "", spec.get("priorityClassName"))
    yield from _named("node.k8s.io", "RuntimeClass", "", spec.get("runtimeClassName"))
    for secret in _dicts(spec.get("imagePullSecrets")):
        yield from _named("", "Secret", namespace, secret.get("name"))
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for container in _dicts(spec.get(kind)):
            yield from _of_container(container, namespace)
    for volume in _dicts(spec.get("volumes")):
        yield from _of_volume(volume, namespace)
    for claim in _dicts(spec.get("resourceClaims")):
        yield from _named("resource.k8s.io", "ResourceClaim", namespace, claim.get("resourceClaimName"))
        yield from _named("resource.k8s.io", "ResourceClaimTemplate", namespace, claim.get("resourceClaimTemplateName"))


def _of_container(container: Mapping[str, Any], namespace: str) -> Iterator[Identity]:
    for source in _dicts(container.get("envFrom")):
        yield from _named("", "ConfigMap", namespace, _dict(source.get("configMapRef")).get("name"))
        yield from _named("", "Secret", namespace, _dict(source.get("secretRef")).get("name"))
    for variable in _dicts(container.get("env")):
        source = _dict(variable.get("valueFrom"))
        yield from _named("", "ConfigMap", namespace, _dict(source.get("configMapKeyRef")).get("name"))
        yield from _named("", "Secret", namespace, _dict(source.get("secretKeyRef")).get("name"))


def _of_volume(volume: Mapping[str, Any], namespace: str) -> Iterator[Identity]:
    for source in (volume, *_dicts(_dict(volume.get("projected")).get("sources"))):
        config, secret = _dict(source.get("configMap")), _dict(source.get("secret"))
        yield from _named("", "ConfigMap", namespace, config.get("name"))
        yield from _named("", "Secret", namespace, secret.get("secretName") or secret.get("name"))
    yield from _named("", "PersistentVolumeClaim", namespace, _dict(volume.get("persistentVolumeClaim")).get("claimName"))
    for driver in ("csi", "cephfs", "rbd", "iscsi", "flexVolume", "scaleIO", "storageos"):
        entry = _dict(volume.get(driver))
        secret = _dict(entry.get("nodePublishSecretRef") or entry.get("secretRef"))
        yield from _named("", "Secret", namespace, secret.get("name"))


def _named(group: str, kind: str, namespace: str, name: Any) -> Iterator[Identity]:
    if isinstance(name, str) and name:
        yield (group, kind, namespace, name)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
