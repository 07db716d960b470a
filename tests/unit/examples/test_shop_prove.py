"""What `examples/shop/prove` promises: it holds only when an order really comes back through the front."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PROVE = Path(__file__).parents[3] / "examples" / "shop" / "prove"
ORDER = {"id": 7, "product": "jam", "quantity": 2, "total_cents": 920, "created_at": "2026-01-01T12:00:00Z"}


class Front:
    """A shop in memory: answers by method and path; a list gives one answer after another and then stays at its last."""

    def __init__(self) -> None:
        visits = [(200, {"orders": [ORDER], "hits": hits, "servedBy": "api"}) for hits in (1, 2)]
        self.answers: dict[tuple[str, str], list[tuple[int, object]]] = {
            ("GET", "/"): [(200, "<html></html>")],
            ("GET", "/api/products"): [(200, {"products": [{"name": "jam", "price_cents": 460}], "servedBy": "api"})],
            ("POST", "/api/orders"): [(201, ORDER)],
            ("GET", "/api/orders"): visits,
            ("GET", "/api/orders/7"): [(200, ORDER)],
        }
        self.asked: list[tuple[str, str]] = []

    def answer(self, method: str, path: str) -> tuple[int, object]:
        self.asked.append((method, path))
        answers = self.answers.get((method, path), [(404, {"detail": f"There is no {path}."})])
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def front() -> Front:
    return Front()


@pytest.fixture
def url(front: Front) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = front.answer(self.command, self.path)
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = respond  # noqa: N815

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def prove(*arguments: str, wait: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(PROVE), *arguments, "--wait", wait], capture_output=True, text=True, timeout=60)


def test_it_must_place_an_order_and_read_it_back(front: Front, url: str) -> None:
    done = prove(url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("proven\n")
    assert ("POST", "/api/orders") in front.asked and ("GET", "/api/orders/7") in front.asked


def test_it_must_only_read_when_an_order_is_named(front: Front, url: str) -> None:
    assert prove(url, "--order", "7").returncode == 0
    assert {method for method, _ in front.asked} == {"GET"}


def test_it_must_wait_while_the_shop_is_away(front: Front, url: str) -> None:
    front.answers["GET", "/api/products"][:0] = [(503, {"detail": "away"}), (502, "bad gateway")]
    front.answers["GET", "/api/orders"][:0] = [(200, {"orders": [], "hits": None, "servedBy": "api"})]
    assert prove(url, wait="30").returncode == 0


@pytest.mark.parametrize(
    ("request_line", "answers", "says"),
    [
        (("GET", "/"), [(200, "hello")], "not the shop's page"),
        (("GET", "/api/products"), [(200, {"products": [], "servedBy": "api"})], "did the migration run"),
        (("GET", "/api/products"), [(200, {"detail": "another program"})], "not as the shop does"),
        (("POST", "/api/orders"), [(201, {**ORDER, "total_cents": 1})], "total is wrong"),
        (("POST", "/api/orders"), [(422, {"detail": "no"})], "HTTP 422"),
        (("GET", "/api/orders/7"), [(404, {"detail": "There is no order 7."})], "There is no order 7."),
        (("GET", "/api/orders"), [(200, {"orders": [], "hits": None, "servedBy": "api"})], "is Redis there"),
        (("GET", "/api/orders"), [(200, {"orders": [], "hits": 3, "servedBy": "api"})], "does not count (3, then 3)"),
        (("GET", "/api/products"), [(503, {"detail": "The database is away."})], "The database is away."),
    ],
)
def test_it_must_fail_with_a_sentence_when_the_shop_does_not_work(
    front: Front, url: str, request_line: tuple[str, str], answers: list[tuple[int, object]], says: str
) -> None:
    front.answers[request_line] = answers
    done = prove(url)
    assert done.returncode == 1
    assert says in done.stderr and "Traceback" not in done.stderr
    assert "proven" not in done.stdout


def test_a_front_that_is_not_there_must_be_named() -> None:
    done = prove("http://127.0.0.1:9")
    assert done.returncode == 1
    assert "http://127.0.0.1:9/" in done.stderr and "Traceback" not in done.stderr


def test_what_is_no_address_must_be_refused() -> None:
    assert prove("localhost:8080").returncode == 2
