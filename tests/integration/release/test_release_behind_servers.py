"""Webhooks and API servers that come up in the same run as what passes through them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from api_server import OneKind

Obj = dict[str, Any]


@pytest.fixture
def late(world: Any, tmp_path: Path) -> Iterator[OneKind]:
    """An API server of a group of the test's own."""
    server = OneKind(world.cluster.server, f"{world.name}.example.com", tmp_path)
    yield server
    server.close()
    world.cluster.delete(world.cluster.resource("apiregistration.k8s.io/v1", "APIService"), None, f"v1.{server.group}")


@pytest.mark.real_node
def test_kinds_of_an_apiservice_in_the_same_run_must_be_applied_when_it_is_available(world: Any, late: OneKind) -> None:
    service = {"name": "late", "namespace": world.name, "port": 443}
    slice_ports = [{"name": "https", "port": late.port, "protocol": "TCP"}]
    objects = [
        {"apiVersion": f"{late.group}/v1", "kind": "Late", "metadata": {"name": "mine"}, "spec": {"a": 1}},
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": f"v1.{late.group}"},
            "spec": {
                "group": late.group,
                "version": "v1",
                "service": service,
                "insecureSkipTLSVerify": True,
                "groupPriorityMinimum": 100,
                "versionPriority": 10,
            },
        },
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "late"}, "spec": {"ports": [{"name": "https", "port": 443}]}},
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": "late", "labels": {"kubernetes.io/service-name": "late"}},
            "addressType": "IPv4",
            "ports": slice_ports,
            "endpoints": [{"addresses": [late.address], "conditions": {"ready": True}}],
        },
    ]
    wanted = world.desired("api", *objects)
    predicted, made = world.preview(wanted), world.up(wanted)
    assert not made.failed, made
    done = [(item.action, item.kind) for item in made.instances[0].actions]
    assert sorted(done) == sorted((item.action, item.kind) for item in predicted.instances[0].actions)
    assert done[-1] == ("create", "Late")
    assert list(late.objects) == [f"/apis/{late.group}/v1/namespaces/{world.name}/lates/mine"]
    assert not world.up(wanted).changed
    assert not world.down().failed
    assert late.objects == {}


def test_a_webhook_in_the_same_run_must_stand_before_what_it_intercepts_and_behind_its_server(world: Any, make: Any) -> None:
    selector = {"matchLabels": {"kubernetes.io/metadata.name": world.name}}
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}
    configuration: Obj = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": world.name},
        "webhooks": [
            {
                "name": "guard.example.com",
                "clientConfig": {"service": {"name": "guard", "namespace": world.name}},
                "rules": [rule],
                "namespaceSelector": selector,
                "failurePolicy": "Ignore",
                "timeoutSeconds": 1,
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "guard"},
        "spec": {"selector": {"app": "guard"}, "ports": [{"port": 443}]},
    }
    guard = make.workload("guard", pod={"volumes": [{"name": "rules", "configMap": {"name": "rules"}}]})
    result = world.up(world.desired("api", make.config("mine"), configuration, service, guard, make.config("rules")))
    assert not result.failed, result
    order = [f"{item.kind}/{item.name}" for item in result.instances[0].actions]
    assert order[-2:] == [f"ValidatingWebhookConfiguration/{world.name}", "ConfigMap/mine"]
    pod = world.get("apps/v1", "Deployment", "guard")
    ready = next(item for item in pod["status"]["conditions"] if item["type"] == "Available")
    assert ready["status"] == "True"
    config = world.cluster.get(world.cluster.resource(configuration["apiVersion"], configuration["kind"]), None, world.name)
    assert ready["lastTransitionTime"] <= config["metadata"]["creationTimestamp"]
    assert not world.down().failed
