"""A real admission webhook that refuses, breaks or does not answer in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import retry
from ansible_collections.roro.kube.plugins.module_utils._cluster.watch import WatchLimits
from fault_webhook import FaultWebhook

PATIENT = retry.Limits(total=8.0, backoff=0.02, backoff_cap=0.2)


@pytest.fixture
def webhook(scene: Any, tmp_path: Path, eventually: Callable[..., object]) -> Iterator[FaultWebhook]:
    """A webhook that the API server already asks about ConfigMaps of the scene's namespace."""
    cluster, namespace = scene.world.cluster, scene.world.name
    served = FaultWebhook(cluster.server, tmp_path)
    configurations = cluster.resource("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")
    cluster.create(cluster.resource("v1", "Namespace"), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    cluster.apply(configurations, served.configuration(namespace, namespace))
    probe = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe", "namespace": namespace}}

    def asked() -> bool:
        cluster.apply(cluster.resource("v1", "ConfigMap"), probe, dry_run=True)
        return "probe" in served.asked

    try:
        eventually(asked)
        yield served
    finally:
        cluster.delete(configurations, None, namespace)
        served.close()


def test_a_webhook_that_rejects_must_be_named_at_once_and_not_be_asked_again(scene: Any, webhook: FaultWebhook) -> None:
    webhook.faults["c5"] = ("reject", 10_000)
    result = scene.up()
    message = scene.message(result)
    assert f"ConfigMap {scene.world.name}/c5" in message
    assert 'admission webhook "teams.roro.test" denied the request: the label team is missing' in message
    assert webhook.asked.count("c5") == 1
    webhook.faults.clear()
    scene.assert_whole(scene.up(), revision=2)


@pytest.mark.parametrize("fault", ["time out", "break"])
def test_a_webhook_that_fails_once_must_not_be_noticed(scene: Any, webhook: FaultWebhook, fault: str) -> None:
    webhook.faults["c5"] = (fault, 1)
    result = scene.up(cluster=scene.again(limits=PATIENT, watch_limits=WatchLimits()))
    assert webhook.asked.count("c5") >= 2
    scene.assert_whole(result)


@pytest.mark.parametrize(
    ("fault", "words"), [("time out", "context deadline exceeded"), ("break", "an error on the server")], ids=["time-out", "break"]
)
def test_a_webhook_that_never_works_must_be_named(
    scene: Any, webhook: FaultWebhook, monkeypatch: pytest.MonkeyPatch, fault: str, words: str
) -> None:
    monkeypatch.setattr(retry, "MAX_SERVER_ERRORS", 2)
    webhook.faults["c5"] = (fault, 10_000)
    result = scene.up(cluster=scene.again(limits=PATIENT, watch_limits=WatchLimits()))
    message = scene.message(result)
    assert f"ConfigMap {scene.world.name}/c5" in message
    assert 'failed calling webhook "teams.roro.test"' in message
    assert words in message
    assert "(after 2 attempts)" in message
    webhook.faults.clear()
    scene.assert_whole(scene.up(), revision=2)
