"""One question to one pod: every way it can end, and nothing stays open."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._forward.choose import pod_facts
from ansible_collections.roro.kube.plugins.module_utils._forward.dial import Dialer
from ansible_collections.roro.kube.plugins.module_utils._forward.tunnel import CHANNEL_PROTOCOL, SpdyTunnel
from ansible_collections.roro.kube.plugins.module_utils._health import probe as probing
from ansible_collections.roro.kube.plugins.module_utils._health.pods import Asked
from ansible_collections.roro.kube.plugins.module_utils._health.probe import Prober
from ansible_collections.roro.kube.plugins.module_utils._health.verdict import Answer
from fake_cluster import NAMESPACE, Line, pod, refuse
from health_cluster import answering
from health_stage import HTTP, Stage, check_spec, until

Play = Callable[[Any], None]
TCP = {"target": "service/web", "port": 80}
RUN = {"target": "service/web", "command": ["test", "-e", "/ready"]}


async def ask(stage: Stage, kind: str = "http", probe: dict[str, Any] | None = None, seconds: float = 10.0) -> Answer:
    """Ask pod `a` once; nothing stays open because of it."""
    spec = check_spec(stage.cluster, kind=kind, probe=probe or {"http": HTTP, "tcp": TCP, "exec": RUN}[kind], timeout=seconds)
    dialer, prober = Dialer(stage.connected().raw()), Prober(NAMESPACE)
    try:
        return await prober.ask(dialer, Asked(pod_facts(pod("a")), 80), spec)
    finally:
        await prober.close()
        await until(lambda: not stage.cluster.sockets)
        await dialer.close()


async def silent(line: Line) -> None:
    """A program that hangs."""
    await line.reset.wait()


async def other_words(line: Line) -> None:
    """A program that speaks something else."""
    await line.write(b"SSH-2.0-x\r\n")
    await line.reset.wait()


async def cut(line: Line) -> None:
    """A program that closes at once."""
    await line.close()
    await line.verdict()


@pytest.mark.parametrize("protocols", [None, (CHANNEL_PROTOCOL,)], ids=["spdy", "channels"])
def test_a_good_answer_must_pass_in_both_protocols(play: Play, protocols: Any) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.protocols = protocols or stage.cluster.protocols
        assert (await ask(stage)).outcome == "passed"
        assert (await ask(stage, "tcp")).outcome == "passed"

    play(test)


@pytest.mark.parametrize(
    ("handler", "reason", "words"),
    [
        (answering(500), "BadStatus", "GET http://a:80/health: status 500, expected 200-399"),
        (refuse, "ConnectionRefused", "nothing listens on port 80 of pod a"),
        (other_words, "NotHttp", "not HTTP"),
        (cut, "NotHttp", "without an answer"),
        (silent, "TimedOut", "no answer in 0.2 s"),
    ],
    ids=["500", "refused", "no http", "closed", "silent"],
)
def test_a_bad_answer_must_be_a_failure_that_says_what_came(play: Play, handler: Any, reason: str, words: str) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.handler = handler
        answer = await ask(stage, seconds=0.2 if handler is silent else 10.0)
        assert (answer.outcome, answer.reason, words in answer.message) == ("failed", reason, True), answer

    play(test)


def test_a_refused_connection_must_fail_a_tcp_check(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.handler = refuse
        answer = await ask(stage, "tcp")
        assert (answer.outcome, answer.reason) == ("failed", "ConnectionRefused")

    play(test)


@pytest.mark.parametrize(("status", "reason", "final"), [(403, "Forbidden", True), (500, "ServerError", False), (404, "PodGone", False)])
@pytest.mark.parametrize("kind", ["http", "tcp", "exec"])
def test_what_cannot_be_asked_must_not_count_as_a_failure(play: Play, kind: str, status: int, reason: str, final: bool) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.answers = [status]
        answer = await ask(stage, kind)
        assert (answer.outcome, answer.reason, answer.final) == ("unknown", reason, final)
        assert ("pods/exec" in answer.message) is (kind == "exec" and status == 403)

    play(test)


def test_a_container_that_is_not_there_must_be_told_with_those_that_are(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.answers = [400, 400]
        answer = await ask(stage, "exec", {**RUN, "container": "side"})
        assert (answer.outcome, answer.reason, answer.final) == ("unknown", "NoContainer", True)
        assert "pod a has no container side; it has main" in answer.message
        assert (await ask(stage, "exec", {**RUN, "container": "main"})).reason == "NoUpgrade", "a proxy, then"

    play(test)


def test_a_server_that_fell_silent_must_not_count_as_a_failure(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pod's answer does not come, but neither does the API server's: who of them hangs is not known."""

    async def nothing(*_: Any) -> bool:
        return False

    monkeypatch.setattr(SpdyTunnel, "answers", nothing)
    monkeypatch.setattr(probing, "answers", nothing)

    async def test(stage: Stage) -> None:
        stage.cluster.handler, stage.cluster.exit_code = silent, None
        for kind in ("http", "exec"):
            answer = await ask(stage, kind, seconds=0.2)
            assert (answer.outcome, "silent" in answer.message) == ("unknown", True)

    play(test)


@pytest.mark.parametrize(("code", "outcome"), [(0, "passed"), (3, "failed")])
def test_a_command_must_be_judged_by_its_end(play: Play, code: int, outcome: str) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.exit_code = code
        answer = await ask(stage, "exec")
        assert answer.outcome == outcome
        assert outcome == "passed" or answer.message == "test in a: exit code 3, expected 0; it said: some words"
        assert stage.cluster.commands == [("main", ["test", "-e", "/ready"])]

    play(test)


def test_what_a_command_says_must_reach_no_terminal_and_what_it_was_told_must_not_be_told(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.exit_code, stage.cluster.words = 1, b"\x1b]0;title\x07[/red] no\r\n\x9b2J"
        answer = await ask(stage, "exec", {**RUN, "command": ["login", "--password=hunter2"]})
        assert answer.message.isprintable() and "hunter2" not in answer.message
        assert answer.message.startswith("login in a: exit code 1")

    play(test)


def test_a_command_that_does_not_end_must_fail_in_time_and_name_its_container(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.exit_code = None
        answer = await ask(stage, "exec", {**RUN, "container": "side"}, seconds=0.2)
        assert (answer.outcome, answer.reason) == ("failed", "TimedOut")
        assert stage.cluster.commands[0][0] == "side"

    play(test)


def test_https_must_be_asked_without_verification_and_told_when_it_is_none(play: Play, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-days", "2"]
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def secure(line: Line) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls, asked = context.wrap_bio(incoming, outgoing, server_side=True), b""
        while b"\r\n\r\n" not in asked:
            try:
                tls.do_handshake()
                asked += tls.read(4096)
            except ssl.SSLWantReadError:
                await line.write(outgoing.read()) if outgoing.pending else None
                incoming.write(await line.read())
        tls.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await line.write(outgoing.read())

    async def test(stage: Stage) -> None:
        stage.cluster.handler = secure
        assert (await ask(stage, "http", {**HTTP, "scheme": "https", "body": "ok"})).outcome == "passed"
        stage.cluster.handler = answering()
        plain = await ask(stage, "http", {**HTTP, "scheme": "https"})
        assert (plain.outcome, plain.reason) == ("failed", "NotTls")

    play(test)
