"""The role `controller`: from a Git server over HTTPS with a password it keeps an environment, with few rights, and tells what it lacks."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.certificates import Authority
from git_scene import Scene, make_repository
from https_server import HttpsServer
from ssh_server import SshServer, make_key

IMAGE = "docker.io/library/roro-ee:1.0.0"
PASSWORD = "open sesame 4711"
TIMEOUT = 120.0

pytestmark = [pytest.mark.real_node, pytest.mark.timeout(900), pytest.mark.xdist_group("controller")]


def manifest(kind: str, name: str, **rest: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1" if kind == "Deployment" else "v1", "kind": kind, "metadata": {"name": name}, **rest}


def workload(name: str) -> dict[str, Any]:
    """A Deployment that needs no image."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "none.example/none:1"}]}}
    return manifest("Deployment", name, spec={"replicas": 0, "selector": {"matchLabels": labels}, "template": template})


@dataclass
class World:
    """A repository `shop` on a server, and the namespaces of its controller and of its environment."""

    cluster: Cluster
    kubeconfig: Path
    scene: Scene
    server: HttpsServer
    name: str
    folder: Path

    @property
    def home(self) -> str:
        """Where the instances are."""
        return f"{self.name}-home"

    @property
    def own(self) -> str:
        """Where the controller is."""
        return f"{self.name}-own"

    def push(self, *objects: dict[str, Any], folder: str = "", **drift: Any) -> str:
        """One app with these objects in the environment `dev`, on the server. folder: of the workspace, with a `/`. The commit."""
        documents = {
            "workspace.json": {
                "version": 1,
                "name": self.name,
                "namespace": self.home,
                "git": {"url": self.server.url("shop.git"), "interval": "1s"},
            },
            "apps/web/app.json": {},
            # A context that is for people: the controller uses its own account.
            "environments/dev/environment.json": {"context": "of-a-person", "drift": drift or {"mode": "correct"}},
        }
        files = {path: json.dumps(document) for path, document in documents.items()}
        files["apps/web/manifests/all.yaml"] = "\n---\n".join(json.dumps(one) for one in objects)
        commit = self.scene.commit({f"{folder}{path}": text for path, text in files.items()})
        self.scene.git("push", "-q", "origin", "HEAD:main")
        return commit

    def play(self, **variables: Any) -> tuple[int, str]:
        """The playbook; exit status and what it printed."""
        given = {
            "roro_kubeconfig": str(self.kubeconfig),
            "roro_controller_url": self.server.url("shop.git").replace("https://", "https://ada@"),
            "roro_controller_environments": ["dev"],
            "roro_controller_image": IMAGE,
            "roro_controller_pull_policy": "Never",
            "roro_controller_namespace": self.own,
            "roro_controller_namespaces": [self.home],
            "roro_controller_git_secret": "git",
            "roro_controller_git_ca": "git-ca",
            "roro_timeout": "3m",
            **variables,
        }
        file = self.folder / "variables.json"
        file.write_text(json.dumps(given))
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "roro.kube.controller", "-e", f"@{file}"]
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "RORO_", "ANSIBLE_"))}
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, env={**clean, "ANSIBLE_NOCOLOR": "1"}, check=False)
        return done.returncode, done.stdout + done.stderr

    def get(self, kind: str, name: str, namespace: str = "") -> dict[str, Any] | None:
        api_version = {"Deployment": "apps/v1", "Lease": "coordination.k8s.io/v1"}.get(kind, "v1")
        return self.cluster.get(self.cluster.resource(api_version, kind), namespace or self.home, name)

    def mode(self) -> str:
        """`data.mode` of the ConfigMap `settings` as it is."""
        return str(((self.get("ConfigMap", "settings") or {}).get("data") or {}).get("mode", ""))

    @contextmanager
    def modes(self) -> Iterator[list[str]]:
        """Every `data.mode` that the ConfigMap has meanwhile."""
        seen, stop = [self.mode()], threading.Event()

        def watch() -> None:
            resource = self.cluster.resource("v1", "ConfigMap")
            for event in self.cluster.watch(resource, self.home, field_selector="metadata.name=settings", stop=stop):
                seen.extend(one["data"]["mode"] for one in (*event.items, event.object) if one.get("data"))

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield seen
        finally:
            stop.set()
            thread.join(10)

    def metrics(self, pod: str) -> str:
        """What Prometheus reads of a pod, by way of the API server."""
        path = f"/api/v1/namespaces/{self.own}/pods/{pod}:9464/proxy/metrics"
        command = ["kubectl", "get", "--raw", path]
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    def change(self, mode: str) -> None:
        """Somebody's hand."""
        self.cluster.merge_patch(self.cluster.resource("v1", "ConfigMap"), self.home, "settings", {"data": {"mode": mode}})

    def pods(self) -> list[dict[str, Any]]:
        """The controller's pods that are not going."""
        found = self.cluster.list(self.cluster.resource("v1", "Pod"), self.own, selector="roro.dev/controller=controller").items
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def logs(self) -> str:
        """What its containers wrote."""
        found = []
        for pod in self.pods():
            for container in ("clone", "roro"):
                try:
                    found += [f"{container}: {line}" for line in self.cluster.logs(self.own, pod["metadata"]["name"], container, tail=200)]
                except Exception as error:
                    found.append(f"{container}: {error}")
        return "\n".join(found)

    def leader(self) -> str:
        """Who holds the Lease."""
        return str(((self.get("Lease", "roro-controller", self.own) or {}).get("spec") or {}).get("holderIdentity") or "")


@pytest.fixture
def world(cluster: Cluster, cluster_kubeconfig: Path, unique: str, tmp_path: Path) -> Iterator[World]:
    (tmp_path / "authority").mkdir()
    (tmp_path / "served").mkdir()
    authority = Authority(tmp_path / "authority", "ca")
    scene = make_repository(tmp_path / "source")
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(tmp_path / "served/shop.git")], check=True)
    scene.git("remote", "add", "origin", str(tmp_path / "served/shop.git"))
    with HttpsServer(tmp_path / "served", authority, users={"ada": PASSWORD}, host=reached_by_pods(cluster)) as server:
        made = World(cluster, cluster_kubeconfig, scene, server, unique, tmp_path)
        secret = {"password": base64.b64encode(f"{PASSWORD}\n".encode()).decode()}
        for namespace in (made.home, made.own):
            cluster.create(cluster.resource("v1", "Namespace"), {**manifest("Namespace", namespace)})
        metadata = {"namespace": made.own}
        for obj in (
            {**manifest("Secret", "git", data=secret), "metadata": {"name": "git", **metadata}},
            {
                **manifest("ConfigMap", "git-ca", data={"ca.crt": authority.pair.certificate.read_text()}),
                "metadata": {"name": "git-ca", **metadata},
            },
        ):
            cluster.create(cluster.resource("v1", str(obj["kind"])), obj)
        yield made
    for namespace in (made.home, made.own):
        cluster.delete(cluster.resource("v1", "Namespace"), None, namespace)


def reached_by_pods(cluster: Cluster) -> str:
    """The address of this machine on the way to the cluster."""
    server = urlsplit(cluster.server)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect((server.hostname, server.port or 443))
        return str(one.getsockname()[0])


def test_a_controller_must_keep_an_environment_with_few_rights_and_survive_its_leader(world: World, eventually: Any) -> None:
    world.push(manifest("ConfigMap", "settings", data={"mode": "1"}), workload("web"))
    status, output = world.play()
    assert status == 0, output + world.logs()
    assert "changed=1" in output

    # What is in Git is on the cluster, and comes back.
    eventually(lambda: world.mode() == "1", TIMEOUT)
    eventually(lambda: world.get("Deployment", "web"), TIMEOUT)
    eventually(world.leader)
    world.change("by hand")
    eventually(lambda: world.mode() == "1", TIMEOUT)
    world.push(manifest("ConfigMap", "settings", data={"mode": "2"}), workload("web"))
    eventually(lambda: world.mode() == "2", TIMEOUT)

    # The leader goes; another one leads, and keeps as it did.
    first = world.leader()
    (leading,) = [pod["metadata"]["name"] for pod in world.pods() if pod["metadata"]["name"] in first]
    numbers = {name: world.metrics(name) for name in (pod["metadata"]["name"] for pod in world.pods())}
    assert [name for name, text in numbers.items() if "\nroro_reconcile_leader 1\n" in text] == [leading]
    assert 'roro_reconcile_corrections_total{environment="dev",instance="web",kind="ConfigMap"}' in numbers[leading]
    assert 'roro_reconcile_drifted{environment="dev",instance="web"} 0' in numbers[leading]
    with world.modes() as seen:
        world.cluster.delete(world.cluster.resource("v1", "Pod"), world.own, leading)
        eventually(lambda: world.leader() not in ("", first), TIMEOUT)
        world.change("by hand again")
        eventually(lambda: "by hand again" in seen and world.mode() == "2", TIMEOUT)
        eventually(lambda: seen[-1] == "2")
    assert "1" not in seen, "the other pod's clone is older: it must not take back what was deployed since"

    # It is told as events, and the password is nowhere that others read.
    events = world.cluster.list(world.cluster.resource("v1", "Event"), world.home).items
    assert any(event["reportingComponent"] == "roro.dev/reconcile" for event in events)
    assert PASSWORD not in json.dumps([world.pods(), events]) + world.logs()
    assert world.play()[1].count("changed=0") == 1

    # It goes without a trace; what it kept stays.
    status, output = world.play(roro_controller_state="absent")
    assert status == 0, output
    assert world.get("Deployment", "controller", world.own) is None
    roles = world.cluster.list(world.cluster.resource("rbac.authorization.k8s.io/v1", "Role"), world.home).items
    assert roles == [] and world.mode() == "2"


def test_a_right_that_is_missing_must_be_told_in_words(world: World, eventually: Any) -> None:
    world.push(manifest("ConfigMap", "settings", data={"mode": "1"}), workload("web"))
    status, output = world.play(roro_controller_kinds=["configmaps"], roro_controller_replicas=1)
    assert status == 0, output + world.logs()
    eventually(lambda: "you may not list deployments" in world.logs(), TIMEOUT)
    events = world.cluster.resource("v1", "Event")
    told = eventually(lambda: [one for one in world.cluster.list(events, world.home).items if one["reason"] == "Failed"], TIMEOUT)
    assert "you may not list deployments" in told[0]["message"]
    assert "Traceback" not in world.logs()


def test_a_repository_over_ssh_must_be_followed_and_all_namespaces_be_kept_where_that_is_asked_for(world: World, eventually: Any) -> None:
    with SshServer(world.folder / "sshd", host=reached_by_pods(world.cluster)) as server:
        key = make_key(world.folder / "key")
        server.authorize(key)
        held = {"ssh-privatekey": key.read_text(), "known_hosts": server.known_host}
        secret = {"metadata": {"name": "key", "namespace": world.own}, "stringData": held, "apiVersion": "v1", "kind": "Secret"}
        world.cluster.create(world.cluster.resource("v1", "Secret"), secret)
        world.push(manifest("ConfigMap", "settings", data={"mode": "1"}), folder="deploy/shop/")
        status, output = world.play(
            roro_controller_url=server.url(world.folder / "served/shop.git"),
            roro_controller_git_secret="key",
            roro_controller_git_ca="",
            roro_controller_branch="main",
            roro_controller_path="deploy/shop/",
            roro_controller_namespaces="*",
            roro_controller_cluster_kinds=["namespaces"],
            roro_controller_disruption_budget=True,
            roro_controller_replicas=1,
        )
        assert status == 0, output + world.logs()
        eventually(lambda: world.mode() == "1", TIMEOUT)
        world.push(manifest("ConfigMap", "settings", data={"mode": "2"}), folder="deploy/shop/")
        eventually(lambda: world.mode() == "2", TIMEOUT)
        assert "was searched" not in world.logs(), "it may look everywhere"
        budgets = world.cluster.list(world.cluster.resource("policy/v1", "PodDisruptionBudget"), world.own).items
        assert [one["metadata"]["name"] for one in budgets] == ["controller"]
        assert world.play(roro_controller_state="absent")[0] == 0
        role = world.cluster.resource("rbac.authorization.k8s.io/v1", "ClusterRole")
        assert world.cluster.get(role, None, f"roro-{world.own}-controller") is None


def test_pods_must_be_confined_and_no_right_be_in_the_cluster(world: World) -> None:
    world.push(manifest("ConfigMap", "settings", data={"mode": "1"}))
    status, output = world.play(roro_wait=False, roro_controller_replicas=1)
    assert status == 0, output
    deployment = world.get("Deployment", "controller", world.own)
    assert deployment is not None
    pod = deployment["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 1000
    for container in pod["containers"] + pod["initContainers"]:
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert not any(name in json.dumps(container.get("env")) for name in ("PASSWORD", "TOKEN", "secretKeyRef"))
    (git,) = [volume for volume in pod["volumes"] if volume["name"] == "git"]
    assert git["secret"]["defaultMode"] == 0o400
    bindings = world.cluster.list(world.cluster.resource("rbac.authorization.k8s.io/v1", "ClusterRoleBinding")).items
    assert not [one for one in bindings if any(subject.get("namespace") == world.own for subject in one.get("subjects") or ())]
    again = world.play(roro_wait=False, roro_controller_replicas=1)[1]
    assert "changed=0" in again


def test_a_password_in_the_address_must_be_refused_before_anything_is_written(world: World) -> None:
    status, output = world.play(roro_controller_url="https://ada:sesame@git.example.com/shop.git")
    assert status != 0 and "has a password in it" in output
    assert world.get("Deployment", "controller", world.own) is None
