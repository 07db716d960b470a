# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator sees when they run the playbooks on a real cluster."""

from __future__ import annotations

import json
import os
import threading


def config_map(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def test_up_must_deploy_and_a_second_up_must_change_nothing(playbook, workspace, versions):
    workspace.app("config", [config_map("settings", mode="a")])
    workspace.app("web", [config_map("page", text="hello")], dependsOn=["config"])
    first = playbook.run("up")
    assert first.status == 0, first.output
    assert first.recap["changed"] == 1
    before = versions()
    assert {"ConfigMap/settings", "ConfigMap/page"} <= set(before)
    second = playbook.run("up")
    assert second.status == 0, second.output
    assert second.recap["changed"] == 0
    assert versions() == before


def test_each_instance_must_be_told_while_it_comes_up(playbook, workspace):
    workspace.app("config", [config_map("settings", mode="a")])
    output = playbook.run("up").output
    assert "config: Running" in output
    assert "\r" not in output


def test_check_and_diff_must_tell_everything_and_write_nothing(playbook, workspace, cluster, versions):
    workspace.app("config", [config_map("settings", mode="a")])
    checked = playbook.run("up", "--check", "--diff")
    assert checked.status == 0, checked.output
    assert checked.recap["changed"] == 1
    assert "+" in checked.output and "settings" in checked.output
    assert cluster.get(cluster.resource("v1", "Namespace"), None, workspace.namespace) is None
    playbook.run("up")
    before = versions()
    workspace.app("config", [config_map("settings", mode="b")])
    changed = playbook.run("up", "--check", "--diff")
    assert changed.recap["changed"] == 1, changed.output
    assert "mode: b" in changed.output or '"mode": "b"' in changed.output
    assert versions() == before


def test_diffs_must_not_show_what_a_secret_holds(playbook, workspace):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "password"}, "stringData": {"password": "hunter2hunter2"}}
    workspace.app("config", [secret])
    output = playbook.run("up", "--diff", "-vvv").output
    assert "password" in output
    assert "hunter2hunter2" not in output
    assert "aHVudGVyMmh1bnRlcjI" not in output


def test_what_left_the_workspace_must_go_and_down_must_leave_nothing(playbook, workspace, cluster, versions):
    workspace.app("config", [config_map("settings", mode="a"), config_map("old", mode="a")])
    playbook.run("up")
    workspace.app("config", [config_map("settings", mode="a")])
    assert playbook.run("up").recap["changed"] == 1
    assert "ConfigMap/old" not in versions()
    down = playbook.run("down")
    assert down.status == 0, down.output
    assert down.recap["changed"] == 1
    assert versions() == {}
    assert playbook.run("down").recap["changed"] == 0


def test_a_document_error_must_be_told_with_its_place_and_touch_nothing(playbook, workspace, cluster):
    workspace.app("config", [config_map("settings")], dependsOnn=["x"])
    failed = playbook.run("up")
    assert failed.status == 2
    assert "app.json:1:" in failed.output and "dependsOn" in failed.output
    assert "Traceback" not in failed.output
    assert cluster.get(cluster.resource("v1", "Namespace"), None, workspace.namespace) is None


def test_the_status_playbook_must_tell_each_instance(playbook, workspace):
    workspace.app("config", [config_map("settings", mode="a")])
    assert "config: NotDeployed" in playbook.run("status").output
    playbook.run("up")
    assert "config: Running" in playbook.run("status").output


def test_the_roro_command_must_get_every_event_through_its_pipe(playbook, workspace, tmp_path):
    pipe = tmp_path / "events"
    os.mkfifo(pipe, 0o600)
    received = []
    reader = threading.Thread(target=lambda: received.extend(pipe.open("rb").readlines()))
    reader.start()
    workspace.app("config", [config_map("settings", mode="a")])
    playbook.environ["RORO_EVENTS"] = str(pipe)
    assert playbook.run("up").status == 0
    reader.join(10)
    events = [json.loads(line) for line in received]
    assert {"event": "InstanceState", "instance": "config", "status": "Running"}.items() <= [
        event for event in events if event["event"] == "InstanceState"
    ][-1].items()
    assert any(event["event"] == "StepDone" and event["name"] == "settings" for event in events)


def test_tasks_before_and_after_must_run_around_playbook_and_role_and_see_the_result(playbook, workspace):
    workspace.app("api", [config_map("settings", mode="one")])
    folder = workspace.root.parent
    (folder / "told.yml").write_text(
        "- name: Tell\n  ansible.builtin.debug:\n    msg: told {{ 'after' if roro_stop is defined else 'before' }}\n"
    )
    (folder / "after.yml").write_text(
        "- name: Check the result\n"
        "  ansible.builtin.assert:\n    that: roro_up is changed\n"
        "- name: Stop with hooks of its own\n"
        "  ansible.builtin.include_role:\n    name: roro.kube.stop\n"
        "  vars: {roro_tasks_before: told.yml, roro_tasks_after: told.yml}\n"
    )
    ran = playbook.run("up", "-e", "roro_after_up=after.yml")
    assert ran.status == 0, ran.output
    stopped = ran.output.index("TASK [roro.kube.stop : Stop an environment]")
    assert ran.output.index("told before") < stopped < ran.output.index("told after")
