"""Who undoes each correction is given in to after the limit, and is named with what they change."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._reconcile.fights import MOST
from reconcile_scene import CONFIG_MAP, DEPLOYMENT, Scene, config, deployment, until

sys.path.insert(0, str(Path(__file__).parents[1] / "command"))
from command_runs import clean_environment


@dataclass
class Rival:
    """Writes data.mode of a ConfigMap whenever it is not `rival`; a controller that wants something else. times: how often it did."""

    scene: Scene
    name: str = "settings"
    times: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        while not self.stop.wait(0.03):
            if self.scene.data(self.name).get("mode") != "rival":
                self.scene.patch(CONFIG_MAP, self.name, {"data": {"mode": "rival"}}, "rival-operator")
                self.times += 1


@contextmanager
def rival(scene: Scene, name: str = "settings") -> Iterator[Rival]:
    found = Rival(scene, name)
    thread = threading.Thread(target=found.work)
    thread.start()
    try:
        yield found
    finally:
        found.stop.set()
        thread.join()


@pytest.fixture
def shop(scene: Scene) -> Scene:
    scene.app("api", config(mode="one"))
    scene.app("web", config("web", mode="one"))
    scene.up()
    return scene


def test_a_fight_must_end_after_the_limit_and_name_the_manager_and_the_field(shop: Scene) -> None:
    before = shop.revisions()
    with shop.watched("correct") as heard, rival(shop) as other:
        standing = heard.await_state("api", "Fighting")
        assert len(heard.corrections) == MOST, heard.told
        assert {(one.name, one.manager, one.action) for one in heard.corrections} == {("settings", "rival-operator", "Update")}
        assert '"rival-operator" undoes each correction of ConfigMap' in standing.message
        assert "data.mode" in standing.message and f"{MOST} times" in standing.message
        told = until(lambda: (found := shop.standing()) and (one := found.of("api")) and one.state == "Fighting" and one, shop.standing)
        assert told.message == standing.message
        # the other instance is seen to as before, and the one that is fought over is left alone by then
        shop.patch(CONFIG_MAP, "web", {"data": {"mode": "by hand"}})
        until(lambda: shop.data("web") == {"mode": "one"}, lambda: heard.told)
        assert other.times == MOST + 1
        assert len([one for one in heard.corrections if one.instance == "api"]) == MOST
    assert shop.data() == {"mode": "rival"}
    assert shop.revisions() == before


def test_other_documents_must_end_a_fight(shop: Scene) -> None:
    with shop.watched("correct") as heard:
        with rival(shop):
            heard.await_state("api", "Fighting")
        shop.app("api", config(mode="two"))
        until(lambda: shop.data() == {"mode": "two"}, lambda: heard.told)
        heard.await_state("api", "InSync")
        shop.patch(CONFIG_MAP, "settings", {"data": {"mode": "by hand"}})
        until(lambda: shop.data() == {"mode": "two"}, lambda: heard.told)


def test_who_deletes_each_time_must_be_a_fight_too(shop: Scene) -> None:
    with shop.watched("correct") as heard:
        for number in range(MOST + 1):
            until(lambda: shop.get(CONFIG_MAP, "settings"), lambda: heard.told)
            until(lambda number=number: len(heard.corrections) == number, lambda: heard.told)
            shop.delete(CONFIG_MAP, "settings")
        assert "somebody undoes each correction" in heard.await_state("api", "Fighting").message


def test_five_people_in_an_hour_must_be_no_fight_over_different_objects(scene: Scene) -> None:
    names = [f"c{number}" for number in range(MOST + 2)]
    scene.app("api", *(config(name, mode="one") for name in names), deployment())
    scene.up()
    with scene.watched("correct") as heard:
        for name in names:
            scene.patch(CONFIG_MAP, name, {"data": {"mode": "by hand"}})
            until(lambda name=name: scene.data(name) == {"mode": "one"}, lambda: heard.told)
        scene.patch(DEPLOYMENT, "api", {"spec": {"replicas": 2}}, "kubectl", "/scale")
        until(lambda: (scene.get(DEPLOYMENT, "api") or {})["spec"]["replicas"] == 0, lambda: heard.told)


def test_the_command_and_ps_must_tell_of_a_fight(shop: Scene, tmp_path: Path) -> None:
    import subprocess

    environ = clean_environment(K8S_AUTH_KUBECONFIG=str(shop.kubeconfig), XDG_STATE_HOME=str(tmp_path), XDG_RUNTIME_DIR=str(tmp_path))
    command = [sys.executable, "-m", "roro", "reconcile", "dev", "--watch", "--drift", "correct", "--no-forward"]
    log = tmp_path / "log.txt"
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=shop.root, env=environ, stdout=out, stderr=out)
    try:
        until(lambda: "reading the documents" in log.read_text(), log.read_text)
        with rival(shop):
            until(lambda: "Fighting" in log.read_text(), log.read_text)
            until(lambda: (found := shop.standing()) and (one := found.of("api")) and one.state == "Fighting", shop.standing)
            ps = subprocess.run([sys.executable, "-m", "roro", "ps", "dev"], cwd=shop.root, env=environ, capture_output=True, text=True)
    finally:
        process.terminate()
        code = process.wait(30)
    line = next(line for line in log.read_text().splitlines() if "Fighting" in line)
    assert "rival-operator" in line and "data.mode" in line and "ConfigMap" in line
    assert "Fighting" in ps.stdout and "rival-operator" in ps.stdout, ps.stdout + ps.stderr
    assert code == 0, log.read_text()
    assert "Traceback" not in log.read_text()
