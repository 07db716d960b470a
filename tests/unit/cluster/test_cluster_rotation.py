"""Credentials that are replaced while a run works: the next request uses the new ones."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import Access, resolve
from ansible_collections.roro.kube.plugins.module_utils._cluster.config.in_cluster import in_cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from fake_api_server import FakeApiServer, Handler, refusal, reply, stream

PODS = Resource("", "v1", "Pod", "pods", namespaced=True)


def replace(path: Path, text: str) -> None:
    """As who renews a file does it: written beside it, and put in its place."""
    (path.parent / "new").write_text(text)
    os.replace(path.parent / "new", path)


def kubeconfig(server: str, **user: Any) -> str:
    return json.dumps(
        {
            "current-context": "x",
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        }
    )


class Kubeconfig:
    """A file with one user, who a test replaces."""

    def __init__(self, folder: Path, server: str) -> None:
        self.path, self.server = folder / "kubeconfig", server
        folder.mkdir(exist_ok=True)

    def has(self, *, server: str = "", **user: Any) -> None:
        replace(self.path, kubeconfig(server or self.server, **user))


@pytest.fixture
def file(tmp_path: Path, fake: FakeApiServer) -> Kubeconfig:
    file = Kubeconfig(tmp_path / "awx", fake.url)
    file.has(token="first-token")
    return file


@pytest.fixture
def cluster(file: Kubeconfig, cluster_on: Callable[..., Cluster]) -> Cluster:
    return cluster_on(Connection(kubeconfig=str(file.path)))


def sent(fake: FakeApiServer) -> list[str | None]:
    return [seen.headers.get("Authorization") for seen in fake.requests]


def test_a_kubeconfig_that_is_replaced_must_count_from_the_next_request_on(fake: FakeApiServer, file: Kubeconfig, cluster: Cluster) -> None:
    fake.script += [reply({}), reply({})]
    cluster.get(PODS, "n", "a")
    file.has(token="second-token")
    cluster.get(PODS, "n", "a")
    assert sent(fake) == ["Bearer first-token", "Bearer second-token"]


def test_a_token_file_that_is_replaced_must_count_from_the_next_request_on(
    fake: FakeApiServer, file: Kubeconfig, tmp_path: Path, cluster_on: Callable[..., Cluster]
) -> None:
    token = tmp_path / "token"
    token.write_text("first-token\n")
    file.has(tokenFile=str(token))
    cluster = cluster_on(Connection(kubeconfig=str(file.path)))
    fake.script += [reply({}), reply({})]
    cluster.get(PODS, "n", "a")
    replace(token, "second-token\n")
    cluster.get(PODS, "n", "a")
    assert sent(fake) == ["Bearer first-token", "Bearer second-token"]


def test_the_pods_own_token_must_count_when_its_mount_is_exchanged(tmp_path: Path) -> None:
    """A kubelet writes a new folder and exchanges the link to it."""
    for number in ("1", "2"):
        (tmp_path / number).mkdir()
        (tmp_path / number / "token").write_text(f"token-{number}")
    data = tmp_path / "account"
    data.symlink_to(tmp_path / "1")
    access = in_cluster({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}, data)
    assert isinstance(access, Access) and access.credentials.authorization() == "Bearer token-1"
    (tmp_path / "link").symlink_to(tmp_path / "2")
    os.replace(tmp_path / "link", data)
    assert access.credentials.authorization() == "Bearer token-2"


def test_a_refused_token_must_be_read_again_once(fake: FakeApiServer, file: Kubeconfig, cluster: Cluster) -> None:
    def revoked(handler: Handler) -> None:
        file.has(token="second-token")
        refusal(401, "Unauthorized")(handler)

    fake.script += [revoked, reply({"kind": "Pod"})]
    assert cluster.get(PODS, "n", "a") == {"kind": "Pod"}
    assert sent(fake) == ["Bearer first-token", "Bearer second-token"]
    fake.script.append(refusal(401, "Unauthorized"))
    with pytest.raises(ApiError):
        cluster.get(PODS, "n", "a")
    assert not fake.script and len(fake.requests) == 3


def test_a_watch_must_go_on_with_the_new_token(fake: FakeApiServer, file: Kubeconfig, cluster: Cluster) -> None:
    def revoked(handler: Handler) -> None:
        file.has(token="second-token")
        refusal(401, "Unauthorized")(handler)

    event = {"type": "ADDED", "object": {"metadata": {"name": "a", "resourceVersion": "2"}}}
    fake.script += [revoked, stream(event, then="hang")]
    assert next(iter(cluster.watch(PODS, "n", resource_version="1", stop=threading.Event()))).type == "ADDED"
    assert sent(fake) == ["Bearer first-token", "Bearer second-token"]


@pytest.mark.parametrize("content", ["", "{", '{"contexts": []}', "contexts: [", None])
def test_a_kubeconfig_that_is_being_written_must_not_end_the_run(file: Kubeconfig, content: str | None) -> None:
    credentials = resolve(Connection(kubeconfig=str(file.path)), {}).credentials
    assert credentials.authorization() == "Bearer first-token"
    if content is None:
        file.path.unlink()
    else:
        file.path.write_text(content)
    assert credentials.authorization() == "Bearer first-token"
    file.has(token="second-token")
    assert credentials.authorization() == "Bearer second-token"


@pytest.mark.parametrize(
    "change",
    [
        {"server": "https://elsewhere.example:6443", "token": "of-another-server"},
        {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/false"}},
        {"tokenFile": "/etc/hostname"},
        {"token": "somebody-else", "as": "admin"},
    ],
)
def test_a_replaced_kubeconfig_must_not_bring_another_server_a_program_or_a_file(file: Kubeconfig, change: dict[str, Any]) -> None:
    """What is sent where, run and read was decided when the run began."""
    credentials = resolve(Connection(kubeconfig=str(file.path)), {}).credentials
    file.has(**change)
    assert credentials.authorization() == "Bearer first-token"


def test_a_certificate_that_is_replaced_must_be_presented_on_new_connections(
    tmp_path: Path, file: Kubeconfig, cluster_on: Callable[..., Cluster]
) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._cluster.tls import CurrentTls
    from test_cluster_credentials import Authority

    authority = Authority(tmp_path)
    certificate, key = authority.pair("me")
    file.has(server="https://127.0.0.1:1", **{"client-certificate": certificate, "client-key": key})
    current = CurrentTls(resolve(Connection(kubeconfig=str(file.path)), {}))
    before = current.context()
    assert current.context() is before
    authority.pair("me")
    assert current.context() is not before


def test_a_certificate_must_stay_while_its_key_is_still_the_old_one(tmp_path: Path, file: Kubeconfig) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._cluster.tls import CurrentTls
    from test_cluster_credentials import Authority

    authority = Authority(tmp_path)
    certificate, key = authority.pair("me")
    old = Path(key).read_bytes()
    file.has(server="https://127.0.0.1:1", **{"client-certificate": certificate, "client-key": key})
    current = CurrentTls(resolve(Connection(kubeconfig=str(file.path)), {}))
    before = current.context()
    authority.pair("me")
    new = Path(key).read_bytes()
    Path(key).write_bytes(old)
    assert current.context() is before
    replace(Path(key), new.decode())
    assert current.context() is not before
