"""Which changes `ps` calls drift, without a cluster: what the record knows against what is there."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.data.record import OwnedObject
from ansible_collections.roro.kube.plugins.module_utils._release.fields.compare import fields_digest, live_digest
from ansible_collections.roro.kube.plugins.module_utils._release.instance_status import drift
from ansible_collections.roro.kube.plugins.module_utils._release.workers import Workers

OURS = {"manager": "roro", "operation": "Apply", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:data": {"f:mode": {}, "f:size": {}}}}
LESS = {**OURS, "fieldsV1": {"f:data": {"f:size": {}}}}
THEIRS = {"manager": "kubectl-edit", "operation": "Update", "time": "2026-01-01T00:00:05Z", "fieldsV1": {"f:data": {"f:mode": {}}}}
EARLIER = {**THEIRS, "manager": "importer", "time": "2025-12-31T00:00:00Z"}
STATUS = {**THEIRS, "manager": "controller", "subresource": "status"}


@pytest.fixture
def found(make: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`found(sent, applied, now)`: what is told of an object that the server held as `applied` after `sent`, and holds as `now`."""

    def find(sent: Any, applied: Any, now: Any, *entries: Any, outcome: str = "deployed") -> list[str]:
        sent = {**sent, "metadata": {**sent["metadata"], "namespace": "shop"}}
        before = make.live(sent, managedFields=[OURS])
        before["data"] = applied
        known = OwnedObject(make.owned(before).ref, before["metadata"]["uid"], "digest", live_digest(before, sent), fields_digest(before))
        live = make.live(sent, managedFields=list(entries))
        live["data"] = now
        monkeypatch.setattr(drift, "read_revision", lambda *_: [sent])
        workers = Workers(1)
        seen = make.observed(live, records=[make.record("api", known, outcome=outcome)])
        told = list(drift.find_drift(None, seen, workers).values())  # type: ignore[arg-type]
        workers.close()
        return told

    return find


def test_a_value_that_somebody_changed_must_be_drift_by_those_who_wrote_since(make: Any, found: Any) -> None:
    sent = make.config(mode="a", size="1")
    told = found(sent, sent["data"], {"mode": "b", "size": "1"}, LESS, EARLIER, STATUS, THEIRS)
    assert told == ["data.mode changed since it was applied, by kubectl-edit"]


def test_what_a_webhook_made_of_a_manifest_must_be_no_drift_when_only_its_owner_changed(make: Any, found: Any) -> None:
    sent = make.config(mode="a", size="1")
    assert found(sent, {"mode": "A", "size": "1"}, {"mode": "A", "size": "1"}, LESS, THEIRS) == []


def test_without_a_change_of_owner_nothing_must_be_looked_at(make: Any, found: Any) -> None:
    sent = make.config(mode="a", size="1")
    assert found(sent, sent["data"], {"mode": "b", "size": "1"}, OURS) == []


@pytest.mark.parametrize("outcome", ["pending", "interrupted", "stopped", "removed"])
def test_what_is_under_way_or_at_rest_must_be_no_drift(make: Any, found: Any, outcome: str) -> None:
    sent = make.config(mode="a", size="1")
    assert found(sent, sent["data"], {"mode": "b", "size": "1"}, LESS, THEIRS, outcome=outcome) == []
