"""Credential plugins, renewal after a refusal, TLS."""

from __future__ import annotations

import base64
import json
import os
import ssl
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection, connect, tls
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import exec_credential, resolve
from ansible_collections.roro.kube.plugins.module_utils._cluster.config.credentials import LegacyProviderCredentials
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ConnectionFailed
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fake_api_server import FakeApiServer, Handler, refusal, reply, stream

V1 = "client.authentication.k8s.io/v1"
PLUGIN = """#!/bin/sh
echo run >> {log}
printf '%s' "$KUBERNETES_EXEC_INFO" > {log}.info
printf '%s' "$EXTRA $*" > {log}.args
cat {answer}
{end}
"""


class Plugin:
    """A credential plugin whose answer a test writes."""

    def __init__(self, folder: Path) -> None:
        self.log, self.answer, self.script = folder / "log", folder / "answer", folder / "plugin"
        self.ends("")

    def ends(self, command: str) -> None:
        self.script.write_text(PLUGIN.format(log=self.log, answer=self.answer, end=command))
        self.script.chmod(0o755)

    def says(self, *, version: str = V1, **status: Any) -> None:
        self.answer.write_text(json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status}))

    @property
    def runs(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def kubeconfig(self, server: str, **fields: Any) -> dict[str, Any]:
        entry = {
            "apiVersion": V1,
            "command": str(self.script),
            "args": ["get", "token"],
            "env": [{"name": "EXTRA", "value": "more"}],
            "installHint": "get it from the shop",
            **fields,
        }
        return {
            "current-context": "x",
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": {"exec": entry}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        }


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    return Plugin(tmp_path)


def test_a_plugin_must_run_once_with_its_arguments_and_what_it_may_know(plugin: Plugin) -> None:
    plugin.says(token="abc")
    credentials = resolve(Connection(kubeconfig=plugin.kubeconfig("https://h:1", provideClusterInfo=True)), {}).credentials
    assert plugin.runs == 0
    assert [credentials.authorization() for _ in range(3)] == ["Bearer abc"] * 3
    assert plugin.runs == 1
    assert credentials.kind == "exec plugin plugin"
    assert Path(f"{plugin.log}.args").read_text() == "more get token"
    info = json.loads(Path(f"{plugin.log}.info").read_text())
    assert info == {"apiVersion": V1, "kind": "ExecCredential", "spec": {"interactive": False, "cluster": {"server": "https://h:1"}}}


def test_an_expired_credential_must_be_fetched_anew_before_it_is_used(plugin: Plugin) -> None:
    plugin.says(token="old", expirationTimestamp=(datetime.now(UTC) + timedelta(seconds=1)).isoformat())
    credentials = resolve(Connection(kubeconfig=plugin.kubeconfig("https://h:1")), {}).credentials
    assert credentials.authorization() == "Bearer old"
    plugin.says(token="new", expirationTimestamp=(datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert credentials.authorization() == "Bearer new"
    assert credentials.authorization() == "Bearer new"
    assert plugin.runs == 2


def test_a_refused_token_must_be_renewed_once(fake: FakeApiServer, cluster_on: Callable[..., Cluster], plugin: Plugin) -> None:
    plugin.says(token="old")
    cluster = cluster_on(Connection(kubeconfig=plugin.kubeconfig(fake.url)))
    pods = Resource("", "v1", "Pod", "pods", namespaced=True)
    fake.script += [reply({}), lambda handler: (plugin.says(token="new"), refusal(401, "Unauthorized")(handler))[1], reply({"kind": "Pod"})]
    cluster.get(pods, "n", "a")
    assert cluster.get(pods, "n", "a") == {"kind": "Pod"}
    assert [seen.headers["Authorization"] for seen in fake.requests] == ["Bearer old", "Bearer old", "Bearer new"]
    fake.script += [refusal(401, "Unauthorized"), refusal(401, "Unauthorized")]
    with pytest.raises(ApiError, match=r'does not accept the credentials of user "u" \(exec plugin plugin\) from context "x"') as caught:
        cluster.get(pods, "n", "a")
    assert "Log in again" in str(caught.value)
    assert not fake.script


def test_a_watch_must_renew_its_token_too(fake: FakeApiServer, cluster_on: Callable[..., Cluster], plugin: Plugin) -> None:
    plugin.says(token="old")
    cluster = cluster_on(Connection(kubeconfig=plugin.kubeconfig(fake.url)))
    event = {"type": "ADDED", "object": {"metadata": {"name": "a", "resourceVersion": "2"}}}
    fake.script += [lambda handler: (plugin.says(token="new"), refusal(401, "Unauthorized")(handler))[1], stream(event, then="hang")]
    pods, stop = Resource("", "v1", "Pod", "pods", namespaced=True), threading.Event()
    assert next(iter(cluster.watch(pods, "n", resource_version="1", stop=stop))).type == "ADDED"
    assert fake.requests[-1].headers["Authorization"] == "Bearer new"


@pytest.mark.parametrize(
    ("entry", "answer", "end", "message"),
    [
        ({"command": "/nowhere/plugin"}, {"token": "t"}, "", "cannot run the exec plugin /nowhere/plugin.*\n.*get it from the shop"),
        ({"command": ""}, {"token": "t"}, "", "names no command"),
        ({"apiVersion": "client.authentication.k8s.io/v1alpha1"}, {"token": "t"}, "", 'v1alpha1" is not supported'),
        ({"interactiveMode": "Always"}, {"token": "t"}, "", "wants a terminal"),
        ({}, {"token": "t"}, "echo 'login first' >&2; exit 3", "failed with exit code 3: login first"),
        ({}, {}, "", "neither a token nor a client certificate"),
        ({}, {"token": "t", "expirationTimestamp": "tomorrow"}, "", 'expirationTimestamp "tomorrow"'),
        ({"apiVersion": "client.authentication.k8s.io/v1beta1"}, {"token": "t"}, "", "the kubeconfig asks for"),
        ({}, None, "", "is no ExecCredential"),
    ],
)
def test_what_is_wrong_with_a_plugin_must_be_told_without_its_output(
    plugin: Plugin, entry: dict[str, Any], answer: dict[str, Any] | None, end: str, message: str
) -> None:
    plugin.ends(end)
    plugin.answer.write_text("hunter2") if answer is None else plugin.says(**answer)
    credentials = resolve(Connection(kubeconfig=plugin.kubeconfig("https://h:1", **entry)), {}).credentials
    with pytest.raises(ConnectionFailed, match=message) as caught:
        credentials.authorization()
    assert "hunter2" not in str(caught.value)


def test_a_plugin_that_hangs_must_be_given_up(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin.says(token="abc")
    plugin.ends("exec cat /dev/zero > /dev/null")
    monkeypatch.setattr(exec_credential, "TIMEOUT_SECONDS", 0.3)
    with pytest.raises(ConnectionFailed, match="did not answer within"):
        resolve(Connection(kubeconfig=plugin.kubeconfig("https://h:1")), {}).credentials.authorization()


def test_a_plugins_path_must_be_relative_to_its_kubeconfig(plugin: Plugin, tmp_path: Path) -> None:
    plugin.says(token="abc")
    path = tmp_path / "config"
    path.write_text(json.dumps(plugin.kubeconfig("https://h:1", command="./plugin")))
    assert resolve(Connection(kubeconfig=str(path)), {}).credentials.authorization() == "Bearer abc"


def with_auth_provider(token: str) -> Connection:
    provider = {"name": "oidc", "config": {"id-token": token, "client-id": "me", "idp-issuer-url": "https://issuer.invalid"}}
    kubeconfig = {
        "current-context": "x",
        "clusters": [{"name": "c", "cluster": {"server": "https://h:1"}}],
        "users": [{"name": "u", "user": {"auth-provider": provider}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    }
    return Connection(kubeconfig=kubeconfig)


def test_an_auth_provider_must_be_left_to_the_official_client() -> None:
    parts = ({"alg": "none"}, {"exp": int(time.time()) + 3600})
    token = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".c2ln"
    credentials = resolve(with_auth_provider(token), {}).credentials
    assert isinstance(credentials, LegacyProviderCredentials)
    assert credentials.kind == "auth provider oidc"
    assert credentials.authorization() == f"Bearer {token}"
    assert credentials.certificate() is None
    assert not credentials.renew(f"Bearer {token}")


@pytest.mark.parametrize("failure", ["raises", "gives nothing", "is not installed"])
def test_an_auth_provider_that_fails_must_be_told_without_its_secrets(monkeypatch: pytest.MonkeyPatch, failure: str) -> None:
    from kubernetes import config

    def load(*arguments: object, **options: object) -> None:
        if failure == "raises":
            raise ValueError("hunter2")

    monkeypatch.setattr(config, "load_kube_config_from_dict", load)
    if failure == "is not installed":
        monkeypatch.setitem(sys.modules, "kubernetes", None)
    credentials = resolve(with_auth_provider("hunter2"), {}).credentials
    with pytest.raises(
        ConnectionFailed, match=r"the auth provider oidc (failed: ValueError|gave no token|needs the Python library)"
    ) as caught:
        credentials.authorization()
    assert "hunter2" not in str(caught.value)
    assert caught.value.problems[0].hint


class Authority:
    """A CA for one test: certificates for servers and clients, with their keys."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
        self.path = self.write("ca.crt", self.signed(self.key, self.name, names=(), ca=True))

    def signed(self, key: ec.EllipticCurvePrivateKey, subject: x509.Name, *, names: tuple[str, ...], ca: bool = False) -> bytes:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def pair(self, name: str, *, password: bytes = b"") -> tuple[str, str]:
        """Paths of a certificate for that DNS name and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self.write(f"{name}.crt", self.signed(key, subject, names=(name,)))
        lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
        return certificate, self.write(f"{name}.key", pem)

    def write(self, name: str, data: bytes) -> str:
        path = self.folder / name
        path.write_bytes(data)
        return str(path)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def tls_fake(authority: Authority) -> Iterator[FakeApiServer]:
    """A fake with TLS, named `kubernetes`, that wants a client certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.pair("kubernetes"))
    context.load_verify_locations(authority.path)
    context.verify_mode = ssl.CERT_REQUIRED
    server = FakeApiServer(context)
    yield server
    server.close()


def over_tls(fake: FakeApiServer, authority: Authority, pair: tuple[str, str] | None, **cluster: Any) -> dict[str, Any]:
    user = {"client-certificate": pair[0], "client-key": pair[1]} if pair else {}
    entry = {"server": fake.url, "certificate-authority": authority.path, "tls-server-name": "kubernetes", **cluster}
    return {
        "current-context": "x",
        "clusters": [{"name": "c", "cluster": entry}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    }


@pytest.mark.parametrize("memory_files", sorted({hasattr(os, "memfd_create"), False}))  # not every build of Python has it
def test_a_client_certificate_must_be_presented_to_a_server_under_its_tls_name(
    tls_fake: FakeApiServer,
    authority: Authority,
    cluster_on: Callable[..., Cluster],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    memory_files: bool,
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    if not memory_files:
        monkeypatch.delattr(tls.os, "memfd_create", raising=False)
    tls_fake.otherwise["/version"] = reply({"gitVersion": "v1.34.4"})
    cluster = cluster_on(Connection(kubeconfig=over_tls(tls_fake, authority, authority.pair("me"))))
    assert cluster.request("GET", "/version") == {"gitVersion": "v1.34.4"}
    folder = tmp_path / "run" / "roro" / "tls"
    assert folder.exists() is not memory_files
    if folder.exists():
        assert list(folder.iterdir()) == []
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_follows_an_answer_inside_tls_must_not_be_taken_for_the_next_one(
    tls_fake: FakeApiServer, authority: Authority, cluster_on: Callable[..., Cluster]
) -> None:
    def more_than_asked(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        handler.wfile.write(b'{}HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"who": "evil"}')  # one TLS record

    tls_fake.script.append(more_than_asked)
    tls_fake.otherwise["/version"] = reply({"who": "server"})
    cluster = cluster_on(Connection(kubeconfig=over_tls(tls_fake, authority, authority.pair("me"))))
    assert [cluster.request("GET", "/version") for _ in range(3)] == [{}, {"who": "server"}, {"who": "server"}]


def test_an_unverified_server_must_be_reached_when_the_kubeconfig_says_so(
    tls_fake: FakeApiServer, authority: Authority, cluster_on: Callable[..., Cluster], recwarn: pytest.WarningsRecorder
) -> None:
    tls_fake.otherwise["/version"] = reply({})
    kubeconfig = over_tls(tls_fake, authority, authority.pair("me"), **{"insecure-skip-tls-verify": True, "tls-server-name": ""})
    assert cluster_on(Connection(kubeconfig=kubeconfig)).request("GET", "/version") == {}
    assert len(recwarn) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tls-server-name": ""}, "is not trusted: IP address mismatch"),
        ({"certificate-authority": ""}, "is not trusted: (self-signed|unable to get local issuer)"),
    ],
)
def test_a_server_that_is_not_trusted_must_be_told_at_once(
    tls_fake: FakeApiServer, authority: Authority, cluster_on: Callable[..., Cluster], change: dict[str, str], message: str
) -> None:
    cluster = cluster_on(Connection(kubeconfig=over_tls(tls_fake, authority, authority.pair("me"), **change)))
    started = time.monotonic()
    with pytest.raises(ConnectionFailed, match=f"(?i){message}") as caught:
        cluster.request("GET", "/version")
    assert "fetch its kubeconfig again" in str(caught.value)
    assert time.monotonic() - started < 3.0
    assert cluster.requests.total == 1


def test_a_server_that_does_not_speak_tls_must_be_told(fake: FakeApiServer, cluster_on: Callable[..., Cluster]) -> None:
    cluster = cluster_on(Connection(host=fake.url.replace("http:", "https:"), api_key="t"))
    with pytest.raises(ConnectionFailed, match=r"does not speak TLS|TLS with .* failed"):
        cluster.request("GET", "/version")


def test_unusable_pem_must_be_told(authority: Authority, tmp_path: Path, cluster_on: Callable[..., Cluster], fake: FakeApiServer) -> None:
    def failing(pair: tuple[str, str] | None, **cluster: Any) -> str:
        with pytest.raises(ConnectionFailed) as caught:
            cluster_on(Connection(kubeconfig=over_tls(fake, authority, pair, server="https://127.0.0.1:1", **cluster))).request("GET", "/")
        assert caught.value.problems[0].hint
        return str(caught.value)

    certificate, key = authority.pair("me")
    assert "encrypted" in failing(authority.pair("locked", password=b"pw"))
    assert "cannot be used" in failing((certificate, authority.pair("other")[1]))
    assert "cannot read the client-key file" in failing((certificate, "/nowhere"))
    assert "holds no PEM certificate" in failing((certificate, key), **{"certificate-authority": key})


def test_a_token_that_http_cannot_carry_must_be_refused_without_showing_it(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first-part\nsecond-part")
    user = {"tokenFile": str(file)}
    document = {
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": user}],
    }
    with connect(Connection(kubeconfig=document)) as cluster, pytest.raises(ConnectionFailed, match="cannot be sent") as caught:
        cluster.version()
    assert "part" not in str(caught.value)


def test_a_further_connection_must_resume_the_session_of_the_one_before(
    tls_fake: FakeApiServer, authority: Authority, cluster_on: Callable[..., Cluster]
) -> None:
    resumed: list[bool] = []
    presented: list[bool] = []

    def closing(handler: Handler) -> None:
        resumed.append(handler.connection.session_reused)
        presented.append(bool(handler.connection.getpeercert()))
        reply({}, Connection="close")(handler)
        handler.close_connection = True

    tls_fake.otherwise["/version"] = closing
    kubeconfig = over_tls(tls_fake, authority, authority.pair("me"))
    cluster = cluster_on(Connection(kubeconfig=kubeconfig))
    for _ in range(3):
        cluster.request("GET", "/version")
    assert (resumed, presented) == ([False, True, True], [True, True, True])
    cluster_on(Connection(kubeconfig=kubeconfig)).request("GET", "/version")
    assert resumed[-1] is False, "another Cluster may be another user: it begins anew"
