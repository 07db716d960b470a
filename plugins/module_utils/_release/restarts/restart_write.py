# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second write of a workload whose pods have read what is no longer so, see `config_restarts`. Belongs in worker threads."""

from __future__ import annotations

from ..._cluster import Cluster, Resource
from ..._objects import ANNOTATION_CONFIG, ANNOTATION_RESTARTED, RESTART_MANAGER, KubeObject, metadata_map
from ..data.options import Options
from ..data.steps import Step
from ..manifests.references import pod_template


def restarted(cluster: Cluster, resource: Resource, step: Step, applied: KubeObject, options: Options) -> KubeObject:
    """The workload with a word on its pod template that makes new pods; nothing where the apply changed the template itself. The UID
    makes sure that one which is gone by then is not created from this fragment."""
    before = pod_template(step.live or {}) or {}
    if pod_template(applied) != before:
        return applied
    kept = {key: value for key, value in metadata_map(before, "annotations").items() if key == ANNOTATION_RESTARTED}
    template = {"metadata": {"annotations": {**kept, ANNOTATION_CONFIG: step.restart}}}
    metadata = {"name": step.ref.name, "namespace": step.ref.namespace, "uid": step.uid}
    patch = {"apiVersion": step.ref.api_version, "kind": step.ref.kind, "metadata": metadata, "spec": {"template": template}}
    return cluster.apply(resource, patch, force=True, dry_run=options.check, field_manager=RESTART_MANAGER)[0]
