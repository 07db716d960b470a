"""What is shown of several environments while a run works, and what is said at the end: records in, rows and lines out."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ClusterError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._events import Event, InstanceState, ObjectState, as_record
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace
from click.testing import CliRunner
from rich.console import Console

from roro.cli import cli
from roro.fleet_lines import FleetLines
from roro.fleet_outcome import Outcome, outcomes_of
from roro.fleet_progress import FleetProgress
from roro.fleet_summary import again, fleet_document, print_summary, summary_line
from roro.fleet_table import FleetTable, chosen_lines
from roro.lifecycle import Lifecycle
from roro.playbook import PlaybookResult
from roro.targets import Target

DOWN = {
    "failed": True,
    "reason": "Unreachable",
    "exit_code": 1,
    "msg": "nothing listens there",
    "problems": [{"where": 'context "b"', "message": "nothing listens there", "hint": "Start the cluster."}],
}


def instance(name: str, status: str = "Running", **more: Any) -> dict[str, Any]:
    """A record of an instance with one action."""
    action = {"action": "create", "kind": "ConfigMap", "namespace": "n", "name": name, "cause": "", "error": ""}
    return {"instance": name, "status": status, "reason": "", "message": "", "hint": "", "actions": [action], **more}


def good(environment: str, *names: str) -> dict[str, Any]:
    """What `up` returns."""
    return {
        "environment": environment,
        "changed": True,
        "failed": False,
        "check": False,
        "instances": list(map(instance, names)),
        "notices": [],
    }


def failed(environment: str) -> dict[str, Any]:
    """What `up` returns where `api` failed."""
    bad = instance("api", "Failed", reason="ImagePullBackOff", message="shop/api:9 cannot be pulled", hint="Push it.")
    return {**good(environment, "web"), "failed": True, "exit_code": 1, "instances": [bad, instance("web")], "problems": []}


def told(listener: Any = None, **environments: Sequence[Event | Mapping[str, Any]]) -> FleetProgress:
    """Environment -> its events, and what its task returned."""
    progress = FleetProgress({name: ["api", "web"] for name in environments}, listener)
    for name, story in environments.items():
        for item in story:
            progress.receive(
                {**as_record(item), "host": name} if isinstance(item, Event) else {"host": name, "action": "x", "result": item}
            )
    return progress


STORY: dict[str, list[Event | Mapping[str, Any]]] = {
    "a": [InstanceState("api", "Running"), InstanceState("web", "Running"), good("a", "api", "web")],
    "b": [DOWN],
    "c": [InstanceState("api", "Deploying"), ObjectState("api", "Deployment", "n", "api", "waiting", "", "0 of 1 ready")],
    "d": [],
}


def shown(progress: FleetProgress, height: int = 40) -> list[str]:
    table = FleetTable(progress, "shop up")
    table._console = Console(width=100, height=height, file=io.StringIO())
    console = Console(width=100, file=io.StringIO())
    console.print(table._picture())
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_on_a_high_terminal_every_instance_must_have_its_row_with_its_environment() -> None:
    lines = shown(told(**STORY))
    assert lines[0] == "shop up  1 of 4 done, 1 failed"
    assert [line for line in lines if " a " in line or " b " in line] == [
        line for line in lines if ("a " in line and "api" in line and "Running" in line) or "Unreachable" in line
    ]
    assert any("c" in line and "api" in line and "Deployment api: 0 of 1 ready" in line for line in lines)
    assert sum("Waiting" in line for line in lines) == 3


def test_on_a_low_terminal_an_environment_must_be_one_row_and_what_needs_a_person_must_stay() -> None:
    lines, rest = chosen_lines(told(**STORY), 4)
    assert [(line.environment, line.instance, line.status) for line in lines] == [
        ("a", "2/2", "Running"),
        ("b", "0/2", "Failed"),
        ("c", "0/2", "Deploying"),
        ("d", "0/2", "Waiting"),
    ]
    assert rest == ""
    lines, rest = chosen_lines(told(**STORY), 3)
    assert [line.environment for line in lines] == ["b", "c"]
    assert rest == "… and 2 more: 1 not begun, 1 done"


def test_the_last_picture_must_have_every_environment_and_all_instances_of_one_that_failed() -> None:
    progress = told(a=STORY["a"], b=[DOWN], c=[InstanceState("api", "Failed", "ImagePullBackOff", "cannot"), failed("c")])
    progress.ended = True
    lines, rest = chosen_lines(progress, 2)
    assert [(line.environment, line.instance) for line in lines] == [("a", "2/2"), ("b", "0/2"), ("c", "api"), ("c", "web")]
    assert (lines[1].detail, lines[2].detail, rest) == ("Unreachable", "ImagePullBackOff", "")


def test_plain_lines_must_begin_with_their_environment(capsys: pytest.CaptureFixture[str]) -> None:
    told(FleetLines(), **STORY)
    assert capsys.readouterr().err.splitlines() == [
        "[a] api: Running",
        "[a] web: Running",
        "[a] changed",
        "[b] failed",
        "[c] api: Deploying",
    ]


def test_every_environment_must_have_its_outcome_whatever_became_of_it() -> None:
    result = PlaybookResult(rc=2, records={"a": good("a", "api"), "b": DOWN}, begun={"a", "b", "c"})
    states = {outcome.environment: (outcome.state, outcome.reason) for outcome in outcomes_of(["a", "b", "c", "d"], result)}
    assert states == {"a": ("done", ""), "b": ("failed", "Unreachable"), "c": ("failed", "NoResult"), "d": ("notBegun", "NotBegun")}
    result = PlaybookResult(
        rc=2, records={"a": {**failed("a"), "exit_code": 130}}, begun={"a", "b", "c"}, worked={"a", "b"}, interrupted=True
    )
    assert [outcome.state for outcome in outcomes_of(["a", "b", "c"], result)] == ["interrupted", "interrupted", "notBegun"]


OUTCOMES = [
    Outcome("a", "done", good("a", "api", "web")),
    Outcome("b", "failed", DOWN, "Unreachable", 'context "b": nothing listens there'),
    Outcome("c", "failed", failed("c")),
    Outcome("d", "notBegun", reason="NotBegun", message="a batch before it had a failure"),
]


def test_the_summary_must_count_environments_instances_and_writes() -> None:
    assert summary_line("up", OUTCOMES) == "1 of 4 environments running, 3 of 4 instances; 4 created"
    assert summary_line("up", OUTCOMES[:1], check=True) == "1 of 1 environments checked, 2 of 2 instances; would be: 2 created"
    assert summary_line("up", [Outcome("a", "done", {"instances": []})]) == "1 of 1 environments running; no change"


def test_the_document_must_have_one_entry_for_each_environment_with_the_same_keys() -> None:
    document = fleet_document("shop", OUTCOMES, check=False)
    assert (document["changed"], document["failed"]) == (True, True)
    assert [(entry["environment"], entry["state"], entry["reason"]) for entry in document["environments"]] == [
        ("a", "done", ""),
        ("b", "failed", "Unreachable"),
        ("c", "failed", ""),
        ("d", "notBegun", "NotBegun"),
    ]
    keys = {"environment", "state", "reason", "message", "changed", "failed", "instances", "notices", "problems"}
    assert all(keys <= entry.keys() for entry in document["environments"])
    assert document["environments"][1]["problems"] == DOWN["problems"]


def test_the_end_must_say_why_each_failed_what_was_not_begun_and_what_repeats_those(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "workspace.json").write_text('{"version": 1, "name": "shop"}')
    monkeypatch.setattr("roro.fleet_summary.again", lambda _context, environments, _instances: f"roro up {' '.join(environments)}")
    job = Lifecycle("up", load_workspace(tmp_path), Target("a", (), ("a", "b", "c", "d")), {})
    with click.Context(click.Command("up")):
        print_summary(job, OUTCOMES, 12.34)
    captured = capsys.readouterr()
    assert captured.out == "1 of 4 environments running, 3 of 4 instances; 4 created (12.3s)\n"
    assert captured.err.splitlines() == [
        'Failed: b: Unreachable: context "b": nothing listens there',
        "        Start the cluster.",
        "Failed: c: api: ImagePullBackOff: shop/api:9 cannot be pulled",
        "        Push it.",
        "Not begun: d: a batch before it had a failure",
        "Again for these: roro up b c d",
    ]


@pytest.mark.parametrize(
    ("typed", "repeated"),
    [
        (["up", "--all", "--serial", "1,25%"], "roro up b d --serial 1,25%"),
        (["up", "prod-*", "--check", "--var", "replicas=2"], "roro up b d --var replicas=2 --check"),
        (["-w", "shop", "up", "--all"], "roro up b d -w shop"),
        (["up", "--all", "--var", "dbPassword=hunter2"], "roro up b d --var 'dbPassword=<hidden>'"),
        (["restart", "--all", "api"], "roro restart --env=b --env=d api"),
    ],
)
def test_the_command_that_repeats_must_be_as_it_was_given_for_those_alone_and_show_no_secret(
    typed: list[str], repeated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = cli.get_command(click.Context(cli), typed[2] if typed[0] == "-w" else typed[0])
    assert command is not None
    said: list[str] = []

    def callback(**options: Any) -> None:
        said.append(again(click.get_current_context(), ["b", "d"], [name for name in options["names"] if name == "api"]))

    monkeypatch.setattr(command, "callback", callback)
    monkeypatch.delenv("RORO_WORKSPACE", raising=False)
    ran = CliRunner().invoke(cli, typed)
    assert ran.exit_code == 0, ran.output
    assert said == [repeated]


@pytest.mark.parametrize("given", ["0", "1,", "a", "25%%", "-1"])
def test_batches_that_are_none_must_be_refused(given: str) -> None:
    ran = CliRunner().invoke(cli, ["up", "--all", "--serial", given])
    assert ran.exit_code == 2
    assert "such as 1,25%,100%" in ran.output


def test_a_status_that_cannot_be_read_must_be_a_row_that_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._release import InstanceStatus
    from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, StatusReport

    from roro.fleet_ps import show_fleet

    def status(request: Request) -> StatusReport:
        if request.environment == "b":
            raise ClusterError("nothing listens there", where='context "b"')
        if request.environment == "c":
            raise UsageError('there is no instance "api"')
        return StatusReport("shop", str(request.environment), (InstanceStatus("api", "api", "n", "Running"),))

    monkeypatch.setattr("roro.fleet_ps.status", status)
    requests = {name: Request(tmp_path, name, ("api",)) for name in ("a", "b", "c")}
    assert show_fleet(requests, "text", workspace="shop") is False
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[:3] for row in rows[1:]] == [["a", "api", "Running"], ["b", "Unknown", "context"]]
    assert show_fleet({"a": requests["a"]}, "json", workspace="shop") is True
    document = json.loads(capsys.readouterr().out)
    assert [(entry["environment"], entry["problems"]) for entry in document["environments"]] == [("a", [])]
    with pytest.raises(UsageError, match="no instance"):
        show_fleet({"c": requests["c"]}, "text", workspace="shop")


def make_workspace(folder: Path, **environments: dict[str, Any]) -> Path:
    """Apps `api` and `web`, and these environments."""
    documents: dict[str, Any] = {"workspace.json": {"version": 1, "name": "shop"}}
    for app in ("api", "web"):
        documents.update({f"apps/{app}/app.json": {}, f"apps/{app}/manifests/a.json": {}})
    documents.update({f"environments/{name}/environment.json": document for name, document in environments.items()})
    for name, content in documents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    return folder


def test_the_doctor_must_look_at_the_cluster_of_every_environment_and_once_at_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("K8S_AUTH_HOST", "K8S_AUTH_CONTEXT", "K8S_AUTH_KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    absent, other = {"kubeconfig": "/nonexistent/one"}, {"kubeconfig": "/nonexistent/two"}
    root = make_workspace(tmp_path, a=absent, b=other, c=absent)
    ran = CliRunner().invoke(cli, ["-w", str(root), "doctor", "--all", "-o", "json"], standalone_mode=False)
    found = {each["what"]: each["message"] for each in json.loads(ran.stdout)["findings"] if each["what"].startswith("cluster of")}
    assert {what: "/nonexistent/" in message for what, message in found.items()} == {"cluster of a, c": True, "cluster of b": True}


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("dev",), {"api", "web", "prod"}),
        (("dev", "prod"), {"api", "web"}),
        (("dev", "api"), {"api", "web"}),
    ],
)
def test_after_an_environment_others_and_instances_must_be_offered(tmp_path: Path, typed: tuple[str, ...], offered: set[str]) -> None:
    from roro.arguments import complete_names
    from roro.lifecycle_commands import up

    context = click.Context(up)
    context.params = {"workspace": make_workspace(tmp_path, dev={}, prod={}), "names": typed, "every": False, "named": ()}
    assert {item.value for item in complete_names(context, up.params[0], "")} == offered
