# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbooks work on a fleet in batches where they are told to, and no batch follows one with a failure. No cluster is needed: what
stands for a failure, and for what went well, are tasks before."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOSTS = ["a", "b", "c", "d", "e", "f", "g", "h"]


def recap(folder, *arguments):
    """The exit code, and host -> (ok, failed) of those that were begun."""
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", ",".join(HOSTS), "roro.kube.up", "-e", "roro_hosts=all"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "RORO_", "ANSIBLE_", "KUBE"))}
    environ = {**clean, "ANSIBLE_NOCOLOR": "1", "HOME": str(folder), "ANSIBLE_RETRY_FILES_ENABLED": "1"}
    environ["ANSIBLE_RETRY_FILES_SAVE_PATH"] = str(folder)
    ran = subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=folder, check=False, env=environ)
    rows = re.findall(r"^(\w) +: ok=(\d+) .*unreachable=0 +failed=(\d+)", ran.stdout, re.M)
    return ran.returncode, {name: (int(ok), int(failed)) for name, ok, failed in rows}


@pytest.fixture
def fleet(tmp_path):
    """A folder with the tasks before."""
    (tmp_path / "before.yml").write_text(
        "- name: Fail where it is meant to\n  ansible.builtin.assert:\n    that: inventory_hostname not in bad\n    quiet: true\n"
        "- name: Go no further\n  ansible.builtin.meta: end_host\n"
    )
    return tmp_path


def run(fleet, *arguments, bad=()):
    bad_hosts = '{"bad": [' + ",".join(f'"{name}"' for name in bad) + "]}"
    return recap(fleet, "-e", "roro_tasks_before=before.yml", "-e", bad_hosts, *arguments)


def test_without_batches_all_environments_must_be_begun_whatever_fails(fleet):
    code, rows = run(fleet, bad=["a", "c"])
    assert code == 2
    assert list(rows) == HOSTS
    assert [name for name, (_, failed) in rows.items() if failed] == ["a", "c"]


@pytest.mark.parametrize("serial", ["1,25%,100%", '{"roro_serial": [1, "25%", "100%"]}'], ids=["text", "list"])
def test_no_batch_must_follow_one_with_a_failure(fleet, serial):
    given = serial if serial.startswith("{") else f"roro_serial={serial}"
    code, rows = run(fleet, "-e", given, bad=["c"])
    assert code == 2
    assert list(rows) == ["a", "b", "c"]
    assert [name for name, (_, failed) in rows.items() if failed] == ["c"]
    assert run(fleet, "-e", given)[1].keys() == set(HOSTS)


def test_a_person_must_be_able_to_allow_some_failures_in_a_batch(fleet):
    _, rows = run(fleet, "-e", "roro_serial=4", "-e", "roro_max_fail_percentage=25", bad=["a"])
    assert list(rows) == HOSTS


def test_what_failed_must_be_repeated_by_limit_retry(fleet):
    run(fleet, bad=["b", "e"])
    code, rows = run(fleet, "--limit", f"@{fleet}/up.retry")
    assert (code, list(rows)) == (0, ["b", "e"])
