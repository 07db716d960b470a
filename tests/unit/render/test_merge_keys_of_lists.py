# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items of a list that the API server tells apart by keys must be told when two have the same, and only then."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._render.merge_keys import defined_shapes, repeats


def pod(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}


def container(**more: Any) -> dict[str, Any]:
    return pod(containers=[{"name": "main", **more}])


def service(*ports: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": list(ports)}}


def cron(*volumes: dict[str, Any]) -> dict[str, Any]:
    template = {"spec": {"template": {"spec": {"volumes": list(volumes)}}}}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"}, "spec": {"jobTemplate": template}}


def definition(schema: dict[str, Any]) -> dict[str, Any]:
    versions = [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]
    spec = {"group": "example.com", "names": {"kind": "Thing"}, "versions": versions}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"}, "spec": spec}


RULE = {"rule": "true"}
TWICE: dict[str, tuple[dict[str, Any], str]] = {
    "env": (container(env=[{"name": "A", "value": "1"}, {"name": "B"}, {"name": "A"}]), "name A"),
    "ports": (
        container(ports=[{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP", "name": "x"}]),
        "containerPort 80, protocol TCP",
    ),
    "null protocol": (container(ports=[{"containerPort": 80}, {"containerPort": 80, "protocol": None}]), "containerPort 80, protocol TCP"),
    "mounts": (container(volumeMounts=[{"mountPath": "/a", "name": "x"}, {"mountPath": "/a", "name": "y"}]), "mountPath /a"),
    "containers": (pod(containers=[{"name": "a"}, {"name": "a"}]), "name a"),
    "init containers": (pod(initContainers=[{"name": "a"}, {"name": "a"}]), "name a"),
    "volumes": (cron({"name": "v"}, {"name": "v"}), "name v"),
    "aliases": (pod(hostAliases=[{"ip": "10.0.0.1"}, {"ip": "10.0.0.1"}]), "ip 10.0.0.1"),
    "service": (service({"port": 80, "name": "a"}, {"port": 80, "name": "b"}), "port 80, protocol TCP"),
    "finalizers": ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"finalizers": ["a/b", "a/b"]}}, "a/b"),
    "rules": (definition({"properties": {"a": {"x-kubernetes-validations": [RULE, RULE]}}}), "rule true"),
}


@pytest.mark.parametrize(("obj", "said"), TWICE.values(), ids=TWICE)
def test_two_items_with_the_same_keys_must_be_found(obj: dict[str, Any], said: str) -> None:
    (found,) = repeats(obj)
    assert found.said == said
    assert found.path[-1] != found.first


FINE: dict[str, dict[str, Any]] = {
    "other protocol": service({"port": 53, "protocol": "UDP", "name": "a"}, {"port": 53, "protocol": "TCP", "name": "b"}),
    "same name in two containers": pod(containers=[{"name": "a", "env": [{"name": "A"}]}, {"name": "b", "env": [{"name": "A"}]}]),
    "init and main": pod(containers=[{"name": "a"}], initContainers=[{"name": "a"}]),
    "a list without keys": container(args=["a", "a"], envFrom=[{"prefix": "a"}, {"prefix": "a"}]),
    "no key at all": container(env=[{}, {}]),
    "odd shapes": container(env="x", ports=[None, 1], volumeMounts={"mountPath": "/a"}),
    "unknown kind": {"apiVersion": "example.com/v1", "kind": "Pod", "spec": {"containers": [{"name": "a"}, {"name": "a"}]}},
    "no spec": {"apiVersion": "v1", "kind": "Pod"},
}


@pytest.mark.parametrize("obj", FINE.values(), ids=FINE)
def test_what_the_server_takes_must_not_be_refused(obj: dict[str, Any]) -> None:
    assert list(repeats(obj)) == []


def test_keys_of_a_definition_must_be_read_from_its_schema() -> None:
    hosts = {
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["host", "port"],
        "items": {"properties": {"host": {}, "port": {"default": 80}, "tags": {"x-kubernetes-list-type": "set", "items": {}}}},
    }
    spec = {"properties": {"hosts": hosts, "byName": {"additionalProperties": hosts}, "free": {"items": {}}}}
    shapes = defined_shapes(
        [definition({"properties": {"spec": spec}}), {"kind": "CustomResourceDefinition", "spec": "odd"}, {"kind": "x"}]
    )
    twice = [{"host": "a"}, {"host": "a", "port": 80}]
    thing = {"spec": {"hosts": twice, "byName": {"x": twice}, "free": [1, 1]}}

    assert [found.path for found in repeats(thing, shapes["example.com/v1", "Thing"])] == [("spec", "hosts", 1), ("spec", "byName", "x", 1)]
    tagged = {"spec": {"hosts": [{"host": "a", "tags": ["x", "y", "x"]}]}}
    assert [found.path for found in repeats(tagged, shapes["example.com/v1", "Thing"])] == [("spec", "hosts", 0, "tags", 2)]
