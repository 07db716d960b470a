"""Every broken workspace of the corpus: exit code 2, where and what to do, no traceback, and the cluster is never asked."""

from __future__ import annotations

import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_runs import Command, Ran, clean_environment

CORPUS = Path(__file__).parents[2] / "corpus" / "broken"
FOLDERS = sorted(path.parent for path in CORPUS.glob("*/expected.yaml"))


def expectation(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((folder / "expected.yaml").read_text())
    return loaded


DOCUMENTS = [folder for folder in FOLDERS if expectation(folder)["stage"] == "documents"]
TEMPLATES = [folder for folder in FOLDERS if expectation(folder)["stage"] == "render"]
REPRESENTATIVE = TEMPLATES[::6]
"""Templates that go the whole way through the playbook; the others take the same code by a shorter one."""


class Watched(http.server.ThreadingHTTPServer):
    """Stands where the cluster should be and counts who knocks."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        self.knocks = 0

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.knocks += 1
        return False


@pytest.fixture
def nobody_knocks(tmp_path: Path) -> Iterator[Path]:
    """A kubeconfig that leads to a server nobody may ask."""
    with Watched() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = tmp_path / "kubeconfig"
        cluster = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_address[1]}"}}
        context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
        user = {"name": "u", "user": {"token": "t"}}
        document = {"clusters": [cluster], "contexts": [context], "users": [user], "current-context": "c"}
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **document}))
        yield path
        server.shutdown()
        assert server.knocks == 0, "the cluster was asked although the documents are wrong"


def roro_in(folder: Path, tmp_path: Path, kubeconfig: Path) -> Command:
    """The command in a copy of the folder."""
    root = tmp_path / "workspace"
    shutil.copytree(folder, root)
    directories = {f"XDG_{what}": str(tmp_path / what.lower()) for what in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME")}
    return Command(root, clean_environment(**directories, K8S_AUTH_KUBECONFIG=str(kubeconfig)), "")


def must_refuse(ran: Ran, folder: Path) -> None:
    expected = expectation(folder)
    assert ran.code == 2, ran.told
    assert ran.stdout == "", ran.told
    assert "Traceback" not in ran.stderr, ran.told
    assert "this is a bug" not in ran.stderr, ran.told
    problems = [text.partition("\n") for text in ran.stderr.split("Error: ")[1:]]
    matching = [hint for told, _, hint in problems if expected["error"] in told and expected["where"] in told]
    assert matching, ran.told
    assert any(expected.get("hint", "") in hint for hint in matching), ran.told
    assert all(line.startswith("       ") for _, _, hint in problems for line in hint.splitlines()), ran.told


@pytest.mark.parametrize("folder", [*DOCUMENTS, *REPRESENTATIVE], ids=lambda folder: folder.name)
def test_up_must_refuse_it_and_touch_nothing(folder: Path, tmp_path: Path, nobody_knocks: Path) -> None:
    must_refuse(roro_in(folder, tmp_path, nobody_knocks)("up", "dev", "--profile", "*"), folder)


@pytest.mark.parametrize("folder", [folder for folder in TEMPLATES if folder not in REPRESENTATIVE], ids=lambda folder: folder.name)
def test_config_must_refuse_it_with_the_same_words(folder: Path, tmp_path: Path, nobody_knocks: Path) -> None:
    must_refuse(roro_in(folder, tmp_path, nobody_knocks)("config", "dev", "--render", "--profile", "*"), folder)


@pytest.mark.parametrize("command", ["ps", "diff", "down"])
@pytest.mark.parametrize("folder", DOCUMENTS[::20], ids=lambda folder: folder.name)
def test_every_command_must_refuse_it(folder: Path, command: str, tmp_path: Path, nobody_knocks: Path) -> None:
    must_refuse(roro_in(folder, tmp_path, nobody_knocks)(command, "dev"), folder)


def test_the_corpus_must_hold_at_least_fifty_kinds_of_mistakes() -> None:
    assert len(FOLDERS) >= 50
    assert len({expectation(folder)["error"] for folder in FOLDERS}) >= 50


def test_a_mistake_must_leave_what_is_deployed_alone(notes: Any) -> None:
    """On a real cluster: what an earlier run brought up stays as it is, to the resourceVersion."""
    assert notes.roro("up", "dev").code == 0
    before = notes.footprint.versions()
    template = notes.root / "apps" / "second" / "manifests" / "notes.yaml.j2"
    template.write_text(template.read_text().replace("{{ mode }}", "{{ mod }}"))
    refused = notes.roro("up", "dev")
    assert refused.code == 2, refused.told
    assert "apps/second/manifests/notes.yaml.j2:8" in refused.stderr
    assert "mode" in refused.stderr
    assert notes.footprint.versions() == before
