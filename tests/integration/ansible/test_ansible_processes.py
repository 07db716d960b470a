# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever ends a run in the middle, nothing keeps running behind and the next run completes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

NEVER_SCHEDULED = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "stuck"},
    "spec": {
        "selector": {"matchLabels": {"app": "stuck"}},
        "template": {
            "metadata": {"labels": {"app": "stuck"}},
            "spec": {"nodeSelector": {"roro.dev/no-such-node": "true"}, "containers": [{"name": "main", "image": "never/pulled:1"}]},
        },
    },
}
SETTINGS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"mode": "a"}}


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.fixture
def waiting_up(playbook, workspace, eventually):
    """An `up` that has applied everything and waits for a pod that no node takes: (ansible-playbook, its worker)."""
    workspace.app("config", [SETTINGS, NEVER_SCHEDULED])
    process = playbook.start("up")
    eventually(lambda: "config: waiting for" in playbook.output(process))
    return process, playbook.worker(process)


@pytest.fixture
def completes(playbook, workspace, versions):
    """Checks that the next runs bring up what the workspace says now, and remove everything."""

    def check():
        workspace.app("config", [SETTINGS])
        up = playbook.run("up")
        assert up.status == 0, up.output
        assert "Deployment/stuck" not in versions()
        down = playbook.run("down")
        assert down.status == 0, down.output
        assert versions() == {}

    return check


def test_what_it_waits_for_must_be_told_while_it_waits(waiting_up, playbook):
    process, _worker = waiting_up
    assert process.poll() is None
    assert "stuck" in playbook.output(process)


def test_killing_ansible_playbook_must_leave_no_worker(waiting_up, eventually, completes):
    process, worker = waiting_up
    process.kill()
    process.wait()
    eventually(lambda: not is_running(worker), deadline=5)
    completes()


def test_killing_the_worker_must_end_the_run(waiting_up, eventually, completes):
    process, worker = waiting_up
    os.kill(worker, signal.SIGKILL)
    assert process.wait(10) != 0
    completes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_must_stop_the_run_within_seconds_and_leave_no_process(waiting_up, eventually, completes, number):
    process, worker = waiting_up
    process.send_signal(number)
    assert process.wait(5) != 0
    eventually(lambda: not is_running(worker), deadline=5)
    completes()
