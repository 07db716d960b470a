# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbooks are callable by name, short, and say what is wrong in words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAYBOOKS = ["up", "down", "rollback", "stop", "start", "restart", "status", "sync", "reconcile"]


def playbook(*arguments, cwd, **environ):
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", *arguments]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "RORO_", "ANSIBLE_"))}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, env={**clean, "ANSIBLE_NOCOLOR": "1", **environ})


def full_names(names):
    """Ansible takes a second to start, so that all playbooks are read by one."""
    return [f"roro.kube.{name}" for name in names]


def by_playbook(printed):
    """Name of a playbook -> what is printed under it."""
    return {Path(part.splitlines()[0]).stem: part for part in printed.split("playbook: ")[1:]}


def test_every_playbook_must_be_callable_by_its_full_name(tmp_path):
    checked = playbook(*full_names(PLAYBOOKS), "--syntax-check", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert list(by_playbook(checked.stdout)) == PLAYBOOKS


def tasks(names, *arguments, cwd):
    """The tasks of each of these playbooks."""
    listed = playbook(*full_names(names), *arguments, "--list-tasks", cwd=cwd)
    assert listed.returncode == 0, listed.stderr
    assert "WARNING" not in listed.stdout + listed.stderr
    found = {name: text.partition("tasks:")[2].splitlines() for name, text in by_playbook(listed.stdout).items()}
    assert list(found) == list(names)
    return {name: [line.split("TAGS")[0].strip() for line in lines if line.strip()] for name, lines in found.items()}


ONLY_TASK = {"up": "roro.kube.deploy : Bring an environment up", "down": "roro.kube.remove : Remove an environment"}


def test_a_run_without_hooks_must_be_one_task(tmp_path):
    found = tasks(ROLES, cwd=tmp_path)
    assert {name: found[name] for name in ONLY_TASK} == {name: [task] for name, task in ONLY_TASK.items()}
    assert {name: len(listed) for name, listed in found.items()} == dict.fromkeys(ROLES, 1)


def test_hooks_must_run_before_and_after_and_be_found_from_the_working_directory(tmp_path):
    given = []
    for name in ONLY_TASK:
        for when in ("before", "after"):
            (tmp_path / f"{when}-{name}.yml").write_text(f"- name: {when.title()} {name}\n  ansible.builtin.debug:\n")
            given += ["-e", f"roro_{when}_{name}={when}-{name}.yml"]
    for name, found in tasks(ONLY_TASK, *given, cwd=tmp_path).items():
        assert found == [f"Before {name}", ONLY_TASK[name], f"After {name}"]


@pytest.mark.parametrize("name", ["up", "down"])
def test_how_long_forwards_may_take_must_not_become_how_long_instances_may(name, tmp_path):
    """An imported role's defaults are the whole play's, unless it is imported as not public."""
    (tmp_path / "first.yml").write_text(
        "- ansible.builtin.debug: {msg: \"timeout of instances: {{ roro_timeout | default('their own') }}\"}\n"
    )
    ran = playbook(f"roro.kube.{name}", "-e", "roro_forward=true", "-e", f"roro_before_{name}=first.yml", cwd=tmp_path)
    assert "timeout of instances: their own" in ran.stdout


ROLES = {"up": "deploy", "down": "remove", "rollback": "rollback", "stop": "stop", "start": "start", "restart": "restart"}


@pytest.fixture
def hooks(tmp_path):
    """Two files of tasks."""
    (tmp_path / "first.yml").write_text("- name: First\n  ansible.builtin.debug:\n")
    (tmp_path / "last.yml").write_text("- name: Last\n  ansible.builtin.debug:\n")
    return {"roro_tasks_before": "first.yml", "roro_tasks_after": "last.yml"}


def test_every_playbook_must_take_the_same_hooks(hooks, tmp_path):
    given = [word for key, path in hooks.items() for word in ("-e", f"{key}={path}")]
    for name, found in tasks(ROLES, *given, cwd=tmp_path).items():
        assert (found[0], found[-1], len(found)) == ("First", "Last", 3), name


@pytest.mark.parametrize("role", ["deploy", "remove", "restart"])
def test_a_role_must_run_its_tasks_before_and_those_after_only_when_it_went_well(role, hooks, tmp_path):
    given = "".join(f"        {key}: {path}\n" for key, path in hooks.items())
    include = f"    - ansible.builtin.include_role:\n        name: roro.kube.{role}\n      vars:\n{given}"
    (tmp_path / "play.yml").write_text(f"- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n{include}")
    ran = playbook("play.yml", cwd=tmp_path)
    assert ran.returncode == 2
    assert f"TASK [roro.kube.{role} : First]" in ran.stdout.partition('"exit_code": 2')[0]
    assert "Last]" not in ran.stdout


def test_a_folder_that_is_no_clone_must_fail_with_one_clear_message(tmp_path):
    ran = playbook("roro.kube.sync", cwd=tmp_path)
    output = ran.stdout + ran.stderr
    assert ran.returncode == 2
    assert '"reason": "NotARepository"' in output and str(tmp_path) in output
    assert "Traceback" not in output


@pytest.mark.parametrize("name", [name for name in PLAYBOOKS if name != "sync"])
def test_a_folder_without_a_workspace_must_fail_with_one_clear_message(name, tmp_path):
    ran = playbook(f"roro.kube.{name}", cwd=tmp_path)
    output = ran.stdout + ran.stderr
    assert ran.returncode == 2
    assert "workspace" in output and '"exit_code": 2' in output
    assert "Traceback" not in output


def play(folder, task, *arguments):
    text = f"- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n    - {task}\n"
    (folder / "play.yml").write_text(text)
    return playbook("play.yml", *arguments, cwd=folder)


def test_an_unknown_option_must_be_named(tmp_path):
    ran = play(tmp_path, "roro.kube.up: {worksapce: x}")
    assert ran.returncode == 2
    assert "worksapce" in ran.stdout + ran.stderr


def test_a_token_must_not_appear_in_the_output(tmp_path):
    (tmp_path / "workspace.json").write_text('{"version": 1, "name": "shop"}')
    task = "roro.kube.up: {api_key: '{{ token }}', environment: '{{ token }}', host: 'https://127.0.0.1:1'}"
    ran = play(tmp_path, task, "-e", "token=hunter2hunter2")
    assert ran.returncode == 2
    assert "********" in ran.stdout
    assert "hunter2hunter2" not in ran.stdout + ran.stderr


def test_the_engine_must_be_loaded_from_compiled_files(tmp_path):
    """Compiling it in each run would cost nearly half of the time of a run with nothing to do."""
    code = (
        "from ansible.plugins.loader import action_loader, init_plugin_loader\n"
        "init_plugin_loader()\n"
        "action_loader.get('roro.kube.up', class_only=True)\n"
        "import sys\n"
        "engine = [m for n, m in sys.modules.items() if '.module_utils._' in n and n.startswith('ansible_collections.roro')]\n"
        "print({type(m.__spec__.loader).__name__ for m in engine}, len(engine) > 20)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert found.stdout.strip() == "{'SourceFileLoader'} True"


def test_the_module_must_do_elsewhere_what_the_action_plugin_does_here(tmp_path):
    """`async` sends the module, packed with the engine, into a process of its own, as another host would run it."""
    (tmp_path / "apps" / "web" / "manifests").mkdir(parents=True)
    (tmp_path / "environments" / "dev").mkdir(parents=True)
    (tmp_path / "workspace.json").write_text('{"version": 1, "name": "shop"}')
    (tmp_path / "apps" / "web" / "app.json").write_text("{}")
    (tmp_path / "apps" / "web" / "manifests" / "web.yaml.j2").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {in: {{ environment }}}\n"
    )
    (tmp_path / "environments" / "dev" / "environment.json").write_text("{}")
    (tmp_path / "play.yml").write_text(
        "- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n"
        "    - {roro.kube.render: {workspace: ., environment: dev}, register: here}\n"
        f"    - {{roro.kube.render: {{workspace: {tmp_path}, environment: dev}}, async: 60, poll: 1, register: there}}\n"
        "    - ansible.builtin.assert: {that: [here.instances == there.instances, here.instances | length == 1]}\n"
    )
    ran = playbook("play.yml", "-e", f"ansible_python_interpreter={sys.executable}", cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
