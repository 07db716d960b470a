"""`roro ps --watch` on a real cluster: each change a line or a document, a table that stays, true while the server is away."""

from __future__ import annotations

import json
import signal
from typing import Any

import pexpect


def test_each_change_must_be_told_and_an_api_server_that_is_away_too(noisy: Any, relay: Any) -> None:
    way = {"K8S_AUTH_KUBECONFIG": str(relay.kubeconfig)}
    lines = noisy.roro.start("ps", "dev", "web", "--watch", **way)
    documents = noisy.roro.start("ps", "dev", "web", "--watch", "-o", "json", **way)
    lines.wait_for_line("^web: NotDeployed", stream="stdout")
    documents.wait_for_line('"NotDeployed"', stream="stdout")
    assert noisy.roro("up", "dev", "web").code == 0
    lines.wait_for_line("^web: Running 1/1", stream="stdout")
    documents.wait_for_line('"Running"', stream="stdout")
    relay.leave()
    lines.wait_for_line("the API server does not answer")
    documents.wait_for_line('"reachable": false', stream="stdout")
    assert noisy.roro("stop", "dev", "web").code == 0
    relay.come_back()
    lines.wait_for_line("the API server answers again")
    lines.wait_for_line("^web: Stopped.*stopped", stream="stdout")
    documents.wait_for_line('"Stopped".*"reachable": true', stream="stdout")
    for running in (lines, documents):
        running.process.send_signal(signal.SIGINT)
    assert [running.wait().code for running in (lines, documents)] == [130, 130]
    told = [json.loads(line) for line in documents.wait().stdout.splitlines()]
    away = next(number for number, document in enumerate(told) if not document["reachable"])
    assert told[away]["error"]
    assert told[away]["instances"] == told[away - 1]["instances"]
    assert told[-1]["reachable"]
    assert "Traceback" not in lines.wait().stderr


def test_on_a_terminal_the_table_must_change_in_place(noisy: Any, relay: Any) -> None:
    terminal = noisy.roro.on_terminal("ps", "dev", "web", "--watch", K8S_AUTH_KUBECONFIG=str(relay.kubeconfig))
    terminal.expect("NotDeployed")
    assert noisy.roro("up", "dev", "web").code == 0
    terminal.expect("Running")
    relay.leave()
    terminal.expect("the API server does not answer")
    terminal.expect(r"Running\?")
    relay.come_back()
    terminal.expect(r"Running[^?]")
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 130
