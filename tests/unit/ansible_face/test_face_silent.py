# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A task with `no_log`, in the controller process or on a managed host: nothing of logs and documents is shown."""

from __future__ import annotations

from ansible_collections.roro.kube.plugins.module_utils._ansible_face import on_host, without_words
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.logged import logged
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.types import Mode
from ansible_collections.roro.kube.plugins.module_utils._events import Notice

FAILED = {
    "failed": True,
    "changed": False,
    "msg": "instance api: HookFailed: its log ends: LEAKED",
    "exception": "Traceback LEAKED",
    "problems": [
        {"message": "HookFailed: its log ends: LEAKED", "where": "instance api", "hint": None},
        {"message": "LEAKED", "where": "Job shop/LEAKED", "hint": None},
    ],
}


def test_the_msg_of_a_failed_task_must_name_no_more_than_its_instances():
    shown = {key: value for key, value in without_words(FAILED).items() if key != "problems"}
    assert "LEAKED" not in str(shown)
    assert shown["msg"].startswith("failed: api; ")
    assert "`problems`" in shown["msg"]


def test_what_is_registered_must_be_kept_whole():
    assert without_words(FAILED)["problems"] == FAILED["problems"]
    assert without_words({"changed": True, "msg": "done"}) == {"changed": True, "msg": "done"}


class Module:
    """As much of AnsibleModule as is used; what it was given is what Ansible shows."""

    check_mode = _diff = False
    _verbosity = 3

    def __init__(self, *, no_log):
        self.no_log, self.params, self.shown = no_log, {}, []

    def warn(self, warning):
        self.shown.append(warning)

    def fail_json(self, **result):
        self.shown.append(result["msg"])

    def exit_json(self, **result):
        self.shown.append("the end")


def on_a_host(monkeypatch, *, no_log):
    def work(name, parameters, mode, sink, cancel):
        sink(Notice("api", "warning", "LEAKED"))
        assert mode.silent is no_log
        return dict(FAILED)

    monkeypatch.setattr(on_host, "run", work)
    monkeypatch.setattr(on_host.signal, "signal", lambda *_: None)
    module = Module(no_log=no_log)
    on_host.run_module(module, "up")
    return module.shown


def test_a_module_on_a_managed_host_must_be_as_silent(monkeypatch):
    assert "LEAKED" not in str(on_a_host(monkeypatch, no_log=True))
    assert str(on_a_host(monkeypatch, no_log=False)).count("LEAKED") == 2


def test_a_silent_task_must_not_be_written_into_our_own_log(monkeypatch, capfd):
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._log.told", lambda level: True)
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._log.tell", lambda *words, **more: print(words, more))

    def work(sink):
        sink(Notice("api", "warning", "LEAKED"))
        return dict(FAILED)

    logged("up", {}, Mode(silent=True), lambda event: None, work)
    assert capfd.readouterr().out == ""
    logged("up", {}, Mode(), lambda event: None, work)
    assert "LEAKED" in capfd.readouterr().out
