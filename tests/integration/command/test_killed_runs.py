"""Whatever dies in the middle of an `up`: nothing keeps running behind, nothing is orphaned, the next run completes."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest
from command_moments import MOMENTS, STARTING, must_recover, playbook_process, start_until
from command_runs import Running
from command_workspace import Workspace

Eventually = Callable[..., object]

CASES = [
    *(("roro", moment) for moment in MOMENTS),
    *(("ansible-playbook", moment) for moment in MOMENTS),
    *(("worker", moment) for moment in MOMENTS if moment != STARTING),
]


def victim_of(workspace: Workspace, run: Running, who: str) -> psutil.Process:
    """The process to kill."""
    if who == "roro":
        return psutil.Process(run.process.pid)
    playbook = playbook_process(workspace)
    assert playbook is not None
    return playbook if who == "ansible-playbook" else playbook.children()[0]


@pytest.mark.parametrize(("who", "moment"), CASES)
def test_killing_any_process_must_leave_nothing_behind_and_the_next_up_completes(
    notes: Workspace, eventually: Eventually, who: str, moment: str
) -> None:
    run = start_until(notes, moment, eventually)
    children = psutil.Process(run.process.pid).children(recursive=True)
    victim = victim_of(notes, run, who)
    assert victim in (psutil.Process(run.process.pid), *children)
    victim.kill()

    ended = run.wait()
    assert ended.code == (-9 if who == "roro" else 1), ended.told
    assert "Traceback" not in ended.stderr
    eventually(lambda: not notes.roro.processes())
    eventually(lambda: not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE])
    assert notes.footprint.orphans() == []
    must_recover(notes)
    assert list(notes.root.parent.glob("runtime_dir/roro/runs/run-*")) == []


def test_down_after_a_killed_up_must_leave_no_object(notes: Workspace, eventually: Eventually) -> None:
    run = notes.roro.start("up", "dev", "-v", "--var", "open=no")
    run.wait_for_line(r"^second: create ConfigMap", 5)
    run.process.kill()
    run.wait()
    eventually(lambda: not notes.roro.processes())
    down = notes.roro("down", "dev")
    assert down.code == 0, down.told
    assert notes.footprint.objects() == {}
    assert notes.footprint.namespace() is None


def test_a_killed_down_must_be_completed_by_the_next(notes: Workspace, eventually: Eventually) -> None:
    assert notes.roro("up", "dev").code == 0
    run = notes.roro.start("down", "dev", "--verbose")
    run.wait_for_line(r"^second: delete ConfigMap", 5)
    run.process.kill()
    run.wait()
    eventually(lambda: not notes.roro.processes())
    assert notes.footprint.orphans() == []
    down = notes.roro("down", "dev")
    assert down.code == 0, down.told
    assert notes.footprint.objects() == {}


def test_pods_of_a_killed_run_must_go_with_the_next_down_and_its_volume_stays(store: Workspace, eventually: Eventually) -> None:
    run = store.roro.start("up", "dev", "-v")
    run.wait_for_line(r"^db: StatefulSet db waiting")
    run.process.kill()
    run.wait()
    eventually(lambda: not store.roro.processes())
    assert store.footprint.orphans() == []
    up = store.roro("up", "dev")
    assert up.code == 0, up.told
    down = store.roro("down", "dev")
    assert down.code == 0, down.told
    assert {identity[1] for identity in store.footprint.objects()} <= {"PersistentVolumeClaim", "Namespace"}
    assert store.footprint.names("PersistentVolumeClaim") == {"data-db-0"}


def test_a_killed_command_must_leave_its_private_files_to_the_next_run_only(notes: Workspace, eventually: Eventually) -> None:
    run = notes.roro.start("up", "dev", "-v", "--var", "open=no")
    run.wait_for_line(r"^first: create ConfigMap")
    run.process.kill()
    run.wait()
    (left,) = notes.root.parent.glob("runtime_dir/roro/runs/run-*")
    assert left.stat().st_mode & 0o077 == 0
    eventually(lambda: not notes.roro.processes())
    assert notes.roro("up", "dev").code == 0
    assert not left.exists()
