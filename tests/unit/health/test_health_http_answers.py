"""What an HTTP answer says about health."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._health.http import MAX_BODY, Malformed, Reply, host_of, judged, request, wants_body

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"
TO_THE_END = b"HTTP/1.0 200 OK\r\n\r\nhello"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + PLAIN


def read(data: bytes, piece: int, *, want_body: bool = True) -> Reply:
    reply = Reply(want_body=want_body)
    for start in range(0, len(data), piece):
        if not reply.done:
            reply.feed(data[start : start + piece])
    if not reply.done:
        reply.end()
    return reply


@pytest.mark.parametrize("data", [PLAIN, CHUNKED, TO_THE_END, EARLY], ids=["length", "chunks", "end", "103 first"])
@pytest.mark.parametrize("piece", [1, 2, 7, 1000])
def test_an_answer_must_be_read_in_whatever_pieces_it_comes(data: bytes, piece: int) -> None:
    reply = read(data, piece)
    assert (reply.status, reply.body) == (200, b"hello")


def test_the_status_must_be_enough_where_nothing_else_is_asked_for() -> None:
    reply = Reply(want_body=False)
    reply.feed(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert (reply.done, reply.status) == (True, 204)


@pytest.mark.parametrize(
    "data", [b"SSH-2.0-OpenSSH_9\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", b"HTTP/x y z\r\n\r\n"]
)
def test_what_is_no_whole_answer_must_be_called_that(data: bytes) -> None:
    with pytest.raises(Malformed):
        read(data, 3)


@pytest.mark.parametrize("head", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_an_answer_without_end_must_be_cut_off(head: bytes) -> None:
    reply = Reply(want_body=True)
    reply.feed(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + (b"fffff\r\n" if head else b""))
    for _ in range(2 * MAX_BODY // 1000):
        if not reply.done:
            reply.feed(b"x" * 1000)
    assert reply.done
    assert len(reply.body) <= MAX_BODY + 1000


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 \xb2 OK\r\n\r\n",
        b"HTTP/1.1 " + b"9" * 5000 + b" OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 5000,
    ],
    ids=["digit of another script", "endless status", "chunk below nothing", "endless line of a chunk"],
)
def test_numbers_that_are_none_must_be_no_answer(data: bytes) -> None:
    """Of a pod that means harm: whatever it sends is an answer of its own, never a defect of ours, and costs little."""
    with pytest.raises(Malformed):
        read(data, len(data))


def test_an_endless_row_of_early_answers_must_be_cut_off() -> None:
    reply = Reply(want_body=False)
    reply.feed(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
    assert (reply.done, judged({}, reply).reason) == (True, "BadStatus")


@pytest.mark.parametrize(
    ("probe", "status", "reason"),
    [
        ({}, 200, ""),
        ({}, 399, ""),
        ({}, 404, "BadStatus"),
        ({"status": 204}, 204, ""),
        ({"status": 204}, 200, "BadStatus"),
        ({"status": "2xx"}, 299, ""),
        ({"status": "2xx"}, 300, "BadStatus"),
        ({"status": ["4xx", "200-204"]}, 204, ""),
        ({"status": ["4xx", "200-204"]}, 205, "BadStatus"),
        ({"body": "ell"}, 200, ""),
        ({"body": "bye"}, 200, "BadBody"),
        ({"bodyPattern": "h.l+o"}, 200, ""),
        ({"bodyPattern": "[0-9]"}, 200, "BadBody"),
        ({"body": "ell", "bodyPattern": "[0-9]"}, 200, "BadBody"),
    ],
)
def test_an_answer_must_be_what_the_documents_expect(probe: dict[str, Any], status: int, reason: str) -> None:
    reply = read(b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\nhello" % status, 100, want_body=wants_body(probe))
    assert judged(probe, reply).reason == reason


@pytest.mark.parametrize(("headers", "host"), [({}, None), ({"host": "shop.test:8443"}, "shop.test"), ({"Host": ":1"}, None)])
def test_tls_must_be_asked_for_the_host_of_the_documents_without_its_port(headers: dict[str, str], host: str | None) -> None:
    assert host_of({"headers": headers}) == host


def test_a_header_must_stay_one() -> None:
    sent = request({"headers": {"X-A": "1\r\nX-B: 2", "X-C\n": "3"}}).decode().split("\r\n")
    assert [line for line in sent if line.startswith("X-")] == ["X-A: 1  X-B: 2", "X-C : 3"]


def test_a_request_must_carry_the_headers_of_the_documents_and_stay_one_request() -> None:
    sent = request({"path": "/a b?x=1&y=\r\nEvil: 1", "headers": {"host": "shop.test", "X-Key": "k"}}).decode()
    lines = sent.split("\r\n")
    assert lines[0] == "GET /a%20b?x=1&y=%0D%0AEvil:%201 HTTP/1.1"
    assert {"Host: shop.test", "X-Key: k", "Connection: close"} <= set(lines)
    assert sent.count("Host:") == 1
    assert sent.endswith("\r\n\r\n")
