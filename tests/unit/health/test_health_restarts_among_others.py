"""What may be restarted, and how often, where others have a hand in it: neighbours, operators, another daemon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._health import check as checking
from ansible_collections.roro.kube.plugins.module_utils._health import limits
from ansible_collections.roro.kube.plugins.module_utils._health.limits import ANNOTATION_RESTARTS
from ansible_collections.roro.kube.plugins.module_utils._objects import ANNOTATION_RESTARTED
from fake_cluster import pod
from health_cluster import OWNED, answering
from health_stage import Stage, rounds, sick_pod, until

Play = Callable[[Any], None]


def test_a_workload_whose_pods_are_well_must_not_be_restarted_for_another_one(play: Play) -> None:
    """Two workloads behind one Service; the sick one's cannot be restarted."""

    async def test(stage: Stage) -> None:
        other = pod("b")
        other["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "j", "controller": True}]
        stage.cluster.put(other)
        stage.cluster.handler = sick_pod("b")
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await until(lambda: "nothing that can be restarted" in watcher.status.restart)
        await rounds(stage)
        assert stage.cluster.patches == []

    play(test)


@pytest.mark.parametrize("labels", [{}, {**OWNED, "roro.dev/instance": "other"}, {**OWNED, "roro.dev/environment": "prod"}])
def test_what_is_no_part_of_the_instance_must_never_be_restarted(play: Play, labels: dict[str, str]) -> None:
    """A Service selects whose pods it likes."""

    async def test(stage: Stage) -> None:
        stage.cluster.deployment["metadata"]["labels"] = labels
        stage.cluster.handler = answering(500)
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await until(lambda: "no part of instance api" in watcher.status.restart)
        await rounds(stage)
        assert stage.cluster.patches == []

    play(test)


def test_a_neighbour_that_cannot_be_restarted_must_not_keep_the_instance_from_it(play: Play) -> None:
    async def test(stage: Stage) -> None:
        alone = pod("b")
        alone["metadata"]["ownerReferences"] = []
        stage.cluster.put(alone)
        stage.cluster.handler = answering(500)
        stage.cluster.deployment["status"]["observedGeneration"] = 0
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await until(lambda: "rollout" in watcher.status.restart)
        await rounds(stage)
        stage.cluster.rolled_out()
        await until(lambda: stage.cluster.patches)

    play(test)


@pytest.mark.parametrize("by_hand", [False, True])
def test_an_annotation_that_is_taken_away_must_be_no_storm_and_a_restart_by_hand_must_begin_anew(
    play: Play, monkeypatch: pytest.MonkeyPatch, by_hand: bool
) -> None:
    for name in ("FIRST_PAUSE", "LAST_PAUSE"):
        monkeypatch.setattr(limits, name, timedelta(hours=1))

    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await until(lambda: watcher.status.restarts == 1)
        del stage.cluster.deployment["metadata"]["annotations"]
        later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        stage.cluster.deployment["spec"]["template"]["metadata"] = {"annotations": {ANNOTATION_RESTARTED: later}} if by_hand else {}
        stage.cluster.rolled_out()
        if by_hand:
            await until(lambda: watcher.status.restarts == 2)
        else:
            await until(lambda: "not again before" in watcher.status.restart)
            await rounds(stage)
        assert len(stage.cluster.patches) == 1 + by_hand

    play(test)


def test_a_calm_time_must_not_count_after_restarts_that_others_made_since(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (checking, limits):
        monkeypatch.setattr(module, "CALM", timedelta())

    async def test(stage: Stage) -> None:
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await watcher.until("Healthy")
        stage.cluster.lease = {"renewTime": datetime.now(UTC).isoformat(), "leaseDurationSeconds": 3600}
        stage.cluster.handler = answering(500)
        await until(lambda: "a run is at work" in watcher.status.restart)
        others = ",".join([datetime.now(UTC).isoformat()] * 5)
        stage.cluster.deployment["metadata"]["annotations"] = {ANNOTATION_RESTARTS: others}
        await rounds(stage)
        stage.cluster.lease = None
        await until(lambda: watcher.status.restart.startswith("gave up"))
        assert stage.cluster.patches == []

    play(test)
