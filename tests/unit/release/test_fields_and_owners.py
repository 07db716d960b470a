"""Whose a field is: sets of fields against objects, what is stored, taken over, in the way, and left to controllers."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ClusterError
from ansible_collections.roro.kube.plugins.module_utils._release.fields.as_stored import as_stored, fields_as_stored
from ansible_collections.roro.kube.plugins.module_utils._release.fields.compare import dropped_fields, fields_digest, vanished_fields
from ansible_collections.roro.kube.plugins.module_utils._release.fields.controllers import left_to_controllers, scale_targets
from ansible_collections.roro.kube.plugins.module_utils._release.fields.fieldset import (
    cut,
    difference,
    having,
    lacking,
    leaves,
    path_of,
    union,
)
from ansible_collections.roro.kube.plugins.module_utils._release.fields.foreseen_apply import foreseen, merge_patch
from ansible_collections.roro.kube.plugins.module_utils._release.fields.server_defaults import in_the_way
from ansible_collections.roro.kube.plugins.module_utils._release.fields.takeover import Claims, claimed, claims_for, previous_appliers
from ansible_collections.roro.kube.plugins.module_utils._release.observation.autoscalers import read_scaled
from ansible_collections.roro.kube.plugins.module_utils._release.workers import Workers

Obj = dict[str, Any]
WEB = 'k:{"name":"web"}'
PORT = 'k:{"port":80,"protocol":"TCP"}'


def entry(manager: str, fields: Obj, operation: str = "Update", **more: Any) -> Obj:
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields, **more}


def deployment(*entries: Obj, **spec: Any) -> Obj:
    metadata = {"name": "api", "namespace": "shop", "creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": list(entries)}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


# Sets


def test_a_set_must_be_compared_with_an_object_by_name_key_and_value() -> None:
    fields = {"f:ports": {PORT: {".": {}, "f:port": {}}}, "f:finalizers": {'v:"a"': {}}, "f:old": {}}
    obj = {"ports": [{"port": 80}], "finalizers": ["a"]}
    assert lacking(fields, obj) == {"f:old": {}}
    assert having(fields, obj) == {"f:ports": {PORT: {".": {}, "f:port": {}}}, "f:finalizers": {'v:"a"': {}}}
    assert lacking(fields, {"ports": [{"port": 81}], "finalizers": [], "old": None}) == {
        "f:ports": {PORT: {".": {}, "f:port": {}}},
        "f:finalizers": {'v:"a"': {}},
    }


def test_an_item_without_a_protocol_must_be_the_one_of_tcp() -> None:
    udp, tcp = 'k:{"port":53,"protocol":"UDP"}', 'k:{"port":53,"protocol":"TCP"}'
    fields = {"f:ports": {udp: {".": {}}, tcp: {".": {}}}}
    assert lacking(fields, {"ports": [{"port": 53}]}) == {"f:ports": {udp: {".": {}}}}
    assert lacking(fields, {"ports": [{"port": 53}, {"port": 53, "protocol": "UDP"}]}) == {}
    live = deployment(
        entry("x", {"f:spec": fields}), ports=[{"port": 53, "protocol": "UDP", "nodePort": 1}, {"port": 53, "protocol": "TCP"}]
    )
    after = foreseen(live, {"spec": {"ports": [{"port": 53, "name": "dns"}]}}, Claims({"f:spec": {"f:ports": {udp: {".": {}}}}}))
    assert after["spec"]["ports"] == [{"port": 53, "protocol": "TCP", "name": "dns"}]


def test_union_and_difference_must_be_of_leaves_and_leave_their_arguments_alone() -> None:
    first, second = {"f:a": {"f:b": {}}}, {"f:a": {"f:c": {}}, "f:d": {}}
    before = copy.deepcopy((first, second))
    both = union(first, second)
    assert both == {"f:a": {"f:b": {}, "f:c": {}}, "f:d": {}}
    assert difference(both, second) == first
    assert difference(both, {"f:a": {}}) == {"f:d": {}}
    assert (first, second) == before


def test_paths_must_read_as_people_write_them() -> None:
    fields = {"f:spec": {"f:containers": {WEB: {".": {}, "f:name": {}, "f:image": {}}}, "f:ports": {PORT: {"f:nodePort": {}}}}}
    assert [path_of(parts) for parts in leaves(fields)] == ["spec.containers[web]", "spec.ports[80,TCP].nodePort"]
    assert path_of(("f:data", "f:a.b")) == "data[a.b]"
    assert path_of(("f:metadata", "f:finalizers", 'v:"x/y"')) == "metadata.finalizers[x/y]"


def test_a_cut_must_take_only_what_is_named_and_not_touch_the_object() -> None:
    obj = {"spec": {"a": {"b": 1}, "keep": {}}, "hooks": [{"name": "web", "ca": "x"}, {"name": "other", "ca": "y"}], "set": ["p", "q"]}
    before = copy.deepcopy(obj)
    rest = cut(obj, {"f:spec": {"f:a": {"f:b": {}}}, "f:hooks": {WEB: {"f:ca": {}}}, "f:set": {'v:"p"': {}}, "f:none": {}})
    assert rest == {"spec": {"keep": {}}, "hooks": [{"name": "web"}, {"name": "other", "ca": "y"}], "set": ["q"]}
    assert obj == before


# As the server stores it


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"stringData": {"a": "1"}}, {"data": {"a": "MQ=="}}),
        ({"stringData": {"a": "1"}, "data": {"a": "Mg==", "b": "Mg=="}}, {"data": {"a": "MQ==", "b": "Mg=="}}),
        ({"stringData": {"a": None}}, {"data": {"a": ""}}),
        ({"stringData": {}}, {}),
        ({"stringData": None, "data": {"a": ""}}, {"data": {"a": ""}}),
        ({"stringData": {"a": "\ud800x"}}, {"data": {"a": "77+9eA=="}}),
        ({"stringData": {"a": 1}}, {"stringData": {"a": 1}}),
        ({"stringData": "a"}, {"stringData": "a"}),
        ({"stringData": {"a": "1"}, "data": "b"}, {"stringData": {"a": "1"}, "data": "b"}),
    ],
)
def test_strings_of_a_secret_must_be_sent_as_data(sent: Obj, kept: Obj) -> None:
    head = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}}
    assert as_stored({**head, **sent}) == {**head, **kept}
    other = {"apiVersion": "example.com/v1", "kind": "Secret", **sent}
    assert as_stored(other) == other


@pytest.mark.parametrize(
    ("kind", "path"), [("Pod", "spec"), ("CronJob", "spec.jobTemplate.spec.template.spec"), ("Job", "spec.template.spec")]
)
def test_both_names_of_an_account_must_be_sent_wherever_a_pod_is_written(kind: str, path: str) -> None:
    def obj(pod: Obj) -> Obj:
        for key in reversed(path.split(".")):
            pod = {key: pod}
        return {"apiVersion": "v1" if kind == "Pod" else "batch/v1", "kind": kind, **pod}

    both = obj({"serviceAccount": "one", "serviceAccountName": "one"})
    assert as_stored(obj({"serviceAccount": "one"})) == both
    assert as_stored(obj({"serviceAccountName": "one"})) == both
    assert as_stored(obj({"serviceAccountName": "one", "serviceAccount": "two"})) == both
    assert as_stored(obj({"hostNetwork": True})) == obj({"hostNetwork": True})
    assert as_stored(obj({"serviceAccount": ""})) == obj({"serviceAccount": ""})


def test_what_is_owned_as_strings_must_count_as_data() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "", "b": ""}}
    fields = {"f:stringData": {"f:a": {}, "f:b": {}}, "f:type": {}}
    assert fields_as_stored(fields, secret) == {"f:data": {"f:a": {}, "f:b": {}}, "f:type": {}}
    secret["metadata"] = {"managedFields": [entry("roro", fields, "Apply")]}
    wanted = {**secret, "data": {"a": ""}}
    assert dropped_fields(wanted, secret) == ["data.b"]
    claims, told = claims_for(wanted, secret, takeover=False)
    assert (claims.take, told) == ({"f:data": {"f:b": {}}}, "field data.b is not in the manifest")


def test_what_is_ours_and_not_there_must_be_told_and_change_the_digest() -> None:
    live = deployment(entry("roro", {"f:spec": {"f:paused": {}, "f:replicas": {}}}, "Apply"), replicas=1, paused=True)
    without = copy.deepcopy(live)
    del without["spec"]["paused"]
    assert vanished_fields({"spec": {"replicas": 1}}, without) == ["spec.paused"]
    assert vanished_fields({"spec": {"replicas": 1}}, live) == []
    assert dropped_fields({"spec": {"replicas": 1}}, live) == ["spec.paused"]
    assert fields_digest(live) != fields_digest(without)


# Taken over


@pytest.mark.parametrize(
    ("manager", "operation", "taken"),
    [
        ("kubectl-client-side-apply", "Update", True),
        ("kubectl-create", "Update", True),
        ("kubectl", "Apply", True),
        ("kubectl", "Update", False),
        ("kubectl-edit", "Update", False),
        ("kubectl-scale", "Update", False),
        ("helm", "Update", True),
        ("Helm", "Apply", True),
        ("kube-controller-manager", "Update", False),
        ("external-secrets", "Update", False),
        ("argocd-controller", "Apply", False),
    ],
)
def test_only_who_applied_before_must_be_taken_over(manager: str, operation: str, taken: bool) -> None:
    live = deployment(entry(manager, {"f:spec": {"f:paused": {}}}, operation, time="2026-01-02T00:00:00Z"), paused=True)
    assert [item["manager"] for item in previous_appliers(live, tools=False)] == ([manager] if taken else [])


def test_an_unknown_creator_must_be_taken_over_on_request_only_and_never_who_came_in_the_same_second() -> None:
    born = "2026-01-01T00:00:00Z"
    big = entry("my-script", {"f:spec": {"f:paused": {}, "f:replicas": {}}}, time=born)
    others = [
        entry("annotator", {"f:metadata": {"f:annotations": {"f:a": {}}}}, time=born),
        entry("kubectl-edit", {"f:spec": {"f:a": {}, "f:b": {}, "f:c": {}}}, time=born),
        entry("operator", {"f:spec": {"f:a": {}, "f:b": {}, "f:c": {}}}, time=born),
        entry("operator", {"f:status": {}}, time=born, subresource="status"),
    ]
    live = deployment(*others, big, paused=True)
    assert previous_appliers(live, tools=False) == []
    assert previous_appliers(live, tools=True) == [big]
    assert previous_appliers(deployment(entry("argocd-controller", {"f:spec": {}}, "Apply")), tools=True) != []


def test_a_takeover_must_name_what_surely_goes_and_no_defaults() -> None:
    fields = {"f:spec": {"f:minReadySeconds": {}, "f:progressDeadlineSeconds": {}}, "f:metadata": {"f:labels": {".": {}, "f:a": {}}}}
    live = deployment(entry("kubectl-create", fields), minReadySeconds=7, progressDeadlineSeconds=600)
    live["metadata"]["labels"] = {"a": "b"}
    wanted = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}, "spec": {}}
    claims, told = claims_for(wanted, live, takeover=True)
    assert told == "field metadata.labels.a, which kubectl-create set, is not in the manifest"
    assert claims.take["f:spec"] == fields["f:spec"]
    said = {"spec": {"minReadySeconds": 7}}
    live["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(said)}
    assert "spec.minReadySeconds" in claims_for(wanted, live, takeover=True)[1]
    assert "progressDeadlineSeconds" not in claims_for(wanted, live, takeover=True)[1]
    assert claims_for(wanted, live, takeover=False) == (Claims(), "")


def test_claims_must_change_owners_and_nothing_else() -> None:
    live = deployment(
        entry("roro", {"f:spec": {"f:replicas": {}}}, "Apply"),
        entry("kubectl-create", {"f:spec": {"f:paused": {}}}),
        entry("kube-controller-manager", {"f:spec": {"f:replicas": {}}}, subresource="scale"),
        replicas=1,
    )
    before = copy.deepcopy(live)
    take, replicas = {"f:spec": {"f:paused": {}}}, {"f:spec": {"f:replicas": {}}}
    claims = Claims(take, frozenset({"kubectl-create"}), replicas, {"kube-controller-manager": replicas})
    found = {item["manager"]: item["fieldsV1"] for item in claimed(live, claims)}
    assert found == {"roro": take}
    assert live == before
    fresh = claimed(deployment(), Claims(take))
    assert (fresh[0]["manager"], fresh[0]["operation"], fresh[0]["apiVersion"]) == ("roro", "Apply", "apps/v1")


def test_what_is_owned_in_a_gone_version_must_count_for_the_present_one_and_be_one_entry_a_manager() -> None:
    old, new = {"apiVersion": "x/v1alpha1"}, {"apiVersion": "x/v1"}
    theirs = [{**entry("helm", {"f:spec": {"f:a": {}}}), **old}, {**entry("helm", {"f:spec": {"f:b": {}}}), **new}]
    live = deployment({**entry("roro", {"f:spec": {"f:c": {}}}, "Apply"), **old}, *theirs)
    live["apiVersion"] = "x/v1"
    found = claimed(live, Claims(gone=frozenset({"x/v1alpha1"})))
    assert [(item["manager"], item["apiVersion"], item["fieldsV1"]) for item in found] == [
        ("roro", "x/v1", {"f:spec": {"f:c": {}}}),
        ("helm", "x/v1", {"f:spec": {"f:a": {}, "f:b": {}}}),
    ]


def test_without_managed_fields_the_annotation_must_tell_all_but_lists_and_names() -> None:
    live = deployment(replicas=1, list=[1], own=2)
    said = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "api", "labels": {"a": "b"}},
        "spec": {"replicas": 1, "list": [1]},
    }
    live["metadata"] |= {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(said)}, "labels": {"a": "b"}}
    claims, told = claims_for({"metadata": {"name": "api"}, "spec": {}}, live, takeover=True)
    assert claims.take == {"f:spec": {"f:replicas": {}}, "f:metadata": {"f:labels": {"f:a": {}}}}
    assert told == "fields spec.replicas, metadata.labels.a, which kubectl set, are not in the manifest"
    assert claims_for({"spec": {}}, deployment(replicas=1), takeover=True) == (Claims(), "")


# Foreseen


def test_the_dry_run_must_take_out_what_is_claimed_and_keep_what_is_given_up() -> None:
    ours = {"f:spec": {"f:replicas": {}, "f:paused": {}, "f:containers": {WEB: {".": {}, "f:name": {}, "f:image": {}}}}}
    live = deployment(
        entry("roro", ours, "Apply"), replicas=4, paused=True, old=1, own=2, containers=[{"name": "web", "image": "a", "port": 1}]
    )
    wanted = {"spec": {"containers": [{"name": "web", "image": "b"}, {"name": "new"}]}}
    claims = Claims({"f:spec": {"f:old": {}}}, give={"f:spec": {"f:replicas": {}}})
    after = foreseen(live, wanted, claims)
    assert after["spec"] == {"replicas": 4, "own": 2, "containers": [{"name": "web", "image": "b", "port": 1}, {"name": "new"}]}
    assert merge_patch(live, after)["spec"]["paused"] is None
    assert "metadata" not in merge_patch(live, after)


def test_a_merge_patch_must_be_the_smallest_and_leave_the_servers_part() -> None:
    before = {
        "metadata": {"labels": {"a": "1", "b": "2"}, "managedFields": [1], "uid": "x"},
        "status": {"a": 1},
        "spec": {"list": [1, 2], "same": {}},
    }
    after = {"metadata": {"labels": {"a": "1"}}, "spec": {"list": [2], "same": {}, "new": {"a": None}}}
    assert merge_patch(before, after) == {"metadata": {"labels": {"b": None}}, "spec": {"list": [2], "new": {"a": None}}}
    assert merge_patch(before, before) == {}


# In the way


def refusal(*fields: str, status: int = 422) -> ApiError:
    causes = [{"reason": "FieldValueForbidden", "field": field, "message": "no"} for field in fields]
    return ApiError("no", status=status, body={"details": {"causes": causes}})


ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}}


def test_a_default_that_is_named_must_go_and_not_its_neighbours() -> None:
    live = deployment(strategy=ROLLING, revisionHistoryLimit=10)
    wanted = {"spec": {"strategy": {"type": "Recreate"}}}
    goes = {"f:spec": {"f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}}}}}
    assert in_the_way(refusal("spec.strategy.rollingUpdate"), live, wanted).take == goes
    assert in_the_way(refusal("spec.strategy.rollingUpdate.maxSurge"), live, wanted).take == goes
    assert in_the_way(refusal("spec.strategy.type"), live, wanted).take == goes
    assert in_the_way(refusal("spec.strategy"), live, wanted).take["f:spec"]["f:strategy"] == goes["f:spec"]["f:strategy"]
    assert in_the_way(refusal("spec.selector"), live, {"spec": {"selector": {}, "strategy": {}, "revisionHistoryLimit": 1}}) == Claims()


def test_claims_together_must_take_all_that_each_takes_from_a_manager() -> None:
    """What a refusal names is found in rounds, and each may be about the same controller."""
    first, second = ({"f:spec": {f"f:{name}": {}}} for name in ("replicas", "paused"))
    both = Claims(evict={"one": first}).also(Claims(evict={"one": second, "other": second}))
    assert both.evict == {"one": {"f:spec": {"f:replicas": {}, "f:paused": {}}}, "other": second}


@pytest.mark.parametrize("manager", ["kubectl-edit", "somebody", "helm"])
def test_what_anybody_else_owns_must_never_be_in_the_way(manager: str) -> None:
    fields = {"f:spec": {"f:strategy": {"f:rollingUpdate": {"f:maxSurge": {}}}}}
    live = deployment(entry(manager, fields), strategy=ROLLING)
    assert in_the_way(refusal("spec.strategy.rollingUpdate"), live, {"spec": {"strategy": {"type": "Recreate"}}}) == Claims()


def test_what_a_controller_put_into_a_choice_of_ours_must_go_with_it_and_its_own_stay() -> None:
    ours = entry("roro", {"f:spec": {"f:by": {"f:webhook": {"f:path": {}}, "f:type": {}}}}, "Apply")
    injected = entry("injector", {"f:spec": {"f:by": {"f:webhook": {"f:ca": {}}, "f:own": {}}}})
    status = entry("injector", {"f:status": {}}, subresource="status")
    live = deployment(ours, injected, status, by={"type": "Webhook", "webhook": {"path": "/", "ca": "x"}, "own": 1})
    claims = in_the_way(refusal("spec.by.webhookConfig"), live, {"spec": {"by": {"type": "None"}}})
    assert claims.take == {"f:spec": {"f:by": {"f:webhook": {".": {}, "f:path": {}, "f:ca": {}}}}}
    assert list(claims.evict) == ["injector"]
    fields = {item["manager"]: item["fieldsV1"] for item in claimed(live, claims) if "subresource" not in item}
    assert fields["injector"] == {"f:spec": {"f:by": {"f:own": {}}}}
    by_hand = deployment(ours, {**injected, "manager": "kubectl-edit"}, by=live["spec"]["by"])
    assert in_the_way(refusal("spec.by.webhookConfig"), by_hand, {"spec": {"by": {"type": "None"}}}) == Claims()


def test_beside_a_whole_spec_nothing_must_be_looked_for() -> None:
    live = {**deployment(strategy=ROLLING), "status": {"phase": "x"}, "extra": 1}
    assert in_the_way(refusal("spec"), live, {"spec": {"strategy": {}}}) == Claims()
    found = in_the_way(refusal("spec"), {**live, "spec": {**live["spec"], "more": 1}}, {"spec": {"strategy": {}}})
    assert found.take == {"f:spec": {"f:more": {}}}


@pytest.mark.parametrize("field", ["metadata.labels", "status.phase", "kind", "<nil>", ""])
def test_only_content_must_be_in_the_way(field: str) -> None:
    live = {**deployment(strategy=ROLLING), "status": {"phase": "x"}}
    assert in_the_way(refusal(field), live, {"metadata": {"labels": {}}, "spec": {}}) == Claims()
    assert in_the_way(refusal("spec.strategy", status=409), live, {"spec": {}}) == Claims()


def test_an_item_of_a_list_must_be_found_by_its_key_whatever_its_place() -> None:
    fields = {"f:spec": {"f:volumes": {WEB: {".": {}, "f:name": {}}}}}
    live = deployment(entry("roro", fields, "Apply"), volumes=[{"name": "other", "emptyDir": {}}, {"name": "web", "emptyDir": {}}])
    wanted = {"spec": {"volumes": [{"name": "web", "configMap": {}}]}}
    found = in_the_way(refusal("spec.volumes[0].configMap"), live, wanted)
    assert found.take == {"f:spec": {"f:volumes": {WEB: {"f:emptyDir": {".": {}}}}}}


# Left to controllers


def replicas_by(manager: str, have: int, **more: Any) -> Obj:
    ours = entry("roro", {"f:spec": {"f:paused": {}}}, "Apply")
    return deployment(ours, entry(manager, {"f:spec": {"f:replicas": {}}}, subresource="scale", **more), replicas=have)


WANTED = deployment(replicas=1)
TARGET = ("apps", "Deployment", "shop", "api")


def test_replicas_must_be_left_to_an_autoscaler_whoever_wrote_them_last() -> None:
    for manager in ("kube-controller-manager", "keda", "kubectl"):
        left = left_to_controllers(WANTED, replicas_by(manager, 3), {TARGET})
        assert left.fields == {"f:spec": {"f:replicas": {}}}
        assert left.words == ("spec.replicas is left to its autoscaler",)
    assert left_to_controllers(WANTED, None, {TARGET}).fields == {}
    assert left_to_controllers(WANTED, replicas_by("keda", 3), {TARGET}, force=True).fields == {}
    assert left_to_controllers(WANTED, replicas_by("keda", 1), {TARGET}).words == ()


def test_replicas_without_an_autoscaler_must_be_taken_back_from_its_controller_only() -> None:
    left = left_to_controllers(WANTED, replicas_by("kube-controller-manager", 3), ())
    assert (left.fields, left.claims.evict) == ({}, {"kube-controller-manager": {"f:spec": {"f:replicas": {}}}})
    for manager in ("kubectl", "keda", "my-script", "k9s"):
        left = left_to_controllers(WANTED, replicas_by(manager, 3), ())
        assert (left.fields, bool(left.claims)) == ({}, False)


def test_our_own_replicas_must_be_given_up_to_an_autoscaler_and_sent_to_what_is_stopped() -> None:
    ours = entry("roro", {"f:spec": {"f:replicas": {}}}, "Apply")
    left = left_to_controllers(WANTED, deployment(ours, replicas=4), {TARGET})
    assert (left.claims.give, bool(left.fields)) == ({"f:spec": {"f:replicas": {}}}, True)
    silent = left_to_controllers(deployment(), deployment(ours, replicas=4), {TARGET})
    assert (silent.claims.give, silent.fields, silent.words) == ({"f:spec": {"f:replicas": {}}}, {}, ())
    assert left_to_controllers(WANTED, deployment(ours, replicas=0), {TARGET}).fields == {}


class Forbidding:
    """A cluster where autoscalers may not be listed."""

    def find_resource(self, api_version: str, kind: str) -> Any:
        raise ClusterError("you may not")


def test_where_autoscalers_may_not_be_read_a_person_must_still_be_a_person() -> None:
    names = ("kube-controller-manager", "kubectl", "keda")
    objects = {("apps", "Deployment", "shop", name): replicas_by(name, 3) for name in names}
    ours = deployment(entry("roro", {"f:spec": {"f:replicas": {}}}, "Apply"), replicas=4)
    objects[TARGET] = ours
    workers = Workers(1)
    found = read_scaled(Forbidding(), objects, {TARGET}, workers)  # type: ignore[arg-type]
    workers.close()
    assert {identity[3] for identity in found} == {"kube-controller-manager", "api"}


def test_what_scales_must_be_known_by_its_target() -> None:
    def scaler(**target: str) -> Obj:
        return {"kind": "ScaledObject", "metadata": {"namespace": "shop"}, "spec": {"scaleTargetRef": target}}

    assert scale_targets([scaler(name="api"), {"spec": None}, {"spec": {"scaleTargetRef": "x"}}]) == {TARGET}
    other = {"name": "db", "kind": "StatefulSet", "apiVersion": "apps/v1"}
    assert scale_targets([scaler(**other)]) == {("apps", "StatefulSet", "shop", "db")}


@pytest.mark.parametrize(
    ("manager", "status", "want", "left"),
    [
        ("kube-controller-manager", False, "a", True),
        ("operator", True, "a", True),
        ("operator", False, "a", False),
        ("operator", False, "", True),
        ("kubectl-edit", True, "a", False),
        ("kubectl-edit", False, "", False),
        ("k9s", True, "a", False),
        ("argocd-controller", True, "a", False),
        ("operator", True, "b", False),
        ("roro", True, "a", False),
    ],
)
def test_a_controller_must_be_known_by_what_it_does_and_a_person_never_be_one(manager: str, status: bool, want: str, left: bool) -> None:
    more = [entry(manager, {"f:status": {}}, subresource="status")] if status else []
    live = deployment(entry(manager, {"f:spec": {"f:mode": {}}}), *more, mode="b")
    found = left_to_controllers(deployment(mode=want), live, ())
    assert found.fields == ({"f:spec": {"f:mode": {}}} if left else {})
    assert found.words == ((f"spec.mode is left to {manager}",) if left else ())


def test_rules_of_an_aggregated_role_must_never_be_sent() -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "a"}, "rules": []}
    assert left_to_controllers({**role, "aggregationRule": {"clusterRoleSelectors": [{}]}}, None, ()).fields == {"f:rules": {}}
    assert left_to_controllers(role, None, ()).fields == {}
