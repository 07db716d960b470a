"""What a run asks before it calls an instance healthy."""

from __future__ import annotations

import asyncio
import threading
import types
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._health import asking
from ansible_collections.roro.kube.plugins.module_utils._health.gate import CheckWord, HealthGate
from ansible_collections.roro.kube.plugins.module_utils._model import HealthCheck
from fake_cluster import NAMESPACE, pod
from health_cluster import answering
from health_stage import HTTP, Stage, until

Play = Callable[[Any], None]


def instance(*checks: HealthCheck) -> Any:
    return types.SimpleNamespace(namespace=NAMESPACE, health=checks)


def test_each_check_must_be_asked_until_it_passed_and_then_no_more(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        said: list[CheckWord] = []
        gate = HealthGate(stage.connected())
        try:
            run = HealthCheck("run", "exec", {"target": "deployment/web", "command": ["true"]})
            gate.begin(instance(HealthCheck("http", "http", HTTP), run), said.append)
            await until(lambda: len(said) == 2)
            assert {(word.name, word.passed, word.reason) for word in said} == {("run", True, ""), ("http", False, "BadStatus")}
            stage.cluster.handler = answering()
            await until(lambda: said[-1] == CheckWord("http", True))
            asked = stage.cluster.dials
            assert len(stage.cluster.commands) == 1
            assert stage.cluster.dials == asked
        finally:
            await asyncio.to_thread(gate.close)

    play(test)


def test_a_defect_of_ours_must_be_told_and_not_leave_the_run_waiting_for_nothing(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(stage: Stage) -> None:
        def broken(*_: Any) -> None:
            raise ZeroDivisionError("a defect")

        said: list[CheckWord] = []
        gate = HealthGate(stage.connected())
        try:
            with monkeypatch.context() as patched:
                patched.setattr(asking, "pods_of", broken)
                gate.begin(instance(HealthCheck("http", "http", HTTP)), said.append)
                await until(lambda: said and "a defect" in said[-1].message)
                assert (said[-1].passed, said[-1].final) == (False, False)
            await until(lambda: said[-1].passed)
        finally:
            await asyncio.to_thread(gate.close)

    play(test)


def test_a_pod_that_comes_must_be_asked_at_once_and_all_pods_have_to_pass(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.remove("pods", "a")
        said: list[CheckWord] = []
        gate = HealthGate(stage.connected())
        try:
            gate.begin(instance(HealthCheck("http", "http", HTTP, interval=3600.0)), said.append)
            await until(lambda: said and said[-1].reason == "NoPods")
            stage.cluster.put(pod("b", ready=False))
            await until(lambda: said[-1].passed)
        finally:
            await asyncio.to_thread(gate.close)

    play(test)


def test_what_waiting_does_not_mend_must_be_said_to_be_final(play: Play) -> None:
    async def test(stage: Stage) -> None:
        said: list[CheckWord] = []
        gate = HealthGate(stage.connected())
        try:
            gate.begin(instance(HealthCheck("http", "http", {**HTTP, "port": 81})), said.append)
            await until(lambda: said)
            assert (said[0].reason, said[0].final) == ("UnknownPort", True)
        finally:
            await asyncio.to_thread(gate.close)

    play(test)


def test_an_end_must_leave_no_thread_and_no_tunnel(play: Play) -> None:
    """What is open on the server's side, the stage itself looks at."""

    async def test(stage: Stage) -> None:
        stage.cluster.handler = answering(500)
        said: list[CheckWord] = []
        gate = HealthGate(stage.connected())
        end = gate.begin(instance(HealthCheck("http", "http", HTTP)), said.append)
        await until(lambda: said)
        end()
        await asyncio.to_thread(gate.close)
        assert "roro-health" not in {thread.name for thread in threading.enumerate()}
        await asyncio.to_thread(gate.close)

    play(test)
