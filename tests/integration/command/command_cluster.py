"""What a workspace has on the cluster: its objects, its records, and whatever is in one but not in the other."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._objects import LABEL_INSTANCE, LABEL_RECORD, LABEL_WORKSPACE, KubeObject, ref_of
from ansible_collections.roro.kube.plugins.module_utils._release.data.record import InstanceRecord
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import read_record

Identity = tuple[str, str, str, str]
_KINDS = (
    ("v1", "Namespace"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "PersistentVolumeClaim"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "Job"),
)


@dataclass(frozen=True)
class Footprint:
    """Everything of one workspace, in all its environments and namespaces."""

    cluster: Cluster
    workspace: str

    def objects(self) -> dict[Identity, KubeObject]:
        """Every object with the workspace's label, records included, by identity."""
        selector = f"{LABEL_WORKSPACE}={self.workspace}"
        found = [item for kind in _KINDS for item in self.cluster.list(self.cluster.resource(*kind), selector=selector).items]
        return {ref_of(item).identity: item for item in found}

    def names(self, kind: str) -> set[str]:
        """Names of the objects of a kind."""
        return {identity[3] for identity in self.objects() if identity[1] == kind}

    def versions(self) -> dict[Identity, str]:
        """The resourceVersion of every object. A write that changes nothing leaves it."""
        return {identity: item["metadata"]["resourceVersion"] for identity, item in self.objects().items()}

    def records(self) -> dict[str, InstanceRecord]:
        """The record of each instance."""
        return {record.instance: record for record in self.all_records()}

    def all_records(self) -> list[InstanceRecord]:
        """Those of all environments, by namespace and instance."""
        secrets = [item for item in self.objects().values() if item["metadata"]["labels"].get(LABEL_RECORD) == "instance"]
        return sorted(map(read_record, secrets), key=lambda record: (record.namespace, record.instance))

    def orphans(self) -> list[Identity]:
        """Objects that carry an instance's label and are in no record: nothing would ever remove them."""
        recorded = {owned.ref.identity for record in self.all_records() for owned in record.objects}
        return [
            identity
            for identity, item in self.objects().items()
            if LABEL_INSTANCE in item["metadata"]["labels"] and LABEL_RECORD not in item["metadata"]["labels"] and identity not in recorded
        ]

    def namespace(self, environment: str = "dev") -> KubeObject | None:
        """The default namespace of an environment, None when it is not there."""
        return self.cluster.get(self.cluster.resource("v1", "Namespace"), None, f"{self.workspace}-{environment}")

    def remove(self) -> None:
        """Start the removal of every namespace of the workspace, and with it of all that is inside."""
        resource = self.cluster.resource("v1", "Namespace")
        for item in self.cluster.list(resource, metadata_only=True).items:
            if item["metadata"]["name"].startswith(f"{self.workspace}-"):
                self.cluster.delete(resource, None, item["metadata"]["name"])
