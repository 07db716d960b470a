# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A job's credentials on a real API server: exchanged while the job waits, and left nowhere."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import resolve
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError

SIGNAL = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "signal"}, "data": {"mode": "a"}}
WHEN_GIVEN = [{"kind": "ConfigMap", "name": "signal", "path": "$.data.go", "equals": "yes"}]


class Robot:
    """A service account, with tokens that end when the Secret that each is bound to goes."""

    def __init__(self, cluster: Cluster, namespace: str, unique: str) -> None:
        self.cluster, self.namespace, self.tokens = cluster, namespace, {}
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": namespace}}
        cluster.apply(cluster.resource("v1", "ServiceAccount"), account)
        self.binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"{unique}-robot"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "robot", "namespace": namespace}],
        }
        cluster.apply(cluster.resource("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"), self.binding)

    def token(self, name: str) -> str:
        """A new one, bound to a Secret of that name."""
        secrets = self.cluster.resource("v1", "Secret")
        made = self.cluster.create(secrets, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": self.namespace}})
        bound = {"apiVersion": "v1", "kind": "Secret", "name": name, "uid": made["metadata"]["uid"]}
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"boundObjectRef": bound}}
        answer = self.cluster.request("POST", f"/api/v1/namespaces/{self.namespace}/serviceaccounts/robot/token", body=request)
        return str(answer["status"]["token"])

    def revoke(self, name: str) -> None:
        """From some seconds on, the API server denies the token of that name."""
        self.cluster.delete(self.cluster.resource("v1", "Secret"), self.namespace, name)


@pytest.fixture
def robot(cluster: Cluster, namespace: str, unique: str) -> Iterator[Robot]:
    made = Robot(cluster, namespace, unique)
    yield made
    cluster.delete(cluster.resource("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"), None, made.binding["metadata"]["name"])


def replace(path: Path, text: str) -> None:
    (path.parent / "new").write_text(text)
    os.replace(path.parent / "new", path)


@pytest.fixture
def credential(tmp_path: Path) -> Path:
    """The folder with the files that AWX writes for a job."""
    (tmp_path / "awx").mkdir()
    return tmp_path / "awx"


@pytest.fixture
def kubeconfig(cluster_kubeconfig: Path, credential: Path) -> Callable[..., None]:
    """Writes the job's kubeconfig with this user."""
    access = resolve(Connection(kubeconfig=str(cluster_kubeconfig)), {})
    assert access.ca is not None
    (credential / "ca.crt").write_bytes(access.ca.read())

    def write(**user: Any) -> None:
        document = {
            "current-context": "job",
            "clusters": [{"name": "c", "cluster": {"server": access.server, "certificate-authority": str(credential / "ca.crt")}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "job", "context": {"cluster": "c", "user": "u"}}],
        }
        replace(credential / "kubeconfig", json.dumps(document))

    return write


def is_denied(cluster_kubeconfig: Path, token: str) -> bool:
    access = resolve(Connection(kubeconfig=str(cluster_kubeconfig)), {})
    with connect(Connection(host=access.server, api_key=token, validate_certs=False)) as asking:
        try:
            asking.list(asking.resource("v1", "Namespace"))
        except ApiError as error:
            return error.status == 401
    return False


def files_with(folder: Path, text: str) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink() and text.encode() in file.read_bytes()]


@pytest.mark.parametrize("given", ["kubeconfig", "token file"])
def test_a_token_that_is_revoked_while_a_job_waits_must_be_replaced_by_the_new_one(
    given: str,
    robot: Robot,
    workspace: Any,
    playbook: Any,
    kubeconfig: Callable[..., None],
    cluster_kubeconfig: Path,
    credential: Path,
    tmp_path: Path,
    cluster: Cluster,
    eventually: Callable[..., Any],
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    playbook.environ |= {"HOME": str(home), "K8S_AUTH_KUBECONFIG": str(credential / "kubeconfig"), "RORO_LOG": "debug"}
    playbook.environ |= {"RORO_LOG_FILE": str(tmp_path / "log"), "ANSIBLE_LOCAL_TEMP": str(home / "tmp")}
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        (home / name).mkdir(mode=0o700)
        playbook.environ[name] = str(home / name)
    first, second = robot.token("first"), robot.token("second")

    def give(token: str) -> None:
        if given == "kubeconfig":
            kubeconfig(token=token)
        else:
            replace(credential / "token", token)

    if given == "token file":
        kubeconfig(tokenFile=str(credential / "token"))
    give(first)
    workspace.app("config", [SIGNAL], readiness=WHEN_GIVEN)
    result = tmp_path / "result.json"
    words = [f"roro_workspace={workspace.root}", "roro_environment=dev", f"roro_result_file={result}", "roro_wait_lock=1m"]
    process = playbook._start(["roro.kube.up", "-v", *(word for pair in words for word in ("-e", pair))])
    eventually(lambda: "config: waiting for" in playbook.output(process))
    robot.revoke("first")
    give(second)
    eventually(lambda: is_denied(cluster_kubeconfig, first))
    maps = cluster.resource("v1", "ConfigMap")
    cluster.merge_patch(maps, workspace.namespace, "signal", {"data": {"go": "yes"}})
    assert process.wait(120) == 0, playbook.output(process)

    said = playbook.output(process)
    assert json.loads(result.read_text())["instances"][0]["status"] == "Running"
    for token in (first, second):
        assert token not in said
        assert files_with(tmp_path, token) in ([], [credential / ("kubeconfig" if given == "kubeconfig" else "token")])
    assert list((home / "XDG_CACHE_HOME/roro/discovery").iterdir())


def test_a_token_that_is_revoked_and_not_replaced_must_end_the_job_with_one_message(
    robot: Robot,
    workspace: Any,
    playbook: Any,
    kubeconfig: Callable[..., None],
    cluster_kubeconfig: Path,
    credential: Path,
    eventually: Callable[..., Any],
) -> None:
    token = robot.token("only")
    robot.revoke("only")
    eventually(lambda: is_denied(cluster_kubeconfig, token))
    kubeconfig(token=token)
    playbook.environ["K8S_AUTH_KUBECONFIG"] = str(credential / "kubeconfig")
    workspace.app("config", [SIGNAL])
    process = playbook._start(["roro.kube.up", "-e", f"roro_workspace={workspace.root}", "-e", "roro_environment=dev"])
    assert process.wait(60) == 2
    said = playbook.output(process)
    assert "does not accept the credentials" in said and token not in said and "Traceback" not in said
