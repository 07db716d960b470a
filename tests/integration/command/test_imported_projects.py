"""A Compose project that is imported comes up on a real cluster, does what it did, and keeps its data."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from command_workspace import Workspace

PROJECT = Path(__file__).parent / "projects" / "tiers"


@pytest.fixture
def tiers(tmp_path: Path, make_workspace: Callable[[Path], Workspace]) -> Workspace:
    """The project, imported by the command; the workspace is a copy with a name of its own."""
    shutil.copytree(PROJECT, tmp_path / "project")
    command = [sys.executable, "-m", "roro", "import", str(tmp_path / "project"), "--into", str(tmp_path / "imported")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "Not carried over" not in done.stdout
    return make_workspace(tmp_path / "imported")


@pytest.mark.real_node
def test_an_imported_project_must_come_up_and_keep_its_data(tiers: Workspace) -> None:
    checked = tiers.roro("up", "dev", "--check")
    assert checked.code == 0, checked.told

    up = tiers.roro("up", "dev", "--output", "json")
    assert up.code == 0, up.told
    running = {item["instance"]: item["status"] for item in up.document["instances"]}
    assert running == dict.fromkeys(("web", "api", "db", "seed"), "Running"), "tools has a profile that nobody asked for"
    versions = tiers.footprint.versions()

    address = tiers.roro("open", "dev", "web", "--print").stdout.strip().rstrip("/")
    with urlopen(f"{address}/from-api", timeout=20) as answer:
        assert answer.read().decode() == "Hello from a file\nopen sesame\n"
    with urlopen(address, timeout=20) as answer:
        assert "imported" in answer.read().decode()

    again = tiers.roro("up", "dev", "--output", "json")
    assert again.code == 0, again.told
    assert again.document["changed"] is False
    assert tiers.footprint.versions() == versions

    assert tiers.roro("exec", "dev", "db", "--", "sh", "-c", "echo kept > /data/row").code == 0
    restarted = tiers.roro("restart", "dev", "db")
    assert restarted.code == 0, restarted.told
    assert tiers.roro("exec", "dev", "db", "--", "cat", "/data/row").stdout == "kept\n"

    assert tiers.roro("down", "dev", "--volumes").code == 0
    assert tiers.footprint.objects() == {}


CORPUS = Path(__file__).parents[2] / "corpus" / "compose"


@pytest.mark.parametrize("name", ["06-storage", "07-deploy", "08-security", "09-network", "10-build-and-hooks"])
def test_what_a_project_becomes_must_be_accepted_by_the_server(
    tmp_path: Path, make_workspace: Callable[[Path], Workspace], name: str
) -> None:
    command = [sys.executable, "-m", "roro", "import", str(CORPUS / name), "--into", str(tmp_path / "imported")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    workspace = make_workspace(tmp_path / "imported")
    checked = workspace.roro("up", "dev", "--check")
    assert checked.code == 0, checked.told
    assert workspace.footprint.objects() == {}
