"""Several environments in one command: all are done, one that fails hides and holds up no other, and nothing is left behind."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_fleet import EXPIRED, SLOW, UNAUTHORIZED, UNREACHABLE, Kubeconfigs, add_environments, point_to, slow_way
from command_runs import Ran, end
from command_workspace import Workspace

Eventually = Callable[..., object]
FOUR = ["dev", "prod-eu", "prod-us", "staging"]


@pytest.fixture
def fleet(notes: Workspace) -> Workspace:
    """The workspace notes with four environments and two ConfigMaps in each instance."""
    add_environments(notes, FOUR, {"variables": {"open": "yes", "count": 2}})
    return notes


def entries(ran: Ran) -> dict[str, str]:
    """Environment -> state, of the document that was printed."""
    return {entry["environment"]: entry["state"] for entry in ran.document["environments"]}


def namespaces(workspace: Workspace) -> set[str]:
    """The environments that have something on the cluster."""
    return {identity[2].removeprefix(f"{workspace.name}-") for identity in workspace.footprint.objects() if identity[1] == "ConfigMap"}


def test_a_pattern_must_bring_up_those_environments_and_a_second_run_must_change_nothing(fleet: Workspace) -> None:
    up = fleet.roro("up", "prod-*")
    assert up.code == 0, up.told
    assert re.search(r"^2 of 2 environments running, 6 of 6 instances; \d+ created \(\d+\.\ds\)$", up.stdout, re.M), up.told
    assert "[prod-eu] gate: Running" in up.stderr and "[prod-us] gate: Running" in up.stderr, up.told
    assert namespaces(fleet) == {"prod-eu", "prod-us"}
    before = fleet.footprint.versions()
    again = fleet.roro("up", "prod-*", "-o", "json")
    assert (again.code, again.document["changed"], entries(again)) == (0, False, {"prod-eu": "done", "prod-us": "done"}), again.told
    assert fleet.footprint.versions() == before


def test_every_verb_must_work_on_all_environments(fleet: Workspace) -> None:
    assert fleet.roro("up", "--all").code == 0
    status = fleet.roro("ps", "--all")
    assert status.code == 0, status.told
    assert [line.split()[:3] for line in status.stdout.splitlines()[1:]] == [
        [name, instance, "Running"] for name in FOUR for instance in ("first", "second", "gate")
    ]
    for verb in ("stop", "start", "restart"):
        ran = fleet.roro(verb, "--all", "-o", "json")
        assert (ran.code, set(entries(ran).values())) == (0, {"done"}), ran.told
    check = fleet.roro("down", "--all", "--check")
    assert check.code == 0 and "4 of 4 environments checked" in check.stdout, check.told
    assert namespaces(fleet) == set(FOUR)
    down = fleet.roro("down", "--all")
    assert (down.code, namespaces(fleet)) == (0, set()), down.told


def test_check_and_diff_must_write_nothing_in_any_environment(fleet: Workspace) -> None:
    ran = fleet.roro("up", "dev", "staging", "--check", "--diff")
    assert ran.code == 0, ran.told
    assert "2 of 2 environments checked" in ran.stdout and "would be:" in ran.stdout and "+  open: 'yes'" in ran.stdout.replace('"', "'"), (
        ran.told
    )
    assert fleet.footprint.objects() == {}


def test_no_batch_must_be_begun_after_one_with_a_failure_and_the_command_told_must_finish_the_rest(fleet: Workspace) -> None:
    fleet.edit("environments/prod-eu/environment.json", lambda document: document["variables"].update(open="no"))
    first = fleet.roro("up", "dev", "prod-eu", "prod-us", "staging", "--serial", "1", "--timeout", "2s", "-o", "json")
    assert first.code == 1, first.told
    assert entries(first) == {"dev": "done", "prod-eu": "failed", "prod-us": "notBegun", "staging": "notBegun"}
    assert namespaces(fleet) == {"dev", "prod-eu"}
    told = fleet.roro("up", "dev", "prod-eu", "prod-us", "staging", "--serial", "1", "--timeout", "2s")
    assert "Failed: prod-eu: gate: " in told.stderr and "Not begun: prod-us, staging: a batch before it had a failure" in told.stderr, (
        told.told
    )
    repeat = re.search(r"^Again for these: roro (.*)$", told.stderr, re.M)
    assert repeat is not None, told.told
    fleet.edit("environments/prod-eu/environment.json", lambda document: document["variables"].update(open="yes"))
    again = fleet.roro(*repeat[1].split(), "-o", "json")
    assert (again.code, entries(again)) == (0, dict.fromkeys(("prod-eu", "prod-us", "staging"), "done")), again.told


def test_of_fifty_environments_those_that_cannot_be_used_must_neither_block_nor_hide_the_others(
    fleet: Workspace, cluster_kubeconfig: Path, tmp_path: Path
) -> None:
    good = [f"env{number:02}" for number in range(46)]
    bad = [UNREACHABLE, UNAUTHORIZED, EXPIRED]
    add_environments(fleet, [*good, *bad, SLOW], {"variables": {"open": "yes", "count": 2}})
    kubeconfigs = Kubeconfigs(cluster_kubeconfig, tmp_path)
    del fleet.roro.environ["K8S_AUTH_KUBECONFIG"]
    with slow_way(kubeconfigs.server, 0.5) as port:
        for name in good:
            point_to(fleet, name, kubeconfigs.good())
        point_to(fleet, UNREACHABLE, kubeconfigs.unreachable())
        point_to(fleet, UNAUTHORIZED, kubeconfigs.unauthorized())
        point_to(fleet, EXPIRED, kubeconfigs.expired())
        point_to(fleet, SLOW, kubeconfigs.through(port))
        up = fleet.roro("up", "--all", "-o", "json")
        assert up.code == 1, up.told
        assert entries(up) == {**dict.fromkeys([*good, SLOW], "done"), **dict.fromkeys(bad, "failed")}
        reasons = {entry["environment"]: entry["reason"] for entry in up.document["environments"] if entry["state"] == "failed"}
        assert reasons == {UNREACHABLE: "Unreachable", UNAUTHORIZED: "Unauthorized", EXPIRED: "Unauthorized"}
        assert namespaces(fleet) == {*good, SLOW}
        again = fleet.roro("up", "--all")
        assert "47 of 50 environments running" in again.stdout, again.told
        assert "nothing listens there" in again.stderr and "(token)" in again.stderr and "(client certificate)" in again.stderr, again.told
        assert f"Again for these: roro up {UNREACHABLE} {EXPIRED} {UNAUTHORIZED}" in again.stderr, again.told
        status = fleet.roro("ps", "--all")
        assert status.code == 1 and status.stdout.count("Running") == 47 * 3 and status.stdout.count("Unknown") == 3, status.told
    assert fleet.roro.processes() == []


@dataclass(frozen=True)
class Play:
    """`ansible-playbook roro.kube.up` on the inventory of the plugin, which retries are kept for."""

    workspace: Workspace
    folder: Path
    kubeconfigs: Kubeconfigs

    def __call__(self, *more: str) -> tuple[int, dict[str, tuple[str, str]]]:
        """The exit code, and host -> (unreachable, failed) of those that were begun."""
        words = ("-i", str(self.folder / "fleet.roro.yml"), "roro.kube.up", "-e", "roro_hosts=roro_environments")
        retry = {"ANSIBLE_RETRY_FILES_ENABLED": "1", "ANSIBLE_RETRY_FILES_SAVE_PATH": str(self.folder)}
        ran = self.workspace.roro.start(*words, *more, program=(self.workspace.roro.ansible_playbook,), **retry).wait()
        rows = re.findall(r"^(\S+) +: ok=\d+ .*unreachable=(\d+) +failed=(\d+)", ran.stdout, re.M)
        return ran.code, {name: (unreachable, failed) for name, unreachable, failed in rows}


@pytest.fixture
def play(fleet: Workspace, cluster_kubeconfig: Path, tmp_path: Path) -> Play:
    """All four environments on the tests' cluster."""
    kubeconfigs = Kubeconfigs(cluster_kubeconfig, tmp_path)
    del fleet.roro.environ["K8S_AUTH_KUBECONFIG"]
    for name in FOUR:
        point_to(fleet, name, kubeconfigs.good())
    (tmp_path / "fleet.roro.yml").write_text(f"plugin: roro.kube.environments\nworkspaces: ['{fleet.root}']\n")
    return Play(fleet, tmp_path, kubeconfigs)


def test_in_a_playbook_what_cannot_be_used_must_have_failed_and_limit_retry_must_repeat_it(play: Play) -> None:
    """Failed, not unreachable: the host is this machine, which Ansible reaches; rescue, always, ignore_errors and percentages hold."""
    point_to(play.workspace, "staging", play.kubeconfigs.unreachable())
    assert play() == (2, {**dict.fromkeys(FOUR, ("0", "0")), "staging": ("0", "1")})
    assert (play.folder / "up.retry").read_text().split() == ["staging"]
    point_to(play.workspace, "staging", play.kubeconfigs.good())
    assert play("--limit", f"@{play.folder}/up.retry") == (0, {"staging": ("0", "0")})
    assert namespaces(play.workspace) == set(FOUR)


@pytest.mark.parametrize("forward", ["true", "false"])
def test_in_a_playbook_no_batch_must_follow_one_with_a_failure_whatever_comes_after_the_task(play: Play, forward: str) -> None:
    point_to(play.workspace, "dev", play.kubeconfigs.unreachable())
    code, rows = play("-e", "roro_serial=2", "-e", f"roro_forward={forward}")
    assert (code, list(rows), rows["prod-eu"]) == (2, ["dev", "prod-eu"], ("0", "0"))
    assert namespaces(play.workspace) == {"prod-eu"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_must_end_every_environment_as_it_ends_one_and_the_next_run_must_complete_all(
    fleet: Workspace, number: signal.Signals
) -> None:
    run = fleet.roro.start("up", "--all", "--forks", "3", "--var", "open=no", "-v")
    run.wait_for_line(r"^\[\S+\] gate: ConfigMap gate waiting", 3)
    run.process.send_signal(number)
    ended = run.wait()
    assert ended.code == 130, ended.told
    assert "interrupted" in ended.stderr and "Traceback" not in ended.stderr, ended.told
    assert re.search(r"^Not begun: \S+: interrupted before it was begun$", ended.stderr, re.M), ended.told
    assert fleet.roro.processes() == []
    assert list(fleet.root.parent.glob("runtime_dir/roro/runs/run-*")) == []
    gates = [record.outcome for record in fleet.footprint.all_records() if record.instance == "gate"]
    assert gates == ["interrupted"] * 3
    assert len({identity[2] for identity in fleet.footprint.objects() if identity[1] == "ConfigMap"}) == 3
    complete = fleet.roro("up", "--all", "-o", "json")
    assert (complete.code, set(entries(complete).values())) == (0, {"done"}), complete.told
    assert fleet.footprint.orphans() == []


def test_environments_must_be_free_to_be_called_as_ansible_calls_its_own_groups(fleet: Workspace) -> None:
    add_environments(fleet, ["all", "localhost", "ungrouped"], {"variables": {"open": "yes", "count": 1}})
    up = fleet.roro("up", "--all", "-o", "json")
    assert (up.code, entries(up)) == (0, dict.fromkeys(("all", "localhost", "ungrouped"), "done")), up.told


def test_a_terminal_must_show_one_table_of_all_environments(fleet: Workspace) -> None:
    terminal = fleet.roro.on_terminal("up", "--all")
    code, shown = end(terminal)
    assert code == 0, shown
    assert "4 of 4 done" in shown and "4 of 4 environments running, 12 of 12 instances" in shown, shown
    last = shown[shown.rindex("ENVIRONMENT") :]
    assert [last.index(name) for name in FOUR] == sorted(last.index(name) for name in FOUR)
    assert last.count("gate") == 4
