"""`roro events` on a real cluster: whose they are, each once with its count, followed over an API server that goes away."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster


def pods(cluster: Cluster, namespace: str, app: str) -> list[str]:
    return [item["metadata"]["name"] for item in cluster.list(cluster.resource("v1", "Pod"), namespace, selector=f"app={app}").items]


def stranger(cluster: Cluster, namespace: str) -> None:
    """A pod of nobody's, whose name begins like web's, with an event."""
    container = {"name": "main", "image": "docker.io/library/roro-box:nowhere", "imagePullPolicy": "Never"}
    metadata = {"name": "web-stranger", "namespace": namespace}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}
    cluster.create(cluster.resource("v1", "Pod"), pod)


def said(cluster: Cluster, namespace: str) -> set[tuple[str, str]]:
    """(object, reason) of all events of a namespace."""
    found = cluster.list(cluster.resource("v1", "Event"), namespace).items
    return {(item["involvedObject"]["name"], item["reason"]) for item in found}


def of(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [event for event in document["events"] if event["name"] == name]


def test_events_must_be_those_of_the_instances_also_of_pods_that_are_gone(
    noisy: Any, cluster: Cluster, eventually: Callable[..., Any]
) -> None:
    assert noisy.roro("up", "dev", "web").code == 0
    stranger(cluster, noisy.namespace)
    (old,) = pods(cluster, noisy.namespace, "web")
    cluster.delete(cluster.resource("v1", "Pod"), noisy.namespace, old)
    eventually(lambda: old not in pods(cluster, noisy.namespace, "web"))
    eventually(lambda: {("web-stranger", "Failed"), (old, "Killing")} <= said(cluster, noisy.namespace))
    ran = noisy.roro("events", "dev", "-o", "json")
    assert ran.code == 0, ran.told
    assert {event["instance"] for event in ran.document["events"]} == {"web"}
    assert {"Scheduled", "Started", "Killing"} <= {event["reason"] for event in of(ran.document, old)}
    assert of(ran.document, "web-stranger") == []
    assert [event["reason"] for event in of(ran.document, "web")][:1] == ["ScalingReplicaSet"]
    seconds = [event["last"][:19] for event in ran.document["events"]]
    assert seconds == sorted(seconds)
    assert noisy.roro("events", "dev", "nobody").code == 2


def test_a_failed_run_must_show_what_the_cluster_warns_of(noisy: Any) -> None:
    ran = noisy.roro("up", "dev", "broken")
    assert ran.code == 1, ran.told
    assert "The cluster's warnings of the last ten minutes:" in ran.stderr
    assert "ErrImageNeverPull" in ran.stderr.split("The cluster's warnings")[1]
    again = noisy.roro("up", "dev", "broken", "-o", "json")
    (instance,) = again.document["instances"]
    assert 1 <= len(instance["warnings"]) <= 5
    assert {event["type"] for event in instance["warnings"]} == {"Warning"}
    assert any(event["objects"] == 2 or event["count"] > 1 for event in instance["warnings"])
    text = noisy.roro("events", "dev", "--warnings", "--since", "10m").stdout
    assert "Warning  broken" in text
    assert "Normal" not in text


def test_followed_events_must_survive_an_api_server_that_goes_away(noisy: Any, relay: Any, cluster: Cluster) -> None:
    assert noisy.roro("up", "dev", "web").code == 0
    running = noisy.roro.start("events", "dev", "-f", "-o", "json", K8S_AUTH_KUBECONFIG=str(relay.kubeconfig))
    running.wait_for_line('"Started"', stream="stdout")
    relay.leave()
    running.wait_for_line("the API server does not answer")
    for name in pods(cluster, noisy.namespace, "web"):
        cluster.delete(cluster.resource("v1", "Pod"), noisy.namespace, name)
    relay.come_back()
    running.wait_for_line("the API server answers again")
    running.wait_for_line('"Killing"', stream="stdout")
    running.wait_for_line('"Started"', 2, stream="stdout")
    running.process.send_signal(signal.SIGINT)
    ran = running.wait()
    assert ran.code == 130, ran.told
    assert "Traceback" not in ran.stderr
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    lines = [(event["kind"], event["name"], event["reason"], event["message"], event["count"]) for event in told]
    assert len(lines) == len(set(lines))
    assert {event["instance"] for event in told} == {"web"}
