"""Promises about kind, k3d and minikube, against fakes of these commands: a small cluster state beside a fake API server."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._errors import LocalClusterError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.images import ImageConfig, write_image
from local_cluster_fakes import FakeApiServer, FakeCommands

Progress = Callable[[str, str], None]

KIND = """
made = here / 'kind.made'
if args[:2] == ['get', 'clusters']:
    print(made.read_text() if made.exists() else '')
elif args[0] == 'create':
    made.write_text(args[args.index('--name') + 1])
elif args[:2] == ['get', 'kubeconfig']:
    print((here / 'theirs.kubeconfig').read_text())
elif args[0] == 'delete':
    made.unlink()
"""
K3D = """
made = here / 'k3d.made'
if args[:2] == ['cluster', 'list']:
    print(json.dumps([{'name': made.read_text()}]) if made.exists() else 'null')
elif args[:2] == ['cluster', 'create']:
    made.write_text(args[2])
elif args[:2] == ['kubeconfig', 'get']:
    print((here / 'theirs.kubeconfig').read_text())
elif args[:2] == ['cluster', 'delete']:
    made.unlink()
"""
MINIKUBE = """
made = here / 'minikube.made'
if args[:2] == ['profile', 'list']:
    print(json.dumps({'valid': [{'Name': made.read_text()}] if made.exists() else [], 'invalid': None}))
elif args[0] == 'start':
    made.write_text(args[args.index('--profile') + 1])
    Path(os.environ['KUBECONFIG']).write_text((here / 'theirs.kubeconfig').read_text())
elif args[0] == 'delete':
    made.unlink()
"""
BODIES = {"kind": KIND, "k3d": K3D, "minikube": MINIKUBE}
CREATE = {"kind": ["create", "cluster"], "k3d": ["cluster", "create"], "minikube": ["start"]}
LOAD = {"kind": ["load", "image-archive"], "k3d": ["image", "import"], "minikube": ["image", "load"]}


def words(calls: list[list[str]], wanted: list[str]) -> list[list[str]]:
    return [call for call in calls if call[: len(wanted)] == wanted]


@pytest.fixture(params=sorted(BODIES))
def provider(request: pytest.FixtureRequest, home: Path, fake_commands: FakeCommands, api_server: FakeApiServer) -> str:
    """A provider whose command and engine are there."""
    name: str = request.param
    fake_commands.add(name, BODIES[name])
    fake_commands.add("docker")
    (fake_commands.directory / "theirs.kubeconfig").write_text(api_server.kubeconfig)
    return name


def test_up_must_make_the_cluster_once_and_find_it_again(provider: str, fake_commands: FakeCommands, progress: Progress) -> None:
    made = local.up(local.LocalClusterSpec(), progress)
    again = local.up(local.LocalClusterSpec(), progress)
    assert (made.provider, made.nodes, made.changed, again.changed) == (provider, ("real",), True, False)
    assert len(words(fake_commands.calls(provider), CREATE[provider])) == 1


def test_its_own_kubeconfig_must_have_our_context_and_nothing_else_be_touched(
    provider: str, home: Path, progress: Progress, api_server: FakeApiServer
) -> None:
    made = local.up(local.LocalClusterSpec(name="shop"), progress)
    content = yaml.safe_load(made.kubeconfig.read_text())
    assert made.context == content["current-context"] == "roro-shop"
    assert made.server == api_server.address
    assert made.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert not (home / ".kube").exists()


def test_status_must_ask_the_api_server(provider: str, progress: Progress, api_server: FakeApiServer) -> None:
    local.up(local.LocalClusterSpec(), progress)
    assert [item.state for item in local.status()] == ["running"]
    api_server.ready = False
    assert [item.state for item in local.status()] == ["stopped"]


def test_a_cluster_that_was_stopped_must_be_started(
    provider: str, fake_commands: FakeCommands, progress: Progress, api_server: FakeApiServer
) -> None:
    local.up(local.LocalClusterSpec(), progress)
    api_server.ready = False
    starter, start = {"kind": ("docker", ["start"]), "k3d": ("k3d", ["cluster", "start"]), "minikube": ("minikube", ["start"])}[provider]
    before = len(words(fake_commands.calls(starter), start))

    def watch(phase: str, message: str) -> None:
        if message.startswith("starting"):
            api_server.ready = True

    assert local.up(local.LocalClusterSpec(), watch).changed
    assert len(words(fake_commands.calls(starter), start)) == before + 1


def test_down_must_remove_it_and_be_repeatable(provider: str, home: Path, fake_commands: FakeCommands, progress: Progress) -> None:
    local.up(local.LocalClusterSpec(), progress)
    assert local.down("roro", progress)
    assert not local.down("roro", progress)
    assert not (fake_commands.directory / f"{provider}.made").exists()
    assert list((home / "state" / "roro" / "clusters").iterdir()) == []


def test_a_cluster_that_its_own_command_removed_must_still_come_down(
    provider: str, fake_commands: FakeCommands, progress: Progress
) -> None:
    local.up(local.LocalClusterSpec(), progress)
    (fake_commands.directory / f"{provider}.made").unlink()
    assert local.down("roro", progress)
    assert local.status() == []


def test_images_must_reach_its_own_command_uncompressed(
    provider: str, tmp_path: Path, fake_commands: FakeCommands, progress: Progress
) -> None:
    (tmp_path / "root").mkdir()
    archive = tmp_path / "image.tar"
    write_image("example/tool:1", tmp_path / "root", archive, ImageConfig())
    packed = tmp_path / "packed.tar.gz"
    packed.write_bytes(gzip.compress(archive.read_bytes()))
    local.up(local.LocalClusterSpec(), progress)
    assert local.load_images("roro", [archive, packed], progress)
    loads = words(fake_commands.calls(provider), LOAD[provider])
    assert str(archive) in loads[0]
    assert loads[1][2].endswith(".tar")


def test_a_version_must_be_passed_on_and_told(provider: str, fake_commands: FakeCommands, progress: Progress) -> None:
    made = local.up(local.LocalClusterSpec(kubernetes_version="v1.33.2"), progress)
    assert "v1.33.2" in " ".join(words(fake_commands.calls(provider), CREATE[provider])[0])
    assert made.kubernetes_version == local.status("roro")[0].kubernetes_version == "v1.33.2"


def test_the_version_of_a_cluster_that_is_stopped_must_be_what_was_asked_for(
    provider: str, api_server: FakeApiServer, progress: Progress
) -> None:
    local.up(local.LocalClusterSpec(kubernetes_version="v1.33.1"), progress)
    api_server.ready = False
    assert local.status("roro")[0].kubernetes_version == "v1.33.1"


@pytest.mark.parametrize("version", ["1.33", "v1.33", "1.33.2"])
def test_a_version_that_names_no_image_must_be_refused(
    provider: str, version: str, fake_commands: FakeCommands, progress: Progress
) -> None:
    with pytest.raises(UsageError, match=f"Kubernetes version '{version}'"):
        local.up(local.LocalClusterSpec(kubernetes_version=version), progress)
    assert words(fake_commands.calls(provider), CREATE[provider]) == []


def test_a_command_that_fails_must_be_quoted(provider: str, fake_commands: FakeCommands, progress: Progress) -> None:
    fake_commands.add(
        provider, BODIES[provider] + f"\nif args[:{len(CREATE[provider])}] == {CREATE[provider]!r}: sys.exit('no space left')"
    )
    with pytest.raises(LocalClusterError, match="no space left") as caught:
        local.up(local.LocalClusterSpec(), progress)
    assert f"{provider} " in (caught.value.problems[0].hint or "")


def test_merging_must_be_undone_by_down(provider: str, home: Path, progress: Progress) -> None:
    local.up(local.LocalClusterSpec(merge_kubeconfig=True), progress)
    local.up(local.LocalClusterSpec(), progress)
    mine = home / ".kube" / "config"
    assert [entry["name"] for entry in yaml.safe_load(mine.read_text())["contexts"]] == ["roro-roro"]
    local.down("roro", progress)
    assert yaml.safe_load(mine.read_text())["contexts"] == []


def test_auto_must_pass_over_a_command_whose_engine_does_not_answer(home: Path, fake_commands: FakeCommands, progress: Progress) -> None:
    fake_commands.add("kind", KIND)
    fake_commands.add("docker", "sys.exit(1)")
    with pytest.raises(LocalClusterError, match="provider kind cannot be used: docker does not answer"):
        local.up(local.LocalClusterSpec(provider="kind"), progress)
    with pytest.raises(LocalClusterError, match="the command k3d is missing"):
        local.up(local.LocalClusterSpec(provider="k3d"), progress)


def test_another_provider_for_a_living_cluster_must_be_refused(provider: str, progress: Progress) -> None:
    local.up(local.LocalClusterSpec(), progress)
    with pytest.raises(UsageError, match=f"was made by {provider}, not native"):
        local.up(local.LocalClusterSpec(provider="native"), progress)
