"""Which container a command goes to, what its end means, and what is shown of a log: pure parts of exec and run."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import Problem
from ansible_collections.roro.kube.plugins.module_utils._exec import exec_path, read_ending
from ansible_collections.roro.kube.plugins.module_utils._exec.choose import Place, choose
from ansible_collections.roro.kube.plugins.module_utils._exec.one_off import OneOff, choose_workload, one_off_pod
from ansible_collections.roro.kube.plugins.module_utils._objects import LABEL_ONE_OFF
from hypothesis import given
from hypothesis import strategies as st

from roro.attaching import joined, without_times


def pod(name: str, *containers: str, ready: bool = True, owner: str = "", created: str = "2026-01-01", **metadata: Any) -> dict[str, Any]:
    """A pod whose containers run."""
    owners = [{"kind": "StatefulSet", "name": owner, "controller": True}] if owner else []
    return {
        "metadata": {"name": name, "namespace": "shop", "creationTimestamp": created, "ownerReferences": owners, **metadata},
        "spec": {"containers": [{"name": each} for each in containers or ("main",)]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"name": each, "state": {"running": {}}} for each in containers or ("main",)],
        },
    }


def test_a_ready_pod_must_come_first_then_the_newest() -> None:
    pods = [pod("new", ready=False, created="2026-03-01"), pod("old", created="2026-01-01"), pod("mid", created="2026-02-01")]
    for each in pods:
        each["metadata"]["ownerReferences"] = [{"kind": "StatefulSet", "name": "api", "controller": True}]
    assert choose("api", pods) == Place("shop", "mid", "main", ("old", "new"))


def test_the_first_of_a_set_must_come_before_the_others() -> None:
    pods = [pod(f"db-{number}", owner="db", labels={"apps.kubernetes.io/pod-index": str(number)}) for number in (10, 2, 0)]
    assert choose("db", pods) == Place("shop", "db-0", "main", ("db-2", "db-10"))


def test_what_is_called_like_the_instance_must_come_before_its_other_workloads() -> None:
    assert choose("api", [pod("a", owner="api-cache"), pod("b", owner="api")]) == Place("shop", "b", "main", ("a",))


def test_the_usual_container_must_be_the_annotated_one_or_the_first() -> None:
    annotated = pod("a", "proxy", "main", annotations={"kubectl.kubernetes.io/default-container": "main"})
    assert choose("a", [annotated]) == Place("shop", "a", "main")
    assert choose("a", [pod("a", "first", "second")]) == Place("shop", "a", "first")
    assert choose("a", [pod("a", "first", "second")], "second") == Place("shop", "a", "second")


def test_what_cannot_be_meant_must_be_told_with_what_there_is() -> None:
    def told(*words: Any) -> tuple[str, str | None]:
        found = choose("api", *words)
        assert isinstance(found, Problem)
        return found.message, found.hint

    assert told([]) == ("instance api has no pods", "`roro ps` tells how it is; `roro up` brings it up, `roro start` starts it again.")
    assert told([pod("api-1")], "", "db-1") == ('instance api has no pod "db-1"', "pods: api-1")
    assert told([pod("api-1", "web")], "x")[1] == "containers: web"
    assert told([pod("api-1", deletionTimestamp="now")])[0] == "no container of instance api runs (api-1)"


def test_a_pod_of_run_must_never_be_chosen() -> None:
    assert isinstance(choose("api", [pod("api-run-x", labels={LABEL_ONE_OFF: "api"})]), Problem)


def test_a_pod_may_be_named_by_its_workload() -> None:
    found = choose("api", [pod("worker-1-a", owner="worker"), pod("web-1-b", owner="web")], "", "worker")
    assert isinstance(found, Place) and found.pod == "worker-1-a"


@pytest.mark.parametrize(
    ("status", "ending"),
    [
        ({"status": "Success"}, (0, "")),
        ({"status": "Failure", "details": {"causes": [{"reason": "ExitCode", "message": "137"}]}}, (137, "")),
        ({"status": "Failure", "message": 'exec: "x": executable file not found in $PATH'}, (None, "NoCommand")),
        ({"status": "Failure", "message": "container is paused"}, (None, "NotRun")),
    ],
)
def test_the_end_of_a_command_must_be_read_from_its_status(status: dict[str, Any], ending: tuple[int | None, str]) -> None:
    found = read_ending(json.dumps(status).encode())
    assert (found.code, found.reason) == ending


@pytest.mark.parametrize("word", [b"", b"[]", b'"Failure"', b'{"details": [1]}', b'{"details": {"causes": [1]}}', b"[" * 20_000])
def test_a_word_that_is_no_status_must_be_told_as_such(word: bytes) -> None:
    assert read_ending(word).reason == "Broken"


def test_a_terminal_must_have_one_stream_of_output() -> None:
    assert "stderr" not in exec_path("shop", "api", "main", ["sh"], stdin=True, tty=True)
    assert exec_path("shop", "api", "main", ["a b", "&c"]).endswith("container=main&stdout=true&stderr=true&command=a+b&command=%26c")


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_the_times_of_a_log_must_go_wherever_it_is_cut(size: int) -> None:
    log = b"2026-01-01T00:00:00.1Z one two\n2026-01-01T00:00:00.2Z \n2026-01-01T00:00:00.3Z  three\r\n2026-01-01T00:00:00.4Z four"
    parts = [log[start : start + size] for start in range(0, len(log), size)]
    assert b"".join(without_times(parts)) == b"one two\n\n three\r\nfour"


def test_what_was_written_before_must_be_shown_once() -> None:
    assert joined(b"one\ntwo\n", b"two\nthree\n") == b"one\ntwo\nthree\n"
    assert joined(b"one\n", b"one\n") == b"one\n"
    assert joined(b"", b"x") == b"x"
    assert joined(b"one\n", b"") == b"one\n"


@given(st.text("ab", max_size=12), st.text("ab", max_size=12))
def test_the_longest_overlap_must_count(earlier: str, now: str) -> None:
    longest = max(length for length in range(len(now) + 1) if earlier.endswith(now[:length]))
    with mock.patch("roro.attaching._HEAD", 3):
        assert joined(earlier.encode(), now.encode()).decode() == earlier + now[longest:]


def test_much_output_must_not_take_long() -> None:
    """Each byte is looked at a few times: with a look at all of it for each byte it would take many minutes."""
    lines = b"".join(b"line %d\n" % number for number in range(500_000))
    assert joined(lines, lines[:-1] + b"x") == lines + lines[:-1] + b"x"
    assert joined(lines, lines[len(lines) // 2 :] + b"more") == lines + b"more"


def workload(kind: str = "Deployment", **more: Any) -> dict[str, Any]:
    """One with a sidecar, probes, a volume and labels that Services select."""
    main = {"name": "main", "image": "api:1", "args": ["serve"], "env": [{"name": "A", "value": "1"}], "readinessProbe": {}, "ports": [{}]}
    spec = {"containers": [{"name": "log"}, main], "serviceAccountName": "api", "volumes": [{"name": "v", "emptyDir": {}}]}
    annotations = {"kubectl.kubernetes.io/default-container": "main"}
    labels = {"roro.dev/workspace": "shop", "roro.dev/instance": "api", "app": "api"}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "api", "namespace": "shop", "uid": "u", "labels": labels},
        "spec": {"template": {"metadata": {"labels": {"app": "api"}, "annotations": annotations}, "spec": spec}, **more},
    }


def test_a_one_off_must_be_like_its_workload_and_none_of_its_pods() -> None:
    made = one_off_pod(workload(), "api", OneOff(("sh", "-c", "x"), (("A", "2"), ("B", "3")), stdin=True))
    assert isinstance(made, dict)
    (container,) = made["spec"]["containers"]
    assert container == {
        "name": "main",
        "image": "api:1",
        "command": ["sh", "-c", "x"],
        "env": [{"name": "A", "value": "2"}, {"name": "B", "value": "3"}],
        "stdin": True,
        "stdinOnce": True,
        "tty": False,
    }
    assert "app" not in made["metadata"]["labels"]
    assert made["metadata"]["labels"][LABEL_ONE_OFF] == "api"
    assert made["metadata"]["ownerReferences"][0]["controller"] is False
    assert (made["spec"]["serviceAccountName"], made["spec"]["restartPolicy"]) == ("api", "Never")
    assert made["spec"]["volumes"] == [{"name": "v", "emptyDir": {}}]


def test_without_a_command_the_image_must_run_its_own() -> None:
    made = one_off_pod(workload(), "api", OneOff())
    assert isinstance(made, dict)
    assert made["spec"]["containers"][0]["args"] == ["serve"]


def test_a_set_must_lend_the_claims_of_its_first_pod() -> None:
    made = one_off_pod(workload("StatefulSet", volumeClaimTemplates=[{"metadata": {"name": "data"}}]), "api", OneOff())
    assert isinstance(made, dict)
    assert made["spec"]["volumes"][-1] == {"name": "data", "persistentVolumeClaim": {"claimName": "data-api-0"}}


def test_the_likeliest_workload_must_be_taken_and_any_be_named() -> None:
    found = [("Job", "shop", "api"), ("Deployment", "shop", "worker"), ("StatefulSet", "shop", "db"), ("ConfigMap", "shop", "api")]
    assert choose_workload("api", found) == ("Job", "shop", "api")
    assert choose_workload("x", found) == ("Deployment", "shop", "worker")
    assert choose_workload("x", found, "db") == choose_workload("x", found, "statefulset/db") == ("StatefulSet", "shop", "db")
    assert isinstance(choose_workload("x", found, "nope"), Problem)
    assert isinstance(choose_workload("x", [("Service", "shop", "x")]), Problem)
