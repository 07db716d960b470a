"""The reader of HTTP answers on a corpus of good and hostile ones, in pieces of every size; and what a connection does with them."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import exchange, watch
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.exchange import (
    MAX_BODY,
    MAX_HEAD,
    Answer,
    LongAnswer,
    read_answer,
    request_bytes,
)
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Connection, Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ConnectionFailed
from fake_api_server import FakeApiServer, Handler, reply, silence

OK = b"HTTP/1.1 200 OK\r\n"
OBJECT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}}
ZIPPED = gzip.compress(b"hello")


def fed(raw: bytes, piece: int) -> Callable[[int], bytes]:
    """A connection that brings `raw` in pieces of at most so many bytes, then ends."""
    left = bytearray(raw)

    def receive(size: int) -> bytes:
        taken = bytes(left[: min(size, piece)])
        del left[: len(taken)]
        return taken

    return receive


@pytest.fixture(params=[1, 2, 3, 7, 1 << 20], ids=lambda size: f"pieces of {size}")
def read(request: pytest.FixtureRequest) -> Callable[..., Answer]:
    """`read(raw, method)`: the answer in those bytes."""
    return lambda raw, method="GET": read_answer(fed(raw, request.param), method)


GOOD = {
    "a length": (OK + b"Content-Length: 5\r\n\r\nhello", "GET", 200, b"hello", False),
    "a length of nothing": (OK + b"Content-Length: 0\r\n\r\n", "GET", 200, b"", False),
    "the same length twice": (OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "GET", 200, b"hello", False),
    "no length: to the end": (OK + b"\r\nhello", "GET", 200, b"hello", True),
    "no reason": (b"HTTP/1.1 204\r\n\r\n", "GET", 204, b"", False),
    "lone line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "GET", 200, b"hello", False),
    "mixed line ends": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\n\r\nhello", "GET", 200, b"hello", False),
    "names in other cases, spaces around values": (OK + b"CONTENT-length:5  \r\n\r\nhello", "GET", 200, b"hello", False),
    "it closes": (OK + b"Content-Length: 5\r\nConnection: Close\r\n\r\nhello", "GET", 200, b"hello", True),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "GET", 200, b"hello", True),
    "more than was announced": (OK + b"Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n", "GET", 200, b"hello", None),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "GET", 200, b"hello", False),
    "chunks with extensions and zeros": (
        OK + b'Transfer-Encoding: Chunked\r\n\r\n0003;a=b;c="d"\r\nhel\r\n2 ;x\r\nlo\r\n00;end\r\n\r\n',
        "GET",
        200,
        b"hello",
        False,
    ),
    "chunks and trailers": (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n", "GET", 200, b"hello", False),
    "chunks in capitals": (
        OK + b"Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
        "GET",
        200,
        b"0123456789",
        False,
    ),
    "chunks with a length beside them": (
        OK + b"Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "GET",
        200,
        b"hello",
        True,
    ),
    "interim answers before": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
        "PATCH",
        200,
        b"hello",
        False,
    ),
    "the answer to HEAD": (OK + b"Content-Length: 5\r\n\r\n", "HEAD", 200, b"", False),
    "204 with a length": (b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "DELETE", 204, b"", False),
    "304 with a length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET", 304, b"", False),
    "a folded header": (OK + b"X: a\r\n\tb\r\nContent-Length: 5\r\n\r\nhello", "GET", 200, b"hello", False),
    "compressed": (
        OK + b"Content-Encoding: gzip\r\nContent-Length: " + str(len(ZIPPED)).encode() + b"\r\n\r\n" + ZIPPED,
        "GET",
        200,
        b"hello",
        False,
    ),
    "compressed nothing": (OK + b"Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", "GET", 200, b"", False),
    "a refusal": (b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}", "PATCH", 409, b"{}", False),
    "larger than a block": (OK + b"Content-Length: 50000\r\n\r\n" + b"x" * 50000, "GET", 200, b"x" * 50000, False),
}


@pytest.mark.parametrize("case", GOOD)
def test_an_answer_must_be_read_as_the_standard_says(read: Callable[..., Answer], case: str) -> None:
    raw, method, status, data, last = GOOD[case]
    answer = read(raw, method)
    assert (answer.status, answer.data) == (status, data)
    assert last is None or answer.last is last


HOSTILE = {
    "nothing": (b"", http.client.RemoteDisconnected),
    "half a status line": (b"HTTP/1.1 2", http.client.IncompleteRead),
    "half of the headers": (OK + b"Content-Le", http.client.IncompleteRead),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", http.client.BadStatusLine),
    "another version": (b"HTTP/2 200\r\n\r\n", http.client.BadStatusLine),
    "a status of two digits": (b"HTTP/1.1 20 OK\r\n\r\n", http.client.BadStatusLine),
    "a status that is no number": (b"HTTP/1.1 abc OK\r\n\r\n", http.client.BadStatusLine),
    "half of the body": (OK + b"Content-Length: 5\r\n\r\nhel", http.client.IncompleteRead),
    "a length that is no number": (OK + b"Content-Length: five\r\n\r\nhello", http.client.HTTPException),
    "a negative length": (OK + b"Content-Length: -5\r\n\r\nhello", http.client.HTTPException),
    "a length with a sign": (OK + b"Content-Length: +5\r\n\r\nhello", http.client.HTTPException),
    "an empty length": (OK + b"Content-Length:\r\n\r\nhello", http.client.HTTPException),
    "a length in other digits": (OK + b"Content-Length: \xb2\r\n\r\nhe", http.client.HTTPException),
    "two lengths": (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", http.client.HTTPException),
    "a length beyond everything": (OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\nhello", http.client.HTTPException),
    "an unknown coding": (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", http.client.UnknownTransferEncoding),
    "a chunk size that is no number": (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", http.client.HTTPException),
    "a negative chunk size": (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", http.client.HTTPException),
    "an empty chunk size": (OK + b"Transfer-Encoding: chunked\r\n\r\n\r\n", http.client.HTTPException),
    "a chunk longer than it says": (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", http.client.HTTPException),
    "half a chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel", http.client.IncompleteRead),
    "chunks without their end": (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", http.client.IncompleteRead),
    "trailers without their end": (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n", http.client.IncompleteRead),
    "extensions without end": (OK + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 20_000, http.client.LineTooLong),
    "a header without a name": (OK + b": x\r\n\r\n", http.client.HTTPException),
    "a header without a colon": (OK + b"hello\r\n\r\n", http.client.HTTPException),
    "a fold before any header": (OK + b" x\r\n\r\n", http.client.HTTPException),
    "no gzip where gzip is said": (OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", http.client.HTTPException),
    "half of a gzip": (OK + b"Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\n" + ZIPPED[:15], http.client.HTTPException),
    "an unasked change of protocol": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", http.client.HTTPException),
    "interim answers without end": (b"HTTP/1.1 100 Continue\r\n\r\n" * 200, http.client.HTTPException),
    "an interim answer and nothing": (b"HTTP/1.1 100 Continue\r\n\r\n", http.client.RemoteDisconnected),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_whole_answer_must_be_an_error_and_never_half_an_answer(read: Callable[..., Answer], case: str) -> None:
    raw, error = HOSTILE[case]
    with pytest.raises(error):
        read(raw)


def test_what_follows_an_answer_must_not_be_taken_for_the_next_one() -> None:
    raw = OK + b"Content-Length: 5\r\n\r\nhello" + OK + b"Content-Length: 4\r\n\r\nevil"
    assert read_answer(fed(raw, 1 << 20), "GET").last


@pytest.mark.parametrize("endless", [b"A: b\r\n", b"x", b"\r", b" "], ids=repr)
def test_headers_without_end_must_be_given_up(endless: bytes) -> None:
    given = 0

    def receive(size: int) -> bytes:
        nonlocal given
        given += size
        return (OK + endless * size)[:size] if given == size else (endless * size)[:size]

    with pytest.raises(http.client.LineTooLong):
        read_answer(receive, "GET")
    assert given <= MAX_HEAD + 2 * 16 * 1024


def test_trailers_without_end_must_be_given_up() -> None:
    begun = False

    def receive(size: int) -> bytes:
        nonlocal begun
        before, begun = begun, True
        return b"T: x\r\n" * 2000 if before else OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"

    with pytest.raises(http.client.LineTooLong):
        read_answer(receive, "GET")


TOO_LONG = {
    "by its length": OK + f"Content-Length: {MAX_BODY + 1}\r\n\r\n".encode(),
    "by a chunk": OK + f"Transfer-Encoding: chunked\r\n\r\n{MAX_BODY + 1:x}\r\n".encode(),
}


@pytest.mark.parametrize("raw", TOO_LONG.values(), ids=TOO_LONG)
def test_an_answer_that_announces_more_than_makes_sense_must_not_be_read(raw: bytes) -> None:
    asked: list[int] = []

    def receive(size: int) -> bytes:
        asked.append(size)
        return raw if len(asked) == 1 else b"x" * size

    with pytest.raises(LongAnswer, match="more than 1,024 MiB"):
        read_answer(receive, "GET")
    assert len(asked) == 1


def bomb(size: int) -> bytes:
    packed = gzip.compress(b" " * size)
    return OK + f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed


@pytest.mark.parametrize(
    "raw",
    [
        OK + b"\r\n" + b"x" * 40_000,
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 3 + b"0\r\n\r\n",
        bomb(1_000_000),
    ],
    ids=["to the end", "in chunks", "packed"],
)
def test_an_answer_must_be_given_up_where_it_becomes_longer_than_makes_sense(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MAX_BODY", 32 * 1024)
    with pytest.raises(LongAnswer):
        read_answer(fed(raw, 1 << 20), "GET")


def test_an_answer_that_is_too_long_must_be_told_and_not_be_asked_for_again(
    fake: FakeApiServer, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MAX_BODY", 1024)
    fake.otherwise["/x"] = reply({"a": "x" * 2000})
    with pytest.raises(ConnectionFailed, match="gave an answer that is too long"):
        cluster.request("GET", "/x")
    assert cluster.requests.total == 1


def test_a_line_of_a_stream_without_end_must_be_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MAX_LINE", 100)
    monkeypatch.setattr(watch, "blocks", lambda _response: iter([b"{}\n{", b'"a":', b"1}\n\n", b"x" * 60, b"x" * 60]))
    found = watch.lines(None)  # type: ignore[arg-type]
    assert [next(found), next(found)] == [b"{}", b'{"a":1}']
    with pytest.raises(LongAnswer):
        next(found)


def test_headers_must_be_found_whatever_their_case_and_those_of_one_name_joined() -> None:
    raw = OK + b"WARNING: 299 - a\r\nwarning: 299 - b\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n"
    headers = read_answer(fed(raw, 1 << 20), "GET").headers
    assert headers.get("Warning") == "299 - a, 299 - b"
    assert headers["retry-after"] == "3"
    assert "RETRY-AFTER" in headers
    assert headers.get("Content-Encoding") is None


def test_a_request_must_go_out_as_one_piece_with_its_length() -> None:
    assert request_bytes("GET", "/a?b=c", {"Host": "h"}, None) == b"GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n"
    assert request_bytes("POST", "/a", {"Host": "h"}, b"{}") == b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"
    assert request_bytes("PUT", "/a", {"Host": "h"}, None).endswith(b"Content-Length: 0\r\n\r\n")


@pytest.mark.parametrize("target", ["/a b", "/a\r\nX: y", "/a\x00", "/é", ""])
def test_a_path_that_could_smuggle_a_header_must_not_be_sent(target: str) -> None:
    with pytest.raises(http.client.InvalidURL):
        request_bytes("GET", target, {"Host": "h"}, None)


def remembering(connections: list[object]) -> Callable[[Handler], None]:
    """An answer that keeps the connection it goes over."""

    def answer(handler: Handler) -> None:
        connections.append(handler.client_address)
        reply({})(handler)

    return answer


def test_requests_must_follow_each_other_on_one_connection(fake: FakeApiServer, cluster: Cluster) -> None:
    used: list[object] = []
    fake.otherwise["/x"] = remembering(used)
    for _ in range(3):
        cluster.request("GET", "/x")
    assert len(set(used)) == 1
    assert {seen.headers["Host"] for seen in fake.requests} == {fake.url.removeprefix("http://")}


def test_a_connection_that_the_server_closes_must_not_be_used_again(fake: FakeApiServer, cluster: Cluster) -> None:
    used: list[object] = []

    def closing(handler: Handler) -> None:
        used.append(handler.client_address)
        reply({"n": len(used)}, Connection="close")(handler)
        handler.close_connection = True

    fake.otherwise["/x"] = closing
    assert [cluster.request("GET", "/x") for _ in range(3)] == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert len(set(used)) == 3
    assert cluster.requests.total == 3


@pytest.fixture
def closed_quietly(fake: FakeApiServer, cluster: Cluster) -> None:
    """The cluster has a connection that brought an answer and that the server has closed since, without a word of it."""
    closed = threading.Event()

    def quiet(handler: Handler) -> None:
        reply({})(handler)
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True
        closed.set()

    fake.script.append(quiet)
    cluster.request("GET", "/x")
    assert closed.wait(10)


@pytest.mark.usefixtures("closed_quietly")
def test_a_create_must_not_be_sent_over_a_connection_that_is_closed(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.script.append(reply(OBJECT, 201))
    assert cluster.create(configmaps, OBJECT) == OBJECT
    assert cluster.requests["create"] == 1


@pytest.mark.usefixtures("closed_quietly")
def test_what_may_be_sent_again_must_survive_a_connection_that_is_closed(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource
) -> None:
    fake.script.append(reply(OBJECT, 201))
    assert cluster.apply(configmaps, OBJECT) == (OBJECT, True)


def test_an_answer_that_does_not_come_over_an_open_connection_must_be_told_as_that(fake: FakeApiServer, cluster: Cluster) -> None:
    fake.script += [reply({}), silence]
    cluster.request("GET", "/x")
    with pytest.raises(ConnectionFailed) as caught:
        cluster.request("GET", "/x", timeout=0.3)
    assert "did not answer in time" in str(caught.value)
    assert [seen.method for seen in fake.requests] == ["GET", "GET"]


def test_a_target_that_has_to_be_escaped_must_arrive_as_it_was_meant(fake: FakeApiServer, cluster: Cluster) -> None:
    for text in ("a=b", "a in (b,c)", "ä|"):
        fake.script.append(reply({}))
        cluster.request("GET", f"/x?note={text}")
    assert [seen.query["note"] for seen in fake.requests] == ["a=b", "a in (b,c)", "ä|"]
    assert cluster.requests.total == 3


def test_the_path_of_a_server_must_come_before_every_path(fake: FakeApiServer, cluster_on: Callable[..., Cluster]) -> None:
    fake.otherwise["/k8s/clusters/one/x"] = reply({"found": True})
    assert cluster_on(Connection(host=f"{fake.url}/k8s/clusters/one/", api_key="t")).request("GET", "/x") == {"found": True}


@pytest.fixture
def garbage() -> Iterator[str]:
    """The address of a server that answers everything with what is no HTTP, and keeps the connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.recv(65536)
            connection.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n")

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


def test_a_server_that_speaks_something_else_must_be_an_error_for_a_person(garbage: str, cluster_on: Callable[..., Cluster]) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        cluster_on(Connection(host=garbage, api_key="t")).request("GET", "/x", timeout=0.5)
    assert "dropped the connection" in str(caught.value)
