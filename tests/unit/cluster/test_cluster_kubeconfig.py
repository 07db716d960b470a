"""Kubeconfigs must mean here what they mean to kubectl, and what is wrong with them must be told."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import Access, resolve
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import ConnectionFailed

DEV = """
apiVersion: v1
kind: Config
current-context: dev
clusters:
- {name: c1, cluster: {server: "https://one.example:6443/", certificate-authority: pki/ca.crt}}
users:
- {name: alice, user: {token: abc, as: boss, as-groups: [ops, dev], as-uid: "7", as-user-extra: {reason: [a, b]}}}
contexts:
- {name: dev, context: {cluster: c1, user: alice, namespace: web}}
- {name: 123, context: {cluster: c1}}
"""
PROD = """
current-context: prod
clusters:
- {name: c1, cluster: {server: "https://hidden.example"}}
- {name: c2, cluster: {server: "https://two.example", insecure-skip-tls-verify: true, tls-server-name: kubernetes, proxy-url: "http://proxy:3128"}}
users:
- {name: alice, user: {token: hidden}}
- {name: bob, user: {username: bob, password: pw}}
contexts:
- {name: prod, context: {cluster: c2, user: bob}}
"""


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


@pytest.fixture
def dev(tmp_path: Path) -> str:
    return write(tmp_path, "dev/config", DEV)


@pytest.fixture
def prod(tmp_path: Path) -> str:
    return write(tmp_path, "prod/config", PROD)


def of(document: dict[str, Any], **fields: Any) -> Access:
    return resolve(Connection(kubeconfig=document, **fields), {})


def config(cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "current-context": "x",
        "clusters": [{"name": "c", "cluster": {"server": "https://h:6443", **(cluster or {})}}],
        "users": [{"name": "u", "user": user or {}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    }


def test_the_current_context_of_a_given_file_must_be_used(dev: str, tmp_path: Path) -> None:
    access = resolve(Connection(kubeconfig=dev), {})
    assert access.server == "https://one.example:6443"
    assert access.credentials.authorization() == "Bearer abc"
    assert access.ca is not None
    assert access.ca.path == str(tmp_path / "dev/pki/ca.crt")
    assert access.impersonation == (
        ("Impersonate-User", "boss"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "ops"),
        ("Impersonate-Group", "dev"),
        ("Impersonate-Extra-reason", "a"),
        ("Impersonate-Extra-reason", "b"),
    )
    found = access.resolved
    assert (found.context, found.user, found.namespace, found.source, found.chosen) == ("dev", "alice", "web", "kubeconfig", True)


def test_several_files_must_merge_with_the_first_entry_of_a_name_winning_whole(dev: str, prod: str) -> None:
    both = os.pathsep.join([dev, prod, "/nowhere/config"])
    access = resolve(Connection(context="prod"), {"KUBECONFIG": both})
    assert (access.server, access.verify, access.server_name, access.proxy) == (
        "https://two.example",
        False,
        "kubernetes",
        "http://proxy:3128",
    )
    assert access.credentials.authorization() == "Basic " + base64.b64encode(b"bob:pw").decode()
    assert access.resolved.kubeconfig == (dev, prod)
    current = resolve(Connection(), {"KUBECONFIG": both})
    assert (current.server, current.credentials.authorization()) == ("https://one.example:6443", "Bearer abc")


def test_a_context_name_that_is_a_number_must_be_found(dev: str) -> None:
    assert resolve(Connection(kubeconfig=dev, context="123"), {}).credentials.kind == "none"


def test_a_cluster_that_nobody_named_must_be_known_as_such(dev: str) -> None:
    by_variable = resolve(Connection(), {"KUBECONFIG": dev}).resolved
    assert (by_variable.source, by_variable.origin, by_variable.chosen) == ("current-context", "KUBECONFIG", False)
    home = str(Path(dev).parent)
    (Path(home) / ".kube").mkdir()
    write(Path(home), ".kube/config", DEV)
    by_home = resolve(Connection(), {"HOME": home}).resolved
    assert (by_home.source, by_home.origin, by_home.chosen) == ("current-context", "~/.kube/config", False)
    named = resolve(Connection(context="dev"), {"HOME": home}).resolved
    assert (named.source, named.origin, named.chosen) == ("context", "argument", True)


def test_data_must_win_over_the_file_and_both_kinds_of_certificate_must_be_taken(tmp_path: Path) -> None:
    data = base64.b64encode(b"PEM").decode()
    user = {"client-certificate-data": data, "client-certificate": "/ignored", "client-key": "/key.pem"}
    access = of(config({"certificate-authority-data": data, "certificate-authority": "/ignored"}, user))
    assert access.ca is not None
    assert access.ca.read() == b"PEM"
    certificate = access.credentials.certificate()
    assert certificate is not None
    assert certificate.key is not None
    assert (certificate.certificate.read(), certificate.key.path) == (b"PEM", "/key.pem")
    assert access.credentials.kind == "client certificate"


def test_a_token_file_must_be_read_again_after_a_refusal(tmp_path: Path) -> None:
    token = write(tmp_path, "token", "one\n")
    access = of(config(user={"tokenFile": token, "token": "fallback"}))
    assert access.credentials.authorization() == "Bearer one"
    assert not access.credentials.renew("Bearer one")
    write(tmp_path, "token", "two\n")
    assert access.credentials.renew("Bearer one")
    assert access.credentials.authorization() == "Bearer two"


def test_a_token_must_serve_where_its_file_cannot_be_read() -> None:
    assert of(config(user={"tokenFile": "/nowhere", "token": "fallback"})).credentials.authorization() == "Bearer fallback"
    with pytest.raises(ConnectionFailed, match="cannot read the token file"):
        of(config(user={"tokenFile": "/nowhere"})).credentials.authorization()


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        ("a: [1,\nb: }", "not valid YAML", ":2:"),
        ("- just\n- a list\n", "must be a mapping", "config"),
        ("contexts: 7\n", "`contexts` must be a list", "config"),
        ("clusters: [7]\n", r"`clusters\[0\]` must be a mapping", "config"),
        ("", "no current-context", "config"),
        ("current-context: gone\ncontexts: []\n", 'current-context "gone" does not exist', "config"),
        ("\x00", "not valid YAML", "config"),
    ],
)
def test_a_broken_kubeconfig_must_be_told_with_its_place(tmp_path: Path, text: str, message: str, where: str) -> None:
    path = write(tmp_path, "config", text)
    with pytest.raises(ConnectionFailed, match=message) as caught:
        resolve(Connection(kubeconfig=path), {})
    problem = caught.value.problems[0]
    assert where in (problem.where or "")
    assert problem.hint


def test_a_missing_context_must_be_told_with_the_nearest_and_all_others(dev: str) -> None:
    with pytest.raises(ConnectionFailed, match='there is no context "def"') as caught:
        resolve(Connection(kubeconfig=dev, context="def"), {})
    assert 'Did you mean "dev"? There is: 123, dev.' in str(caught.value)
    assert dev in str(caught.value)


def test_a_missing_file_must_be_told(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match="there is no such kubeconfig") as caught:
        resolve(Connection(kubeconfig=str(tmp_path / "none")), {})
    assert caught.value.exit_code == 2
    with pytest.raises(ConnectionFailed, match="cannot read the kubeconfig: Is a directory"):
        resolve(Connection(kubeconfig=str(tmp_path)), {})


def test_nothing_at_all_must_be_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match="no cluster was named") as caught:
        resolve(Connection(), {"HOME": str(tmp_path)}, service_account=tmp_path)
    assert "roro cluster up" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contexts": [{"name": "x", "context": {"cluster": "d"}}]}, 'names the cluster "d", which does not exist'),
        ({"contexts": [{"name": "x", "context": {"cluster": "c", "user": "v"}}]}, 'names the user "v", which does not exist'),
        ({"clusters": [{"name": "c", "cluster": {"server": "h:6443"}}]}, '"h:6443" is no address'),
        ({"clusters": [{"name": "c", "cluster": {}}]}, '"" is no address'),
        ({"clusters": [{"name": "c", "cluster": {"server": "https://h", "proxy-url": "socks5://p:1"}}]}, "`socks5` is not supported"),
        ({"clusters": [{"name": "c", "cluster": {"server": "https://h", "certificate-authority-data": "%"}}]}, "is not base64"),
        ({"users": [{"name": "u", "user": {"client-certificate": "/c"}}]}, "a client certificate and no client key"),
    ],
)
def test_what_does_not_fit_together_must_be_told(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConnectionFailed, match=message) as caught:
        of({**config(), **change})
    assert caught.value.problems[0].hint


def test_a_plugin_must_be_told_about_the_cluster_it_is_for(tmp_path: Path) -> None:
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "me"}}
    ca = write(tmp_path, "ca.crt", "PEM")
    cluster = {"certificate-authority": ca, "extensions": [{"name": "other", "extension": 1}, extension]}
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "provideClusterInfo": True}
    seen = tmp_path / "seen"
    says = '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "t"}}'
    plugin["args"] = ["-c", f"printf '%s' \"$KUBERNETES_EXEC_INFO\" > {seen}; echo '{says}'"]
    assert of(config(cluster, {"exec": plugin})).credentials.authorization() == "Bearer t"
    told = json.loads(seen.read_text())["spec"]["cluster"]
    assert told == {"server": "https://h:6443", "certificate-authority-data": "UEVN", "config": {"audience": "me"}}


def test_secrets_must_not_be_part_of_a_repr() -> None:
    connection = Connection(api_key="hunter2", password="hunter2", kubeconfig=config(user={"token": "hunter2"}))
    assert "hunter2" not in repr(connection)
    assert "hunter2" not in repr(resolve(connection, {}))


def test_json_and_a_byte_order_mark_must_be_read(tmp_path: Path) -> None:
    text = '\ufeff{"current-context": "x", "clusters": [{"name": "c", "cluster": {"server": "https://h"}}],'
    text += '"contexts": [{"name": "x", "context": {"cluster": "c"}}], "users": null}'
    assert resolve(Connection(kubeconfig=write(tmp_path, "config", text)), {}).server == "https://h"


def test_a_context_without_any_kubeconfig_must_say_that_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ConnectionFailed, match='there is no context "dev": there is no kubeconfig, or it is empty') as caught:
        resolve(Connection(context="dev"), {})
    assert "--kubeconfig FILE" in str(caught.value)
