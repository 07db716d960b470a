"""Whatever write a reconciliation is killed at, before the server has it or after: the next one completes it, nothing is lost or twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import resolve
from ansible_collections.roro.kube.plugins.module_utils._cluster.tls import ssl_context
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Connection
from reconcile_scene import CONFIG_MAP, DEPLOYMENT, Scene, config, deployment, secret, until

sys.path += [str(Path(__file__).parents[1] / name) for name in ("command", "faults")]
from command_cluster import Footprint
from command_runs import clean_environment
from fault_proxy import Fault, FaultProxy, Handler, Seen

WRITES = "POST|PUT|PATCH|DELETE"
STRIDE = int(os.environ.get("RORO_KILL_STRIDE", "4"))
"""Every how manieth write is one to be killed at; 1 for each of them."""


@dataclass
class Command:
    """`roro reconcile` through a proxy, killed when that says so."""

    scene: Scene
    proxy: FaultProxy
    kubeconfig: Path
    made: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """In the background."""
        folders = {f"XDG_{what}": str(self.kubeconfig.parent / what.lower()) for what in ("STATE_HOME", "RUNTIME_DIR", "CACHE_HOME")}
        environ = clean_environment(K8S_AUTH_KUBECONFIG=str(self.kubeconfig), **folders)
        program = [sys.executable, "-m", "roro", *words, "--no-forward"]
        out = (self.kubeconfig.parent / f"run{len(self.made)}.txt").open("w")
        self.made.append(subprocess.Popen(program, cwd=self.scene.root, env=environ, stdout=out, stderr=out, text=True))
        return self.made[-1]

    def kill(self) -> None:
        """The one that runs, as `kill -9` does."""
        os.kill(self.made[-1].pid, signal.SIGKILL)
        self.made[-1].wait()


def moment(command: Command, number: int, *, served: bool) -> Fault:
    """Kills the command at its n-th write that is no question (dryRun). served: the server has done it by then."""

    def act(handler: Handler, seen: Seen) -> None:
        if served:
            handler.ask(seen)
        command.kill()
        handler.reset()

    return Fault(WRITES, r"^(?!.*dryRun)(?!.*selfsubject)", act, first=number)


@pytest.fixture
def command(scene: Scene, cluster_kubeconfig: Path, tmp_path: Path) -> Iterator[Command]:
    access = resolve(Connection(kubeconfig=str(cluster_kubeconfig)), {})
    proxy = FaultProxy(access.server, ssl_context(access, access.credentials.certificate()))
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": proxy.url}}],
        "users": [{"name": "u", "user": {"token": "unused"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
    }
    place = tmp_path / "through"
    place.mkdir()
    (place / "config").write_text(yaml.safe_dump(document))
    found = Command(scene, proxy, place / "config")
    yield found
    for process in found.made:
        process.kill()
        process.wait()
    proxy.close()


def meddle(scene: Scene) -> None:
    """A field, a Secret, a deletion, a scale, and an instance that the documents changed."""
    scene.patch(CONFIG_MAP, "settings", {"data": {"mode": "by hand"}})
    scene.patch(("v1", "Secret"), "login", {"data": {"password": "aGFja2Vk"}})
    scene.delete(CONFIG_MAP, "more")
    scene.patch(DEPLOYMENT, "api", {"spec": {"replicas": 1}}, "kubectl", "/scale")


def assert_whole(scene: Scene, revisions: int) -> None:
    """All is as the documents say, recorded, owned, unlocked, and revisions are those that the documents made."""
    assert (scene.data(), scene.data("more")) == ({"mode": "one"}, {"mode": "one"})
    assert (scene.get(DEPLOYMENT, "api") or {})["spec"]["replicas"] == 0
    assert (scene.get(("v1", "Secret"), "login") or {})["data"] == {"password": "czNjcjN0"}
    footprint = Footprint(scene.cluster, scene.name)
    assert footprint.orphans() == []
    assert {name: record.outcome for name, record in footprint.records().items()} == {"api": "deployed", "web": "deployed"}
    numbers = [(one.instance, one.revision) for one in scene.history()]
    assert len(numbers) == len(set(numbers))
    assert max(number for name, number in numbers if name == "api") == 1
    assert max(number for name, number in numbers if name == "web") <= revisions


@pytest.mark.parametrize("served", [False, True], ids=["before it is served", "after it was served"])
def test_whoever_is_killed_at_any_write_must_be_completed_by_the_next(scene: Scene, command: Command, served: bool) -> None:
    scene.app("api", config(mode="one"), config("more", mode="one"), secret(password="s3cr3t"), deployment())
    scene.app("web", config("web", mode="0"))
    scene.up()
    killed = 0
    for number in range(1 + served, 60, STRIDE):
        meddle(scene)
        scene.app("web", config("web", mode=str(number)))
        fault = moment(command, number, served=served)
        command.proxy.faults[:] = [fault]
        process = command.start("reconcile", "dev", "--drift", "correct")
        code = process.wait(60)
        command.proxy.faults.clear()
        killed += fault.hit.is_set()
        assert code == (-9 if fault.hit.is_set() else 0), (command.kubeconfig.parent / f"run{len(command.made) - 1}.txt").read_text()

        def completed() -> bool:
            report = scene.once("correct")
            assert not report.failed, report.standing
            return not report.differs

        until(completed, scene.standing)  # the lock of who was killed is known to be nobody's, or breaks
        assert_whole(scene, number + 1)
        assert scene.data("web") == {"mode": str(number)}
        assert scene.once("report").findings == ()
        if not fault.hit.is_set():
            break
    assert killed > 8 // STRIDE, killed


def test_a_watch_that_is_killed_must_be_taken_up_by_the_next(scene: Scene, command: Command, eventually: Callable[..., object]) -> None:
    scene.app("api", config(mode="one"), config("more", mode="one"), secret(password="s3cr3t"), deployment())
    scene.app("web", config("web", mode="one"))
    scene.up()
    for number in (1, 3, 4, 6):
        fault = moment(command, number, served=number % 2 == 0)
        command.start("reconcile", "dev", "--watch", "--no-sync", "--drift", "correct")
        log = command.kubeconfig.parent / f"run{len(command.made) - 1}.txt"
        until(lambda log=log: log.read_text().count("InSync") >= 2, log.read_text)
        command.proxy.faults[:] = [fault]
        meddle(scene)
        assert fault.hit.wait(30), log.read_text()
        command.made[-1].wait(10)
        command.proxy.faults.clear()
        with scene.watched("correct") as heard:
            heard.await_state("api", "InSync")
            until(lambda: scene.once("report").findings == (), lambda: heard.told)
        assert_whole(scene, 1)
