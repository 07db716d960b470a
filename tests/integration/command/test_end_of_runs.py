"""What must be done by the time `roro up` returns, although it does not wait until Ansible has taken itself apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_workspace import Workspace

CALLBACK = '''
import atexit, os, threading
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: last_words
type: notification
short_description: writes a file, late
description: writes a file, late
"""

class CallbackModule(CallbackBase):
    CALLBACK_NAME = "last_words"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_stats(self, stats):
        atexit.register(self._write, "at the end of the process")
        threading.Event().wait(0.4)
        self._write("at the end of the playbook")

    def _write(self, words):
        with open(os.environ["LAST_WORDS"], "a") as notes:
            notes.write(words + "\\n")
'''


@pytest.fixture
def callback(tmp_path: Path) -> dict[str, str]:
    """Environment with a slow callback plugin of a person's own; what it did is in the file of LAST_WORDS."""
    (tmp_path / "callbacks").mkdir()
    (tmp_path / "callbacks/last_words.py").write_text(CALLBACK)
    return {
        "ANSIBLE_CALLBACK_PLUGINS": str(tmp_path / "callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "last_words",
        "LAST_WORDS": str(tmp_path / "last_words"),
    }


def test_a_callback_plugin_of_a_persons_own_must_have_done_its_work(notes: Workspace, callback: dict[str, str]) -> None:
    ran = notes.roro("up", "dev", **callback)
    assert ran.code == 0, ran.told
    assert Path(callback["LAST_WORDS"]).read_text() == "at the end of the playbook\nat the end of the process\n"


def test_no_process_and_no_private_file_must_be_left(notes: Workspace) -> None:
    for _ in range(3):
        ran = notes.roro("up", "dev")
        assert ran.code == 0, ran.told
        assert notes.roro.processes() == []
        assert list(notes.root.parent.glob("runtime_dir/roro/runs/run-*")) == []
    assert ran.stderr.count("Traceback") == 0
