"""What a connection through a forward can rely on, whatever pods and nodes do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._forward.tunnel import CHANNEL_PROTOCOL, SPDY_PROTOCOL
from fake_cluster import REFUSED, Line, hello, pod, refuse
from forward_stage import Stage, connected, until

Play = Callable[[Any], None]
BOTH = pytest.mark.parametrize("protocols", [(SPDY_PROTOCOL, CHANNEL_PROTOCOL), (CHANNEL_PROTOCOL,)], ids=["spdy", "channels"])


@BOTH
def test_an_answer_must_arrive_whole_and_end(play: Play, protocols: tuple[str, ...]) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.protocols = protocols
        forward = await stage.open()
        assert [await stage.ask(forward) for _ in range(5)] == [b"a"] * 5
        assert forward.status.protocol == ("SPDY/3.1" if SPDY_PROTOCOL in protocols else "v4.channel")

    play(test)


@BOTH
def test_megabytes_must_pass_unchanged_both_ways(play: Play, protocols: tuple[str, ...]) -> None:
    data = bytes(range(256)) * 16384

    async def echo(line: Line) -> None:
        left = len(data)
        while left:
            piece = await line.read()
            left -= len(piece)
            await line.write(piece)
        await line.close()
        await line.verdict()

    async def test(stage: Stage) -> None:
        stage.cluster.protocols, stage.cluster.handler = protocols, echo
        forward = await stage.open()
        assert await stage.ask(forward, data) == data
        assert (forward.status.received, forward.status.sent) == (len(data), len(data))

    play(test)


def test_a_half_close_must_reach_a_pod_whose_runtime_passes_it_on(play: Play) -> None:
    async def count(line: Line) -> None:
        await line.write(str(len(await line.read_all())).encode())
        await line.close()
        await line.verdict()

    async def test(stage: Stage) -> None:
        stage.cluster.handler = count
        forward = await stage.open()
        async with connected(forward) as (reader, writer):
            writer.write(b"x" * 1000)
            writer.write_eof()
            assert await reader.read() == b"1000"

    play(test)


def test_a_half_close_must_be_held_back_where_containerd_would_cut_the_answer(play: Play) -> None:
    ended = asyncio.Event()

    async def slow(line: Line) -> None:
        await line.read()
        ending = asyncio.ensure_future(line.read())
        await asyncio.wait([ending], timeout=0.3)
        if ending.done():
            ended.set()
        ending.cancel()
        await line.write(b"late")
        await line.close()
        await line.verdict()

    async def test(stage: Stage) -> None:
        stage.cluster.put(pod("a", runtime="containerd"))
        stage.cluster.handler = slow
        forward = await stage.open()
        async with connected(forward) as (reader, writer):
            writer.write(b"hi")
            writer.write_eof()
            assert await reader.read() == b"late"
        assert not ended.is_set()

    play(test)


def test_a_client_that_goes_away_must_be_told_to_the_pod(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.put(pod("a", runtime="containerd"))
        stage.cluster.handler = _wait
        forward = await stage.open()
        async with connected(forward) as (_, writer):
            writer.write(b"hi")
            await until(lambda: forward.status.sent == 2)
            writer.close()
            line = stage.cluster.lines[-1]
            async with asyncio.timeout(20):
                await line.reset.wait()

    play(test)


async def _wait(line: Line) -> None:
    await line.reset.wait()


@BOTH
def test_what_came_before_a_nodes_error_must_be_delivered_and_the_end_be_told_as_a_cut(play: Play, protocols: tuple[str, ...]) -> None:
    async def cut(line: Line) -> None:
        await line.read()
        await line.write(b"x" * (2 << 20))
        await line.verdict("error copying from the pod")

    async def test(stage: Stage) -> None:
        stage.cluster.protocols, stage.cluster.handler = protocols, cut
        forward = await stage.open()
        async with connected(forward) as (reader, writer):
            writer.write(b"hi")
            assert await reader.readexactly(2 << 20) == b"x" * (2 << 20)
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(1)
        assert "error copying" in forward.status.last_error

    play(test)


@BOTH
def test_bytes_for_a_pod_that_refused_must_go_to_another(play: Play, protocols: tuple[str, ...]) -> None:
    got: list[tuple[str, bytes]] = []
    refusing: set[str] = set()

    async def some_refuse(line: Line) -> None:
        if line.pod in refusing:
            await refuse(line)
            return
        got.append((line.pod, await line.read()))
        await line.write(line.pod.encode())
        await line.close()
        await line.verdict()

    async def test(stage: Stage) -> None:
        stage.cluster.protocols, stage.cluster.handler = protocols, some_refuse
        forward = await stage.open()
        refusing.add("a")
        stage.cluster.put(pod("b", created="2025-01-01T00:00:00Z"))
        assert await stage.ask(forward, b"precious") == b"b"
        assert [item for item in got if item[1]] == [("b", b"precious")]
        assert forward.status.last_error in ("", "nothing listens on port 80 of pod a", "the API server ended the connection")

    play(test)


def test_bytes_that_a_pod_may_have_got_must_not_be_sent_twice(play: Play) -> None:
    async def take(line: Line) -> None:
        await line.read()
        for socket in list(stages[0].cluster.sockets):
            await socket.close()

    stages: list[Stage] = []

    async def test(stage: Stage) -> None:
        stages.append(stage)
        forward = await stage.open()
        stage.cluster.handler = take
        with pytest.raises(ConnectionResetError):
            await stage.ask(forward)
        assert sum(1 for line in stage.cluster.lines if line.pod == "a") <= 4

    play(test)


def test_a_port_where_nothing_listens_must_end_connections_in_a_few_seconds(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._forward.forward.REFUSED_SECONDS", 0.3)

    async def test(stage: Stage) -> None:
        forward = await stage.open()
        stage.cluster.handler = refuse
        with pytest.raises(ConnectionResetError):
            await stage.ask(forward)
        await until(lambda: (forward.status.state, forward.status.reason) == ("Waiting", "ConnectionRefused"))
        assert forward.status.message == "nothing listens on port 80 of pod a"
        stage.cluster.handler = hello
        await until(lambda: forward.status.state == "Active")

    play(test)


def test_a_slow_reader_must_hold_back_the_pod_and_nobody_else(play: Play) -> None:
    sent = [0]

    async def flood(line: Line) -> None:
        if await line.read() == b"flood":
            while True:
                await line.write(b"x" * 65536)
                sent[0] += 65536
        await line.write(b"other")
        await line.close()
        await line.verdict()

    async def test(stage: Stage) -> None:
        stage.cluster.handler = flood
        forward = await stage.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", forward.status.local_port, limit=1024)
        writer.write(b"flood")
        before = -1
        while before != sent[0] or not sent[0]:
            before = sent[0]
            await stage.ask(forward)
        assert sent[0] < 64 << 20
        assert await stage.ask(forward) == b"other"
        assert len(await reader.read(65536)) > 0
        writer.transport.abort()

    play(test)


def test_many_connections_at_once_must_share_tunnels_and_all_be_served(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._forward.tunnels.MAX_TUNNELS", 32)

    async def test(stage: Stage) -> None:
        forward = await stage.open()
        assert await asyncio.gather(*(stage.ask(forward) for _ in range(200))) == [b"a"] * 200
        assert stage.cluster.dials < 50
        await until(lambda: forward.status.connections == 0)

    play(test)


def test_a_deleted_pods_connections_must_end_at_once_and_new_ones_wait_for_the_next(play: Play) -> None:
    async def stay(line: Line) -> None:
        if await line.read() == b"stay":
            await line.write(b"...")
            await line.reset.wait()
        await line.write(line.pod.encode())
        await line.close()
        await line.verdict()

    async def test(stage: Stage) -> None:
        stage.cluster.handler = stay
        forward = await stage.open()
        async with connected(forward) as (reader, writer):
            writer.write(b"stay")
            assert await reader.readexactly(3) == b"..."
            stage.cluster.put(pod("a", leaving=True))
            await until(lambda: forward.status.state == "Waiting")
            waiting = asyncio.create_task(stage.ask(forward))
            await until(lambda: forward.status.connections == 2)
            stage.cluster.remove("pods", "a")
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(1)
        stage.cluster.put(pod("b"))
        assert await waiting == b"b"

    play(test)


def test_a_connection_that_waits_in_vain_must_end(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._forward.forward.WAIT_SECONDS", 0.2)

    async def test(stage: Stage) -> None:
        stage.cluster.put(pod("a", ready=False))
        forward = await stage.open(state="Waiting")
        with pytest.raises(ConnectionResetError):
            await stage.ask(forward)
        assert "no Ready pod of service/web (1 not ready)" in forward.status.last_error

    play(test)


def test_a_nodes_word_must_be_read_in_many_wordings() -> None:
    from ansible_collections.roro.kube.plugins.module_utils._forward.streams import in_words, never_connected

    assert never_connected(REFUSED)
    assert never_connected("exit status 1: 2026/01/01 socat[1] E connect(5, AF=2 127.0.0.1:80, 16): Connection refused")
    assert never_connected('network namespace "/var/run/netns/cni-1" is closed')
    assert not never_connected("error copying from remote stream to local connection: broken pipe")
    assert in_words("error forwarding port 80 to pod abc, uid : reset by peer", 80, "web") == "pod web: reset by peer"


def test_clients_that_left_while_they_waited_must_cost_no_tunnel(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.put(pod("a", ready=False))
        forward = await stage.open(state="Waiting")
        for _ in range(20):
            async with connected(forward):
                pass
        await until(lambda: forward.status.connections == 20)
        stage.cluster.put(pod("a"))
        await until(lambda: forward.status.connections == 0 and forward.status.state == "Active")
        assert stage.cluster.dials < 5

    play(test)


def test_what_a_client_sent_before_it_left_must_be_delivered(play: Play) -> None:
    got: list[bytes] = []

    async def keep(line: Line) -> None:
        got.append(await line.read())

    async def test(stage: Stage) -> None:
        stage.cluster.handler = keep
        stage.cluster.put(pod("a", ready=False))
        forward = await stage.open(state="Waiting")
        _, writer = await asyncio.open_connection("127.0.0.1", forward.status.local_port)
        writer.write(b"a line for the log")
        writer.close()
        await until(lambda: forward.status.connections == 1)
        stage.cluster.put(pod("a"))
        await until(lambda: got)
        assert got == [b"a line for the log"]

    play(test)
