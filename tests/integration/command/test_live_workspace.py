"""`roro up --watch` on a cluster: what is saved is there soon after, and nothing else was touched."""

from __future__ import annotations

import signal
from typing import Any

from command_workspace import Workspace

WAITING = r"^watching "


def test_what_is_saved_must_reach_the_cluster_and_a_mistake_must_not(notes: Workspace) -> None:
    run = notes.roro.start("up", "dev", "--watch", "--var", "count=1")
    run.wait_for_line(WAITING, 1)
    second = {name: record.revision for name, record in notes.footprint.records().items()}["second"]

    manifest = notes.root / "apps/first/manifests/notes.yaml.j2"
    manifest.write_text(manifest.read_text().replace("  mode:", "  saved: once\n  mode:"))
    run.wait_for_line(WAITING, 2)
    assert data(notes, "first-0")["saved"] == "once"

    manifest.write_text(manifest.read_text().replace("saved: once", "saved: {{ nothing_says_this }}"))
    run.wait_for_line(r"notes\.yaml\.j2:\d+", 1)
    run.wait_for_line(WAITING, 3)
    assert data(notes, "first-0")["saved"] == "once"

    manifest.write_text(manifest.read_text().replace("{{ nothing_says_this }}", "twice"))
    run.wait_for_line(WAITING, 4)
    assert data(notes, "first-0")["saved"] == "twice"
    assert {name: record.revision for name, record in notes.footprint.records().items()}["second"] == second

    run.process.send_signal(signal.SIGTERM)
    ended = run.wait()
    assert ended.code == 130, ended.told
    assert "Traceback" not in ended.stderr
    assert notes.roro.processes() == []


def data(notes: Workspace, name: str) -> Any:
    (found,) = (item for identity, item in notes.footprint.objects().items() if identity[1] == "ConfigMap" and identity[3] == name)
    return found["data"]
