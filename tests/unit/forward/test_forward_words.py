"""What a person writes, where a forward listens, and how long it lives."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection, pinned
from ansible_collections.roro.kube.plugins.module_utils._daemon.state import State
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._forward.ask import make_spec, reach, read_local_port, read_port, read_ports
from ansible_collections.roro.kube.plugins.module_utils._forward.choose import (
    Choice,
    NoChoice,
    Scene,
    choose,
    pod_facts,
    service_facts,
    slice_facts,
)
from ansible_collections.roro.kube.plugins.module_utils._forward.listen import Conflict, bind, free_port
from ansible_collections.roro.kube.plugins.module_utils._forward.scope import decide_scope, job_owner
from ansible_collections.roro.kube.plugins.module_utils._forward.store import Memory, load
from ansible_collections.roro.kube.plugins.module_utils._forward.types import (
    ForwardStatus,
    Origin,
    Target,
    read_target,
    spec_of,
    status_of,
)
from fake_cluster import pod, service

HOST = Connection(host="https://kube.example:6443", api_key="secret-token")


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("service/api", "Service", "api"),
        ("svc/api", "Service", "api"),
        ("services/api", "Service", "api"),
        ("Deployment/api", "Deployment", "api"),
        ("sts/db", "StatefulSet", "db"),
        ("api-0", "Pod", "api-0"),
        ("daemonset/x", "DaemonSet", "x"),
        ("job/x", "Job", "x"),
    ],
)
def test_a_target_must_be_read_as_kubectl_writes_it(text: str, kind: str, name: str) -> None:
    assert read_target(text) == Target(kind, name)


@pytest.mark.parametrize("text", ["", "/", "service/", "ingress/x", "service/a/b"])
def test_no_target_must_be_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_target(text)


@pytest.mark.parametrize(
    ("text", "local", "port"),
    [("8080:80", 8080, 80), ("80", 80, 80), (":http", "auto", "http"), ("http", None, "http"), ("auto:80", "auto", 80)],
)
def test_ports_must_be_read_as_kubectl_writes_them(text: str, local: Any, port: Any) -> None:
    assert read_ports(text) == (local, port)


@pytest.mark.parametrize("text", ["0:", "99999", "80:99999", "70000:80", "a b", "x:80"])
def test_no_port_must_be_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_ports(text)


def test_ports_must_be_within_range() -> None:
    assert (read_port("65535"), read_local_port(None), read_local_port("0")) == (65535, None, "auto")


def test_a_forwards_name_must_depend_on_what_it_leads_to_and_not_on_its_local_port() -> None:
    to = reach(HOST)
    base = make_spec(to, "svc/api", 80, local_port=8080)
    assert base.id == make_spec(to, "service/api", "80", local_port="auto").id
    others = [make_spec(to, "service/api", 81), make_spec(to, "pod/api", 80), make_spec(to, "service/api", 80, namespace="x")]
    others += [make_spec(to, "service/api", 80, bind=["127.0.0.2"]), make_spec(to, "service/api", 80, origin=Origin("w", "e", "i", "n"))]
    assert len({spec.id for spec in [base, *others]}) == 6


def test_a_spec_must_survive_the_state_file_and_its_secret_stay_out_of_sight(tmp_path: Path) -> None:
    spec = make_spec(reach(HOST), "service/api", "http", origin=Origin("w", "e", "api", "http"), bind=["127.0.0.1"])
    assert spec_of(json.loads(json.dumps(spec.as_record()))) == spec
    assert "secret-token" not in repr(spec)
    state = State(tmp_path / "f.json")
    state.put(("forwards", "running", "ports"), Memory({spec.id: spec}, {spec.id}, {spec.id: 8080}).as_record())
    state.save()
    assert load(tmp_path / "f.json") == Memory({spec.id: spec}, {spec.id}, {spec.id: 8080})


@pytest.mark.parametrize("text", ["", "{", "[]", '{"forwards": [{}], "running": [], "ports": {}}', '{"forwards": 1}'])
def test_a_state_file_that_is_broken_must_be_put_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "f.json"
    path.write_text(text)
    assert load(path) == Memory()
    assert (tmp_path / "f.unreadable").read_text() == text


def test_only_the_newest_ports_must_be_remembered() -> None:
    memory = Memory()
    for number in range(600):
        memory.remember_port(str(number), number)
    assert (len(memory.ports), "599" in memory.ports, "0" in memory.ports) == (500, True, False)


def test_a_status_must_survive_the_socket_and_name_its_address() -> None:
    status = ForwardStatus("1", "service/api", "ns", 443, local_port=8443, addresses=("127.0.0.1:8443",), open="/docs", state="Active")
    assert status_of(json.loads(json.dumps(status.as_record()))) == status
    assert (status.url, status.settled) == ("https://127.0.0.1:8443/docs", True)
    assert ForwardStatus("1", "x", "ns", 80, open="http://shop.example/").url == "http://shop.example/"


def test_a_taken_port_must_name_its_holder_and_leave_no_half() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        with pytest.raises(Conflict) as caught:
            bind(["::1", "127.0.0.1"], port)
        assert f"(process {os.getpid()})" in caught.value.message
        other = free_port(["127.0.0.1", "::1"])
        assert other and other != port
    for opened in bind(["127.0.0.1", "::1"], port):
        opened.close()


def test_an_address_of_another_machine_must_be_refused() -> None:
    with pytest.raises(Conflict, match="cannot be bound"):
        bind(["192.0.2.1"], None)


JOB = {"AWX_ISOLATED_DATA_DIR": "/runner/artifacts/1", "container": "oci"}


def test_a_lasting_forward_must_be_refused_where_the_container_ends_with_the_job() -> None:
    with pytest.raises(UsageError, match="this container ends with the job"):
        decide_scope("lasting", JOB, ())
    assert decide_scope(None, JOB, ()) == decide_scope("job", {}, ()) == "job"
    for elsewhere in ({}, {"container": "oci"}, {"AWX_ISOLATED_DATA_DIR": "/tmp/x/artifacts", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}):
        assert decide_scope(None, elsewhere, ()) == decide_scope("lasting", elsewhere, ()) == "lasting"


def test_a_pod_of_awx_must_count_as_a_job() -> None:
    assert decide_scope(None, {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOME": "/runner"}, ()) == "job"


def test_the_owner_of_a_job_must_be_a_process_that_lives() -> None:
    pid, created = job_owner()
    assert pid != os.getpid() and created > 0


def test_a_pinned_connection_must_mean_the_same_without_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {
        "clusters": [{"name": "c", "cluster": {"server": "https://kube.example:6443"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "u", "namespace": name}} for name in ("one", "two")],
        "current-context": "one",
    }
    (tmp_path / "config").write_text(json.dumps(config))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "config")
    monkeypatch.setenv("K8S_AUTH_CONTEXT", "two")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    found = pinned(Connection(client_cert="cert.pem"))
    assert (found.kubeconfig, found.context, found.proxy) == (str(tmp_path / "config"), "two", "http://proxy.example:3128")
    assert found.client_cert == str(tmp_path / "cert.pem")
    for name in ("KUBECONFIG", "K8S_AUTH_CONTEXT", "HTTPS_PROXY"):
        monkeypatch.delenv(name)
    assert (reach(found).namespace, pinned(found)) == ("two", found)


def scene(*objects: dict[str, Any]) -> Scene:
    pods = [pod_facts(obj) for obj in objects if obj["kind"] == "Pod"]
    services = [service_facts(obj) for obj in objects if obj["kind"] == "Service"]
    slices = [slice_facts(obj) for obj in objects if obj["kind"] == "EndpointSlice"]
    return Scene({p.name: p for p in pods}, {s.name: s for s in services}, {s.name: s for s in slices})


def ended(name: str) -> dict[str, Any]:
    found = pod(name)
    found["status"]["phase"] = "Succeeded"
    return found


@pytest.mark.parametrize(
    ("objects", "target", "expected"),
    [
        ([service(), pod("a"), pod("b", created="2027")], "service/web", "b"),
        ([service(), pod("a"), pod("b", created="2027", leaving=True)], "service/web", "a"),
        ([service(), pod("a"), pod("b", created="2027", ready=False)], "service/web", "a"),
        ([service(clusterIP="None"), pod("a")], "service/web", "a"),
        ([pod("a")], "pod/a", "a"),
        ([pod("a")], "deployment/web", "a"),
        ([pod("a")], "replicaset/web-7c88c75b8c", "a"),
        ([pod("a")], "deployment/we", "deployment/we has no pod"),
        ([pod("a")], "statefulset/web", "statefulset/web has no pod"),
        ([pod("a", ready=False)], "pod/a", "pod/a is not ready"),
        ([pod("a", leaving=True)], "pod/a", "pod/a is ending"),
        ([ended("a")], "pod/a", "pod/a has ended"),
        ([service(), ended("a")], "service/web", "the pods of service/web have ended"),
        ([service(), pod("a", ready=False), pod("b", leaving=True)], "service/web", "no Ready pod of service/web (1 not ready, 1 ending)"),
        ([pod("front")], "pod/frnt", "pod/frnt is not there; there is pod/front"),
        ([service(type="ExternalName")], "service/web", "service/web is an ExternalName: it has no pods; connect to that name yourself"),
        ([service(selector=None)], "service/web", "service/web selects no pods, and its endpoints name none"),
    ],
)
def test_a_connection_must_go_to_the_newest_ready_pod_or_be_told_why_not(objects: list[dict[str, Any]], target: str, expected: str) -> None:
    found = choose(read_target(target), 80, scene(*objects))
    assert (found.pod if isinstance(found, Choice) else found.message) == expected


def test_the_pod_must_stay_the_same_as_long_as_it_is_good() -> None:
    objects = scene(service(), pod("a"), pod("b", created="2027"))
    assert choose(read_target("service/web"), 80, objects, "uid-a") == Choice("a", "uid-a", 80, "cri-o")
    avoiding = choose(read_target("service/web"), 80, objects, "uid-a", ["uid-a"])
    assert isinstance(avoiding, Choice) and avoiding.pod == "b"
    assert isinstance(choose(read_target("service/web"), 80, scene(service(), pod("a")), "", ["uid-a"]), Choice)


def test_a_service_without_a_selector_must_be_followed_by_its_endpoints() -> None:
    endpoints = {
        "kind": "EndpointSlice",
        "metadata": {"name": "web-1", "labels": {"kubernetes.io/service-name": "web"}},
        "endpoints": [{"targetRef": {"kind": "Pod", "name": "a"}}],
        "ports": [{"name": "http", "port": 8081}],
    }
    found = choose(read_target("service/web"), 80, scene(service(selector=None), endpoints, pod("a")))
    assert found == Choice("a", "uid-a", 8081, "cri-o")


def test_a_named_target_port_must_be_the_pods_own_number() -> None:
    assert choose(read_target("service/web"), "http", scene(service(), pod("a"))) == Choice("a", "uid-a", 80, "cri-o")
    missing = choose(read_target("service/web"), 53, scene(service(), pod("a")))
    assert isinstance(missing, NoChoice) and missing.reason == "NotTCP"
