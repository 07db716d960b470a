# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose object is it? Labels we put on, and when another owner's object is refused. Pure.

Labels go to `metadata.labels` only: selectors and pod templates are never touched.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..._model import Instance
from ..._objects import LABEL_APP, LABEL_ENVIRONMENT, LABEL_INSTANCE, LABEL_WORKSPACE, KubeObject, metadata_map
from .applyset import LABEL_PART_OF, applyset_id

ANNOTATION_CREATED = "roro.dev/created"
"""`"true"` on a namespace that was made for an instance and is not in any manifest: `down` may remove it when it is empty."""

_MANAGED_BY = "app.kubernetes.io/managed-by"
_HELM_RELEASE = "meta.helm.sh/release-name"
_HELM_NAMESPACE = "meta.helm.sh/release-namespace"
_KAPP = "kapp.k14s.io/app"
_ARGO_ANNOTATION = "argocd.argoproj.io/tracking-id"
_ARGO_LABEL = "argocd.argoproj.io/instance"
_FLUX = {"kustomize.toolkit.fluxcd.io": "Kustomization", "helm.toolkit.fluxcd.io": "HelmRelease"}


@dataclass(frozen=True)
class Owner:
    """An instance as labels name it."""

    workspace: str
    environment: str
    instance: str

    @property
    def environment_key(self) -> tuple[str, str]:
        """Workspace and environment."""
        return (self.workspace, self.environment)

    @property
    def complete(self) -> bool:
        """Whether no label is missing."""
        return "" not in (self.workspace, self.environment, self.instance)

    def __str__(self) -> str:
        return f"instance {self.instance or '?'} of workspace {self.workspace or '?'}, environment {self.environment or '?'}"


def labels_of(instance: Instance) -> dict[str, str]:
    """The labels of every object of an instance."""
    return {
        LABEL_WORKSPACE: instance.workspace,
        LABEL_ENVIRONMENT: instance.environment,
        LABEL_INSTANCE: instance.id,
        LABEL_APP: instance.app,
        LABEL_PART_OF: applyset_id(record_name(instance.id), instance.namespace),
    }


def record_name(instance: str) -> str:
    """Name of the Secret of an instance's record."""
    return f"roro.{instance}"


def environment_selector(workspace: str, environment: str) -> str:
    """The label selector of everything that belongs to an environment."""
    return f"{LABEL_WORKSPACE}={workspace},{LABEL_ENVIRONMENT}={environment}"


def labels_present(live: KubeObject, workspace: str, environment: str) -> bool:
    """Whether a watch with the environment's selector sees this object."""
    labels = metadata_map(live, "labels")
    return (labels.get(LABEL_WORKSPACE), labels.get(LABEL_ENVIRONMENT)) == (workspace, environment)


def owner_of(live: KubeObject) -> Owner | None:
    """The instance that the object's labels name; None when they name none."""
    labels = metadata_map(live, "labels")
    if LABEL_WORKSPACE not in labels and LABEL_INSTANCE not in labels:
        return None
    return Owner(labels.get(LABEL_WORKSPACE, ""), labels.get(LABEL_ENVIRONMENT, ""), labels.get(LABEL_INSTANCE, ""))


def foreign_manager(live: KubeObject) -> str | None:
    """Who else manages an object without our labels, in words, or None when it is free to adopt."""
    labels, annotations = metadata_map(live, "labels"), metadata_map(live, "annotations")
    if labels.get(_MANAGED_BY) == "Helm" and _HELM_RELEASE in annotations:
        return f"Helm release {_placed(annotations.get(_HELM_NAMESPACE), annotations[_HELM_RELEASE])}"
    if _KAPP in labels:
        return f"kapp app {labels[_KAPP]}"
    if _ARGO_ANNOTATION in annotations or _ARGO_LABEL in labels:
        return f"Argo CD application {annotations.get(_ARGO_ANNOTATION, labels.get(_ARGO_LABEL, '')).partition(':')[0]}"
    for key, kind in _FLUX.items():
        if f"{key}/name" in labels:
            return f"Flux {kind} {_placed(labels.get(f'{key}/namespace'), labels[f'{key}/name'])}"
    if LABEL_PART_OF in labels:
        return f"ApplySet {labels[LABEL_PART_OF]}"
    for reference in (live.get("metadata") or {}).get("ownerReferences") or []:
        return f"{reference.get('kind')} {reference.get('name')} (ownerReferences)"
    return None


def _placed(namespace: str | None, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name


def controller_of(live: KubeObject) -> str:
    """The object whose controller makes and changes this one, in words; "" when there is none.
    https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents"""
    references = (live.get("metadata") or {}).get("ownerReferences") or []
    return next((f"{item.get('kind')} {item.get('name')} (its controller)" for item in references if item.get("controller")), "")
