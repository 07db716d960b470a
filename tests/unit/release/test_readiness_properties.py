"""Readiness must answer for any object whatsoever: never a traceback, never an unprintable message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._model import ReadinessRule
from ansible_collections.roro.kube.plugins.module_utils._release.readiness import (
    Verdict,
    completed,
    related_kinds,
    started,
    verdict,
)
from ansible_collections.roro.kube.plugins.module_utils._release.readiness.kinds import KINDS
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

WORDS = " ".join(
    [
        "metadata name uid annotations labels generation deletionTimestamp finalizers spec replicas paused suspend type",
        "updateStrategy rollingUpdate partition minReadySeconds containers initContainers restartPolicy image readinessGates",
        "conditionType schedulingGates externalIPs completions status phase observedGeneration conditions reason message",
        "containerStatuses initContainerStatuses state waiting terminated running lastState exitCode restartCount ready started",
        "updatedReplicas readyReplicas availableReplicas desiredNumberScheduled loadBalancer ingress startTime lastTimestamp",
        "series currentRevision updateRevision resources limits memory",
    ]
).split()
SAYINGS = " ".join(
    [
        "True False Unknown web Always Never OnDelete LoadBalancer Pending Running Failed Ready Stalled Succeeded",
        "CrashLoopBackOff ImagePullBackOff OOMKilled Unschedulable FailedCreate FailedMount Warning PodScheduled ReplicaFailure",
        "Progressing ProgressDeadlineExceeded 1",
    ]
).split()
TEXTS = st.sampled_from([*SAYINGS, "", "\x1b[31mred\x07\n\u202e"])
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=True) | TEXTS | st.text(max_size=5)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6), max_leaves=25
)
OBJECTS = st.builds(
    lambda group_kind, parts: {"apiVersion": f"{group_kind[0]}/v1" if group_kind[0] else "v1", "kind": group_kind[1], **parts},
    st.sampled_from([*KINDS, ("example.com", "Thing"), ("", "ConfigMap")]),
    st.fixed_dictionaries({"metadata": ANYTHING, "spec": ANYTHING, "status": ANYTHING}),
)
RULES = st.lists(
    st.builds(
        ReadinessRule,
        kind=st.sampled_from([kind for _, kind in KINDS]),
        path=st.sampled_from(["$", "$.status", "$..status", "$.status[", "$.status.conditions[?@.type=='Ready'].status", "", None]),
        equals=SCALARS,
        condition=st.none() | st.sampled_from(["Ready", "Ready=False", "="]),
        fails=st.lists(SCALARS, max_size=2).map(tuple),
    ),
    max_size=2,
)


class Anything:
    """Gives the same malformed objects for every question."""

    def __init__(self, objects: Sequence[Any]) -> None:
        self.objects = [item for item in objects if isinstance(item, dict)]

    def children(self, uid: str, kind: str) -> Sequence[Any]:
        return self.objects

    def events(self, uid: str) -> Sequence[Any]:
        return self.objects


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(obj=OBJECTS | ANYTHING, around=st.lists(ANYTHING | OBJECTS, max_size=4), rules=RULES)
@example(obj={"apiVersion": [], "kind": {}, "metadata": {"uid": []}}, around=[], rules=[])
@example(
    obj={"apiVersion": "apps/v1", "kind": "Deployment", "status": {"observedGeneration": "9" * 5000}, "metadata": {"generation": 1}},
    around=[],
    rules=[],
)
def test_a_verdict_must_come_back_for_any_object(obj: Any, around: list[Any], rules: list[ReadinessRule]) -> None:
    related = Anything(around)
    found = verdict(obj, related, rules)
    assert isinstance(found, Verdict)
    assert found.state in ("ready", "progressing", "failed", "gone")
    assert found.reason
    assert found.message
    assert found.message.isprintable(), found.message
    assert found.grace >= 0
    assert found.grace == 0 or found.state in ("failed", "ready")
    assert started(obj, related) in (True, False)
    assert completed(obj) in (True, False, None)


@settings(max_examples=200, deadline=None)
@given(obj=OBJECTS, around=st.lists(OBJECTS, max_size=3))
def test_a_verdict_must_depend_on_nothing_but_its_input(obj: Any, around: list[Any]) -> None:
    before = repr((obj, around))
    assert verdict(obj, Anything(around)) == verdict(obj, Anything(around))
    assert repr((obj, around)) == before, "judging must not change what it looks at"


@pytest.mark.parametrize(("group", "kind"), list(KINDS))
def test_an_object_being_deleted_must_be_gone_whatever_its_kind(group: str, kind: str) -> None:
    obj = {
        "apiVersion": f"{group}/v1" if group else "v1",
        "kind": kind,
        "metadata": {"name": "x", "deletionTimestamp": "2026-01-01T00:00:00Z"},
    }
    assert verdict(obj).state == "gone"
    assert started(obj) is False


@pytest.mark.parametrize(
    ("api_version", "kind", "watched"),
    [
        ("apps/v1", "Deployment", {"ReplicaSet", "Pod", "Event"}),
        ("apps/v1", "StatefulSet", {"Pod", "Event"}),
        ("apps/v1", "DaemonSet", {"Pod", "Event"}),
        ("batch/v1", "Job", {"Pod", "Event"}),
        ("v1", "Pod", {"Event"}),
        ("v1", "PersistentVolumeClaim", {"Event"}),
        ("db.example.com/v1", "Database", {"Event"}),
        ("v1", "ConfigMap", set()),
        ("v1", "Secret", set()),
        ("batch/v1", "CronJob", set()),
        ("rbac.authorization.k8s.io/v1", "Role", set()),
    ],
)
def test_related_kinds_must_name_what_a_verdict_looks_at_and_no_more(api_version: str, kind: str, watched: set[str]) -> None:
    assert {name for _, name in related_kinds(api_version, kind)} == watched
