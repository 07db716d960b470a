"""Verdicts must be right about what a real cluster does, and name the cause that a person would find.

Every test has a namespace of its own. The image is the cluster's own pause image, which holds a busybox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._objects import KubeObject
from ansible_collections.roro.kube.plugins.module_utils._release.readiness import (
    Verdict,
    completed,
    related_kinds,
    started,
    verdict,
)

pytestmark = pytest.mark.real_node

Eventually = Callable[..., Any]
SLEEP = "sleep 100000 & wait"


class World:
    """A namespace of the cluster: applies objects and judges them by what LISTs give."""

    def __init__(self, cluster: Cluster, namespace: str, image: str) -> None:
        self.cluster, self.namespace, self.image = cluster, namespace, image

    def apply(self, obj: KubeObject) -> Judged:
        resource = self.cluster.resource(obj["apiVersion"], obj["kind"])
        placed = {**obj, "metadata": {**obj["metadata"], "namespace": self.namespace}} if resource.namespaced else obj
        self.cluster.apply(resource, placed)
        return Judged(self, obj["apiVersion"], obj["kind"], obj["metadata"]["name"])

    def items(self, api_version: str, kind: str) -> Sequence[KubeObject]:
        return self.cluster.list(self.cluster.resource(api_version, kind), self.namespace).items

    def container(self, command: str = SLEEP, **more: Any) -> dict[str, Any]:
        return {"name": "app", "image": self.image, "command": ["/bin/busybox", "sh", "-c", f"trap 'exit 0' TERM; {command}"]} | more

    def deployment(self, container: dict[str, Any], name: str = "web", replicas: int = 1, **pod: Any) -> KubeObject:
        return self.workload("Deployment", container, name, replicas=replicas, **pod)

    def workload(self, kind: str, container: dict[str, Any], name: str = "web", *, replicas: int | None = 1, **pod: Any) -> KubeObject:
        labels = {"app": name}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container], "terminationGracePeriodSeconds": 1, **pod}}
        spec = {"selector": {"matchLabels": labels}, "template": template} | ({} if replicas is None else {"replicas": replicas})
        return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}

    def job(self, command: str, **spec: Any) -> KubeObject:
        template = {"spec": {"restartPolicy": "Never", "containers": [self.container(command)]}}
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "job"}, "spec": {"template": template, **spec}}


class Judged:
    """One applied object, looked at anew by every question."""

    def __init__(self, world: World, api_version: str, kind: str, name: str) -> None:
        self.world, self.api_version, self.kind, self.name = world, api_version, kind, name

    def live(self) -> KubeObject:
        resource = self.world.cluster.resource(self.api_version, self.kind)
        return self.world.cluster.get(resource, self.world.namespace if resource.namespaced else None, self.name) or {}

    def around(self) -> Around:
        return Around({kind: self.world.items(version, kind) for version, kind in related_kinds(self.api_version, self.kind)})

    def verdict(self) -> Verdict:
        around = self.around()
        return verdict(self.live(), around)

    def started(self) -> bool:
        around = self.around()
        return started(self.live(), around)

    def is_(self, state: str, reasons: str, message: str = "") -> Callable[[], Verdict | None]:
        """A question for `eventually`: the verdict when it has one of these reasons and that in its message. A busy node first tells of
        its own delays ("failed to sync configmap cache"), so a test waits for the cause it is about."""

        def question() -> Verdict | None:
            found = self.verdict()
            return found if found.state == state and found.reason in reasons.split() and message in found.message else None

        return question


class Around:
    """What LISTs gave, looked up by owner as a `Related`."""

    def __init__(self, items: dict[str, Sequence[KubeObject]]) -> None:
        self.items = items

    def children(self, uid: str, kind: str) -> Sequence[KubeObject]:
        return [
            item for item in self.items.get(kind, ()) if any(owner["uid"] == uid for owner in item["metadata"].get("ownerReferences", ()))
        ]

    def events(self, uid: str) -> Sequence[KubeObject]:
        return [event for event in self.items.get("Event", ()) if event["involvedObject"].get("uid") == uid]


@pytest.fixture
def world(cluster: Cluster, namespace: str) -> World:
    names = [
        name
        for node in cluster.list(cluster.resource("v1", "Node")).items
        for image in node["status"].get("images", ())
        for name in image["names"] or ()
    ]
    return World(cluster, namespace, next(name for name in names if name.startswith("roro.dev/pause:")))


def test_a_deployment_that_runs_must_be_ready_and_started(world: World, eventually: Eventually) -> None:
    web = world.apply(world.deployment(world.container(), replicas=2))
    found = eventually(web.is_("ready", "Ready"))
    assert found.message == "2 replicas ready"
    assert web.started()
    assert completed(web.live()) is None


def test_a_deployment_scaled_to_zero_must_be_ready_when_its_pods_are_gone(world: World, eventually: Eventually) -> None:
    web = world.apply(world.deployment(world.container()))
    eventually(web.is_("ready", "Ready"))
    world.apply(world.deployment(world.container(), replicas=0))
    eventually(web.is_("ready", "ScaledToZero"))


def test_an_image_that_cannot_be_pulled_must_fail_with_its_name(world: World, eventually: Eventually) -> None:
    web = world.apply(world.deployment({"name": "app", "image": "shop.invalid/nothing:1"}))
    found = eventually(web.is_("failed", "ImagePullBackOff"))
    assert "container app: image shop.invalid/nothing:1 cannot be pulled: " in found.message
    assert found.grace <= 30
    assert not web.started()


@pytest.mark.parametrize(
    ("container", "reason", "message"),
    [
        ({"image": "SHOP/Web"}, "ImagePullBackOff InvalidImageName", "must be lowercase"),
        ({"image": "shop.invalid/nothing:1", "imagePullPolicy": "Never"}, "ErrImageNeverPull", "Never"),
        ({"command": ["/no/such/command"]}, "RunContainerError", "no such file or directory"),
        ({"envFrom": [{"configMapRef": {"name": "settings"}}]}, "CreateContainerConfigError", 'configmap "settings" not found'),
        ({"envFrom": [{"secretRef": {"name": "db"}}]}, "CreateContainerConfigError", 'secret "db" not found'),
        ({"securityContext": {"runAsNonRoot": True, "runAsUser": 0}}, "CreateContainerConfigError", "non-root"),
        ({"resources": {"requests": {"cpu": "5000"}}}, "Unschedulable", "Insufficient cpu"),
    ],
    ids=["image-name", "image-never", "command", "config-map", "secret", "root", "cpu"],
)
def test_a_wrong_container_must_fail_with_the_cause(
    world: World, eventually: Eventually, container: dict[str, Any], reason: str, message: str
) -> None:
    web = world.apply(world.deployment(world.container() | container))
    eventually(web.is_("failed", reason, message))


def test_a_key_missing_in_a_config_map_must_be_named(world: World, eventually: Eventually) -> None:
    world.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"other": "x"}})
    source = {"configMapKeyRef": {"name": "settings", "key": "mode"}}
    web = world.apply(world.deployment(world.container(env=[{"name": "MODE", "valueFrom": source}])))
    eventually(web.is_("failed", "CreateContainerConfigError", "couldn't find key mode in ConfigMap"))


def test_a_config_map_that_cannot_be_mounted_must_be_named_and_heal(world: World, eventually: Eventually) -> None:
    mounted = world.container(volumeMounts=[{"name": "c", "mountPath": "/c"}])
    web = world.apply(world.deployment(mounted, volumes=[{"name": "c", "configMap": {"name": "settings"}}]))
    eventually(web.is_("failed", "FailedMount", 'configmap "settings" not found'), deadline=60)
    world.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {}})
    eventually(web.is_("ready", "Ready"), deadline=90)


def test_a_crash_must_count_only_after_some_restarts_and_tell_the_exit_code(world: World, eventually: Eventually) -> None:
    web = world.apply(world.deployment(world.container("exit 3")))
    eventually(web.is_("progressing", "CrashLoopBackOff"))
    assert web.started()
    found = eventually(web.is_("failed", "CrashLoopBackOff"), deadline=120)
    assert "container app crashed with exit code 3, 3 restarts" in found.message


def test_a_container_between_two_crashes_must_not_be_believed_at_once(world: World, eventually: Eventually) -> None:
    web = world.apply(world.deployment(world.container("sleep 2; exit 3")))
    found = eventually(web.is_("ready", "Restarted"))
    assert found.grace > 0
    assert "crashed with exit code 3, 1 restart" in found.message


def test_a_container_killed_for_memory_must_fail_with_its_limit(world: World, eventually: Eventually) -> None:
    greedy = world.container("a=x; while :; do a=$a$a$a; done", resources={"limits": {"memory": "24Mi"}})
    web = world.apply(world.deployment(greedy))
    found = eventually(web.is_("failed", "OOMKilled"), deadline=60)
    assert "its limit of 24Mi" in found.message


def test_a_failing_probe_must_be_told_while_waiting(world: World, eventually: Eventually) -> None:
    probe = {"exec": {"command": ["/bin/busybox", "sh", "-c", "echo not yet; exit 1"]}, "periodSeconds": 1}
    web = world.apply(world.deployment(world.container(readinessProbe=probe)))
    found = eventually(web.is_("progressing", "ProbeFailing"))
    assert "Readiness probe failed: not yet" in found.message
    assert web.started()


def test_an_exceeded_progress_deadline_must_fail_with_the_probe(world: World, eventually: Eventually) -> None:
    probe = {"exec": {"command": ["/bin/busybox", "false"]}, "periodSeconds": 1}
    late = world.deployment(world.container(readinessProbe=probe))
    late["spec"] |= {"progressDeadlineSeconds": 3}
    found = eventually(world.apply(late).is_("failed", "ProbeFailing"))
    assert "timed out progressing" in found.message


def test_a_failing_init_container_must_be_named(world: World, eventually: Eventually) -> None:
    init = world.container("exit 1") | {"name": "migrate"}
    web = world.apply(world.deployment(world.container(), initContainers=[init]))
    found = eventually(web.is_("progressing", "CrashLoopBackOff"))
    assert "init container migrate crashed with exit code 1" in found.message
    assert not web.started()


def test_pods_of_the_old_revision_must_never_fail_an_update(world: World, eventually: Eventually) -> None:
    web = world.apply(world.deployment(world.container() | {"image": "SHOP/Web"}))
    eventually(lambda: web.verdict().state == "failed")
    world.apply(world.deployment(world.container()))
    seen: list[Verdict] = []

    def ready() -> bool:
        seen.append(web.verdict())
        return seen[-1].state == "ready"

    eventually(ready)
    assert [found for found in seen if found.state == "failed"] == []


def test_a_quota_must_be_named(world: World, eventually: Eventually) -> None:
    quota = world.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": {"hard": {"pods": "0"}}})
    eventually(lambda: quota.live().get("status", {}).get("hard"))
    for kind, replicas in (("Deployment", 1), ("StatefulSet", 1), ("DaemonSet", None)):
        found = eventually(
            world.apply(world.workload(kind, world.container(), kind.lower(), replicas=replicas)).is_("failed", "QuotaExceeded")
        )
        assert "exceeded quota: small" in found.message
        assert found.grace > 0
    assert eventually(world.apply(world.job("exit 0")).is_("failed", "QuotaExceeded"))


def test_a_policy_that_forbids_pods_must_be_named(world: World, eventually: Eventually) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    world.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": world.namespace, "labels": labels}})
    found = eventually(world.apply(world.deployment(world.container())).is_("failed", "PodForbidden"))
    assert "violates PodSecurity" in found.message


def test_a_job_must_be_ready_when_complete_and_not_before(world: World, eventually: Eventually) -> None:
    job = world.apply(world.job("exit 0"))
    seen: list[Verdict] = []

    def done() -> bool:
        live = job.live()
        seen.append(verdict(live))
        assert (seen[-1].state == "ready") == completed(live)
        return bool(completed(live))

    eventually(done)
    assert seen[-1].reason == "Completed"
    assert job.started()


def test_a_job_that_failed_must_tell_the_exit_code_of_its_last_pod(world: World, eventually: Eventually) -> None:
    job = world.apply(world.job("exit 4", backoffLimit=0))
    found = eventually(job.is_("failed", "JobFailed"))
    assert "(BackoffLimitExceeded)" in found.message
    assert "container app crashed with exit code 4" in found.message
    assert completed(job.live()) is False


def test_a_job_over_its_deadline_must_fail(world: World, eventually: Eventually) -> None:
    found = eventually(world.apply(world.job(SLEEP, activeDeadlineSeconds=2)).is_("failed", "JobFailed"))
    assert "DeadlineExceeded" in found.message


def test_a_suspended_job_must_be_ready(world: World, eventually: Eventually) -> None:
    eventually(world.apply(world.job("exit 0", suspend=True)).is_("ready", "Suspended"))


def test_a_failing_old_pod_that_blocks_a_stateful_set_must_be_told(world: World, eventually: Eventually) -> None:
    broken = world.workload("StatefulSet", world.container() | {"image": "SHOP/Web"})
    db = world.apply(broken)
    eventually(lambda: db.verdict().state == "failed")
    world.apply(world.workload("StatefulSet", world.container()))
    found = eventually(db.is_("failed", "RolloutBlocked"))
    assert f"(kubectl -n {world.namespace} delete pod web-0)" in found.message
    world.cluster.delete(world.cluster.resource("v1", "Pod"), world.namespace, "web-0")
    eventually(db.is_("ready", "Ready"))


def test_a_stateful_set_must_be_ready_above_its_partition_and_with_on_delete(world: World, eventually: Eventually) -> None:
    db = world.apply(world.workload("StatefulSet", world.container(), replicas=2))
    eventually(db.is_("ready", "Ready"))
    changed = world.workload("StatefulSet", world.container(env=[{"name": "A", "value": "2"}]), replicas=2)
    changed["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    world.apply(changed)
    assert "1 pod updated" in eventually(db.is_("ready", "Partitioned")).message
    manual = world.workload("StatefulSet", world.container(env=[{"name": "A", "value": "3"}]), replicas=2)
    manual["spec"]["updateStrategy"] = {"type": "OnDelete"}
    world.apply(manual)
    eventually(db.is_("ready", "OnDelete"))


def test_a_daemon_set_must_be_ready_on_its_nodes_or_where_none_is_selected(world: World, eventually: Eventually) -> None:
    eventually(world.apply(world.workload("DaemonSet", world.container(), replicas=None)).is_("ready", "Ready"))
    nowhere = world.workload("DaemonSet", world.container(), "nowhere", replicas=None, nodeSelector={"no": "node"})
    eventually(world.apply(nowhere).is_("ready", "NoNodes"))


def test_a_daemon_set_of_a_wrong_image_must_fail(world: World, eventually: Eventually) -> None:
    wrong = world.apply(
        world.workload("DaemonSet", world.container() | {"image": "shop.invalid/x:1", "imagePullPolicy": "Never"}, replicas=None)
    )
    eventually(wrong.is_("failed", "ErrImageNeverPull"))


def claim(name: str, **spec: Any) -> KubeObject:
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": asked}


def test_a_claim_must_be_ready_when_bound_and_name_what_is_missing(world: World, eventually: Eventually) -> None:
    good, nowhere, bare = (
        world.apply(claim("a")),
        world.apply(claim("b", storageClassName="no-such")),
        world.apply(claim("c", storageClassName="")),
    )
    eventually(good.is_("ready", "Ready"))
    assert '"no-such" not found' in eventually(nowhere.is_("failed", "ProvisioningFailed")).message
    assert "no storage class is set" in eventually(bare.is_("failed", "UnboundVolume")).message
    pod = world.apply(world.deployment(world.container(), volumes=[{"name": "c", "persistentVolumeClaim": {"claimName": "c"}}]))
    eventually(pod.is_("failed", "UnboundVolume"))


@pytest.fixture
def late_class(cluster: Cluster, unique: str) -> Iterator[str]:
    """A StorageClass that binds with the first pod."""
    resource = cluster.resource("storage.k8s.io/v1", "StorageClass")
    found = {"provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer"}
    cluster.create(resource, {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": unique}, **found})
    yield unique
    cluster.delete(resource, None, unique)


def test_a_claim_that_waits_for_its_first_pod_must_be_ready(world: World, late_class: str, eventually: Eventually) -> None:
    eventually(world.apply(claim("late", storageClassName=late_class)).is_("ready", "WaitForFirstConsumer"))


@pytest.fixture
def definition(cluster: Cluster, unique: str) -> Iterator[KubeObject]:
    """A custom resource definition with a status subresource."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": unique.capitalize(), "plural": f"{unique}s", "singular": unique}
    obj = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{unique}s.readiness.example.com"},
        "spec": {"group": "readiness.example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    }
    yield obj
    cluster.delete(cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition"), None, obj["metadata"]["name"])


def test_a_custom_resource_must_follow_its_conditions(world: World, definition: KubeObject, eventually: Eventually) -> None:
    eventually(world.apply(definition).is_("ready", "Established"))
    version, kind = "readiness.example.com/v1", definition["spec"]["names"]["kind"]
    eventually(lambda: world.cluster.find_resource(version, kind))
    custom = world.apply({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, "spec": {"size": 1}})
    assert custom.verdict().reason == "NoStatus"
    path = world.cluster.resource(version, kind).path(world.namespace, "x") + "/status"
    for status, reason, state in (
        ({"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "False", "reason": "Starting"}]}, "Starting", "progressing"),
        ({"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True", "reason": "Done"}]}, "Ready", "ready"),
        ({"observedGeneration": 1, "conditions": [{"type": "Stalled", "status": "True", "reason": "Broken"}]}, "Stalled", "failed"),
    ):
        world.cluster.request("PATCH", path, body={"status": status}, content_type="application/merge-patch+json")
        assert (custom.verdict().state, custom.verdict().reason) == (state, reason)
    world.apply({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, "spec": {"size": 2}})
    assert custom.verdict().reason == "LatestGenerationNotObserved"


def test_a_load_balancer_that_nobody_makes_must_be_waited_for(world: World, eventually: Eventually) -> None:
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    service = world.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "lb"}, "spec": spec})
    assert service.verdict().reason in ("LoadBalancerPending", "NoLoadBalancer"), "at first nobody can tell; then nobody has taken notice"
    world.cluster.delete(world.cluster.resource("v1", "Service"), world.namespace, "lb")
    eventually(lambda: service.verdict() == Verdict("gone", "NotFound", "does not exist"))


def test_an_object_with_finalizers_must_be_gone_and_name_them(world: World, cluster: Cluster) -> None:
    held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["example.com/hold"]}}
    settings = world.apply(held)
    resource = cluster.resource("v1", "ConfigMap")
    cluster.delete(resource, world.namespace, "held")
    assert settings.verdict() == Verdict("gone", "Terminating", "is being deleted, waits for finalizers example.com/hold")
    cluster.merge_patch(resource, world.namespace, "held", {"metadata": {"finalizers": None}})
    assert settings.verdict().reason == "NotFound"
