"""A machine whose clock is off must neither measure with it nor write its time into the cluster."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Resource, rfc3339
from ansible_collections.roro.kube.plugins.module_utils._cluster.clock import ServerClock, read_date
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import exec_credential
from ansible_collections.roro.kube.plugins.module_utils._cluster.config.exec_credential import ExecCredentials
from ansible_collections.roro.kube.plugins.module_utils._cluster.retry import retry_after
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from fake_api_server import Answer, FakeApiServer, Handler, refusal

PODS = Resource("", "v1", "Pod", "pods", namespaced=True)
HOUR = 3600.0
BOTH_WAYS = pytest.mark.parametrize("skew", [HOUR, -HOUR], ids=["server-ahead", "server-behind"])


def dated(skew: float) -> Answer:
    """An object from a server whose clock is so many seconds ahead."""

    def answer(handler: Handler) -> None:
        handler.send_response_only(200)
        handler.send_header("Date", format_datetime(datetime.now(UTC) + timedelta(seconds=skew), usegmt=True))
        handler.send_header("Content-Length", "14")
        handler.end_headers()
        handler.wfile.write(b'{"kind":"Pod"}')

    return answer


@BOTH_WAYS
def test_the_time_must_be_that_of_the_server(fake: FakeApiServer, cluster: Cluster, skew: float) -> None:
    fake.script.append(dated(skew))
    cluster.get(PODS, "n", "a")
    assert abs((cluster.now() - datetime.now(UTC)).total_seconds() - skew) < 5


def test_before_any_answer_the_time_must_be_ours(cluster: Cluster) -> None:
    assert abs((cluster.now() - datetime.now(UTC)).total_seconds()) < 5


@pytest.mark.parametrize("date", ["", "soon", None])
def test_an_answer_without_a_date_must_change_nothing(date: str | None) -> None:
    clock = ServerClock()
    clock.note({} if date is None else {"Date": date})
    assert clock.skew == 0.0


def test_the_way_of_an_answer_must_not_count_as_skew() -> None:
    clock = ServerClock()
    clock.note({"Date": format_datetime(datetime.now(UTC) - timedelta(seconds=1), usegmt=True)})
    assert clock.skew == 0.0


@BOTH_WAYS
def test_a_retry_after_that_is_a_date_must_count_from_the_date_of_its_answer(skew: float) -> None:
    sent = datetime.now(UTC) + timedelta(seconds=skew)
    told = {"Date": format_datetime(sent, usegmt=True), "Retry-After": format_datetime(sent + timedelta(seconds=3), usegmt=True)}
    assert retry_after(told) == 3.0
    assert retry_after({**told, "Retry-After": told["Date"]}) == 0.0


def test_times_must_be_written_as_kubernetes_does() -> None:
    assert rfc3339(datetime(2026, 1, 2, 3, 4, 5, 6, UTC)) == "2026-01-02T03:04:05.000006Z"
    assert read_date("no date") is None


def _plugin(folder: Path, lifetime: float) -> ExecCredentials:
    """A plugin whose token ends so many seconds from now by our clock; it tells its runs in a file."""
    script = folder / "plugin"
    ends = (datetime.now(UTC) + timedelta(seconds=lifetime)).strftime("%Y-%m-%dT%H:%M:%SZ")
    status = f'{{"token": "t", "expirationTimestamp": "{ends}"}}'
    document = f'{{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {status}}}'
    script.write_text(f"#!/bin/sh\necho >> {folder}/runs\necho '{document}'\n")
    script.chmod(0o700)
    told = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script), "interactiveMode": "Never"}
    return ExecCredentials(told, {}, where="test")


@pytest.mark.parametrize("lifetime", [15 * 60 - HOUR, 15 * 60 + HOUR], ids=["our-clock-ahead", "our-clock-behind"])
def test_a_plugin_must_run_once_however_wrong_our_clock_is(tmp_path: Path, lifetime: float) -> None:
    """A token for a quarter of an hour that seems to have ended is used until the server refuses it."""
    credentials = _plugin(tmp_path, lifetime)
    assert [credentials.authorization() for _ in range(5)] == ["Bearer t"] * 5
    assert len((tmp_path / "runs").read_text()) == 1
    assert credentials.renew("Bearer t")
    assert len((tmp_path / "runs").read_text()) == 2


def test_a_clock_that_is_set_meanwhile_must_not_end_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = _plugin(tmp_path, 600)
    credentials.authorization()
    real = time.time
    monkeypatch.setattr(exec_credential.time, "time", lambda: real() + HOUR)
    credentials.authorization()
    assert len((tmp_path / "runs").read_text()) == 1


def test_a_call_that_is_given_up_must_not_be_sent_again(fake: FakeApiServer, cluster: Cluster) -> None:
    stop = threading.Event()

    def refuse_and_stop(handler: Handler) -> None:
        stop.set()
        refusal(503, "ServiceUnavailable")(handler)

    fake.script += [refusal(503, "ServiceUnavailable"), refuse_and_stop, dated(0)]
    with cluster.given_up(stop), pytest.raises(ApiError):
        cluster.get(PODS, "n", "a")
    assert len(fake.requests) == 2
    assert cluster.get(PODS, "n", "a") == {"kind": "Pod"}
