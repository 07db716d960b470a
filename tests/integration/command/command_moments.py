"""Moments in the middle of an `up` of the workspace notes, and what must hold after a run that ended at one."""

from __future__ import annotations

from collections.abc import Callable

import psutil
from command_runs import Running
from command_workspace import Workspace

STARTING = "while the playbook starts"
MOMENTS = {
    STARTING: ("", 0),
    "at the first object": (r"^first: create ConfigMap", 1),
    "at the tenth object": (r"^first: create ConfigMap", 10),
    "in the second instance": (r"^second: create ConfigMap", 15),
    "while it waits": (r"^gate: ConfigMap gate waiting", 1),
}
"""Line of `up -v` that a moment begins with, and how often it came by then."""


def start_until(workspace: Workspace, moment: str, eventually: Callable[..., object]) -> Running:
    """An `up` that has come to the moment. It can never end by itself: its gate stays shut."""
    run = workspace.roro.start("up", "dev", "-v", "--var", "open=no")
    if moment == STARTING:
        eventually(lambda: playbook_process(workspace), deadline=60, pause=0.01)
    else:
        run.wait_for_line(*MOMENTS[moment])
    return run


def playbook_process(workspace: Workspace) -> psutil.Process | None:
    """ansible-playbook of the run that is under way: the one that a worker is a child of."""
    found = [process for process in workspace.roro.processes() if is_playbook(process)]
    return next((process for process in found if process.parent() not in found), None)


def is_playbook(process: psutil.Process) -> bool:
    try:
        return any(word.endswith("ansible-playbook") for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False


def must_recover(workspace: Workspace) -> None:
    """The next `up` completes, and `down` then leaves nothing."""
    up = workspace.roro("up", "dev", "--output", "json")
    assert up.code == 0, up.told
    assert {item["status"] for item in up.document["instances"]} == {"Running"}
    assert workspace.footprint.orphans() == []
    assert {record.outcome for record in workspace.footprint.records().values()} == {"deployed"}
    down = workspace.roro("down", "dev")
    assert down.code == 0, down.told
    assert workspace.footprint.objects() == {}
    assert workspace.footprint.namespace() is None
