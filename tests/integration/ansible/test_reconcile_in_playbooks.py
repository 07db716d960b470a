# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`roro.kube.reconcile` and `roro.kube.approve` on a real cluster: reported, proposed, corrected."""

from __future__ import annotations

import json
import sys

import pytest


def config_map(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


class Settings:
    """The ConfigMap, read and written as somebody else does it."""

    def __init__(self, cluster, namespace):
        self._cluster, self._namespace = cluster, namespace
        self._resource = cluster.resource("v1", "ConfigMap")

    @property
    def mode(self):
        return self._cluster.get(self._resource, self._namespace, "settings")["data"]["mode"]

    def by_hand(self, mode):
        obj = self._cluster.get(self._resource, self._namespace, "settings")
        self._cluster.replace(self._resource, {**obj, "data": {"mode": mode}})


@pytest.fixture
def settings(cluster, workspace):
    return Settings(cluster, workspace.namespace)


@pytest.fixture
def run(playbook, workspace):
    """Run tasks on the environment; what each returned. more: what else stands in each task."""

    def play(*tasks, words=(), **more):
        folder, listed = workspace.root.parent, []
        for number, (module, options) in enumerate(tasks):
            given = {"workspace": str(workspace.root), "environment": "dev", "kubeconfig": str(playbook.kubeconfig), **options}
            listed.append({f"roro.kube.{module}": given, "register": f"r{number}", "ignore_errors": True, **more})
            copied = {"content": f"{{{{ r{number} | to_json }}}}\n", "dest": f"{folder}/result-{number}", "mode": "0600"}
            listed.append({"ansible.builtin.copy": copied, "check_mode": False, "diff": False})
        (folder / "tasks.yml").write_text(
            json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": listed}])
        )
        ran = playbook.run_file(folder / "tasks.yml", *words, "-e", f"ansible_python_interpreter={sys.executable}")
        assert ran.status == 0, ran.output
        return [json.loads((folder / f"result-{number}").read_text()) for number in range(len(tasks))]

    return play


def test_what_differs_must_be_reported_as_it_is_and_corrected_once(playbook, workspace, settings, run, versions):
    workspace.app("config", [config_map("settings", mode="a")])
    assert playbook.run("up").status == 0
    settings.by_hand("b")
    before = versions()

    [reported] = run(("reconcile", {}))
    [checked] = run(("reconcile", {"drift": "correct"}), words=("--check", "--diff"))

    assert versions() == before
    [finding] = reported["findings"]
    assert (reported["changed"], reported["mode"], finding["action"], finding["name"]) == (False, "report", "Update", "settings")
    assert "data.mode" in finding["cause"] and finding["corrected"] is False
    assert (checked["changed"], [one["corrected"] for one in checked["findings"]]) == (True, [True])
    assert "mode" in json.dumps(checked["diff"])
    first, second = run(("reconcile", {"drift": "correct"}), ("reconcile", {"drift": "correct"}))
    assert (first["changed"], first["findings"], settings.mode) == (True, checked["findings"], "a")
    assert (second["changed"], second["findings"]) == (False, [])
    assert [(item["instance"], item["state"]) for item in second["instances"]] == [("config", "InSync")]


def test_a_plan_must_be_carried_out_as_it_was_proposed_or_not_at_all(playbook, workspace, settings, run):
    workspace.app("config", [config_map("settings", mode="a")])
    playbook.run("up")
    settings.by_hand("b")

    proposed, another = run(("reconcile", {"drift": "propose"}), ("approve", {"plan": "dev-000000"}))

    plan = proposed["proposal"]["plan"]
    assert plan.startswith("dev-") and settings.mode == "b"
    assert another["failed"] and plan in another["msg"]
    [looked] = run(("approve", {}), words=("--check",))
    assert (looked["changed"], settings.mode) == (True, "b")
    settings.by_hand("c")
    workspace.app("config", [config_map("settings", mode="a"), config_map("more", mode="a")])
    [refused] = run(("approve", {"plan": plan}))
    assert refused["failed"] and settings.mode == "c"
    workspace.app("config", [config_map("settings", mode="a")])
    done, again = run(("approve", {"plan": plan}), ("approve", {}))
    assert (done["changed"], done["proposal"], settings.mode) == (True, None, "a")
    assert (again["changed"], again["msg"]) == (False, "nothing differs")


def test_the_playbook_must_bring_the_environment_to_its_documents(playbook, workspace, settings):
    workspace.app("config", [config_map("settings", mode="a")])

    first = playbook.run("reconcile", "-e", "roro_drift=correct")

    assert first.status == 0, first.output
    assert (first.recap["changed"], settings.mode) == (1, "a")
    settings.by_hand("b")
    told = playbook.run("reconcile")
    assert "config: Update ConfigMap" in told.output and "data.mode" in told.output
    assert (told.recap["changed"], settings.mode) == (0, "b")


def test_some_instances_alone_must_be_refused(workspace, run):
    workspace.app("config", [config_map("settings", mode="a")])
    [refused] = run(("reconcile", {"instances": ["config"]}))
    assert (refused["failed"], refused["exit_code"]) == (True, 2)
    assert "whole environments" in refused["msg"]


def test_the_modules_must_do_elsewhere_what_the_action_plugins_do_here(playbook, workspace, settings, run):
    """`async` sends a module, packed with the engine, into a process of its own, as another host would run it."""
    workspace.app("config", [config_map("settings", mode="a")])
    playbook.run("up")
    settings.by_hand("b")
    proposed, approved, second = run(
        ("reconcile", {"drift": "propose"}), ("approve", {}), ("reconcile", {"drift": "correct"}), **{"async": 120, "poll": 1}
    )
    assert proposed["proposal"], proposed
    assert (approved["changed"], second["changed"], settings.mode) == (True, False, "a")
