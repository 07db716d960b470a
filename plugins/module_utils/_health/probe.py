# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks one pod once: HTTP, TCP or a command. Every way it can end is an Answer, within bounds of time and memory."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any, Protocol

from aiohttp import ClientError

from .._exec.protocol import PROTOCOLS, RUNNING, exec_path
from .._forward.dial import Dialer, DialFailed
from .._forward.probe import ANSWER_SECONDS, silent
from .._forward.probe import probe as connects
from .._forward.streams import Tunnel, TunnelLost, in_words
from .._kube_events import one_line
from .command import answers, outcome
from .http import Malformed, Reply, host_of, judged, request, wants_body
from .line import Line, Refused, TlsLine
from .pods import Asked
from .verdict import PASSED, Answer


class Question(Protocol):
    """What is asked: a HealthSpec, or a HealthCheck of the documents. timeout: seconds for the pod."""

    @property
    def kind(self) -> str:
        """http, tcp or exec."""

    @property
    def probe(self) -> Mapping[str, Any]:
        """As documents have it."""

    @property
    def timeout(self) -> float:
        """The way to the API server has bounds of its own, and says nothing about the pod."""


class Prober:
    """Asks pods of one namespace. What it opens is closed in the background; `close` waits for that."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._closing: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Wait until all is closed."""
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def ask(self, dialer: Dialer, asked: Asked, question: Question) -> Answer:
        """One pod's answer. Its message is one printable line: containers and nodes have had their say in it."""
        try:
            answer = await (self._run if question.kind == "exec" else self._connect)(dialer, asked, question)
        except DialFailed as error:
            strange = _strange_container(question, asked) if error.reason == "NoUpgrade" else None
            return strange or Answer("unknown", error.reason, str(error), error.final)
        except (TunnelLost, ClientError, OSError) as error:
            return Answer("unknown", "Unreachable", str(error) or "the connection to the API server broke")
        return answer if answer.outcome == "passed" else replace(answer, message=one_line(f"{_what(question, asked)}: {answer.message}"))

    async def _connect(self, dialer: Dialer, asked: Asked, question: Question) -> Answer:
        tunnel = await dialer.dial(self._namespace, asked.pod.name, asked.port)
        try:
            async with asyncio.timeout(question.timeout):
                return await (_http(tunnel, asked, question.probe) if question.kind == "http" else _tcp(tunnel, asked))
        except TimeoutError:
            if not await tunnel.answers(ANSWER_SECONDS):
                raise silent() from None
            return Answer("failed", "TimedOut", f"no answer in {question.timeout:g} s")
        finally:
            self._later(tunnel.close())

    async def _run(self, dialer: Dialer, asked: Asked, question: Question) -> Answer:
        probe = question.probe
        container = probe.get("container") or (asked.pod.containers[0] if asked.pod.containers else "")
        path = exec_path(self._namespace, asked.pod.name, container, probe["command"])
        socket = await dialer.open(path, PROTOCOLS, f"{self._namespace}/{asked.pod.name}", RUNNING)
        try:
            async with asyncio.timeout(question.timeout):
                return await outcome(socket)
        except TimeoutError:
            if not await answers(socket, ANSWER_SECONDS):
                raise silent() from None
            return Answer("failed", "TimedOut", f"it did not end in {question.timeout:g} s")
        finally:
            self._later(_closed(socket))

    def _later(self, closing: Coroutine[Any, Any, Any]) -> None:
        """A peer may take its time to say goodbye, and nobody needs to wait for that."""
        task = asyncio.ensure_future(closing)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _closed(socket: Any) -> None:
    with contextlib.suppress(ClientError, OSError, asyncio.TimeoutError):
        await socket.close()


async def _tcp(tunnel: Tunnel, asked: Asked) -> Answer:
    refusal = await connects(tunnel, asked.port)
    return Answer("failed", "ConnectionRefused", in_words(refusal, asked.port, asked.pod.name)) if refusal else PASSED


async def _http(tunnel: Tunnel, asked: Asked, probe: Mapping[str, Any]) -> Answer:
    plain = await Line.opened(tunnel, asked.port)
    try:
        line: Line | TlsLine = plain
        if probe.get("scheme") == "https":
            line = TlsLine(plain, host_of(probe))
            await line.handshake()
        await line.write(request(probe))
        reply = Reply(want_body=wants_body(probe))
        while not reply.done:
            data = await line.read()
            if data:
                reply.feed(data)
            else:
                reply.end()
        return judged(probe, reply)
    except Refused as error:
        return Answer("failed", "ConnectionRefused", in_words(str(error), asked.port, asked.pod.name))
    except Malformed as error:
        return Answer("failed", "NotHttp", str(error))
    except ssl.SSLError as error:
        return Answer("failed", "NotTls", f"no TLS there: {(error.reason or 'the handshake failed').lower().replace('_', ' ')}")
    finally:
        plain.close()


def _strange_container(question: Question, asked: Asked) -> Answer | None:
    """The API server answers the same, HTTP 400, where the container is not there; sidecars are, and are not among the pod's own."""
    name = question.probe.get("container") if question.kind == "exec" else None
    if not name or name in asked.pod.containers:
        return None
    return Answer(
        "unknown", "NoContainer", f"pod {asked.pod.name} has no container {name}; it has {', '.join(asked.pod.containers)}", final=True
    )


def _what(question: Question, asked: Asked) -> str:
    """The question, for a person: `GET http://api-0:8080/health`. Of a command its name alone: an argument may be a password."""
    probe = question.probe
    if question.kind == "http":
        return f"GET {probe.get('scheme') or 'http'}://{asked.pod.name}:{asked.port}{probe.get('path') or '/'}"
    if question.kind == "tcp":
        return f"TCP {asked.pod.name}:{asked.port}"
    return f"{probe['command'][0][:80]} in {asked.pod.name}"
