"""Promises about the configuration of a node, and what it takes from the machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._errors import LocalClusterError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import cgroups, namespaces, packages
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.addons import corefile
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.layout import PORTS, Layout, free_ports
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.namespaces import nameservers
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.node import kubelet_config, proxy_config
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.paths import ClusterDirectory, role_files, tools_directory
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.record import ClusterRecord
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.simulated import node_manifest
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.spec import LocalClusterSpec
from local_cluster_fakes import FakeCommands

Progress = Callable[[str, str], None]


@pytest.fixture
def layout(home: Path) -> Layout:
    return Layout(ClusterDirectory(home / "cluster"), ClusterRecord(LocalClusterSpec(name="a"), "native", 5))


def test_a_node_must_see_its_files_by_short_paths(layout: Layout) -> None:
    assert layout.seen(layout.directory.etc / "kubelet.yaml") == "/run/roro/etc/kubelet.yaml"
    assert layout.seen_tool(tools_directory() / "kubernetes-1" / "kubelet") == "/run/roro-tools/kubernetes-1/kubelet"


def test_a_cluster_on_the_loopback_address_must_see_them_where_they_are(home: Path) -> None:
    directory = ClusterDirectory(home / "cluster")
    layout = Layout(directory, ClusterRecord(LocalClusterSpec(only_simulated=True, simulated_nodes=1), "native", None, {"api": 7001}))
    assert layout.seen(directory.etc / "x") == str(directory.etc / "x")
    assert layout.server == "https://127.0.0.1:7001"


def test_free_ports_must_all_differ() -> None:
    assert len(set(free_ports().values())) == len(PORTS)


def test_kubelet_must_stay_in_the_clusters_control_group_and_ask_its_dns(layout: Layout) -> None:
    network = layout.network
    assert network is not None
    config = kubelet_config(layout, network)
    assert config["cgroupRoot"] == "/roro5"
    assert config["clusterDNS"] == ["10.112.80.10"]
    assert proxy_config(layout, network)["clusterCIDR"] == "10.244.5.0/24"


def test_dns_must_forward_only_where_there_is_somebody_to_ask() -> None:
    assert "forward . 10.0.0.2 10.0.0.3" in corefile("/k", "10.245.0.2", ["10.0.0.2", "10.0.0.3"])
    assert "forward" not in corefile("/k", "10.245.0.2", [])


def test_a_name_server_on_the_loopback_address_must_be_replaced_by_the_one_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub, real = tmp_path / "stub", tmp_path / "real"
    stub.write_text("nameserver 127.0.0.53\nsearch home\n")
    real.write_text("# found by DHCP\nnameserver 192.0.2.1\n")
    monkeypatch.setattr(namespaces, "RESOLV_FILES", (stub, tmp_path / "missing", real))
    assert nameservers() == ["192.0.2.1"]


def test_all_control_group_hierarchies_must_be_found() -> None:
    mounts = "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n"
    assert cgroups.hierarchies(mounts) == [("cgroup", Path("/sys/fs/cgroup/cpu")), ("cgroup2", Path("/sys/fs/cgroup/unified"))]


def test_a_control_group_must_be_made_with_all_controllers_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = tmp_path / "cpuset", tmp_path / "unified"
    for root in (old, new, old / "roro5"):
        root.mkdir()
    (old / "cpuset.cpus").write_text("0-1\n")
    (old / "roro5" / "cpuset.cpus").write_text("\n")
    (new / "cgroup.controllers").write_text("cpu memory\n")
    (new / "roro5").mkdir()
    (new / "roro5" / "cgroup.controllers").write_text("cpu memory\n")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"cgroup {old} cgroup rw 0 0\ncgroup2 {new} cgroup2 rw 0 0\n")
    monkeypatch.setattr(cgroups, "MOUNTS", mounts)
    assert not cgroups.make_group("roro5")
    assert (old / "roro5" / "cpuset.cpus").read_text() == "0-1\n"
    assert (new / "roro5" / "cgroup.subtree_control").read_text() == "+memory"
    for left in (*(old / "roro5").iterdir(), *(new / "roro5").iterdir()):
        left.unlink()
    (old / "roro5" / "pod" / "container").mkdir(parents=True)
    assert cgroups.remove_group("roro5")
    assert not cgroups.remove_group("roro5")


def test_only_what_is_missing_must_be_installed_and_nothing_started(
    fake_commands: FakeCommands, tmp_path: Path, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages, "POLICY", policy)
    plugins = tmp_path / "cni"
    plugins.mkdir()
    for plugin in packages.CNI_PLUGINS:
        (plugins / plugin).touch()
    monkeypatch.setattr(packages, "CNI_DIRECTORIES", (plugins,))
    for need in packages.NEEDS[1:]:
        fake_commands.add(need.command)
    fake_commands.add("busybox")
    install = (
        f"if 'install' in args: print(os.stat({str(policy)!r}).st_mode); (here / 'containerd').touch(); (here / 'containerd').chmod(0o755)"
    )
    fake_commands.add("apt-get", install)
    packages.ensure_packages(progress)
    installed = [call for call in fake_commands.calls("apt-get") if "install" in call]
    assert [word for word in installed[0] if not word.startswith("-") and "::" not in word] == ["install", "containerd"]
    assert not policy.exists()
    packages.ensure_packages(progress)
    assert len([call for call in fake_commands.calls("apt-get") if "install" in call]) == 1


def test_without_apt_the_error_must_name_what_to_install(
    fake_commands: FakeCommands, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "CNI_DIRECTORIES", ())
    with pytest.raises(LocalClusterError, match=r"containerd, runc, .*containernetworking-plugins") as caught:
        packages.ensure_packages(progress)
    assert "package manager" in (caught.value.problems[0].hint or "")


def test_a_failed_installation_must_be_quoted_with_the_command_to_try(
    fake_commands: FakeCommands, progress: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(packages, "CNI_DIRECTORIES", ())
    fake_commands.add("apt-get", "if 'install' in args: sys.exit('E: Unable to locate package')")
    with pytest.raises(LocalClusterError, match="Unable to locate package") as caught:
        packages.ensure_packages(progress)
    assert "apt-get install" in (caught.value.problems[0].hint or "")
    assert not (tmp_path / "policy-rc.d").exists()


def test_simulated_nodes_must_be_told_from_real_ones() -> None:
    beside, alone = node_manifest(7, tainted=True), node_manifest(7, tainted=False)
    assert beside["metadata"]["name"] == "simulated-0007"
    assert beside["metadata"]["labels"]["roro.dev/simulated"] == "true"
    assert beside["spec"]["taints"] == [{"key": "roro.dev/simulated", "value": "true", "effect": "NoSchedule"}]
    assert alone["spec"] == {}


@pytest.mark.parametrize("name", ["nodes", "pods", "volumes"])
def test_every_stage_must_be_a_document_of_kwok(name: str) -> None:
    stages = list(yaml.safe_load_all((role_files() / "simulated" / f"{name}.yaml").read_text()))
    assert stages
    assert {stage["kind"] for stage in stages} == {"Stage"}


def test_a_nodes_processes_must_not_look_for_the_persons_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """containerd runs every `exec`, also of probes, through XDG_RUNTIME_DIR; a login as root over SSH has one that the node does not."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/0")
    monkeypatch.setenv("KUBECONFIG", "/root/.kube/config")
    inside = namespaces.plain_environment()
    assert (inside["XDG_RUNTIME_DIR"], inside["KUBECONFIG"], inside["HOME"]) == ("", "", "/var/lib")
