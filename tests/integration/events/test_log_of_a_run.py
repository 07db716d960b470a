"""Our own log of one `roro up` on a real cluster: one run id in all of it, also in the cluster, and no secret anywhere."""

from __future__ import annotations

import json
import re
import stat
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster

MARKED = "marked-s3cr3t-4711"


def test_one_run_must_have_one_id_everywhere_and_tell_no_secret(noisy: Any, cluster: Cluster) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": noisy.namespace}}
    cluster.create(cluster.resource("v1", "Namespace"), namespace)
    metadata = {"name": "given", "namespace": noisy.namespace}
    given = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"token": MARKED}}
    cluster.create(cluster.resource("v1", "Secret"), given)
    path = noisy.root.parent / "roro.log"
    ran = noisy.roro("up", "dev", "web", "secretive", "-o", "json", RORO_LOG="json", RORO_LOG_LEVEL="debug", RORO_LOG_FILE=str(path))
    assert ran.code == 1, ran.told
    text = path.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {line["run"] for line in lines} == {ran.document["run"]}
    assert {line["component"] for line in lines} == {"roro", "action", "engine"}
    assert (lines[0]["event"], lines[-1]["event"], lines[-1]["code"]) == ("command", "command ended", 1)
    requests = [line for line in lines if line["event"] == "request"]
    assert {"GET", "PATCH"} <= {line["method"] for line in requests}
    assert all(re.fullmatch(r"[0-9a-f-]{36}", line["audit"]) for line in requests)
    assert any(line["event"] == "instance" and line["instance"] == "secretive" and line["status"] == "Failed" for line in lines)
    history = noisy.roro("history", "dev", "-o", "json").document["revisions"]
    assert {revision["run"] for revision in history} == {ran.document["run"]}
    assert MARKED not in text + ran.stdout + ran.stderr
    assert "<hidden>" in text


def test_without_a_file_the_lines_of_all_processes_must_come_on_stderr(noisy: Any) -> None:
    ran = noisy.roro("up", "dev", "web", RORO_LOG="json", RORO_RUN_ID="pipeline-17")
    assert ran.code == 0, ran.told
    lines = [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]
    assert {line["run"] for line in lines} == {"pipeline-17"}
    assert {line["component"] for line in lines} == {"roro", "action", "engine"}
    assert "web: Running" in ran.stderr
    played = noisy.roro.start(
        "-i",
        "localhost,",
        "roro.kube.status",
        "-e",
        f"roro_workspace={noisy.root}",
        "-e",
        "roro_environment=dev",
        program=(noisy.roro.ansible_playbook,),
        RORO_LOG="text",
        AWX_JOB_ID="42",
    ).wait()
    assert played.code == 0, played.told
    assert re.search(r"info +awx-42-[0-9a-f]{8} action: task started module=status_info", played.stderr), played.told
