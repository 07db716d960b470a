"""A correction makes the instance again what its present revision says: it is no revision of its own, and no update."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.data.plan import Plan
from ansible_collections.roro.kube.plugins.module_utils._release.data.record import InstanceRecord
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import InstanceResult, RunResult
from ansible_collections.roro.kube.plugins.module_utils._release.lifecycle import rollback
from ansible_collections.roro.kube.plugins.module_utils._release.records import ledger as ledger_file
from ansible_collections.roro.kube.plugins.module_utils._release.records.ledger import Ending, Ledger


@dataclass
class Kept:
    """What a ledger wrote. records: one after another; revisions: their numbers."""

    records: list[InstanceRecord] = field(default_factory=list)
    revisions: list[int] = field(default_factory=list)


class NoLocks:
    """Every lock is free."""

    holder = type("Holder", (), {"who": "ada@laptop"})()

    def acquire(self, *words: Any, **more: Any) -> None:
        """Taken."""

    def is_lost(self, instance: str) -> bool:
        """Never."""
        return False


Write = Callable[..., Kept]


@pytest.fixture
def write(make: Any, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Begin and finish one run of an instance of which `record` is known."""

    def write(record: InstanceRecord | None, outcome: str = "deployed", *, digest: str = "inputs", occasion: str = "correct") -> Kept:
        kept = Kept()

        def write_record(cluster: Any, workspace: str, environment: str, written: InstanceRecord) -> InstanceRecord:
            kept.records.append(written)
            return written

        monkeypatch.setattr(ledger_file, "write_record", write_record)
        monkeypatch.setattr(ledger_file, "delete_records", lambda *words: None)
        monkeypatch.setattr(ledger_file, "write_revision", lambda *words: kept.revisions.append(words[3].revision))
        cluster: Any = type("Clock", (), {"now": lambda self: datetime.now(UTC)})()
        wanted = replace(make.desired("api", make.config(mode="1")), occasion=occasion, digest=digest)
        seen = make.observed(records=[record] if record else [])
        run = Ledger(cluster, "shop", "dev", Plan((), ()), seen, [wanted], NoLocks())  # type: ignore[arg-type]
        run.begin("api")
        run.finish("api", Ending(outcome, "", "", True, {}, frozenset()))
        return kept

    return write


def recorded(make: Any, **fields: Any) -> InstanceRecord:
    record: InstanceRecord = make.record("api", **{"revision": 4, "deployed": 4, "digest": "inputs", **fields})
    return record


def told(kept: Kept) -> list[tuple[int, int, str]]:
    return [(record.revision, record.deployed, record.outcome) for record in kept.records]


def test_a_correction_must_keep_the_number_and_write_no_revision(make: Any, write: Write) -> None:
    kept = write(recorded(make))

    assert told(kept) == [(4, 4, "pending"), (4, 4, "deployed")]
    assert kept.revisions == []


def test_a_correction_that_nobody_waits_for_must_leave_a_healthy_revision_healthy(make: Any, write: Write) -> None:
    assert told(write(recorded(make), "applied"))[-1] == (4, 4, "deployed")
    assert told(write(recorded(make, deployed=3, outcome="applied"), "applied"))[-1] == (4, 3, "applied")


def test_a_correction_that_fails_must_be_told_and_keep_what_was_healthy(make: Any, write: Write) -> None:
    kept = write(recorded(make), "failed")

    assert told(kept)[-1] == (4, 4, "failed")
    assert kept.revisions == []


@pytest.mark.parametrize(
    ("record", "digest", "occasion"),
    [
        ({}, "other", "correct"),
        ({}, "inputs", "up"),
        ({"namespace": "elsewhere"}, "inputs", "correct"),
    ],
    ids=["other documents", "a person's up", "moved"],
)
def test_whatever_is_no_correction_must_make_a_revision(make: Any, write: Write, record: Any, digest: str, occasion: str) -> None:
    kept = write(replace(recorded(make), **record), digest=digest, occasion=occasion)

    assert told(kept) == [(5, 4, "pending"), (5, 5, "deployed")]
    assert kept.revisions == [5]


def test_an_instance_that_was_never_there_must_get_its_first_revision(write: Write) -> None:
    kept = write(None)

    assert told(kept) == [(1, 0, "pending"), (1, 1, "deployed")]
    assert kept.revisions == [1]


def test_a_revision_that_is_healthy_for_the_first_time_must_become_one_to_roll_back_to(make: Any, write: Write) -> None:
    kept = write(recorded(make, deployed=3, outcome="failed"))

    assert told(kept)[-1] == (4, 4, "deployed")
    assert kept.revisions == [4]


@pytest.mark.parametrize("outcome", ["deployed", "applied", "failed"])
def test_what_a_killed_run_did_not_write_must_be_written(make: Any, write: Write, outcome: str) -> None:
    kept = write(recorded(make, deployed=3, outcome="pending"), outcome)

    assert kept.revisions == [4]


def test_a_killed_correction_must_not_write_its_revision_again(make: Any, write: Write) -> None:
    kept = write(recorded(make, outcome="pending"))

    assert told(kept)[-1] == (4, 4, "deployed")
    assert kept.revisions == []


def test_hooks_that_have_run_must_not_run_for_a_correction(make: Any) -> None:
    job = make.workload("Job", "migrate")
    job["metadata"]["annotations"] = {"roro.dev/hook": "before-up"}
    _, (held,), record = make.steady("api", make.config(mode="1"))
    known = make.planned([make.desired("api", make.config(mode="1"), job)], make.observed()).hooks["api"]
    held["data"]["mode"] = "2"

    def runs(occasion: str, *, ran: bool = True) -> list[str]:
        done = tuple(replace(hook, done=hook.applied if ran else "") for hook in known)
        seen = make.observed(held, records=[replace(record, digest="inputs", hooks=done)])
        plan = make.planned([replace(make.desired("api", make.config(mode="1"), job), occasion=occasion)], seen)
        return [f"{step.action} {step.ref.name}" for step in plan.steps]

    assert runs("up") == ["run migrate", "update settings"]
    assert runs("correct") == ["update settings"]
    assert runs("correct", ran=False) == ["run migrate", "update settings"], "one that did not complete is still due"


def test_a_failed_correction_must_not_be_rolled_back_to_the_same(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*words: Any) -> Any:
        raise AssertionError("nothing is read or brought up")

    monkeypatch.setattr(rollback, "read_revision", never)
    wanted = replace(make.desired(make.instance("api", on_failure="rollback"), make.config()), occasion="correct")
    failed = InstanceResult("api", "api", "shop", "Failed", "CrashLoopBackOff", "it crashes", changed=True)
    result = RunResult("shop", "dev", instances=[failed])

    rollback.roll_back(never, [wanted], {"api": recorded(make)}, result, never, never)  # type: ignore[arg-type]

    assert failed.message == "it crashes"
