"""A run whose lock another run took over must leave that one's record alone, also when it hears of it between two writes of the other."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ConnectionFailed
from ansible_collections.roro.kube.plugins.module_utils._events import ignore
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.holder import this_process
from ansible_collections.roro.kube.plugins.module_utils._release.ledger import Ending, Ledger
from ansible_collections.roro.kube.plugins.module_utils._release.locks import Locks
from ansible_collections.roro.kube.plugins.module_utils._release.origin import UNKNOWN
from ansible_collections.roro.kube.plugins.module_utils._release.types import InstanceRecord, Observed, Plan

REF = ObjectRef("v1", "ConfigMap", "shop", "settings")


class FakeServer:
    """Answers renewals as told, and keeps what else was asked."""

    def __init__(self, renewal: Exception | None) -> None:
        self.renewal, self.asked = renewal, list[str]()

    def now(self) -> Any:
        """The time."""
        from datetime import UTC, datetime

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
    ledger.finish("api", Ending(outcome, "", True, {}, frozenset()))
    ledger.remove("api")
    ledger.release("api")
    assert server.asked == []
    locks.stop()
