"""Builders for plans without a cluster: instances, manifests, records and what is observed, in a line each."""

from __future__ import annotations

import copy
import dataclasses
import types
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Resource
from ansible_collections.roro.kube.plugins.module_utils._model import Instance, InstanceDependency, ManifestSource, Position
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef, ref_of
from ansible_collections.roro.kube.plugins.module_utils._release.data.desired import Desired
from ansible_collections.roro.kube.plugins.module_utils._release.data.observed import Observed
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.data.plan import Plan
from ansible_collections.roro.kube.plugins.module_utils._release.data.record import InstanceRecord, OwnedObject
from ansible_collections.roro.kube.plugins.module_utils._release.data.refusal import Refusal
from ansible_collections.roro.kube.plugins.module_utils._release.fields.compare import live_digest
from ansible_collections.roro.kube.plugins.module_utils._release.planning.planner import plan
from ansible_collections.roro.kube.plugins.module_utils._release.planning.wanted import announced_resources, defined_resources, prepare
from ansible_collections.roro.kube.plugins.module_utils._render import Manifest

Obj = dict[str, Any]
ROOT = Path("/work/shop")
KINDS = [
    ("v1", "Namespace", False),
    ("v1", "ConfigMap", True),
    ("v1", "Secret", True),
    ("v1", "Service", True),
    ("v1", "ServiceAccount", True),
    ("v1", "PersistentVolumeClaim", True),
    ("v1", "Pod", True),
    ("v1", "ResourceQuota", True),
    ("apps/v1", "Deployment", True),
    ("apps/v1", "StatefulSet", True),
    ("batch/v1", "Job", True),
    ("batch/v1", "CronJob", True),
    ("autoscaling/v2", "HorizontalPodAutoscaler", True),
    ("rbac.authorization.k8s.io/v1", "Role", True),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", True),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", False),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", False),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", False),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", False),
    ("apiregistration.k8s.io/v1", "APIService", False),
]


def served() -> dict[tuple[str, str], Resource]:
    """What the imagined cluster serves."""
    found = {}
    for api_version, kind, namespaced in KINDS:
        group, _, version = api_version.rpartition("/")
        found[(group, kind)] = Resource(group, version, kind, kind.lower() + "s", namespaced)
    return found


def instance(name: str = "api", *, needs: Sequence[str | tuple[str, str, bool]] = (), namespace: str = "shop", **fields: Any) -> Instance:
    """An instance; needs: ids, or (id, condition, required)."""
    depends = tuple(InstanceDependency(item, "healthy", True) if isinstance(item, str) else InstanceDependency(*item) for item in needs)
    return Instance(
        id=name,
        app=name,
        suffix="",
        environment="dev",
        workspace="shop",
        namespace=namespace,
        folder=ROOT / "apps" / name,
        manifests=ManifestSource("raw", ROOT / "apps" / name / "manifests", ("**/*.yaml",)),
        variables={},
        depends_on=depends,
        **fields,
    )


def desired(owner: Instance | str, *objects: Obj) -> Desired:
    """One instance and its manifests."""
    owner = instance(owner) if isinstance(owner, str) else owner
    manifests = tuple(Manifest(obj, Position(owner.manifests.path / "all.yaml", line * 10)) for line, obj in enumerate(objects, start=1))
    return Desired(owner, manifests, "inputs")


def thing(kind: str, name: str, api_version: str | None = None, /, *, annotations: Mapping[str, str] | None = None, **body: Any) -> Obj:
    """Any object, its apiVersion by kind."""
    versions = {kind: api for api, kind, _ in KINDS}
    metadata: Obj = {"name": name}
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": api_version or versions[kind], "kind": kind, "metadata": metadata, **body}


def config(name: str = "settings", *, annotations: Mapping[str, str] | None = None, **data: str) -> Obj:
    """A ConfigMap."""
    return thing("ConfigMap", name, annotations=annotations, data=data)


def workload(kind: str = "Deployment", name: str = "api", *, image: str = "api:1", **pod: Any) -> Obj:
    """A Deployment, StatefulSet or Job with one container."""
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": image}], **pod}}
    spec: Obj = {"template": template}
    if kind != "Job":
        spec["selector"] = {"matchLabels": {"app": name}}
    return thing(kind, name, spec=spec)


def live(obj: Obj, owner: str | None = "api", *, uid: str | None = None, namespace: str | None = "shop", **changes: Any) -> Obj:
    """The object as a cluster would hold it; owner: the instance that its labels name, None for nobody's."""
    held = copy.deepcopy(obj)
    metadata = held["metadata"]
    if namespace and served()[(ref_of(obj).group, obj["kind"])].namespaced:
        metadata["namespace"] = metadata.get("namespace", namespace)
    if owner is not None:
        labels = {"workspace": "shop", "environment": "dev", "instance": owner, "app": owner}
        metadata.setdefault("labels", {}).update({f"roro.dev/{key}": value for key, value in labels.items()})
    metadata |= {"uid": uid or f"uid-{obj['kind']}-{metadata['name']}".lower(), "resourceVersion": "7", **changes}
    return held


def observed(
    *objects: Obj,
    records: Iterable[InstanceRecord] = (),
    namespaces: Iterable[str] = ("shop",),
    promised: Sequence[Desired] = (),
    fixed: Sequence[str] = (),
    words: str = "field is immutable",
    as_new: str = "",
) -> Observed:
    """A cluster that holds these objects. fixed: fields that its server refuses to change on any of them, with these words."""
    return Observed(
        objects={ref_of(obj).identity: obj for obj in objects},
        records={record.instance: record for record in records},
        namespaces={name: {} for name in namespaces},
        served=served(),
        promised=announced_resources(list(promised)) | defined_resources(promised),
        refused={ref_of(obj).identity: Refusal(tuple(fixed), words, as_new) for obj in objects} if fixed else {},
    )


def owned(held: Obj, sent: Obj | None = None, owner: Instance | None = None) -> OwnedObject:
    """The record's entry for a live object; with `sent`, as proof that this manifest was applied and nothing changed since."""
    uid = held["metadata"]["uid"]
    if sent is None:
        return OwnedObject(ref_of(held), uid)
    wanted = prepare([desired(owner or instance(held["metadata"]["labels"]["roro.dev/instance"]), sent)], observed(), Options())[0]
    return OwnedObject(ref_of(held), uid, wanted.applied, live_digest(held, wanted.object))


def record(name: str, *objects: OwnedObject, **fields: Any) -> InstanceRecord:
    """An instance's record, deployed once."""
    values: dict[str, Any] = {"revision": 1, "deployed": 1, "outcome": "deployed", "resource_version": "3", **fields}
    return InstanceRecord(instance=name, app=name, namespace="shop", objects=objects, **values)


def steady(owner: Instance | str, *objects: Obj) -> tuple[Desired, list[Obj], InstanceRecord]:
    """An instance that is on the cluster exactly as desired: (desired, live objects, record)."""
    item = desired(owner, *objects)
    held = [live(obj, item.instance.id) for obj in objects]
    entries = [owned(now, sent, item.instance) for now, sent in zip(held, objects, strict=True)]
    return item, held, record(item.instance.id, *entries)


def planned(wanted: Sequence[Desired], seen: Observed, **options: Any) -> Plan:
    """The plan for these."""
    return plan(wanted, seen, Options(**options))


@pytest.fixture(scope="session")
def make() -> Any:
    """All builders under one name."""
    names = (instance, desired, thing, config, workload, live, observed, owned, record, steady, planned, served)
    return types.SimpleNamespace(**{function.__name__: function for function in names}, ref=ObjectRef, replace=dataclasses.replace)
