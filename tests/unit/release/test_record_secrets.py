"""Records: what goes into a Secret must come out, and what does not belong there must be told."""

from __future__ import annotations

import base64
import copy
import dataclasses
import functools
import gzip
import json
import operator
import types
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ReleaseError
from ansible_collections.roro.kube.plugins.module_utils._gzip import TooLong, gunzip
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.data.hook import Hook
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.data.record import ConfigRead, InstanceRecord, OwnedObject
from ansible_collections.roro.kube.plugins.module_utils._release.data.workspace_origin import WorkspaceOrigin
from ansible_collections.roro.kube.plugins.module_utils._release.hooks.hook_steps import going_hooks, held_hooks
from ansible_collections.roro.kube.plugins.module_utils._release.records import instance_records as record_room
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import (
    _bounded,
    _merged,
    encode,
    read_record,
    record_data,
)
from ansible_collections.roro.kube.plugins.module_utils._release.records.revisions import ANNOTATION_REVISION, read_revision, told_by
from hypothesis import given
from hypothesis import strategies as st

texts = st.text(max_size=8)
objects = st.builds(OwnedObject, st.builds(ObjectRef, texts, texts, st.none() | texts, texts), texts, texts, texts)
records = st.builds(
    InstanceRecord,
    instance=texts,
    app=texts,
    namespace=st.just("shop"),
    revision=st.integers(0, 999),
    deployed=st.integers(0, 999),
    outcome=st.sampled_from(["pending", "deployed", "failed", "interrupted", "applied", ""]),
    message=texts,
    digest=texts,
    updated=texts,
    objects=st.lists(objects, max_size=4).map(tuple),
    depends_on=st.lists(texts, max_size=3).map(tuple),
    resource_version=st.just("5"),
)


def secret(data: str) -> dict[str, Any]:
    return {"metadata": {"name": "roro.api", "namespace": "shop", "resourceVersion": "5"}, "data": {"record": data}}


def packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def test_a_record_that_would_fill_the_memory_must_be_refused_before_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_room, "MAX_BYTES", 10_000)
    with pytest.raises(ReleaseError, match="more than 10,000 bytes when unpacked"):
        read_record(secret(packed(" " * 10_001)))


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 100_000])
@pytest.mark.parametrize("members", [1, 3])
def test_what_is_packed_must_come_out_whole_up_to_its_bound(content: bytes, members: int) -> None:
    data = gzip.compress(content) * members
    assert gunzip(data, len(content) * members) == content * members
    assert gunzip(data + b"\0" * 512, len(content) * members) == content * members
    with pytest.raises(EOFError):
        gunzip(data[:-1], 10**6)
    if content:
        with pytest.raises(TooLong):
            gunzip(data, len(content) * members - 1)


@given(records)
def test_a_record_must_come_back_as_it_was_written(record: InstanceRecord) -> None:
    assert read_record(secret(encode(record_data(record)))) == record


def test_the_same_record_must_always_be_the_same_bytes() -> None:
    record = InstanceRecord("api", "api", "shop")
    assert encode(record_data(record)) == encode(record_data(record))


WHOLE = InstanceRecord(
    *("api", "api", "shop", 3, 2, "deployed", "reason", "message", "digest", "2026-01-01T00:00:00Z"),
    objects=(OwnedObject(ObjectRef("v1", "ConfigMap", "shop", "a"), "uid", "sent", "live", "fields", (ConfigRead("Secret", "s", "d"),)),),
    depends_on=("db",),
    scales=((("apps", "Deployment", "shop", "api"), 3),),
    hooks=(Hook(ObjectRef("v1", "Pod", "shop", "h"), {}, ("before-up",), 1, ("succeeded",), "sent", "done"),),
    origin=WorkspaceOrigin("git:a", "a", (), "/shop on host"),
    resource_version="5",
)
"""A record with something in every place."""


def places(data: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Ways to everything in the data."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*path, key)
        yield from places(value, *path, key)


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is what a dataclass says of it."""
    base, inner = typing.get_origin(hint), typing.get_args(hint)
    if base is tuple and isinstance(value, tuple):
        wanted = inner[:1] * len(value) if inner[1:] == (...,) else inner
        return len(value) == len(wanted) and all(map(fits, value, wanted))
    if dataclasses.is_dataclass(hint):
        return all(fits(getattr(value, name), wanted) for name, wanted in typing.get_type_hints(hint).items())
    return any(fits(value, one) for one in inner) if base is types.UnionType else type(value) is (base or hint)


@pytest.mark.parametrize("wrong", [None, 1, 1.5, float("inf"), True, "x", [], {}, [1], ["x"], [[]], {"a": 1}], ids=repr)
def test_whatever_stands_in_a_place_must_be_of_its_kind_or_be_told(wrong: Any) -> None:
    right = json.loads(json.dumps(record_data(WHOLE)))
    for *way, last in places(right):
        changed = copy.deepcopy(right)
        functools.reduce(operator.getitem, way, changed)[last] = wrong
        try:
            read = read_record(secret(encode(changed)))
        except ReleaseError:
            continue
        assert fits(read, InstanceRecord), f"{way} {last} is {wrong!r}"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "!!!",
        base64.b64encode(b"text").decode(),
        encode({"format": 99}),
        encode({"no": "format"}),
        encode({"format": 1}),
        encode({"format": 1, "instance": "a", "app": "a", "objects": [[1]]}),
        encode({"format": 1, "instance": "a", "app": "a", "revision": "2"}),
        encode({"format": 1, "instance": "a", "app": "a", "message": 1}),
        encode({"format": 1, "instance": ["a"], "app": "a"}),
        encode({"format": 1, "instance": "a", "app": "a", "objects": [[1, "ConfigMap", None, "a", "", "", "", ""]]}),
        encode({"format": 1, "instance": "a", "app": "a", "objects": [["v1", "ConfigMap", None, None, "", "", "", ""]]}),
        packed("[" * 2_000),
        encode({"format": 1})[:20],
    ],
)
def test_a_record_that_cannot_be_read_must_name_its_secret_and_the_way_out(data: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        read_record(secret(data))
    assert caught.value.problems[0].where == "Secret shop/roro.api"
    assert "Delete it to start anew" in str(caught.value.problems[0].hint)


@pytest.mark.parametrize("data", ["!!!", "eA==", packed("[]"), *(encode({"format": 1, "manifests": wrong}) for wrong in ([1], 1))])
def test_a_revision_that_cannot_be_read_must_name_its_secret(data: str) -> None:
    class One:
        def get(self, *_: Any) -> Any:
            return secret(data)

    with pytest.raises(ReleaseError, match="revision 2 of instance api cannot be read") as caught:
        read_revision(One(), "shop", "api", 2)  # type: ignore[arg-type]
    assert caught.value.problems[0].where == "Secret shop/roro.api.r2"


@pytest.mark.parametrize("said", [{"revision": "2"}, {"revision": 2, "who": 1}, {"revision": 2, "updated": {}}, []])
def test_a_revision_of_other_kinds_must_be_left_out(said: Any) -> None:
    """Whoever may write a Secret could keep everybody from what is deployed on the cluster."""
    told = {"instance": "api", **said} if isinstance(said, dict) else said
    metadata = {"name": "roro.api.r2", "namespace": "shop", "annotations": {ANNOTATION_REVISION: json.dumps(told)}}
    assert told_by({"metadata": metadata}) is None


def test_a_secret_without_data_must_be_told_the_same_way() -> None:
    with pytest.raises(ReleaseError):
        read_record({"metadata": {"name": "roro.api", "namespace": "shop"}})


def test_two_records_of_an_instance_that_moved_must_be_one_with_all_objects() -> None:
    first = OwnedObject(ObjectRef("v1", "ConfigMap", "old", "a"), "1")
    second = OwnedObject(ObjectRef("v1", "ConfigMap", "new", "a"), "2")
    older = InstanceRecord("api", "api", "old", updated="2026-01-01", objects=(first,))
    newer = InstanceRecord("api", "api", "new", updated="2026-01-02", objects=(second,))
    merged = _merged([newer, older], ())["api"]
    assert merged.namespace == "new"
    assert merged.objects == (second, first)


def test_a_record_where_no_instance_lives_must_not_win_over_one_where_some_do() -> None:
    ours = InstanceRecord("api", "api", "shop", updated="2026-01-01")
    forged = InstanceRecord("api", "api", "tenant", updated="2026-12-31")
    assert _merged([forged, ours], {"shop"})["api"].namespace == "shop"


@pytest.mark.parametrize(("homes", "runs"), [({"shop"}, True), ({"other"}, False), ((), False)])
def test_hooks_of_a_record_must_run_only_where_the_documents_have_instances(homes: Any, runs: bool) -> None:
    """Who may write a Secret in any namespace would else have a manifest applied with the rights of the person."""
    hook = Hook(ObjectRef("batch/v1", "Job", "shop", "backup"), {"kind": "Job"}, ("before-down",), done="x")
    bounded = _bounded(InstanceRecord("api", "api", "shop", hooks=(hook,)), homes)
    assert bool(going_hooks(bounded, Options())) is runs
    assert bool(held_hooks(bounded, Options())) is not runs
    assert bounded.hooks[0].done == "x"


def test_a_record_of_five_hundred_objects_must_fit_into_a_secret_many_times() -> None:
    many = tuple(
        OwnedObject(
            ObjectRef("v1", "ConfigMap", "shop", f"settings-{number}"), f"{number:032x}", f"{number * 7919:020x}", f"{number * 104729:020x}"
        )
        for number in range(500)
    )
    assert len(encode(record_data(InstanceRecord("api", "api", "shop", objects=many)))) < 100_000
