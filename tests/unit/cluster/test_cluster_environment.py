"""K8S_AUTH_*, proxies and the pod's own account."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _cluster as front_door
from ansible_collections.roro.kube.plugins.module_utils._cluster import connect, describe
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import resolve
from ansible_collections.roro.kube.plugins.module_utils._cluster.config.environment import bypassed, from_environment
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import ConnectionFailed

KUBECONFIG = {
    "current-context": "dev",
    "clusters": [{"name": "c", "cluster": {"server": "https://kube:6443"}}],
    "users": [{"name": "u", "user": {"token": "own"}}],
    "contexts": [{"name": "dev", "context": {"cluster": "c", "user": "u"}}],
}
AWX = {
    "K8S_AUTH_HOST": "https://awx:6443/",
    "K8S_AUTH_API_KEY": "token",
    "K8S_AUTH_VERIFY_SSL": "False",
    "K8S_AUTH_SSL_CA_CERT": "/ca.pem",
}


def test_what_awx_sets_must_be_enough() -> None:
    access = resolve(Connection(), AWX)
    assert (access.server, access.verify) == ("https://awx:6443", False)
    assert access.credentials.authorization() == "Bearer token"
    assert access.ca is not None
    assert access.ca.path == "/ca.pem"
    assert (access.resolved.source, access.resolved.origin, access.resolved.chosen) == ("host", "K8S_AUTH_HOST", True)


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("KUBECONFIG", "/k", "kubeconfig", "/k"),
        ("CONTEXT", "c", "context", "c"),
        ("HOST", "https://h", "host", "https://h"),
        ("API_KEY", "t", "api_key", "t"),
        ("USERNAME", "u", "username", "u"),
        ("PASSWORD", "p", "password", "p"),
        ("CERT_FILE", "/c", "client_cert", "/c"),
        ("CLIENT_CERT", "/c", "client_cert", "/c"),
        ("KEY_FILE", "/k", "client_key", "/k"),
        ("CLIENT_KEY", "/k", "client_key", "/k"),
        ("SSL_CA_CERT", "/a", "ca_cert", "/a"),
        ("CA_CERT", "/a", "ca_cert", "/a"),
        ("VERIFY_SSL", "no", "validate_certs", False),
        ("VERIFY_SSL", "True", "validate_certs", True),
        ("VALIDATE_CERTS", "0", "validate_certs", False),
        ("PROXY", "http://p", "proxy", "http://p"),
        ("NO_PROXY", "h", "no_proxy", "h"),
        ("PROXY_HEADERS_PROXY_BASIC_AUTH", "u:p", "proxy_headers", {"proxy_basic_auth": "u:p"}),
        ("PERSIST_CONFIG", "yes", "persist_config", True),
        ("IMPERSONATE_USER", "boss", "impersonate_user", "boss"),
        ("IMPERSONATE_GROUPS", "a, b", "impersonate_groups", ("a", "b")),
    ],
)
def test_each_variable_of_kubernetes_core_must_be_read(variable: str, value: str, field: str, expected: object) -> None:
    found, origins = from_environment({f"K8S_AUTH_{variable}": value})
    assert getattr(found, field) == expected
    assert origins[field].startswith("K8S_AUTH_")
    assert from_environment({f"K8S_AUTH_{variable}": ""}) == (Connection(), {})


def test_a_field_must_win_over_the_environment_which_wins_over_the_kubeconfig() -> None:
    environ = {"K8S_AUTH_CONTEXT": "missing", "K8S_AUTH_VERIFY_SSL": "no", "K8S_AUTH_IMPERSONATE_USER": "boss"}
    access = resolve(Connection(kubeconfig=KUBECONFIG, context="dev"), environ)
    assert (access.resolved.context, access.verify, access.impersonation) == ("dev", False, (("Impersonate-User", "boss"),))


def test_a_context_that_was_given_must_not_be_overruled_by_a_host_in_the_environment() -> None:
    access = resolve(Connection(kubeconfig=KUBECONFIG, context="dev"), AWX)
    assert access.server == "https://kube:6443"
    assert access.credentials.authorization() == "Bearer own"
    assert access.ca is None
    assert "K8S_AUTH_HOST is set and left alone" in access.resolved.notes[0]


def test_a_host_alone_must_not_be_given_the_kubeconfigs_credentials(tmp_path: Path) -> None:
    access = resolve(Connection(host="https://other:6443"), {"KUBECONFIG": str(tmp_path / "any")})
    assert access.credentials.authorization() is None
    assert access.resolved.source == "host"


def test_a_host_with_a_context_must_replace_only_its_address() -> None:
    access = resolve(Connection(host="https://tunnel:6443", kubeconfig=KUBECONFIG, context="dev"), {})
    assert (access.server, access.credentials.authorization()) == ("https://tunnel:6443", "Bearer own")


def test_credentials_that_are_given_must_replace_the_contexts() -> None:
    token = resolve(Connection(kubeconfig=KUBECONFIG, api_key="Bearer given"), {})
    assert token.credentials.authorization() == "Bearer given"
    certificate = resolve(Connection(kubeconfig=KUBECONFIG, client_cert="/c", client_key="/k"), {}).credentials
    assert certificate.authorization() is None
    assert certificate.certificate() is not None
    password = resolve(Connection(kubeconfig=KUBECONFIG, username="u", password="p"), {}).credentials
    assert password.authorization() == "Basic dTpw"


def test_groups_without_a_user_must_be_refused() -> None:
    with pytest.raises(ConnectionFailed, match="groups to impersonate were given without a user"):
        resolve(Connection(kubeconfig=KUBECONFIG, impersonate_groups=("a",)), {})


def test_in_a_pod_its_own_account_must_be_used_when_nothing_else_is_there(tmp_path: Path) -> None:
    for name, content in (("token", "pod"), ("ca.crt", "PEM"), ("namespace", "here")):
        (tmp_path / name).write_text(content)
    environ = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443", "HOME": str(tmp_path)}
    access = resolve(Connection(), environ, service_account=tmp_path)
    assert (access.server, access.resolved.namespace) == ("https://10.0.0.1:443", "here")
    assert access.credentials.authorization() == "Bearer pod"
    assert (access.resolved.source, access.resolved.chosen) == ("in-cluster", False)
    six = resolve(Connection(), {**environ, "KUBERNETES_SERVICE_HOST": "fd00::1"}, service_account=tmp_path)
    assert six.server == "https://[fd00::1]:443"


def test_the_proxy_must_come_from_argument_kubeconfig_and_environment_in_that_order() -> None:
    environ = {"HTTPS_PROXY": "http://env:1"}
    with_proxy = {**KUBECONFIG, "clusters": [{"name": "c", "cluster": {"server": "https://kube:6443", "proxy-url": "http://file:1"}}]}
    assert resolve(Connection(kubeconfig=KUBECONFIG), environ).proxy == "http://env:1"
    assert resolve(Connection(kubeconfig=with_proxy), environ).proxy == "http://file:1"
    assert resolve(Connection(kubeconfig=with_proxy, proxy="http://given:1"), environ).proxy == "http://given:1"
    assert resolve(Connection(kubeconfig=with_proxy, no_proxy="kube"), environ).proxy == ""
    assert resolve(Connection(kubeconfig=KUBECONFIG), {**environ, "NO_PROXY": ".example,kube"}).proxy == ""
    assert resolve(Connection(kubeconfig=KUBECONFIG), {"https_proxy": "http://env:1", "no_proxy": "x"}).proxy == "http://env:1"


def test_a_user_in_the_proxys_url_must_become_its_header() -> None:
    access = resolve(Connection(kubeconfig=KUBECONFIG, proxy="http://so%40me:p%2Fw@proxy:3128"), {})
    assert (access.proxy, access.proxy_headers) == ("http://proxy:3128", {"proxy_basic_auth": "so@me:p/w"})
    given = Connection(kubeconfig=KUBECONFIG, proxy="http://u:p@[fd00::1]:3128", proxy_headers={"proxy_basic_auth": "other:one"})
    access = resolve(given, {})
    assert (access.proxy, access.proxy_headers) == ("http://[fd00::1]:3128", {"proxy_basic_auth": "other:one"})


@pytest.mark.parametrize(
    ("server", "no_proxy", "expected"),
    [
        ("https://a.example.com", "example.com", True),
        ("https://a.example.com", ".example.com", True),
        ("https://a.example.com", "*.example.com", True),
        ("https://example.com", ".example.com", False),
        ("https://notexample.com", "example.com", False),
        ("https://a:6443", "a:6443", True),
        ("https://a:6443", "a:443", False),
        ("https://a", "a:443", True),
        ("https://10.1.2.3:6443", "10.0.0.0/8", True),
        ("https://10.1.2.3:6443", "10.1.2.3", True),
        ("https://10.1.2.3:6443", "11.0.0.0/8, bad/cidr", False),
        ("https://[fd00::1]:6443", "fd00::/8", True),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", True),
        ("https://a", "*", True),
        ("https://127.0.0.1:6443", "", True),
        ("https://localhost", "", True),
        ("https://a", "", False),
    ],
)
def test_no_proxy_must_be_read_as_kubectl_does(server: str, no_proxy: str, expected: bool) -> None:
    assert bypassed(server, no_proxy) is expected


def test_the_front_door_must_describe_and_connect_without_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in AWX.items():
        monkeypatch.setenv(variable, value)
    assert describe(Connection()).server == "https://awx:6443"
    cluster = connect(Connection(), concurrency=2, warn=lambda text: None)
    assert (cluster.server, cluster.context, cluster.requests.total) == ("https://awx:6443", "", 0)
    cluster.close()


def test_a_missing_library_must_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "urllib3", None)
    with pytest.raises(ConnectionFailed, match="`urllib3` is missing"):
        connect(Connection(host="https://h"))


def test_the_front_door_must_offer_the_cluster_and_nothing_unknown() -> None:
    assert front_door.Cluster.__name__ == "Cluster"
    with pytest.raises(AttributeError, match="Clutser"):
        front_door.Clutser  # noqa: B018 - asking is the test
