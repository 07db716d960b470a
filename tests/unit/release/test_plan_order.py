"""What comes before what, read as the plan's text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError
from ansible_collections.roro.kube.plugins.module_utils._release.manifests.references import references


def text(make: Any, *wanted: Any, **seen: Any) -> list[str]:
    return make.planned(wanted, make.observed(promised=wanted, **seen)).text().splitlines()


def test_a_missing_namespace_must_come_first(make: Any) -> None:
    assert text(make, make.desired("api", make.config()), namespaces=()) == [
        "#1 create Namespace shop: no existing namespace",
        "#2 create ConfigMap shop/settings <- #1: no existing object",
    ]


def test_a_namespace_made_for_an_instance_must_be_marked_as_such(make: Any) -> None:
    step = make.planned([make.desired("api", make.config())], make.observed(namespaces=())).steps[0]
    assert step.desired["metadata"] == {
        "name": "shop",
        "labels": {"roro.dev/workspace": "shop", "roro.dev/environment": "dev"},
        "annotations": {"roro.dev/created": "true"},
    }


def test_a_namespace_that_is_being_deleted_must_be_awaited(make: Any) -> None:
    seen = make.observed()
    dying = {"metadata": {"name": "shop", "uid": "u", "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    seen.namespaces["shop"] = dying
    assert make.planned([make.desired("api", make.config())], seen).text().splitlines()[0] == (
        "#1 recreate Namespace shop: the existing namespace is being deleted"
    )


def test_a_namespace_in_a_manifest_must_come_before_its_members(make: Any) -> None:
    assert text(make, make.desired("api", make.config(), make.thing("Namespace", "shop")), namespaces=()) == [
        "#1 create Namespace shop: no existing object",
        "#2 create ConfigMap shop/settings <- #1: no existing object",
    ]


def test_two_instances_must_share_the_namespace_step(make: Any) -> None:
    lines = text(make, make.desired("a", make.config("a")), make.desired("b", make.config("b")), namespaces=())
    assert lines == [
        "#1 create Namespace shop: no existing namespace",
        "#2 create ConfigMap shop/a <- #1: no existing object",
        "#3 create ConfigMap shop/b <- #1: no existing object",
    ]


def test_another_namespace_that_a_manifest_names_must_be_made_too(make: Any) -> None:
    other = make.config()
    other["metadata"]["namespace"] = "tools"
    assert text(make, make.desired("api", other)) == [
        "#1 create Namespace tools: no existing namespace",
        "#2 create ConfigMap tools/settings <- #1: no existing object",
    ]


def test_inputs_must_come_before_the_workload_that_names_them(make: Any) -> None:
    container = {
        "name": "main",
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "key", "key": "k"}}}],
    }
    pods = {
        "serviceAccountName": "robot",
        "containers": [container],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
        "imagePullSecrets": [{"name": "pull"}],
    }
    objects = [
        make.workload(**pods),
        make.config("unrelated"),
        make.config("settings"),
        make.thing("Secret", "key"),
        make.thing("Secret", "pull"),
        make.thing("PersistentVolumeClaim", "data"),
        make.thing("ServiceAccount", "robot"),
    ]
    lines = text(make, make.desired("api", *objects))
    assert lines[-1] == "#7 create Deployment shop/api <- #2 #3 #4 #5 #6: no existing object"
    assert lines[0] == "#1 create ConfigMap shop/unrelated: no existing object"


@pytest.mark.parametrize(
    "pods",
    [
        {"volumes": [{"name": "v", "configMap": {"name": "settings"}}]},
        {"volumes": [{"name": "v", "projected": {"sources": [{"configMap": {"name": "settings"}}]}}]},
        {"initContainers": [{"name": "i", "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}}]}]},
    ],
)
def test_every_way_to_name_a_configmap_must_count(make: Any, pods: dict[str, Any]) -> None:
    lines = text(make, make.desired("api", make.workload(**pods), make.config()))
    assert lines[1] == "#2 create Deployment shop/api <- #1: no existing object"


def test_a_cronjobs_pods_must_count_too(make: Any) -> None:
    inner = {"template": {"spec": {"containers": [], "volumes": [{"name": "v", "configMap": {"name": "settings"}}]}}}
    cron = make.thing("CronJob", "tick", spec={"jobTemplate": {"spec": inner}})
    assert text(make, make.desired("api", cron, make.config()))[1] == "#2 create CronJob shop/tick <- #1: no existing object"


def test_rights_must_be_there_before_the_pods_that_use_them(make: Any) -> None:
    binding = make.thing(
        "RoleBinding",
        "robot",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        subjects=[{"kind": "ServiceAccount", "name": "robot"}],
    )
    objects = [make.workload(serviceAccountName="robot"), binding, make.thing("Role", "reader"), make.thing("ServiceAccount", "robot")]
    named = [{**obj, "metadata": {**obj["metadata"], "namespace": "shop"}} for obj in objects]
    assert text(make, make.desired("api", *named)) == [
        "#1 create Role shop/reader: no existing object",
        "#2 create ServiceAccount shop/robot: no existing object",
        "#3 create RoleBinding shop/robot <- #1 #2: no existing object",
        "#4 create Deployment shop/api <- #2 #3: no existing object",
    ]


def test_the_service_of_a_workload_must_be_there_before_its_pods(make: Any) -> None:
    service = make.thing("Service", "web", spec={"selector": {"app": "api"}})
    other = make.thing("Service", "other", spec={"selector": {"app": "db"}})
    lines = text(make, make.desired("api", make.workload(), service, other))
    assert lines[1] == "#2 create Deployment shop/api <- #1: no existing object"


def test_a_limit_must_be_there_before_the_pods_it_limits(make: Any) -> None:
    lines = text(make, make.desired("api", make.workload(), make.thing("ResourceQuota", "limit")))
    assert lines[1] == "#2 create Deployment shop/api <- #1: no existing object"


def definition(make: Any) -> Any:
    spec = {
        "group": "db.example.com",
        "scope": "Namespaced",
        "names": {"kind": "Database", "plural": "databases"},
        "versions": [{"name": "v1", "served": True, "storage": True}],
    }
    return make.thing("CustomResourceDefinition", "databases.db.example.com", spec=spec)


def test_a_resource_must_wait_until_its_definition_is_established(make: Any) -> None:
    resource = make.thing("Database", "main", "db.example.com/v1")
    assert text(make, make.desired("api", resource, definition(make))) == [
        "#1 create CustomResourceDefinition databases.db.example.com: no existing object",
        "#2 gate CustomResourceDefinition databases.db.example.com established <- #1",
        "#3 create Database shop/main <- #2: no existing object",
    ]


def test_a_definition_in_another_instance_must_be_awaited_without_a_dependency(make: Any) -> None:
    resource = make.thing("Database", "main", "db.example.com/v1")
    lines = text(make, make.desired("app", resource), make.desired("operator", definition(make)))
    assert lines[-1] == "#3 create Database shop/main <- #2: no existing object"


def test_an_unknown_kind_must_be_refused_with_its_place(make: Any) -> None:
    with pytest.raises(PlanError) as caught:
        text(make, make.desired("api", make.thing("Database", "main", "db.example.com/v1")))
    problem = caught.value.problems[0]
    assert "does not serve Database of db.example.com/v1" in problem.message
    assert problem.where == "/work/shop/apps/api/manifests/all.yaml:10:1"


def test_a_version_that_is_gone_must_be_told_with_the_one_that_is_served(make: Any) -> None:
    old, new = (make.thing("PodDisruptionBudget", name, f"policy/{version}") for name, version in (("a", "v1beta1"), ("b", "v1")))
    gone = {("policy/v1beta1", "PodDisruptionBudget"): ("; policy/v1 PodDisruptionBudget is", "Write apiVersion policy/v1 there.")}
    with pytest.raises(PlanError) as caught:
        make.planned([make.desired("api", old, new)], replace(make.observed(), unserved=gone))
    problem = caught.value.problems[0]
    assert problem.message.endswith("the cluster does not serve PodDisruptionBudget of policy/v1beta1; policy/v1 PodDisruptionBudget is")
    assert problem.hint == "Write apiVersion policy/v1 there."


def test_a_webhook_must_wait_until_what_answers_it_is_ready(make: Any) -> None:
    service = make.thing("Service", "hook", spec={"selector": {"app": "hook"}})
    hook = make.thing(
        "ValidatingWebhookConfiguration", "hook", webhooks=[{"clientConfig": {"service": {"namespace": "shop", "name": "hook"}}}]
    )
    assert text(make, make.desired("api", hook, service, make.workload(name="hook"))) == [
        "#1 create Service shop/hook: no existing object",
        "#2 create Deployment shop/hook <- #1: no existing object",
        "#3 gate Deployment shop/hook established <- #2",
        "#4 create ValidatingWebhookConfiguration hook <- #1 #3: no existing object",
    ]


@pytest.mark.parametrize("condition", ["started", "healthy", "completed"])
def test_an_instance_must_wait_for_what_it_depends_on(make: Any, condition: str) -> None:
    api = make.desired(make.instance("api", needs=[("db", condition, True)]), make.config("api"))
    assert text(make, make.desired("db", make.config("db")), api) == [
        "#1 create ConfigMap shop/db: no existing object",
        f"#2 gate db {condition} <- #1",
        "#3 create ConfigMap shop/api <- #2: no existing object",
    ]


def test_an_optional_dependency_must_be_marked(make: Any) -> None:
    api = make.desired(make.instance("api", needs=[("db", "started", False)]), make.config("api"))
    assert text(make, make.desired("db", make.config("db")), api)[1] == "#2 gate db started (optional) <- #1"


def test_two_dependants_must_share_a_gate(make: Any) -> None:
    lines = text(
        make,
        make.desired("db", make.config("db")),
        make.desired(make.instance("a", needs=["db"]), make.config("a")),
        make.desired(make.instance("b", needs=["db"]), make.config("b")),
    )
    assert lines[2:] == ["#3 create ConfigMap shop/a <- #2: no existing object", "#4 create ConfigMap shop/b <- #2: no existing object"]


def test_unrelated_instances_must_not_wait_for_each_other(make: Any) -> None:
    lines = text(make, make.desired("a", make.workload(name="a")), make.desired("b", make.workload(name="b")))
    assert all("<-" not in line for line in lines)


def test_a_dependency_outside_of_the_run_must_be_told_when_it_is_not_deployed(make: Any) -> None:
    api = make.desired(make.instance("api", needs=["db"]), make.config("api"))
    assert text(make, api)[-1] == "notice: instance api depends on db, which is neither deployed nor part of this run"
    assert len(text(make, api, records=[make.record("db")])) == 1


def test_an_annotation_must_order_two_objects(make: Any) -> None:
    late = make.config("late", annotations={"roro.dev/depends-on": "Deployment/api"})
    assert text(make, make.desired("api", late, make.workload())) == [
        "#1 create Deployment shop/api: no existing object",
        "#2 gate Deployment shop/api established <- #1",
        "#3 create ConfigMap shop/late <- #2: no existing object",
    ]


def test_an_annotation_may_name_a_group_and_namespace(make: Any) -> None:
    late = make.config("late", annotations={"roro.dev/depends-on": "apps/Deployment/shop/api, ConfigMap/settings"})
    assert text(make, make.desired("api", late, make.workload(), make.config()))[-1].startswith("#5 create ConfigMap shop/late <- #2 #4")


def test_an_annotation_that_names_nothing_must_be_refused(make: Any) -> None:
    late = make.config("late", annotations={"roro.dev/depends-on": "Deployment/apy"})
    with pytest.raises(PlanError, match="depends on apps/Deployment/shop/apy, which is neither in this run nor on the cluster"):
        text(make, make.desired("api", late))


def test_a_malformed_annotation_must_be_refused(make: Any) -> None:
    with pytest.raises(PlanError, match="names no object"):
        text(make, make.desired("api", make.config("late", annotations={"roro.dev/depends-on": "Deployment"})))


def test_a_cycle_must_be_refused_with_its_members(make: Any) -> None:
    one = make.config("one", annotations={"roro.dev/depends-on": "ConfigMap/two"})
    two = make.config("two", annotations={"roro.dev/depends-on": "ConfigMap/three"})
    three = make.config("three", annotations={"roro.dev/depends-on": "ConfigMap/one"})
    with pytest.raises(PlanError) as caught:
        text(make, make.desired("api", one, two, three))
    for name in ("one", "two", "three"):
        assert f"ConfigMap shop/{name}" in str(caught.value)
    assert str(caught.value).startswith("these wait for each other:")


def test_an_object_that_waits_for_itself_must_be_refused(make: Any) -> None:
    with pytest.raises(PlanError, match="wait for each other"):
        text(make, make.desired("api", make.config("one", annotations={"roro.dev/depends-on": "ConfigMap/one"})))


def test_a_cycle_across_instances_must_be_refused(make: Any) -> None:
    db = make.desired("db", make.config("db", annotations={"roro.dev/depends-on": "ConfigMap/api"}))
    api = make.desired(make.instance("api", needs=["db"]), make.config("api"))
    with pytest.raises(PlanError, match=r"instance db \(healthy\)"):
        text(make, db, api)


@pytest.mark.parametrize(
    ("named", "obj"),
    [
        (("scheduling.k8s.io", "PriorityClass", "", "high"), {"kind": "Pod", "spec": {"priorityClassName": "high"}}),
        (("", "Secret", "shop", "ca"), {"kind": "Pod", "spec": {"volumes": [{"csi": {"nodePublishSecretRef": {"name": "ca"}}}]}}),
        (("resource.k8s.io", "ResourceClaim", "shop", "gpu"), {"kind": "Pod", "spec": {"resourceClaims": [{"resourceClaimName": "gpu"}]}}),
        (("storage.k8s.io", "StorageClass", "", "fast"), {"kind": "PersistentVolumeClaim", "spec": {"storageClassName": "fast"}}),
        (("", "PersistentVolume", "", "disk"), {"kind": "PersistentVolumeClaim", "spec": {"volumeName": "disk"}}),
        (("", "Secret", "shop", "pull"), {"kind": "ServiceAccount", "imagePullSecrets": [{"name": "pull"}]}),
        (
            ("", "Service", "shop", "db"),
            {"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"serviceName": "db"}},
        ),
        (
            ("storage.k8s.io", "StorageClass", "", "fast"),
            {"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"volumeClaimTemplates": [{"spec": {"storageClassName": "fast"}}]}},
        ),
        (
            ("", "Secret", "shop", "tls"),
            {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": {"tls": [{"secretName": "tls"}]}},
        ),
        (
            ("networking.k8s.io", "IngressClass", "", "nginx"),
            {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": {"ingressClassName": "nginx"}},
        ),
    ],
)
def test_what_an_object_names_must_be_found(named: tuple[str, str, str, str], obj: dict[str, Any]) -> None:
    assert named in set(references({"apiVersion": "v1", "metadata": {"name": "x", "namespace": "shop"}, **obj}))


@pytest.mark.parametrize("spec", [None, [], "text", {"template": None}, {"template": {"spec": {"containers": [None, 1], "volumes": {}}}}])
def test_a_malformed_workload_must_name_nothing_and_break_nothing(spec: Any) -> None:
    assert list(references({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": spec})) == []
