"""A run whose lock another run took over must leave that one's record alone, also when it hears of it between two writes of the other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ConnectionFailed
from ansible_collections.roro.kube.plugins.module_utils._events import ignore
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.data.observed import Observed
from ansible_collections.roro.kube.plugins.module_utils._release.data.plan import Plan
from ansible_collections.roro.kube.plugins.module_utils._release.data.record import InstanceRecord
from ansible_collections.roro.kube.plugins.module_utils._release.data.workspace_origin import UNKNOWN
from ansible_collections.roro.kube.plugins.module_utils._release.locks.holder import this_process
from ansible_collections.roro.kube.plugins.module_utils._release.locks.lease import Locks
from ansible_collections.roro.kube.plugins.module_utils._release.records.ledger import Ending, Ledger

REF = ObjectRef("v1", "ConfigMap", "shop", "settings")


class FakeServer:
    """Answers renewals as told, and keeps what else was asked."""

    def __init__(self, renewal: Exception | None) -> None:
        self.renewal, self.asked = renewal, list[str]()

    def now(self) -> Any:
        """The time."""
        return datetime.now(UTC)

    def merge_patch(self, *words: Any) -> dict[str, Any]:
        """A renewal."""
        if self.renewal is not None:
            raise self.renewal
        return {}

    def __getattr__(self, name: str) -> Any:
        def ask(*words: Any, **more: Any) -> dict[str, Any]:
            self.asked.append(name)
            return {"metadata": {"uid": "u", "resourceVersion": "2", "namespace": "shop"}}

        return ask


def held(renewal: Exception | None) -> tuple[FakeServer, Locks, list[str]]:
    """Locks of a run that holds the one of instance api, after one renewal. Returned with what the run was told."""
    server, told = FakeServer(renewal), list[str]()
    locks = Locks(server, "shop", "dev", this_process(), 0.0, ignore)  # type: ignore[arg-type]
    locks.acquire("api", "shop")
    locks.lost = lambda instance, words: told.append(f"{instance}: {words}")
    for instance, lock in list(locks._held.items()):
        locks._renew(instance, lock)
    server.asked.clear()
    return server, locks, told


def refusal(status: int) -> ApiError:
    return ApiError("no", status=status)


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_lease_that_is_gone_or_of_another_uid_must_be_told_as_lost(status: int) -> None:
    _, locks, told = held(refusal(status))
    assert told == ["api: another run took instance api over, as this one had not renewed its lock for 15 s"]
    assert locks.is_lost("api")
    assert not locks.is_lost("web")
    locks.stop()


@pytest.mark.parametrize("renewal", [refusal(500), refusal(503), refusal(401), ConnectionFailed("away"), None], ids=str)
def test_a_server_that_does_not_answer_well_must_not_be_taken_for_a_lost_lock(renewal: Exception | None) -> None:
    _, locks, told = held(renewal)
    assert (told, locks.is_lost("api")) == ([], False)
    locks.stop()


@pytest.mark.parametrize("outcome", ["failed", "deployed", "interrupted"])
def test_no_record_may_be_written_or_removed_and_no_lease_deleted_without_the_lock(outcome: str) -> None:
    server, locks, _ = held(refusal(409))
    before = InstanceRecord("api", "api", "shop", 3, 3, "deployed", resource_version="1")
    ledger = Ledger(server, "shop", "dev", Plan((), ()), Observed(records={"api": before}), (), locks, UNKNOWN)  # type: ignore[arg-type]
    ledger.finish("api", Ending(outcome, "", "", True, {}, frozenset()))
    ledger.remove("api")
    ledger.release("api")
    assert server.asked == []
    locks.stop()


class StaleLease:
    """A server with the Lease of a run that is gone: the first create finds it, and another run breaks it at the same time."""

    def __init__(self, refusal: ApiError | None) -> None:
        self.refusal, self.deleted, self.created = refusal, list[dict[str, Any]](), 0

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)

    def create(self, resource: Any, obj: dict[str, Any], *, dry_run: bool = False, again: bool = False) -> dict[str, Any]:
        """A dry run is asked for the time."""
        if dry_run:
            return {"metadata": {"creationTimestamp": "2026-01-01T01:00:00Z"}}
        self.created += 1
        if self.created == 1:
            raise ApiError("exists", status=409, reason="AlreadyExists")
        return {"metadata": {"uid": "ours"}}

    def get(self, *words: Any) -> dict[str, Any]:
        """The Lease of the run that is gone."""
        metadata = {"name": "roro.api", "uid": "stale", "creationTimestamp": "2026-01-01T00:00:00Z"}
        return {"metadata": metadata, "spec": {"holderIdentity": "ada@laptop", "leaseDurationSeconds": 15}}

    def delete(self, resource: Any, namespace: str, name: str, **more: Any) -> None:
        """Somebody else may have broken it already."""
        self.deleted.append({"name": name, **more})
        if self.refusal is not None:
            raise self.refusal


@pytest.mark.parametrize("refusal", [None, ApiError("The UID in the precondition is another", status=409)], ids=["first", "second"])
def test_a_stale_lease_must_be_broken_by_its_uid_and_by_two_runs_at_once(refusal: ApiError | None) -> None:
    """By name alone the second of them would delete the Lease that the first has just taken."""
    server = StaleLease(refusal)
    locks = Locks(server, "shop", "dev", this_process(), 0.0, ignore)  # type: ignore[arg-type]
    locks.acquire("api", "shop")
    assert server.deleted == [{"name": "roro.api", "uid": "stale"}]
    assert server.created == 2
    locks.stop()
