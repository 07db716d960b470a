"""The ApplySet labels and annotations, as kubectl computes them (kubernetes/kubectl, pkg/cmd/apply/applyset.go)."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.ownership.applyset import applyset_id, parent_annotations
from ansible_collections.roro.kube.plugins.module_utils._release.planning.wanted import prepare

LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
PART_OF = "applyset.kubernetes.io/part-of"


def test_the_id_must_be_the_one_of_kubectl_and_a_label_value() -> None:
    assert applyset_id("my-set", "test") == "applyset-0eFHV8ySqp7XoShsGvyWFQD3s96yqwHmzc4e0HR1dsY-v1"
    assert all(LABEL_VALUE.fullmatch(applyset_id(f"roro.{name}", "shop")) for name in ("api", "x" * 63))


def test_the_parent_must_name_its_kinds_and_the_other_namespaces_sorted(make: Any) -> None:
    refs = [
        make.ref("v1", "Secret", "shop", "a"),
        make.ref("apps/v1", "Deployment", "shop", "b"),
        make.ref("v1", "ConfigMap", "tools", "c"),
        make.ref("v1", "ConfigMap", "admin", "d"),
        make.ref("rbac.authorization.k8s.io/v1", "ClusterRole", None, "e"),
    ]
    found = parent_annotations("shop", refs)
    assert found["applyset.kubernetes.io/contains-group-kinds"] == "ClusterRole.rbac.authorization.k8s.io,ConfigMap,Deployment.apps,Secret"
    assert found["applyset.kubernetes.io/additional-namespaces"] == "admin,tools"
    assert re.fullmatch(r"roro/v\d+\.\d+\.\d+", found["applyset.kubernetes.io/tooling"])


def test_every_object_must_be_a_member_and_its_pods_and_selectors_untouched(make: Any) -> None:
    wanted = prepare([make.desired("api", make.workload(), make.config())], make.observed(), Options())
    assert {item.object["metadata"]["labels"][PART_OF] for item in wanted} == {applyset_id("roro.api", "shop")}
    spec = wanted[0].object["spec"]
    assert spec["template"]["metadata"]["labels"] == spec["selector"]["matchLabels"] == {"app": "api"}


def test_a_member_of_a_set_of_another_tool_must_be_refused_but_our_own_label_be_no_news(make: Any) -> None:
    held = make.live(make.config(mode="a"))
    assert make.planned([make.desired("api", make.config(mode="b"))], make.observed(held)).steps[0].cause == "data.mode differs"
