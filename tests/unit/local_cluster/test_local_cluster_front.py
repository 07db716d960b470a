"""Promises of the room's front door that need no cluster: unknown names, damaged records, locks, check mode, the command."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.local_cluster import OPTIONS, run_local_cluster
from ansible_collections.roro.kube.plugins.module_utils._errors import LocalClusterError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import native
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.paths import cluster_directory, clusters_directory
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.record import ClusterRecord, cluster_lock, read_record, write_record
from click.testing import CliRunner

from roro.cluster_commands import cluster as command

Progress = Callable[[str, str], None]


@pytest.fixture
def known(home: Path) -> ClusterRecord:
    """A recorded native cluster of which nothing runs."""
    record = ClusterRecord(
        local.LocalClusterSpec(name="old", only_simulated=True, simulated_nodes=2), "native", None, {"api": 1}, "roro-old"
    )
    directory = cluster_directory("old")
    directory.make()
    write_record(directory, record)
    return record


def options(**given: Any) -> dict[str, Any]:
    defaults = {name: option.get("default") for name, option in OPTIONS.items()}
    return {**defaults, **given}


def test_a_record_must_come_back_as_it_was_written(known: ClusterRecord) -> None:
    assert read_record(cluster_directory("old")) == known
    assert cluster_directory("old").record.stat().st_mode & 0o777 == 0o600
    assert cluster_directory("old").path.stat().st_mode & 0o777 == 0o700


def test_a_cluster_of_which_nothing_runs_must_be_stopped(known: ClusterRecord) -> None:
    assert [(item.name, item.state, item.server) for item in local.status()] == [("old", "stopped", "https://127.0.0.1:1")]


def test_a_damaged_record_must_be_named_and_must_not_stop_down(known: ClusterRecord, progress: Progress) -> None:
    cluster_directory("old").record.write_text("{")
    with pytest.raises(LocalClusterError, match="cannot read the record") as caught:
        local.status("old")
    assert "roro cluster down --name old" in (caught.value.problems[0].hint or "")
    assert local.down("old", progress)
    assert list(clusters_directory().iterdir()) == []


def test_an_unknown_cluster_must_be_refused_with_those_that_are_known(known: ClusterRecord, progress: Progress, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no local cluster new") as caught:
        local.load_images("new", [], progress)
    assert caught.value.problems[0].hint == "Known: old."
    assert local.status("new") == []
    assert not local.down("new", progress)


def test_a_name_must_never_lead_out_of_the_directory(home: Path, progress: Progress) -> None:
    for call in (lambda: local.down("../x", progress), lambda: local.status("../x"), lambda: local.merge_kubeconfig("../x")):
        with pytest.raises(UsageError, match="cannot name a cluster"):
            call()


def test_a_missing_archive_must_be_refused_before_anything_is_loaded(known: ClusterRecord, progress: Progress, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        local.load_images("old", [tmp_path / "missing.tar"], progress)


def test_what_cannot_change_under_a_cluster_must_be_refused(known: ClusterRecord, progress: Progress) -> None:
    with pytest.raises(UsageError, match="was made with only_simulated=True"):
        local.up(local.LocalClusterSpec(name="old", provider="native"), progress) if native.os.geteuid() == 0 else _refuse(known)


def test_another_version_under_a_cluster_must_be_refused_and_the_same_be_found_however_it_is_written(known: ClusterRecord) -> None:
    wanted = replace(known.spec, kubernetes_version="v1.33.2")
    with pytest.raises(UsageError, match=r"was made with kubernetes_version=v1\.34\.4, not v1\.33\.2"):
        native._check_same(known, wanted)
    for same in ("1.34", "v1.34", "1.34.4", "v1.34.4"):
        native._check_same(known, replace(wanted, kubernetes_version=same))


def test_an_up_that_names_no_version_must_keep_that_of_the_cluster(
    known: ClusterRecord, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(cluster_directory("old"), replace(known, spec=replace(known.spec, kubernetes_version="1.34")))

    def made(_self: Any, directory: Any, _record: Any, spec: local.LocalClusterSpec, _progress: Any) -> local.LocalCluster:
        return local.LocalCluster("old", "native", directory.kubeconfig, "roro-old", "https://x", (), False, str(spec.kubernetes_version))

    monkeypatch.setattr(native.NativeProvider, "up", made)
    assert local.up(local.LocalClusterSpec(name="old"), progress).kubernetes_version == "1.34"


@pytest.mark.parametrize(("asked", "told"), [(None, "v1.34.4"), ("1.34", "v1.34.4"), ("v1.33.2", "v1.33.2"), ("1.30", "1.30")])
def test_the_command_must_tell_the_version(known: ClusterRecord, asked: str | None, told: str) -> None:
    write_record(cluster_directory("old"), replace(known, spec=replace(known.spec, kubernetes_version=asked)))
    assert told in CliRunner().invoke(command, ["status"]).stdout.split()
    assert json.loads(CliRunner().invoke(command, ["status", "-o", "json"]).stdout)["clusters"][0]["kubernetesVersion"] == told


def test_help_must_name_the_versions_that_can_be_built(home: Path) -> None:
    said = CliRunner().invoke(command, ["up", "--help"]).stdout
    built = " and ".join(map(local.minor_version, local.CLUSTER_TOOLS.modules("kubernetes")))
    assert f"native builds {built}, others come from their release" in " ".join(said.split())


def _refuse(known: ClusterRecord) -> None:
    native._check_same(known, local.LocalClusterSpec(name="old"))


def test_without_root_a_real_node_must_be_refused_with_the_ways_out(
    home: Path, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native.os, "geteuid", lambda: 1000)
    with pytest.raises(LocalClusterError, match="needs root") as caught:
        local.up(local.LocalClusterSpec(provider="native"), progress)
    assert "--only-simulated" in (caught.value.problems[0].hint or "")
    assert list(clusters_directory().iterdir()) == []


def test_a_second_run_must_wait_for_the_first(home: Path, progress: Progress, told: list[tuple[str, str]]) -> None:
    order: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        def tell(phase: str, message: str) -> None:
            told.append((phase, message))
            waiting.set()

        with cluster_lock("a", tell):
            order.append("second")

    with cluster_lock("a", progress):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    assert list(clusters_directory().iterdir()) == []


def test_check_mode_must_predict_and_touch_nothing(home: Path, progress: Progress) -> None:
    assert local.run_task(options(name="new"), True, progress) == {"name": "new", "changed": True}
    assert local.run_task(options(name="new", state="absent"), True, progress) == {"name": "new", "changed": False}
    assert list(clusters_directory().iterdir()) == []


def test_check_mode_must_see_what_would_be_removed_or_repaired(known: ClusterRecord, progress: Progress) -> None:
    assert local.run_task(options(name="old", state="absent"), True, progress)["changed"]
    result = local.run_task(options(name="old", only_simulated=True, simulated_nodes=2), True, progress)
    assert (result["changed"], result["state"], result["context"]) == (True, "stopped", "roro-old")
    assert read_record(cluster_directory("old")) == known


def test_the_command_must_list_clusters_as_json(known: ClusterRecord) -> None:
    done = CliRunner().invoke(command, ["status", "-o", "json"])
    assert [item["name"] for item in json.loads(done.stdout)["clusters"]] == ["old"]


def test_the_command_must_say_which_parts_are_stopped(known: ClusterRecord) -> None:
    done = CliRunner().invoke(command, ["status"])
    assert "old" in done.stdout
    assert "kube-apiserver" in done.stdout


def test_the_command_must_refuse_an_unknown_name(home: Path) -> None:
    for words in (["status", "--name", "new"], ["kubeconfig", "--name", "new"]):
        done = CliRunner().invoke(command, words)
        assert isinstance(done.exception, UsageError)


def test_the_command_must_print_the_kubeconfigs_path(known: ClusterRecord) -> None:
    assert CliRunner().invoke(command, ["kubeconfig", "--name", "old"]).stdout.strip() == str(cluster_directory("old").kubeconfig)


def test_the_command_must_remove_and_say_when_there_was_nothing(known: ClusterRecord) -> None:
    assert "is gone" in CliRunner().invoke(command, ["down", "--name", "old"]).stdout
    assert "no cluster old" in CliRunner().invoke(command, ["down", "--name", "old"]).stdout


def test_a_task_that_makes_no_sense_must_fail_with_its_problems_and_exit_code(home: Path, progress: Progress) -> None:
    result = run_local_cluster(options(name="Not A Name"), False, progress)
    assert (result["failed"], result["changed"], result["exit_code"]) == (True, False, 2)
    assert result["problems"][0]["hint"]


def test_the_options_must_offer_every_provider() -> None:
    assert OPTIONS["provider"]["choices"] == ["auto", *local.PROVIDERS]
