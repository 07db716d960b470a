"""What Prometheus and the kubelet are told: the text format to the letter, and a port that one bad client does not block."""

from __future__ import annotations

import http.client
import re
import socket
import threading
from collections.abc import Iterator

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._reconcile.metrics import SILENCE, Metrics
from ansible_collections.roro.kube.plugins.module_utils._reconcile.serving import MetricsServer, read_address, serve_metrics

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
_LINE = re.compile(rf"({_NAME})(?:\{{((?:{_LABEL})(?:,{_LABEL})*)\}})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|[+-]Inf|NaN)")
Sample = tuple[str, tuple[tuple[str, str], ...]]


def parsed(text: str) -> tuple[dict[Sample, float], dict[str, str]]:
    """Samples and kinds of a text, strictly: every family is declared once before its samples, no sample comes twice."""
    samples: dict[Sample, float] = {}
    kinds: dict[str, str] = {}
    helped: set[str] = set()
    family = ""
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helped
            helped.add(name)
            continue
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert family in helped and family not in kinds and kind in ("counter", "gauge", "histogram")
            kinds[family] = kind
            continue
        found = _LINE.fullmatch(line)
        assert found, line
        name = found[1]
        base = re.sub("_(bucket|sum|count)$", "", name) if kinds[family] == "histogram" else name
        assert base == family, f"{name} stands among those of {family}"
        labels = tuple(
            (key, re.sub(r"\\(.)", lambda sign: "\n" if sign[1] == "n" else sign[1], value))
            for key, value in re.findall(_LABEL, found[2] or "")
        )
        assert (name, labels) not in samples
        samples[(name, labels)] = float(found[found.lastindex or 0])
    return samples, kinds


def _meant(escaped: re.Match[str]) -> str:
    return "\n" if escaped[1] == "n" else escaped[1]


def test_the_text_must_hold_to_the_format_and_say_what_was_counted() -> None:
    metrics = Metrics()
    metrics.run("dev", "corrected")
    metrics.run("dev", "corrected")
    metrics.correction("dev", "api", "Deployment", 0.3)
    metrics.correction("dev", "api", "Deployment", 700)
    metrics.drifted("dev", "api", True)
    metrics.fighting("dev", 'odd "name"\\\n', True)
    metrics.commit("dev", "aaa")
    metrics.commit("dev", "bbb")
    metrics.success("dev", 1764000000.25)
    metrics.leader(True)
    samples, kinds = parsed(metrics.text())
    environment = ("environment", "dev")
    assert samples[("roro_reconcile_runs_total", (environment, ("result", "corrected")))] == 2
    assert samples[("roro_reconcile_corrections_total", (environment, ("instance", "api"), ("kind", "Deployment")))] == 2
    assert samples[("roro_reconcile_drifted", (environment, ("instance", "api")))] == 1
    assert samples[("roro_reconcile_fighting", (environment, ("instance", 'odd "name"\\\n')))] == 1
    assert [key for key in samples if key[0] == "roro_reconcile_last_commit_info"] == [
        ("roro_reconcile_last_commit_info", (environment, ("commit", "bbb")))
    ]
    assert samples[("roro_reconcile_last_success_timestamp_seconds", (environment,))] == 1764000000.25
    assert samples[("roro_reconcile_leader", ())] == 1
    assert kinds["roro_reconcile_correction_seconds"] == "histogram"


def test_a_histogram_must_be_cumulative_and_end_with_everything() -> None:
    metrics = Metrics()
    for seconds in (0.05, 0.3, 0.3, 4, 999):
        metrics.correction("dev", "api", "Service", seconds)
    samples, _ = parsed(metrics.text())
    buckets = {dict(labels)["le"]: value for (name, labels), value in samples.items() if name == "roro_reconcile_correction_seconds_bucket"}
    assert buckets["0.1"] == 1 and buckets["0.5"] == 3 and buckets["5"] == 4 and buckets["+Inf"] == 5
    assert list(buckets.values()) == sorted(buckets.values())
    assert samples[("roro_reconcile_correction_seconds_count", ())] == 5
    assert samples[("roro_reconcile_correction_seconds_sum", ())] == pytest.approx(1003.65)


def test_an_instance_that_left_the_documents_must_not_be_told_any_more() -> None:
    metrics = Metrics()
    metrics.drifted("dev", "api", True)
    metrics.drifted("dev", "web", False)
    metrics.gone("dev", "api")
    assert 'instance="api"' not in metrics.text() and 'instance="web"' in metrics.text()


@pytest.fixture
def port() -> Iterator[tuple[Metrics, MetricsServer]]:
    metrics = Metrics()
    with serve_metrics(metrics) as server:
        yield metrics, server


def asked(server: MetricsServer, path: str, method: str = "GET") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection(*server.address, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.headers["Content-Type"], answer.read().decode()


def test_the_port_must_serve_numbers_health_and_readiness(port: tuple[Metrics, MetricsServer]) -> None:
    metrics, server = port
    assert server.address[0] == "127.0.0.1"
    status, kind, text = asked(server, "/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    parsed(text)
    assert asked(server, "/healthz")[0] == 200
    assert asked(server, "/readyz")[0] == 503
    metrics.ready()
    assert asked(server, "/readyz")[0] == 200
    assert asked(server, "/")[0] == 404
    assert asked(server, "/metrics", "HEAD")[2] == ""
    assert asked(server, "/metrics", "POST")[0] == 501


def test_a_loop_that_is_stuck_must_be_unhealthy_until_it_goes_on() -> None:
    now = [0.0]
    metrics = Metrics(clock=lambda: now[0])
    with serve_metrics(metrics) as server:
        now[0] = SILENCE + 1
        status, _, text = asked(server, "/healthz")
        assert status == 503 and "no sign of life for 301 s" in text
        metrics.beat()
        assert asked(server, "/healthz")[0] == 200


def test_clients_that_say_nothing_must_not_take_the_port(port: tuple[Metrics, MetricsServer]) -> None:
    _, server = port
    silent = [socket.create_connection(server.address) for _ in range(40)]
    try:
        end = threading.Event()
        for _ in range(100):
            try:
                assert asked(server, "/healthz")[0] == 200
                break
            except (OSError, http.client.HTTPException):
                end.wait(0.2)
        else:
            pytest.fail("never answered")
    finally:
        for one in silent:
            one.close()


def test_a_port_that_is_taken_must_be_told(port: tuple[Metrics, MetricsServer]) -> None:
    _, server = port
    with pytest.raises(UsageError, match="metrics cannot be served at"):
        serve_metrics(Metrics(), *server.address)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("9464", ("127.0.0.1", 9464)), ("0.0.0.0:9464", ("0.0.0.0", 9464)), ("[::]:9464", ("::", 9464)), ("localhost:0", ("localhost", 0))],
)
def test_an_address_must_be_read(text: str, meant: tuple[str, int]) -> None:
    assert read_address(text) == meant


@pytest.mark.parametrize("text", ["", "x", "host:", "::1:80", ":70000", "9464 "])
def test_what_is_no_address_must_be_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        read_address(text)
