"""Which instances are set aside because their record cannot be read, and that nothing of them is decided by what is not known."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import ObjectList
from ansible_collections.roro.kube.plugins.module_utils._errors import ReleaseError
from ansible_collections.roro.kube.plugins.module_utils._objects import LABEL_APP, LABEL_INSTANCE, ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.data.observed import Observed
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.data.record import InstanceRecord, OwnedObject
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import RunResult
from ansible_collections.roro.kube.plugins.module_utils._release.planning.prune import _not_handed_over
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import _merged, encode, list_records, record_data
from ansible_collections.roro.kube.plugins.module_utils._release.records.record_parts import ANNOTATION_PARTS
from ansible_collections.roro.kube.plugins.module_utils._release.records.unreadable import refuse, set_aside, told

LOST = InstanceRecord("db", "db", "shop", outcome="unreadable", message="the record cannot be read")
FINE = InstanceRecord("api", "api", "shop", updated="2026-01-01")
ELSEWHERE = replace(LOST, namespace="tenant")


def aside(names: set[str] | None, *records: InstanceRecord, homes: tuple[str, ...] = ("shop",)) -> tuple[set[str], set[str], list[str]]:
    """(instances whose records are known, those left out, those blocked)."""
    observed, options, blocked = set_aside(Observed(records={item.instance: item for item in records}), names, homes, Options())
    return set(observed.records), set(options.left_out), [item.instance for item in blocked]


def test_an_instance_of_the_run_must_be_left_out_and_fail() -> None:
    assert aside({"api", "db"}, LOST, FINE) == ({"api", "db"}, {"db"}, ["db"])


def test_an_instance_that_is_not_of_the_run_must_only_be_left_out() -> None:
    assert aside({"api"}, LOST, FINE) == ({"api", "db"}, {"db"}, [])


def test_a_record_where_no_instance_lives_must_not_keep_one_of_the_documents_from_its_work() -> None:
    assert aside({"api", "db"}, ELSEWHERE, FINE) == ({"api"}, set(), [])
    assert aside({"api"}, ELSEWHERE, FINE) == ({"api", "db"}, {"db"}, [])


@pytest.mark.parametrize("names", [{"db"}, None])
def test_a_run_of_nothing_else_must_be_refused(names: set[str] | None) -> None:
    with pytest.raises(ReleaseError, match="the record cannot be read"):
        aside(names, LOST)


def test_all_instances_must_include_those_that_cannot_be_read() -> None:
    assert aside(None, LOST, FINE) == ({"api", "db"}, {"db"}, ["db"])


def test_a_rollback_of_one_must_be_refused_and_of_another_not() -> None:
    refuse({"db": LOST, "api": FINE}, {"api"})
    with pytest.raises(ReleaseError):
        refuse({"db": LOST, "api": FINE}, {"db", "api"})


def test_the_result_must_say_that_it_failed() -> None:
    (blocked,) = set_aside(Observed(records={"db": LOST, "api": FINE}), None, (), Options())[2]
    result = told(RunResult("shop", "dev"), [blocked])
    assert (result.failed, result.instances[0].status, result.instances[0].reason) == (True, "Failed", "RecordUnreadable")
    assert told(RunResult("shop", "dev"), []).failed is False


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [
        (LOST, replace(FINE, instance="db", namespace="tenant"), "unreadable"),
        (ELSEWHERE, replace(FINE, instance="db"), ""),
        (LOST, replace(FINE, instance="db"), ""),
    ],
    ids=["a forged one that can be read", "a forged one that cannot", "both at home"],
)
def test_of_two_records_the_one_at_home_must_count_and_then_the_one_that_can_be_read(
    first: InstanceRecord, second: InstanceRecord, wins: str
) -> None:
    for records in ([first, second], [second, first]):
        assert _merged(records, {"shop"})["db"].outcome == wins


@pytest.mark.parametrize(
    ("annotations", "data", "said"),
    [
        ({}, {"record": "!!!"}, "the record cannot be read"),
        ({}, {}, "the record cannot be read"),
        ({ANNOTATION_PARTS: "p2"}, {"record": "a"}, "the record cannot be read"),
        ({ANNOTATION_PARTS: "p2"}, {"record": "eA=="}, "the record is not complete: p2 is missing"),
        ({ANNOTATION_PARTS: ",".join(["p"] * 301)}, {"record": "eA=="}, "names 301 parts"),
    ],
)
def test_whatever_is_wrong_with_a_record_must_be_told_with_its_secret_and_leave_the_others(
    annotations: dict[str, str], data: dict[str, str], said: str
) -> None:
    labels = {LABEL_INSTANCE: "db", LABEL_APP: "db"}
    broken = {"metadata": {"name": "roro.db", "namespace": "shop", "labels": labels, "annotations": annotations}, "data": data}
    good = {"metadata": {"name": "roro.api", "namespace": "shop"}, "data": {"record": encode(record_data(FINE))}}
    server: Any = SimpleNamespace(list=lambda *_, **__: ObjectList([broken, good], ""), get=lambda *_: None)
    records, notice = list_records(server, "shop", "dev", ["shop"])
    assert (records["db"].unreadable, records["api"].updated) == (True, FINE.updated)
    assert said in notice
    assert "(Secret shop/roro.db, of instance db)" in notice
    assert "Delete" in notice


def test_what_may_have_gone_to_an_instance_that_cannot_be_read_must_not_be_deleted_by_another() -> None:
    owned: Any = OwnedObject(ObjectRef("v1", "ConfigMap", "shop", "a"), "1")
    assert _not_handed_over(owned, replace(FINE, instance="db"))
    assert not _not_handed_over(owned, LOST)
