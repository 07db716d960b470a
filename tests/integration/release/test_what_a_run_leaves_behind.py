"""What a run writes and what it leaves: one field manager, labels beside the manifest, who did it, and a failed update as it is."""

from __future__ import annotations

import getpass
from datetime import datetime
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._events import Event, ObjectState
from ansible_collections.roro.kube.plugins.module_utils._model import ReadinessRule
from ansible_collections.roro.kube.plugins.module_utils._release import history


def test_objects_must_be_applied_by_roro_and_their_pods_and_selectors_stay_as_written(world: Any, make: Any) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api"}, "spec": {"selector": {"app": "api"}}}
    service["spec"]["ports"] = [{"port": 80}]
    sent = make.workload(replicas=0)
    world.up(world.desired("api", make.config(), sent, service))
    live = {kind: world.get(version, kind, name) for version, kind, name in (
        ("v1", "ConfigMap", "settings"), ("v1", "Service", "api"), ("apps/v1", "Deployment", "api")
    )}  # fmt: skip
    for obj in live.values():
        ours = [entry for entry in obj["metadata"]["managedFields"] if entry["manager"] == "roro"]
        assert [(entry["operation"], entry.get("subresource")) for entry in ours] == [("Apply", None)]
        assert obj["metadata"]["labels"]["roro.dev/instance"] == "api"
    deployment = live["Deployment"]["spec"]
    assert deployment["template"]["metadata"]["labels"] == sent["spec"]["template"]["metadata"]["labels"]
    assert "annotations" not in deployment["template"]["metadata"]
    assert deployment["selector"] == sent["spec"]["selector"]
    assert live["Service"]["spec"]["selector"] == {"app": "api"}


@pytest.mark.real_node
def test_a_history_must_say_who_when_and_how_it_ended(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1")))
    world.up(world.desired("api", make.job(script="exit 1")))
    first, second = history(world.cluster, world.name, "dev", None, [world.name])
    assert [first.outcome, second.outcome] == ["deployed", "failed"]
    assert first.who.startswith(f"{getpass.getuser()}@")
    assert datetime.fromisoformat(first.updated) <= datetime.fromisoformat(second.updated)
    assert (first.objects, first.digest) == (1, "inputs")


@pytest.mark.real_node
def test_a_failed_update_must_stay_as_it_is_unless_a_policy_says_otherwise(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1")), world.desired("other", make.config("other", mode="1")))
    failing = world.desired(world.instance("api", on_failure="keep"), make.config(mode="2"), make.job("check", script="exit 1"))
    result = world.up(failing, world.desired("other", make.config("other", mode="2")))
    assert make.outcome(result) == {"api": "Failed", "other": "Running"}
    assert "rolled back" not in result.instances[0].message
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "2"}
    assert world.get("batch/v1", "Job", "check") is not None
    assert world.get("v1", "ConfigMap", "other")["data"] == {"mode": "2"}


def test_a_pod_that_finds_no_node_must_be_waited_for_while_it_may_heal(world: Any, make: Any) -> None:
    label, nodes = f"roro.dev/{world.name}", world.cluster.resource("v1", "Node")
    (node, *_) = [item["metadata"]["name"] for item in world.cluster.list(nodes).items]
    healed = []

    def heal(event: Event) -> None:
        if isinstance(event, ObjectState) and event.reason == "Unschedulable" and not healed:
            healed.append(event.message)
            world.cluster.merge_patch(nodes, None, node, {"metadata": {"labels": {label: "yes"}}})

    world.events = type("Healing", (list,), {"append": staticmethod(heal)})()
    try:
        result = world.up(world.desired("api", make.workload(pod={"nodeSelector": {label: "yes"}})))
    finally:
        world.cluster.merge_patch(nodes, None, node, {"metadata": {"labels": {label: None}}})
    assert make.outcome(result) == {"api": "Running"}
    assert healed, "it was never unschedulable"


READY = ReadinessRule(kind="ConfigMap", path="$.data.phase", equals="ready", fails=("broken",))
RULES = [
    pytest.param(READY, {"phase": "ready"}, "Running", id="equals"),
    pytest.param(READY, {"phase": "broken"}, "Failed", id="fails"),
    pytest.param(ReadinessRule(kind="ConfigMap", path="$.data.phase", one_of=("a", "b")), {"phase": "b"}, "Running", id="in"),
    pytest.param(ReadinessRule(kind="ConfigMap", path="$.data.phase", exists=True), {"phase": "x"}, "Running", id="exists"),
    pytest.param(
        ReadinessRule(kind="ConfigMap", any_of=(ReadinessRule(kind="ConfigMap", path="$.data.no", exists=True), READY)),
        {"phase": "ready"},
        "Running",
        id="any of",
    ),
]


@pytest.mark.parametrize(("rule", "data", "outcome"), RULES)
def test_a_rule_of_the_user_must_decide_when_an_object_is_ready(
    world: Any, make: Any, rule: ReadinessRule, data: dict[str, str], outcome: str
) -> None:
    wanted = world.desired(world.instance("api", readiness=(rule,)), make.config())
    early = world.up(wanted, timeout=1.0)
    assert make.outcome(early) == {"api": "Failed"}
    assert f"ConfigMap {world.name}/settings is not ready after 1 s" in early.instances[0].message
    world.cluster.merge_patch(world.cluster.resource("v1", "ConfigMap"), world.name, "settings", {"data": data})
    assert make.outcome(world.up(wanted, timeout=30.0)) == {"api": outcome}
