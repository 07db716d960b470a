"""Images from sources to pods: with a builder that is here, and the tests' own cluster."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command_workspace import BUILD_SECRET as SECRET
from command_workspace import Workspace

pytestmark = [
    pytest.mark.real_node,
    pytest.mark.skipif(shutil.which("buildah") is None, reason="builds are tried with buildah"),
    pytest.mark.skipif(not os.environ.get("RORO_TEST_CLUSTER"), reason="images are loaded into a local cluster, by its name"),
]


def image(workspace: Workspace) -> str:
    """The image of the Deployment."""
    (found,) = (item for (_, kind, *_), item in workspace.footprint.objects().items() if kind == "Deployment")
    named: str = found["spec"]["template"]["spec"]["containers"][0]["image"]
    return named


def states(ran: object) -> list[str]:
    return [one["state"] for one in ran.document["images"]]  # type: ignore[attr-defined]


def test_up_with_build_must_bring_up_what_the_sources_say(built: Workspace) -> None:
    first = built.roro("up", "dev", "--build")
    assert first.code == 0, first.told
    before = image(built)
    assert before.startswith(f"roro.local/{built.name}/api:")
    versions = built.footprint.versions()

    again = built.roro("up", "dev", "--build")
    assert again.code == 0, again.told
    assert "no change" in again.stdout
    assert built.footprint.versions() == versions

    (built.root / "apps/api/src/notes").write_text("ignored")
    assert states(built.roro("build", "dev", "-o", "json")) == ["unchanged"]

    (built.root / "apps/api/src/text").write_text("two")
    kept = built.roro("up", "dev")
    assert kept.code == 0, kept.told
    assert "its sources changed" in kept.stderr
    assert image(built) == before

    changed = built.roro("up", "dev", "--build")
    assert changed.code == 0, changed.told
    assert image(built) != before
    assert SECRET not in "".join(one.told for one in (first, again, kept, changed))
    shown = built.roro("exec", "dev", "api", "--", "/bin/sh", "-c", "while read a; do echo $a; done < /greeting")
    assert f"hello, {len(SECRET)}" in shown.stdout, shown.told


def test_an_image_that_left_the_cluster_must_be_loaded_again(built: Workspace) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._local_cluster import images_of

    name = os.environ["RORO_TEST_CLUSTER"]
    made = built.roro("build", "dev", "-o", "json")
    assert made.code == 0, made.told
    (reference,) = [one["reference"] for one in made.document["images"]]
    assert reference in (images_of(name) or ())
    remove_from(name, reference)
    assert reference not in (images_of(name) or ())
    assert states(built.roro("build", "dev", "-o", "json")) == ["unchanged"]
    assert reference in (images_of(name) or ())


def remove_from(cluster: str, reference: str) -> None:
    """Delete it from the node, as an administrator could."""
    from ansible_collections.roro.kube.plugins.module_utils._local_cluster.layout import Layout
    from ansible_collections.roro.kube.plugins.module_utils._local_cluster.namespaces import NodeNamespace
    from ansible_collections.roro.kube.plugins.module_utils._local_cluster.native_real import _ctr
    from ansible_collections.roro.kube.plugins.module_utils._local_cluster.paths import cluster_directory
    from ansible_collections.roro.kube.plugins.module_utils._local_cluster.record import read_record

    directory = cluster_directory(cluster)
    record = read_record(directory)
    assert record is not None
    layout = Layout(directory, record)
    node = NodeNamespace(layout.directory, layout.node_name)
    subprocess.run(_ctr(node, "images", "remove", "--sync", reference), check=True, capture_output=True)


def test_a_mistake_in_a_dockerfile_must_be_told_with_its_line_and_nothing_applied(built: Workspace) -> None:
    file = built.root / "apps/api/src/Dockerfile"
    file.write_text(file.read_text().replace("COPY text /text", "RUN echo before && \\\n    exit 7"))
    failed = built.roro("up", "dev", "--build")
    assert failed.code == 1, failed.told
    assert "apps/api/src/Dockerfile:5: image api could not be built at RUN echo before && exit 7: " in failed.stderr
    assert "| before" in failed.stderr
    assert built.footprint.objects() == {}


def test_a_secret_must_not_stay_anywhere(built: Workspace, tmp_path: Path) -> None:
    made = built.roro("build", "dev", "--keep", "-o", "json")
    assert made.code == 0, made.told
    everywhere = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in everywhere if SECRET.encode() in path.read_bytes()]


def test_a_build_that_was_killed_must_leave_the_next_one_free(built: Workspace) -> None:
    file = built.root / "apps/api/src/Dockerfile"
    text = file.read_text()
    file.write_text(text.replace("COPY text /text", "RUN echo waiting && sleep 300"))
    running = built.roro.start("build", "dev", "--progress", "plain")
    running.wait_for_line(r"waiting$")
    running.process.kill()
    running.wait()
    for process in built.roro.processes():
        process.kill()
    file.write_text(text)
    after = built.roro("build", "dev", "-o", "json")
    assert after.code == 0, after.told
    assert states(after) == ["built"]


def test_check_must_build_nothing(built: Workspace) -> None:
    checked = built.roro("up", "dev", "--build", "--check")
    assert checked.code == 0, checked.told
    assert states(built.roro("build", "dev", "-o", "json")) == ["built"]


def test_config_must_know_the_image_without_building(built: Workspace) -> None:
    shown = built.roro("config", "dev", "--render")
    assert shown.code == 0, shown.told
    assert f"roro.local/{built.name}/api:" in shown.stdout
