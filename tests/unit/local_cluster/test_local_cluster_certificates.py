"""Promises about certificates: TLS works with them, and only with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import LocalClusterError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.api import Api
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.certificates import Authority, signing_key
from cryptography import x509
from local_cluster_fakes import FakeApiServer


def test_a_client_of_the_clusters_authority_must_be_let_in(api_server: FakeApiServer, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(api_server.kubeconfig)
    assert Api(kubeconfig).ready()


def test_a_client_of_another_authority_must_be_kept_out(api_server: FakeApiServer, tmp_path: Path) -> None:
    other = FakeApiServer(tmp_path / "other")
    other.close()
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(other.kubeconfig.replace(other.address, api_server.address))
    assert not Api(kubeconfig).ready()


def test_keys_must_be_private_and_stay_the_same_on_a_second_run(tmp_path: Path) -> None:
    first = Authority(tmp_path, "ca").issue("server", "server", hosts=["127.0.0.1", "localhost"])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert Authority(tmp_path, "ca").issue("server", "server") == first
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())


def test_a_pair_that_was_interrupted_must_be_made_again(tmp_path: Path) -> None:
    pair = Authority(tmp_path, "ca").issue("server", "server")
    pair.certificate.unlink()
    Authority(tmp_path, "ca").issue("server", "server")
    assert pair.certificate.is_file()


def test_names_and_addresses_must_be_in_the_certificate(tmp_path: Path) -> None:
    pair = Authority(tmp_path, "ca").issue("server", "node", "system:nodes", hosts=["10.0.0.1", "kubernetes.default"])
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name) for name in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1"]
    assert names.get_values_for_type(x509.DNSName) == ["kubernetes.default"]
    assert certificate.subject.rfc4514_string() == "CN=node,O=system:nodes"


def test_a_damaged_authority_must_be_named(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    authority.pair.key.write_text("nonsense")
    with pytest.raises(LocalClusterError, match="cannot read this cluster's authority") as caught:
        Authority(tmp_path, "ca").issue("server", "server")
    assert caught.value.problems[0].where == str(authority.pair.certificate)


def test_the_token_key_must_be_made_once(tmp_path: Path) -> None:
    pair = signing_key(tmp_path, "sa")
    content = pair.key.read_bytes()
    assert signing_key(tmp_path, "sa").key.read_bytes() == content
    assert b"PUBLIC KEY" in pair.certificate.read_bytes()
