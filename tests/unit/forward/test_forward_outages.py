"""A server that stops, or starts anew, is told truly, and costs as little as it can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import Followers, stream
from ansible_collections.roro.kube.plugins.module_utils._errors import ConnectionFailed
from ansible_collections.roro.kube.plugins.module_utils._forward import watching
from ansible_collections.roro.kube.plugins.module_utils._forward.dial import DialFailed
from ansible_collections.roro.kube.plugins.module_utils._forward.link import Link
from ansible_collections.roro.kube.plugins.module_utils._forward.probe import probe
from ansible_collections.roro.kube.plugins.module_utils._forward.watching import NamespaceView
from fake_cluster import Line
from forward_stage import Stage, connected, until

ROOM = "ansible_collections.roro.kube.plugins.module_utils._forward"
Play = Callable[[Any], None]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server is asked for a sign of life all the time."""
    for name, value in {
        "forward.ASK_SECONDS": 0.05,
        "forward.ANSWER_SECONDS": 0.3,
        "probe.ANSWER_SECONDS": 0.3,
        "dial.OPEN_SECONDS": 2.0,
    }.items():
        monkeypatch.setattr(f"{ROOM}.{name}", value)


async def _echo(line: Line) -> None:
    while data := await line.read():
        await line.write(data)


def test_a_server_that_fell_silent_must_be_told_and_new_connections_wait_for_it(play: Play, impatient: None) -> None:
    async def test(stage: Stage) -> None:
        forward = await stage.open()
        stage.cluster.awake.clear()
        await until(lambda: forward.status.state == "Reconnecting")
        assert (forward.status.reason, "silent" in forward.status.message) == ("Unreachable", True)
        asking = asyncio.create_task(stage.ask(forward))
        await until(lambda: forward.status.connections == 1)
        assert forward.status.state == "Reconnecting", "a connection changes nothing"
        stage.cluster.awake.set()
        assert await asking == b"a"
        await until(lambda: forward.status.state == "Active")

    play(test)


def test_a_connection_under_way_must_outlive_a_silence(play: Play, impatient: None) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.handler = _echo
        forward = await stage.open()
        async with connected(forward) as (reader, writer):
            writer.write(b"before")
            assert await reader.readexactly(6) == b"before"
            stage.cluster.awake.clear()
            writer.write(b"during")
            await until(lambda: forward.status.state == "Reconnecting")
            stage.cluster.awake.set()
            assert await reader.readexactly(6) == b"during"
            await until(lambda: forward.status.state == "Active")

    play(test)


def test_a_way_without_any_answer_must_not_count_as_open(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node says nothing of a connection that was made; a server that says nothing at all looks the same, until it is asked."""
    monkeypatch.setattr(f"{ROOM}.probe.ANSWER_SECONDS", 0.3)

    async def test(stage: Stage) -> None:
        stage.cluster.handler = _echo
        forward = await stage.open()
        tunnel = await forward._tunnels.warm(forward.link.dialer, forward._choice)
        assert await probe(tunnel, 80) == ""
        stage.cluster.awake.clear()
        with pytest.raises(DialFailed, match="silent"):
            await probe(tunnel, 80)
        assert not tunnel.reusable
        stage.cluster.awake.set()
        await until(lambda: tunnel.reusable)

    play(test)


def test_a_refusal_right_after_an_outage_must_not_be_told_as_a_missing_right(play: Play) -> None:
    """An API server that starts answers 403 to everybody until it has read the roles."""

    async def test(stage: Stage) -> None:
        forward = await stage.open()
        stage.told.clear()
        stage.cluster.answers = [503, 403, 403]
        for opened in list(stage.cluster.sockets):
            await opened.close()
        await until(lambda: not stage.cluster.answers and forward.status.state == "Active")
        told = {(status.state, status.reason) for status in stage.told}
        assert {("Reconnecting", "Busy"), ("Reconnecting", "Forbidden")} <= told
        assert "Failed" not in {state for state, _ in told}

    play(test)


def test_a_defect_of_ours_must_be_told_and_not_end_a_forward(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> str:
        raise ZeroDivisionError("a defect")

    async def test(stage: Stage) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(f"{ROOM}.forward.probe", broken)
            forward = await stage.open(state="Starting")
            await until(lambda: "a defect" in forward.status.message)
        await until(lambda: forward.status.state == "Active")
        assert await stage.ask(forward) == b"a"

    play(test)


def test_a_defect_of_ours_must_be_told_and_not_end_a_watch(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watch that ended in silence would leave what it saw last to be believed for ever."""
    monkeypatch.setattr(stream, "FIRST_PAUSE", 0.01)
    reduce = dict(watching._REDUCE)

    def broken(obj: Any) -> Any:
        raise ZeroDivisionError("a defect")

    async def test(stage: Stage) -> None:
        monkeypatch.setitem(watching._REDUCE, "Pod", broken)
        view = NamespaceView(Followers(partial(connect, stage.connection())), "shop")
        try:
            view.need(watching.PODS)
            await until(lambda: view.error(watching.PODS))
            assert "ZeroDivisionError" in str(view.error(watching.PODS))
        finally:
            view.close()
            monkeypatch.setitem(watching._REDUCE, "Pod", reduce["Pod"])

    play(test)


def test_a_link_must_have_a_client_also_while_it_reads_its_configuration_anew(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Watches ask for it in threads of their own; and one that cannot be made leaves the last one, and is tried again."""
    monkeypatch.setattr(f"{ROOM}.link.RELOAD_SECONDS", 0.0)
    config = tmp_path / "config"

    async def test(stage: Stage) -> None:
        link = Link(Connection(kubeconfig=str(config)))
        config.write_text("one")
        first, second = connect(stage.connection()), connect(stage.connection())
        seen: list[Any] = [first]

        def connecting(*_: Any, **__: Any) -> Any:
            if len(seen) > 1:
                assert link.cluster is first
            made = seen.pop()
            if isinstance(made, Exception):
                raise made
            return made

        monkeypatch.setattr(f"{ROOM}.link.connect", connecting)
        link.open()
        config.write_text("another")
        seen[:] = [second, ConnectionFailed("not now")]
        with pytest.raises(ConnectionFailed):
            await link.reload()
        assert link.cluster is first
        await link.reload()
        assert link.cluster is second
        await link.close()

    play(test)
