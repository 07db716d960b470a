# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plays of an operator's own: several hosts, no_log, module_defaults."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

IMAGE = "docker.io/library/roro-box:1"


@pytest.fixture
def play(playbook, workspace, cluster_kubeconfig):
    """`play(tasks, hosts)` runs them on each host, with what module_defaults of the group may hold; what was printed."""

    def run(tasks, hosts=("localhost",), status=0, **defaults):
        given = {"workspace": str(workspace.root), "environment": "dev", "kubeconfig": str(cluster_kubeconfig), **defaults}
        document = [{"hosts": "all", "gather_facts": False, "module_defaults": {"group/roro.kube.kube": given}, "tasks": tasks}]
        file = workspace.root.parent / "play.yml"
        file.write_text(json.dumps(document))
        inventory = "".join(f"{host} ansible_connection=local\n" for host in hosts)
        (workspace.root.parent / "hosts").write_text(inventory)
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts", str(file)]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=file.parent, env=playbook._environ(), check=False)
        output = ran.stdout + ran.stderr
        assert ran.returncode == status, output
        return output

    return run


def test_progress_of_a_fleet_must_name_the_host_of_each_line(play, workspace):
    for name in ("one", "two"):
        workspace.app(name, [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}])
        folder = workspace.root / "environments" / name
        folder.mkdir()
        environment = {"namespace": workspace.namespace, "instances": [{"app": name}]}
        (folder / "environment.json").write_text(json.dumps(environment))
    output = play([{"roro.kube.up": {"environment": "{{ inventory_hostname }}"}}], hosts=("one", "two"))
    assert "[one] one: Running" in output
    assert "[two] two: Running" in output
    alone = play([{"roro.kube.up": {"environment": "one"}}])
    assert "one: Running" in alone
    assert "] one: Running" not in alone


def hook(script):
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "prepare", "annotations": {"roro.dev/hook": "before-up"}},
        "spec": {
            "backoffLimit": 0,
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "prepare", "image": IMAGE, "imagePullPolicy": "Never", "command": ["sh", "-c", script]}],
                }
            },
        },
    }


def test_a_task_with_no_log_must_show_neither_progress_nor_the_log_of_what_failed(play, workspace):
    """Ansible itself prints the `msg` of a failed task that has no_log; the registered result holds the whole."""
    workspace.app("web", [hook("echo connecting with LEAKED-WORD; exit 1")])
    told = {"name": "Tell", "ansible.builtin.debug": {"msg": "seen by register: {{ 'LEAKED' ~ '-WORD' in done | string }}"}}
    up = {"roro.kube.up": {}, "no_log": True, "register": "done", "ignore_errors": True}
    output = play([up, told])
    assert "LEAKED-WORD" not in output
    assert "web: " not in output
    assert "failed: web; what happened is not shown because of no_log" in output
    assert "seen by register: True" in output
    assert "LEAKED-WORD" in play([{**up, "no_log": False}])


READING = ("workspace_info", "render", "status_info", "history_info", "events_info", "logs_info", "health_info", "port_forward_info")


def test_every_reading_member_of_the_action_group_must_work_with_its_module_defaults(play, workspace):
    workspace.app("config", [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"mode": "a"}}])
    value = {"kind": "ConfigMap", "name": "settings", "namespace": workspace.namespace, "path": "$.data.mode"}
    tasks = [{"roro.kube.up": {}}, *({f"roro.kube.{name}": {}} for name in READING)]
    tasks += [{"roro.kube.crd_value_info": value, "register": "found"}, {"ansible.builtin.assert": {"that": "found.value == 'a'"}}]
    play(tasks, instances=["config"])


def test_a_value_must_be_read_from_the_cluster_of_the_environment_where_nothing_else_names_one(play, workspace, cluster_kubeconfig):
    (workspace.root / "environments" / "dev" / "environment.json").write_text(json.dumps({"kubeconfig": str(cluster_kubeconfig)}))
    value = {"kind": "ConfigMap", "name": "kube-root-ca.crt", "namespace": "kube-system", "path": "$.metadata.name"}
    tasks = [{"roro.kube.crd_value_info": value, "register": "found"}, {"ansible.builtin.assert": {"that": "found.value == value"}}]
    tasks[1]["vars"] = {"value": "kube-root-ca.crt"}
    play(tasks, kubeconfig=None)


def test_a_misspelt_option_must_be_told_with_the_module_it_was_given_to(play):
    output = play([{"roro.kube.up": {"instancs": ["api"]}}], status=2)
    assert "Unsupported parameters for (roro.kube.up) module: instancs. Supported parameters include: " in output
