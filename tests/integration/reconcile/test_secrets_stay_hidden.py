"""While an environment is reconciled, what comes from Secrets must be in no output, argument, event, record of standing, log or file."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import psutil
from reconcile_scene import CONFIG_MAP, SECRET, Scene, until

sys.path.insert(0, str(Path(__file__).parents[1] / "command"))
from command_runs import clean_environment

OLD, NEW, MEDDLED = "0ld-s3cr3t-of-ada", "n3w-s3cr3t-of-ada", "by-hand-s3cr3t-of-eve"
SECRETS = [form for text in (OLD, NEW, MEDDLED) for form in (text, base64.b64encode(text.encode()).decode())]
OBJECTS = """\
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {password: "{{ password }}"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {url: "pg://ada:{{ password }}@db", mode: one}
"""


def code(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def holding(*folders: Path) -> list[Path]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if any(secret.encode() in path.read_bytes() for secret in SECRETS)]


def test_a_secret_must_show_nowhere_while_it_is_reconciled(scene: Scene, tmp_path: Path) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": scene.namespace}}
    scene.cluster.create(scene.cluster.resource("v1", "Namespace"), namespace)
    source = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "namespace": scene.namespace},
        "data": {"password": code(OLD)},
    }
    scene.cluster.create(scene.cluster.resource(*SECRET), source)
    value = {"resource": {"apiVersion": "v1", "kind": "Secret", "name": "db"}, "path": "$.data.password"}
    scene.write("apps/api/app.json", {"values": {"password": value}})
    scene.write("apps/api/manifests/all.yaml.j2", OBJECTS)
    folders = {f"XDG_{what}": str(tmp_path / "home" / what.lower()) for what in ("STATE_HOME", "RUNTIME_DIR", "CACHE_HOME")}
    environ = clean_environment(K8S_AUTH_KUBECONFIG=str(scene.kubeconfig), HOME=str(tmp_path / "home"), **folders)
    seen: list[str] = []

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        ran = subprocess.run([sys.executable, "-m", "roro", *words], cwd=scene.root, env=environ, capture_output=True, text=True)
        seen.append(f"{' '.join(words)}: {ran.stdout}{ran.stderr}")
        return ran

    assert run("up", "dev").returncode == 0, seen
    log = tmp_path / "log.txt"
    words = [sys.executable, "-m", "roro", "reconcile", "dev", "--watch", "--drift", "correct", "--no-forward", "-o", "json"]
    with log.open("w") as out:
        process = subprocess.Popen(words, cwd=scene.root, env=environ, stdout=out, stderr=out)
    try:
        until(lambda: "InSync" in log.read_text(), log.read_text)
        scene.patch(SECRET, "login", {"data": {"password": code(MEDDLED)}})
        scene.patch(CONFIG_MAP, "settings", {"data": {"url": f"pg://eve:{MEDDLED}@db"}})
        until(lambda: scene.data().get("url") == f"pg://ada:{OLD}@db", log.read_text)
        until(lambda: (scene.get(SECRET, "login") or {})["data"]["password"] == code(OLD), log.read_text)
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        seen += [f"{one.cmdline()} {one.environ()}" for one in family]
        assert holding(tmp_path / "home", scene.root) == []
    finally:
        process.terminate()
        process.wait(30)
    seen.append(log.read_text())
    scene.patch(SECRET, "db", {"data": {"password": code(NEW)}})
    scene.patch(CONFIG_MAP, "settings", {"data": {"mode": "by hand"}})
    for more in (["report", "-v"], ["propose", "-v"], ["propose", "-o", "json"]):
        assert run("reconcile", "dev", "--drift", *more, "--no-forward").returncode == 3, seen[-1]
    run("approve", "--list", "-o", "json")
    seen.append(json.dumps(scene.standing().as_record()))  # type: ignore[union-attr]
    assert run("approve", "dev", "-v").returncode == 0, seen[-1]
    assert scene.data()["url"] == f"pg://ada:{NEW}@db"
    run("ps", "dev", "-o", "json")
    run("history", "dev")
    events = scene.cluster.list(scene.cluster.resource("events.k8s.io/v1", "Event"), scene.namespace).items
    seen.append(json.dumps(events))
    seen.append(json.dumps((scene.standing() or scene).as_record()))  # type: ignore[union-attr]
    assert [text for text in seen if any(secret in text for secret in SECRETS)] == []
    assert "data.url" in "".join(seen)
    assert holding(tmp_path / "home", scene.root) == []
