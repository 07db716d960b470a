"""History, rollback, stop, start and restart as a person types them."""

from __future__ import annotations

from typing import Any

from command_workspace import Workspace


def statuses(workspace: Workspace) -> dict[str, tuple[str, str]]:
    listed = workspace.roro("ps", "dev", "--output", "json")
    assert listed.code == 0, listed.told
    return {item["instance"]: (item["status"], item["reason"]) for item in listed.document["instances"]}


def revisions(workspace: Workspace, name: str) -> list[Any]:
    listed = workspace.roro("history", "dev", name, "--output", "json")
    assert listed.code == 0, listed.told
    return [(item["revision"], item["outcome"], item["cause"]) for item in listed.document["revisions"]]


def test_a_rollback_must_be_one_command_and_the_history_say_so(notes: Workspace) -> None:
    assert notes.roro("up", "dev", "first").code == 0
    assert notes.roro("up", "dev", "first", "--var", "mode=b").code == 0
    assert revisions(notes, "first") == [(1, "deployed", "up"), (2, "deployed", "up")]

    back = notes.roro("rollback", "dev", "first")
    assert back.code == 0, back.told
    assert "1 of 1 instances rolled back; 20 updated" in back.stdout
    assert revisions(notes, "first")[-1] == (3, "deployed", "rollback to revision 1")
    shown = notes.roro("history", "dev")
    assert [line.split()[:3] for line in shown.stdout.splitlines()[1:]] == [["first", str(number), "deployed"] for number in (1, 2, 3)]

    assert notes.roro("rollback", "dev", "first", "--to", "1").stdout.startswith("1 of 1 instances rolled back; no change")
    missing = notes.roro("rollback", "dev", "first", "--to", "7")
    assert missing.code == 2
    assert "revision 7 of instance first is not kept" in missing.stderr
    assert notes.roro("rollback", "dev").code == 2


def test_what_was_stopped_must_be_told_started_and_restarted(store: Workspace) -> None:
    assert store.roro("up", "dev").code == 0
    stopped = store.roro("stop", "dev", "api", "--output", "json")
    assert stopped.code == 0, stopped.told
    assert [(item["instance"], item["status"]) for item in stopped.document["instances"]] == [("api", "NotDeployed")]
    assert statuses(store)["api"] == ("NotDeployed", "Stopped")
    assert statuses(store)["db"] == ("Running", "")

    started = store.roro("start", "dev", "api")
    assert started.code == 0, started.told
    assert started.stdout.startswith("1 of 1 instances running; 1 updated")
    assert statuses(store)["api"] == ("Running", "")

    restarted = store.roro("restart", "dev", "api")
    assert restarted.code == 0, restarted.told
    assert restarted.stdout.startswith("1 of 1 instances restarted; 1 updated")
    assert "no change" in store.roro("up", "dev").stdout
