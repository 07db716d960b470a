"""A cluster that is gone, wrong or says no: one clear message with what to do, never a traceback."""

from __future__ import annotations

import base64
import copy
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from command_runs import Ran
from command_workspace import Workspace

Kubeconfig = dict[str, Any]
AUTHORITY = """
[ca]
default_ca = d
[d]
database = FOLDER/index.txt
new_certs_dir = FOLDER
rand_serial = yes
default_md = sha256
policy = p
x509_extensions = x
[p]
commonName = supplied
[x]
subjectAltName = IP:127.0.0.1
basicConstraints = CA:TRUE
"""
COMMANDS = ["up", "down", "ps", "diff", "doctor"]


@pytest.fixture
def kubeconfig(cluster_kubeconfig: Path) -> Kubeconfig:
    """The tests' cluster as a document, to be spoilt."""
    loaded: Kubeconfig = yaml.safe_load(cluster_kubeconfig.read_text())
    return loaded


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


@pytest.fixture
def expired(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """(port, its certificate) of a TLS server whose certificate ended long ago."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    days = ["-not_before", "20200101000000Z", "-not_after", "20200201000000Z"]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate)]
    request = subprocess.run([*make, *subject, *days], capture_output=True)
    if request.returncode:  # older than OpenSSL 3.4: a certificate cannot be dated back in one go
        _backdated(tmp_path, key, certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        threading.Thread(target=_shake_hands, args=(server, context), daemon=True).start()
        yield server.getsockname()[1], base64.b64encode(certificate.read_bytes()).decode()
        server.shutdown(socket.SHUT_RDWR)


def _backdated(folder: Path, key: Path, certificate: Path) -> None:
    settings = folder / "ca.cnf"
    (folder / "index.txt").write_text("")
    settings.write_text(AUTHORITY.replace("FOLDER", str(folder)))
    request = folder / "request.pem"
    subprocess.run(
        ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=127.0.0.1"],
        check=True,
        capture_output=True,
    )
    dates = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"]
    sign = ["openssl", "ca", "-batch", "-selfsign", "-config", settings, "-in", request, "-keyfile", key, "-out", certificate, *dates]
    subprocess.run(sign, check=True, capture_output=True)


def _shake_hands(server: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = server.accept()
            with context.wrap_socket(connection, server_side=True):
                pass
        except ssl.SSLError:
            continue
        except OSError:
            return


def spoilt(kubeconfig: Kubeconfig, **cluster: str) -> Kubeconfig:
    """The same kubeconfig with other words about the cluster."""
    changed = copy.deepcopy(kubeconfig)
    changed["clusters"][0]["cluster"].update(cluster)
    return changed


def ask(workspace: Workspace, command: str, kubeconfig: Kubeconfig, *more: str) -> Ran:
    """Run the command on the cluster of this kubeconfig."""
    path = workspace.root.parent / "spoilt-kubeconfig"
    path.write_text(json.dumps(kubeconfig))
    path.chmod(0o600)
    target = () if command == "doctor" else ("dev",)
    return workspace.roro(command, *target, "--kubeconfig", str(path), *more)


def must_tell(ran: Ran, command: str, *words: str, code: int = 1) -> None:
    """One message that has these words, and what to do."""
    assert ran.code == code, ran.told
    assert "Traceback" not in ran.stdout + ran.stderr, ran.told
    assert "this is a bug" not in ran.stderr, ran.told
    if command == "doctor":
        (message,) = [line for line in ran.stdout.splitlines() if line.startswith("✘")]
        hint = ran.stdout.partition(message)[2].lstrip("\n").splitlines()[0]
        assert hint.startswith("    -> "), ran.told
        told = message + hint
    else:
        errors = [line for line in ran.stderr.splitlines() if line.startswith("Error: ")]
        assert len(errors) == 1, ran.told
        told = ran.stderr.partition(errors[0])[1] + ran.stderr.partition(errors[0])[2]
        assert told.splitlines()[1].startswith("       "), ran.told
    for word in words:
        assert word in told, ran.told


@pytest.mark.parametrize("command", COMMANDS)
def test_a_cluster_that_is_gone_must_be_told_with_its_address(notes: Workspace, kubeconfig: Kubeconfig, command: str) -> None:
    must_tell(ask(notes, command, spoilt(kubeconfig, server="https://127.0.0.1:1")), command, "127.0.0.1:1")


@pytest.mark.parametrize("command", ["up", "ps", "doctor"])
def test_a_cluster_that_never_answers_must_be_told(notes: Workspace, kubeconfig: Kubeconfig, black_hole: int, command: str) -> None:
    must_tell(ask(notes, command, spoilt(kubeconfig, server=f"https://127.0.0.1:{black_hole}")), command, str(black_hole))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_certificate_of_another_authority_must_not_be_trusted(
    notes: Workspace, kubeconfig: Kubeconfig, expired: tuple[int, str], command: str
) -> None:
    spoilt_one = spoilt(kubeconfig, **{"certificate-authority-data": expired[1]})
    spoilt_one["clusters"][0]["cluster"].pop("certificate-authority", None)
    must_tell(ask(notes, command, spoilt_one), command, "certificate")


@pytest.mark.parametrize("command", ["up", "ps", "doctor"])
def test_a_certificate_that_expired_must_be_told(notes: Workspace, kubeconfig: Kubeconfig, expired: tuple[int, str], command: str) -> None:
    port, authority = expired
    spoilt_one = spoilt(kubeconfig, server=f"https://127.0.0.1:{port}", **{"certificate-authority-data": authority})
    must_tell(ask(notes, command, spoilt_one), command, "expired")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_token_that_is_not_accepted_must_be_told_and_never_shown(notes: Workspace, kubeconfig: Kubeconfig, command: str) -> None:
    spoilt_one = copy.deepcopy(kubeconfig)
    spoilt_one["users"][0]["user"] = {"token": "not-a-token-that-anybody-knows"}
    ran = ask(notes, command, spoilt_one)
    must_tell(ran, command, "does not accept the credentials")
    assert "not-a-token" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_context_that_does_not_exist_must_be_told_with_those_that_do(notes: Workspace, kubeconfig: Kubeconfig, command: str) -> None:
    known = kubeconfig["contexts"][0]["name"]
    ran = ask(notes, command, kubeconfig, "--context", "no-such-context")
    must_tell(ran, command, "no-such-context", known, code=1 if command == "doctor" else 2)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_kubeconfig_that_is_not_there_must_be_told(notes: Workspace, command: str) -> None:
    target = () if command == "doctor" else ("dev",)
    ran = notes.roro(command, *target, "--kubeconfig", "no-such-file")
    must_tell(ran, command, "no-such-file", code=1 if command == "doctor" else 2)


@pytest.fixture
def account(cluster: Cluster, notes: Workspace) -> Callable[[list[dict[str, Any]]], Kubeconfig]:
    """Makes a service account with these rules in the namespace of `dev`, and a kubeconfig with its token."""
    namespace = notes.namespace

    def create(api_version: str, kind: str, **content: Any) -> None:
        metadata = {"name": "deployer", "namespace": namespace} if kind != "Namespace" else {"name": namespace}
        cluster.create(cluster.resource(api_version, kind), {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content})

    def make(rules: list[dict[str, Any]]) -> Kubeconfig:
        create("v1", "Namespace")
        create("v1", "ServiceAccount")
        create("rbac.authorization.k8s.io/v1", "Role", rules=rules)
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"}
        subject = {"kind": "ServiceAccount", "name": "deployer", "namespace": namespace}
        create("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef=role, subjects=[subject])
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/deployer/token"
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token = cluster.request("POST", path, body=request)["status"]["token"]
        loaded: Kubeconfig = yaml.safe_load(Path(notes.roro.environ["K8S_AUTH_KUBECONFIG"]).read_text())
        loaded["users"][0]["user"] = {"token": token}
        return loaded

    return make


def test_rights_in_one_namespace_must_do_for_everything_with_a_notice(
    notes: Workspace, account: Callable[[list[dict[str, Any]]], Kubeconfig]
) -> None:
    rules = [{"apiGroups": [""], "resources": ["configmaps", "secrets"], "verbs": ["*"]}]
    limited = account(rules)
    up = ask(notes, "up", limited, "--output", "json")
    assert up.code == 0, up.told
    assert any("may not list secrets in all namespaces" in notice for notice in up.document["notices"]), up.told
    before = notes.footprint.versions()
    again = ask(notes, "up", limited, "--output", "json")
    assert again.code == 0, again.told
    assert again.document["changed"] is False
    assert notes.footprint.versions() == before
    ps = ask(notes, "ps", limited, "--output", "json")
    assert {item["status"] for item in ps.document["instances"]} == {"Running"}, ps.told
    diff = ask(notes, "diff", limited, "--exit-code")
    assert diff.code == 0, diff.told
    doctor = ask(notes, "doctor", limited)
    assert doctor.code == 0, doctor.told
    down = ask(notes, "down", limited)
    assert down.code == 0, down.told
    assert notes.footprint.names("ConfigMap") == set()
    assert notes.footprint.records() == {}


@pytest.mark.parametrize("command", ["up", "down", "ps", "diff"])
def test_no_rights_must_be_one_message_that_says_which_right_is_missing(
    notes: Workspace, account: Callable[[list[dict[str, Any]]], Kubeconfig], command: str
) -> None:
    ran = ask(notes, command, account([]))
    must_tell(ran, command, "may not list", notes.namespace)
    assert "can-i" in ran.stderr or "Ask for" in ran.stderr, ran.told
    assert notes.footprint.names("ConfigMap") == set()


def test_rights_to_read_only_must_fail_the_instances_with_the_right_that_is_missing(
    notes: Workspace, account: Callable[[list[dict[str, Any]]], Kubeconfig]
) -> None:
    rules = [{"apiGroups": [""], "resources": ["configmaps", "secrets"], "verbs": ["get", "list", "watch"]}]
    ran = ask(notes, "up", account(rules))
    assert ran.code == 1, ran.told
    assert "Traceback" not in ran.stderr
    assert "may not create secrets" in ran.stderr, ran.told
    assert notes.footprint.names("ConfigMap") == set()
