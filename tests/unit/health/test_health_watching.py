"""What the daemon does about health: states, restarts that are no storm, and events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._health import asking
from ansible_collections.roro.kube.plugins.module_utils._health.limits import ANNOTATION_RESTARTS
from ansible_collections.roro.kube.plugins.module_utils._objects import ANNOTATION_RESTARTED
from fake_cluster import Line, pod
from health_cluster import answering
from health_stage import HTTP, Stage, Watcher, rounds, sick_pod, until

Play = Callable[[Any], None]


def test_a_check_must_be_healthy_then_failing_then_unhealthy_and_healthy_again(play: Play) -> None:
    async def test(stage: Stage) -> None:
        watcher = stage.watcher()
        await watcher.watch(failures=3)
        await watcher.until("Healthy")
        stage.cluster.handler = answering(503)
        sick = await watcher.until("Unhealthy")
        assert (sick.reason, sick.message) == ("BadStatus", "GET http://a:80/health: status 503, expected 200-399")
        stage.cluster.handler = answering()
        assert (await watcher.until("Healthy")).message == ""
        assert [status.state for status in watcher.told][:2] == ["Healthy", "Failing"]
        assert stage.cluster.patches == [], "restart was not asked for"
        await until(lambda: stage.cluster.reasons() == ["HealthCheckFailed", "HealthCheckPassed"])
        event = stage.cluster.events[0]
        assert (event["involvedObject"]["kind"], event["involvedObject"]["name"]) == ("Deployment", "web")
        assert (event["type"], event["source"]) == ("Warning", {"component": "roro"})
        assert "health check api/http" in event["message"]

    play(test)


def test_an_unhealthy_workload_must_be_restarted_once_not_in_a_storm(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        watcher = stage.watcher()
        await watcher.watch(failures=2, restart=True)
        await until(lambda: stage.cluster.patches)
        stage.cluster.rolled_out()  # and the new pods fail as well
        stage.cluster.remove("pods", "a")
        stage.cluster.put(pod("b"))
        await rounds(stage, 30)
        assert len(stage.cluster.patches) == 1
        assert "not again before" in watcher.status.restart
        assert watcher.status.restarts == 1

    play(test)


def test_a_restart_must_be_that_of_roro_restart_and_remember_itself(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        await stage.watcher().watch(failures=1, restart=True)
        await until(lambda: "HealthCheckRestarted" in stage.cluster.reasons())
        (patch,) = stage.cluster.patches
        assert patch["manager"] == "roro-restart"
        assert list(patch["spec"]["template"]["metadata"]["annotations"]) == [ANNOTATION_RESTARTED]
        assert list(patch["metadata"]["annotations"]) == [ANNOTATION_RESTARTS]
        assert (patch["metadata"]["uid"], patch["metadata"]["resourceVersion"]) == ("d", "7")
        assert stage.cluster.reasons() == ["HealthCheckFailed", "HealthCheckRestarted"]

    play(test)


def test_while_a_rollout_is_not_done_nothing_must_be_restarted(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        stage.cluster.deployment["status"]["observedGeneration"] = 0
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await until(lambda: "rollout" in watcher.status.restart)
        await rounds(stage)
        assert stage.cluster.patches == []
        stage.cluster.rolled_out()
        await until(lambda: stage.cluster.patches)

    play(test)


def test_while_a_run_is_at_work_on_the_instance_nothing_must_be_restarted(play: Play) -> None:
    """It will judge for itself, and roll back where that is asked for. A run that died long ago does not count."""

    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        now = datetime.now(UTC)
        stage.cluster.lease = {"renewTime": now.isoformat(), "leaseDurationSeconds": 3600}
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await until(lambda: "a run is at work" in watcher.status.restart)
        await rounds(stage)
        assert stage.cluster.patches == []
        stage.cluster.lease = {"renewTime": (now - timedelta(minutes=5)).isoformat(), "leaseDurationSeconds": 15}
        await until(lambda: stage.cluster.patches)

    play(test)


def test_several_who_watch_must_restart_a_workload_once(play: Play) -> None:
    """Two developers, two checks each. All of them find it unhealthy at the same moment."""

    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        watchers = [stage.watcher(), stage.watcher()]
        for watcher in watchers:
            for name in ("http", "again"):
                await watcher.watch(name=name, failures=1, restart=True)
        await until(lambda: stage.cluster.patches)
        stage.cluster.rolled_out()
        await rounds(stage, 40)
        assert len(stage.cluster.patches) == 1
        assert sum(status.restarts for watcher in watchers for status in watcher.keeper.statuses()) == 1

    play(test)


def test_a_workload_that_changed_since_it_was_judged_must_be_judged_anew(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        stage.cluster.refusals = [409]
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await until(lambda: stage.cluster.patches)
        assert watcher.status.restarts <= 1

    play(test)


def test_a_new_daemon_must_go_on_where_the_last_one_was(play: Play) -> None:
    """It remembers nothing itself: five restarts without success are in the annotation."""

    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        times = [datetime.now(UTC) - timedelta(hours=hours) for hours in range(5)]
        stage.cluster.deployment["metadata"]["annotations"] = {ANNOTATION_RESTARTS: ",".join(time.isoformat() for time in times)}
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await until(lambda: watcher.status.restart.startswith("gave up"))
        await rounds(stage)
        assert (stage.cluster.patches, watcher.status.state) == ([], "Unhealthy")

    play(test)


def test_a_missing_right_must_be_said_and_not_tried_again(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        stage.cluster.refusals = [403]
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await until(lambda: watcher.status.restart.startswith("not restarted"))
        await rounds(stage)
        assert stage.cluster.patches == [], "the second try would have worked"
        assert watcher.status.restart.startswith("not restarted")

    play(test)


@pytest.mark.parametrize("change", [{"replicas": 0}, {"paused": True}])
def test_what_is_stopped_or_paused_must_be_left_alone(play: Play, change: dict[str, Any]) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        stage.cluster.deployment["spec"].update(change)
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await until(lambda: watcher.status.restart)
        await rounds(stage)
        assert stage.cluster.patches == []

    play(test)


@pytest.mark.parametrize("how", ["refused", "no pods", "forbidden", "no tunnel"])
def test_a_cluster_that_cannot_be_asked_must_never_lead_to_a_restart(play: Play, how: str) -> None:
    async def test(stage: Stage) -> None:
        watcher = stage.watcher()
        if how == "refused":
            stage.cluster.port, port = 1, stage.cluster.port
        stage.cluster.forbidden = how == "forbidden"
        stage.cluster.answers = [500] * 1000 if how == "no tunnel" else []
        if how == "no pods":
            stage.cluster.remove("pods", "a")
        await watcher.watch(failures=1, restart=True)
        status = await watcher.until("Unknown")
        assert status.reason in ("Unreachable", "NoPods", "Forbidden", "ServerError")
        for _ in range(5):
            checked = watcher.status.checked
            await until(lambda checked=checked: watcher.status.checked != checked)
        assert (watcher.status.state, stage.cluster.patches, stage.cluster.events) == ("Unknown", [], [])
        if how == "refused":
            stage.cluster.port = port

    play(test)


def test_one_sick_pod_of_several_must_be_enough(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.put(pod("b", ready=False))
        stage.cluster.handler = sick_pod("b")
        watcher = stage.watcher()
        await watcher.watch(failures=2)
        status = await watcher.until("Unhealthy")
        assert (status.pods, "http://b:80" in status.message) == (2, True)
        stage.cluster.remove("pods", "b")
        assert (await watcher.until("Healthy")).pods == 1

    play(test)


def test_a_pod_that_goes_while_it_is_asked_must_be_no_failure(play: Play) -> None:
    async def test(stage: Stage) -> None:
        watcher = stage.watcher()
        await watcher.watch(failures=1, restart=True)
        await watcher.until("Healthy")

        async def last_words(line: Line) -> None:
            if line.pod == "a":
                stage.cluster.put(pod("b"))
                stage.cluster.remove("pods", "a")
                await until(lambda: "a" not in watcher.links[0].view("shop").scene.pods)
                await answering(500)(line)
            else:
                await answering()(line)

        stage.cluster.handler = last_words
        await until(lambda: stage.cluster.lines[-1].pod == "b")
        await rounds(stage, 3)
        assert [status.state for status in watcher.told] == ["Healthy"]

    play(test)


def test_failures_of_a_new_pod_must_not_count_at_first(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        watcher = stage.watcher()
        await watcher.watch(failures=1, start_period=3600.0, restart=True)
        await rounds(stage)
        assert (watcher.status.state, watcher.status.reason) == ("Starting", "BadStatus")
        assert stage.cluster.patches == []

    play(test)


def test_checks_must_not_all_ask_at_once(play: Play) -> None:
    async def test(stage: Stage) -> None:
        under_way = most = 0

        async def count(line: Line) -> None:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.02)
            under_way -= 1
            await answering()(line)

        stage.cluster.handler = count
        watcher = stage.watcher()
        for number in range(50):
            await watcher.watch(name=f"n{number}", interval=0.5)
        await until(lambda: all(status.state == "Healthy" for status in watcher.keeper.statuses()))
        assert most <= 16

    play(test)


def test_what_ran_must_run_again_with_the_next_daemon_and_what_was_stopped_must_not(play: Play) -> None:
    async def test(stage: Stage) -> None:
        first = stage.watcher()
        kept, stopped = await first.watch(name="kept"), await first.watch(name="stopped")
        assert await first.keeper.answer("health", {"what": "stop", "ids": [stopped.id]})
        await first.close()
        records = {**first.records, "broken": {"id": "broken"}}
        second = stage.watcher(records=records, running=set(first.running) | {"broken"})
        second.keeper.resume()
        states = lambda: {status.id: status.state for status in second.keeper.statuses()}  # noqa: E731
        await until(lambda: states() == {kept.id: "Healthy", stopped.id: "Stopped"})

    play(test)


def test_starting_what_runs_must_change_nothing_and_another_way_must_begin_anew(play: Play) -> None:
    async def test(stage: Stage) -> None:
        watcher = stage.watcher()
        made = await watcher.watch()
        await watcher.until("Healthy")

        async def start(**probe: Any) -> bool:
            record = {**made.as_record(), "probe": {**HTTP, **probe}}
            return bool((await watcher.keeper.answer("health", {"what": "start", "checks": [record]}))["changed"][made.id])

        assert (await start(), await start(status=404)) == (False, True)
        await watcher.until("Unhealthy")
        assert (await watcher.keeper.answer("health", {"what": "remove", "ids": [made.id]}))["changed"] == {made.id: True}
        assert (watcher.keeper.statuses(), watcher.records, watcher.running, watcher.keeper.busy) == ([], {}, set(), False)

    play(test)


def test_a_defect_of_ours_must_be_told_and_not_end_the_watch(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(stage: Stage) -> None:
        def broken(*_: Any) -> None:
            raise ZeroDivisionError("a defect")

        with monkeypatch.context() as patched:
            patched.setattr(asking, "pods_of", broken)
            watcher = stage.watcher()
            await watcher.watch(failures=1, restart=True)
            assert "a defect" in (await watcher.until("Unknown")).message
        await watcher.until("Healthy")

    play(test)


def test_a_check_that_goes_to_and_fro_must_not_fill_the_cluster_with_events(play: Play) -> None:
    async def test(stage: Stage) -> None:
        watcher = stage.watcher()
        await watcher.watch(failures=1)
        for _ in range(5):
            stage.cluster.handler = answering(500)
            await watcher.until("Unhealthy")
            stage.cluster.handler = answering()
            await watcher.until("Healthy")
        await until(lambda: len(stage.cluster.events) >= 2)
        assert stage.cluster.reasons() == ["HealthCheckFailed", "HealthCheckPassed"]

    play(test)


def test_a_watcher_must_be_told_changes_only(play: Play) -> None:
    async def test(stage: Stage) -> None:
        watcher: Watcher = stage.watcher()
        await watcher.watch()
        await watcher.until("Healthy")
        await rounds(stage)
        assert [status.state for status in watcher.told] == ["Healthy"]

    play(test)
