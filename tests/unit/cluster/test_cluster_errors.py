"""What went wrong must be told to a person: what, where, what to do. Never with what is in a Secret."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.redact import redacted
from ansible_collections.roro.kube.plugins.module_utils._cluster.transport import USER_AGENT, warning_texts
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ClusterError, ConnectionFailed
from fake_api_server import Answer, FakeApiServer, refusal, reply

OBJECT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}}
FORBIDDEN = 'configmaps "a" is forbidden: User "bob" cannot patch resource "configmaps" in API group "" in the namespace "n"'
CONFLICTS = [
    {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl" using v1', "field": ".data.x"},
    {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl" using v1', "field": ".data.y"},
    {"reason": "FieldManagerConflict", "message": 'conflict with "hpa"', "field": ".spec.replicas"},
]
INVALID = [{"reason": "FieldValueInvalid", "field": "spec.ports", "message": "Required value"}]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (refusal(403, "Forbidden", FORBIDDEN), 'ConfigMap n/a: user "bob" may not patch configmaps in the namespace "n"\n'),
        (refusal(403, "Forbidden", FORBIDDEN), "`kubectl auth can-i patch configmaps --namespace n`"),
        (refusal(403, "Forbidden", 'x is forbidden: User "b" cannot list resource "pods" in API group "g" at the cluster scope: why'),
         'user "b" may not list pods.g in the whole cluster (why)'),
        (refusal(403, "Forbidden", 'forbidden: User "b" cannot get path "/metrics"'), 'user "b" may not get /metrics'),
        (refusal(403, "Forbidden", 'pods "x" is forbidden: exceeded quota: small'), "exceeded quota: small"),
        (refusal(409, "Conflict", "Apply failed", causes=CONFLICTS),
         'fields belong to other managers: "kubectl" owns .data.x, .data.y; "hpa" owns .spec.replicas\n  Leave those fields out'),
        (refusal(422, "Invalid", "is invalid", causes=INVALID), "is invalid; spec.ports: Required value"),
        (refusal(404, "NotFound", 'namespaces "n" not found'), 'namespaces "n" not found\n  Create the namespace first'),
        (refusal(400, "BadRequest", 'strict decoding error: unknown field "daat"'), "The kind has no such field"),
        (refusal(400, "", 'admission webhook "policy.example" denied the request: no'), 'webhook "policy.example" denied the request: no'),
        (reply(b"<html><h1>Not  here</h1></html>", 404), "the answer was HTTP 404: Not here"),
        (reply(b"", 418), "the answer was HTTP 418 without a message"),
    ],
)  # fmt: skip
def test_a_refusal_must_be_told_with_its_object_and_what_to_do(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource, answer: Answer, message: str
) -> None:
    fake.script.append(answer)
    with pytest.raises(ApiError) as caught:
        cluster.apply(configmaps, OBJECT)
    assert message in str(caught.value)
    assert str(caught.value).startswith("ConfigMap n/a: ")


PASSWORD = "correct-horse"
ENCODED = base64.b64encode(PASSWORD.encode()).decode()
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, "data": {"pw": ENCODED}}


@pytest.mark.parametrize(
    "echo",
    [
        f'data[pw]: Invalid value: "{ENCODED}": no',
        f"rejected: {{data: {{pw: {ENCODED}}}}}",
        f'admission webhook denied {{"data":{{"pw":"{ENCODED}"}}}}',
        f"the password {PASSWORD} is too short",
        f"object map[apiVersion:v1 data:map[pw:{list(PASSWORD.encode())}] kind:Secret]".replace(",", ""),
    ],
)
def test_what_a_server_echoes_of_a_secret_must_be_hidden_everywhere(
    fake: FakeApiServer, cluster: Cluster, secrets: Resource, echo: str
) -> None:
    answer = refusal(422, "Invalid", echo, causes=[{"field": "data", "message": echo}])
    fake.script += [answer, answer, answer, answer]
    calls: list[Callable[[], Any]] = [
        lambda: cluster.apply(secrets, SECRET),
        lambda: cluster.create(secrets, {**SECRET, "data": {}, "stringData": {"pw": PASSWORD}}),
        lambda: cluster.merge_patch(secrets, "n", "s", {"data": {"pw": ENCODED}}),
        lambda: cluster.request("POST", "/api/v1/namespaces/n/secrets", body=SECRET),
    ]
    for call in calls:
        with pytest.raises(ApiError) as caught:
            call()
        for text in (str(caught.value), str(caught.value.body)):
            assert PASSWORD not in text
            assert ENCODED not in text
            assert "99 111 114" not in text
            assert "<hidden>" in text


def test_data_that_nobody_sent_from_here_must_be_hidden_too(fake: FakeApiServer, cluster: Cluster, secrets: Resource) -> None:
    fake.script.append(refusal(403, "Forbidden", f'webhook says: {{"kind":"Secret","data":{{"pw":"{ENCODED}"}}}}'))
    with pytest.raises(ApiError) as caught:
        cluster.delete(secrets, "n", "s")
    assert ENCODED not in str(caught.value)
    assert redacted('Invalid value: "a \\" b": must be', ()) == "Invalid value: <hidden>: must be"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../secrets/x"])
def test_a_name_that_would_address_something_else_must_be_refused(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource, name: str
) -> None:
    for call in (
        lambda: cluster.delete(configmaps, "n", name),
        lambda: cluster.get(configmaps, "n", name),
        lambda: cluster.apply(configmaps, {"metadata": {"name": name, "namespace": "n"}}),
        lambda: cluster.delete(configmaps, name, "a"),
    ):
        with pytest.raises(ClusterError, match="cannot be"):
            call()
    assert fake.requests == []


def test_names_must_be_escaped(fake: FakeApiServer, cluster: Cluster) -> None:
    role = Resource("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", namespaced=False)
    cluster.get(role, None, "system:a?b#c%")
    assert fake.requests[0].path == "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:a%3Fb%23c%25"


def test_what_is_sent_must_say_who_sends_how_and_for_whom(
    fake: FakeApiServer, cluster_on: Callable[..., Cluster], configmaps: Resource
) -> None:
    connection = Connection(host=fake.url, api_key="t", impersonate_user="boss", impersonate_groups=("a", "b"))
    cluster = cluster_on(connection)
    fake.script += [reply(OBJECT, 201), reply(OBJECT), reply(OBJECT), reply(OBJECT), reply(OBJECT)]
    assert cluster.apply(configmaps, OBJECT, force=True, dry_run=True)[1] is True
    cluster.merge_patch(configmaps, "n", "a", {"data": None})
    cluster.delete(configmaps, "n", "a", uid="u1", propagation="Foreground", dry_run=True)
    cluster.replace(configmaps, OBJECT)
    cluster.create(configmaps, OBJECT)
    applied, patched, deleted, replaced, created = fake.requests
    assert applied.query == {"fieldManager": "roro", "force": "true", "fieldValidation": "Strict", "dryRun": "All"}
    assert applied.headers["Content-Type"] == "application/apply-patch+yaml"
    assert (applied.headers["Authorization"], applied.headers["User-Agent"]) == ("Bearer t", USER_AGENT)
    assert (applied.headers["Impersonate-User"], applied.groups) == ("boss", ["a", "b"])
    assert (patched.headers["Content-Type"], patched.body) == ("application/merge-patch+json", b'{"data":null}')
    assert b'"preconditions":{"uid":"u1"},"dryRun":["All"]' in deleted.body
    assert b'"propagationPolicy":"Foreground"' in deleted.body
    assert (replaced.method, replaced.path) == ("PUT", "/api/v1/namespaces/n/configmaps/a")
    assert (created.method, created.path) == ("POST", "/api/v1/namespaces/n/configmaps")


def test_logs_must_be_lines_of_the_asked_container(fake: FakeApiServer, cluster: Cluster) -> None:
    fake.script.append(reply("2026-01-02T03:04:05.000000001Z first\n2026-01-02T03:04:06+02:00 last \xff\n".encode("latin-1")))
    assert cluster.logs("n", "p", "c", tail=2, previous=True) == ["first", "last \ufffd"]
    assert fake.requests[0].path == "/api/v1/namespaces/n/pods/p/log"
    assert fake.requests[0].query == {"container": "c", "timestamps": "true", "tailLines": "2", "previous": "true", "limitBytes": "262144"}


@pytest.mark.parametrize(
    "word",
    [
        "unable to retrieve container logs for containerd://12",
        'failed to try resolving symlinks in path "/var/log/pods/a/main/1.log": lstat',
        'failed to open log file "/var/log/pods/a/main/1.log": no such file',
        "a word of a kubelet to come",
    ],
)
def test_what_a_kubelet_says_in_the_place_of_a_log_must_be_no_line_of_it(fake: FakeApiServer, cluster: Cluster, word: str) -> None:
    fake.script.append(reply(f"2026-01-02T03:04:05Z {word}\n{word}".encode()))
    assert cluster.logs("n", "p", "c") == [word]


def test_a_raw_request_must_carry_query_body_and_nothing_back_for_nothing(fake: FakeApiServer, cluster: Cluster) -> None:
    fake.script += [reply({"a": 1}), reply(b"")]
    assert cluster.request("POST", "/x?a=1", query={"b": "2"}, body={"c": 3}, timeout=2) == {"a": 1}
    assert cluster.request("GET", "/y", query=[("a", "1"), ("a", "2")]) is None
    assert (fake.requests[0].query, fake.requests[0].body) == ({"a": "1", "b": "2"}, b'{"c":3}')


def test_warnings_of_the_server_must_be_told_once(fake: FakeApiServer, cluster_on: Callable[..., Cluster], configmaps: Resource) -> None:
    heard: list[str] = []
    cluster = cluster_on(Connection(host=fake.url), warn=heard.append)
    fake.script += [reply(OBJECT, Warning='299 - "old \\"kind\\"", 299 - "other"')] * 2
    cluster.get(configmaps, "n", "a")
    cluster.get(configmaps, "n", "a")
    assert heard == ['old "kind"', "other"]
    assert warning_texts("299 - none") == []


def test_a_proxy_must_be_used_and_its_failure_told(fake: FakeApiServer, cluster_on: Callable[..., Cluster], configmaps: Resource) -> None:
    fake.script += [reply(OBJECT), reply(b"no", 407), reply(b"no", 407)]
    plain = cluster_on(Connection(host="http://kube.example", proxy=fake.url))
    assert plain.get(configmaps, "n", "a") == OBJECT
    assert fake.requests[0].headers["Host"] == "kube.example"
    headers = {"proxy_basic_auth": "u:p"}
    tunnel = cluster_on(Connection(host="https://kube.example", validate_certs=False, proxy=fake.url, proxy_headers=headers))
    with pytest.raises(ConnectionFailed, match=r"the proxy on the way to https://kube.example failed"):
        tunnel.create(configmaps, OBJECT)
    assert fake.requests[1].method == "CONNECT"
    assert fake.requests[1].headers["proxy-authorization"] == "Basic dTpw"


def test_a_name_that_cannot_be_resolved_must_be_told(cluster_on: Callable[..., Cluster], configmaps: Resource) -> None:
    cluster = cluster_on(Connection(host="http://no-such-host.invalid"))
    with pytest.raises(ConnectionFailed, match=r"the name in http://no-such-host\.invalid cannot be resolved"):
        cluster.get(configmaps, "n", "a")


def test_the_user_agent_must_name_the_one_version_of_the_project(pytestconfig: pytest.Config) -> None:
    import tomllib

    import yaml

    project = tomllib.loads((pytestconfig.rootpath / "pyproject.toml").read_text())["project"]
    galaxy = yaml.safe_load((pytestconfig.rootpath / "galaxy.yml").read_text())
    assert f"roro/{project['version']}" == f"roro/{galaxy['version']}" == USER_AGENT


def test_a_cluster_must_close_with_its_block(fake: FakeApiServer, cluster_on: Callable[..., Cluster], configmaps: Resource) -> None:
    fake.script.append(reply(OBJECT))
    with cluster_on(Connection(host=fake.url)) as cluster:
        assert cluster.get(configmaps, "n", "a") == OBJECT
        assert cluster.connection.source == "host"
