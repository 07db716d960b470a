"""Progress, summaries, documents and exit codes: what people look at and scripts rely on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from command_runs import end, plain_text
from command_workspace import Workspace

ESCAPE = "\x1b"
INSTANCE_KEYS = {
    "instance",
    "app",
    "namespace",
    "status",
    "reason",
    "message",
    "revision",
    "actions",
    "changed",
    "duration",
    "counts",
    "warnings",
    "rolledBackTo",
    "details",
    "log",
    "hint",
    "where",
}
ACTION_KEYS = {"action", "kind", "namespace", "name", "cause", "duration", "error", "checked"}


def test_on_a_terminal_the_table_must_show_instances_steps_reasons_and_time(notes: Workspace) -> None:
    terminal = notes.roro.on_terminal("up", "dev", "--var", "open=no")
    terminal.expect(r"gate.*Deploying.*ConfigMap gate: .*open")
    shown = plain_text((terminal.before or "") + (terminal.after or ""))
    assert re.search(r"INSTANCE\s+STATUS\s+STEPS\s+TIME", shown)
    assert re.search(r"✔\s+first\s+Running\s+20/20\s+\d+\.\ds", shown)
    assert re.search(r"✔\s+second\s+Running\s+20/20", shown)
    assert re.search(r"gate\s+Deploying\s+1/1\s+\d+\.\ds\s+ConfigMap gate: ", shown)
    terminal.sendintr()
    assert end(terminal)[0] == 130


def test_on_a_terminal_the_end_must_be_a_summary(notes: Workspace) -> None:
    code, shown = end(notes.roro.on_terminal("up", "dev"))
    assert code == 0, shown
    assert "3 of 3 instances running; 42 created" in shown
    assert ESCAPE + "[?25h" in (notes.root.parent / "runs" / "00-up.txt").read_text(), "the cursor was not given back"


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_on_a_terminal_colours_must_go_when_asked(notes: Workspace, environ: dict[str, str]) -> None:
    code, shown = end(notes.roro.on_terminal("up", "dev", **environ))
    assert code == 0, shown
    raw = (notes.root.parent / "runs" / "00-up.txt").read_text()
    assert not re.search(r"\x1b\[[0-9;]*m", raw), "a colour or bold was used"
    if "TERM" in environ:
        assert ESCAPE not in raw


def test_off_a_terminal_progress_must_be_plain_lines(notes: Workspace) -> None:
    ran = notes.roro("up", "dev")
    assert ran.code == 0, ran.told
    assert ESCAPE not in ran.stdout + ran.stderr
    assert "\r" not in ran.stdout + ran.stderr
    told = ran.stderr.splitlines()
    for instance in ("first", "second", "gate"):
        assert told.index(f"{instance}: Deploying") < told.index(f"{instance}: Running"), ran.told
    assert told.index("first: Deploying") < told.index("second: Deploying") < told.index("gate: Deploying"), ran.told
    assert re.fullmatch(r"3 of 3 instances running; 42 created \(\d+\.\ds\)\n", ran.stdout), ran.told


def test_json_must_be_one_document_with_the_documented_keys(notes: Workspace) -> None:
    ran = notes.roro("up", "dev", "--output", "json")
    assert ran.code == 0, ran.told
    document = ran.document
    assert set(document) == {"workspace", "environment", "run", "changed", "failed", "check", "instances", "notices"}
    assert (document["workspace"], document["environment"], document["changed"], document["failed"]) == (notes.name, "dev", True, False)
    assert [item["instance"] for item in document["instances"]] == ["first", "second", "gate"]
    for instance in document["instances"]:
        assert set(instance) == INSTANCE_KEYS
        assert instance["namespace"] == notes.namespace
        assert instance["revision"] == 1
        assert all(set(action) == ACTION_KEYS for action in instance["actions"])
    gate = [action for action in document["instances"][2]["actions"] if action["kind"] == "ConfigMap"]
    assert [(action["action"], action["name"], action["cause"] != "") for action in gate] == [("create", "gate", True)]
    assert "first: Running" in ran.stderr


@pytest.mark.parametrize("command", [("ps",), ("diff",), ("config",), ("config", "--render"), ("down",)])
def test_every_command_must_print_one_json_document(notes: Workspace, command: tuple[str, ...]) -> None:
    ran = notes.roro(command[0], "dev", *command[1:], "--output", "json")
    assert ran.code == 0, ran.told
    assert isinstance(ran.document, dict | list)


def test_diff_must_say_by_its_exit_code_whether_there_is_one(notes: Workspace) -> None:
    different = notes.roro("diff", "dev", "--exit-code")
    assert different.code == 3, different.told
    assert notes.roro("diff", "dev").code == 0
    assert notes.footprint.objects() == {}
    assert notes.roro("up", "dev").code == 0
    same = notes.roro("diff", "dev", "--exit-code")
    assert same.code == 0, same.told
    assert same.stdout == ""
    one = notes.roro("diff", "dev", "gate", "--var", "open=maybe", "--exit-code")
    assert one.code == 3, one.told
    assert re.search(r"^-\s+open: .*yes", one.stdout, re.M) and re.search(r"^\+\s+open: maybe", one.stdout, re.M), one.told


def test_check_must_tell_what_up_would_do_and_write_nothing(notes: Workspace) -> None:
    checked = notes.roro("up", "dev", "--check", "--output", "json")
    assert checked.code == 0, checked.told
    assert checked.document["check"] is True and checked.document["changed"] is True
    assert notes.footprint.objects() == {}
    assert notes.footprint.namespace() is None
    done = notes.roro("up", "dev", "--output", "json")
    assert done.code == 0, done.told
    told, did = ([(a["action"], a["kind"], a["name"]) for i in ran.document["instances"] for a in i["actions"]] for ran in (checked, done))
    assert sorted(told) == sorted(did)
    before = notes.footprint.versions()
    again = notes.roro("up", "dev", "--check", "--diff", "--var", "mode=b")
    assert again.code == 0, again.told
    assert "would be: 40 updated" in again.stdout, again.told
    assert re.search(r"^\+\s+mode: b", again.stdout, re.M), again.told
    assert notes.footprint.versions() == before


def test_an_image_that_is_nowhere_must_fail_quickly_and_say_so(store: Workspace) -> None:
    ran = store.roro("up", "dev", "--var", "image=roro.invalid/no-such-image:1", "--output", "json", "--timeout", "10m")
    assert ran.code == 1, ran.told
    db = next(item for item in ran.document["instances"] if item["instance"] == "db")
    assert (db["status"], db["reason"]) == ("Failed", "ImagePullBackOff"), ran.told
    assert "roro.invalid/no-such-image:1" in db["message"]
    api = next(item for item in ran.document["instances"] if item["instance"] == "api")
    assert (api["status"], api["reason"]) == ("Failed", "DependencyFailed"), ran.told
    assert store.footprint.names("Deployment") == set()


def test_an_instance_that_failed_must_not_hold_up_others_and_be_mended_by_the_next_up(store: Workspace) -> None:
    def break_blue(document: dict[str, Any]) -> None:
        document["instances"][3]["variables"]["image"] = "roro.invalid/no-such-image:1"

    store.edit("environments/dev/environment.json", break_blue)
    ran = store.roro("up", "dev", "--output", "json")
    assert ran.code == 1, ran.told
    statuses = {item["instance"]: item["status"] for item in ran.document["instances"]}
    assert statuses == {"db": "Running", "migrate": "Running", "api": "Running", "api-blue": "Failed"}, ran.told
    shown = store.roro("ps", "dev")
    assert re.search(r"^api-blue\s+Failed.*ImagePullBackOff", shown.stdout, re.M), shown.told
    mended = store.roro("up", "dev", "--var", "image=roro.local/shop-redis:1")
    assert mended.code == 0, mended.told


def test_failures_must_be_told_on_stderr_with_the_reason(store: Workspace) -> None:
    ran = store.roro("up", "dev", "db", "--var", "image=roro.invalid/no-such-image:1")
    assert ran.code == 1, ran.told
    assert re.search(r"^Failed: db: ImagePullBackOff: .*roro\.invalid/no-such-image:1", ran.stderr, re.M), ran.told
    assert "roro cluster load" in ran.stderr, ran.told
    assert "0 of 1 instances running" in ran.stdout, ran.told


def test_no_wait_must_return_while_things_are_still_coming_up(notes: Workspace) -> None:
    ran = notes.roro("up", "dev", "--no-wait", "--var", "open=no", "--output", "json")
    assert ran.code == 0, ran.told
    statuses = {item["instance"]: item["status"] for item in ran.document["instances"]}
    assert statuses["gate"] == "Deploying", ran.told
    assert notes.footprint.records()["gate"].outcome == "applied"


def test_a_timeout_must_name_what_was_waited_for(notes: Workspace) -> None:
    assert notes.roro("up", "dev").code == 0
    ran = notes.roro("up", "dev", "--var", "open=no", "--timeout", "1s")
    assert ran.code == 1, ran.told
    assert "ConfigMap" in ran.stderr and "gate is not ready after 1 s" in ran.stderr, ran.told


def test_naming_an_instance_must_bring_what_it_needs_and_prune_nothing(notes: Workspace) -> None:
    ran = notes.roro("up", "dev", "second", "--output", "json")
    assert ran.code == 0, ran.told
    assert [item["instance"] for item in ran.document["instances"]] == ["first", "second"]
    assert set(notes.footprint.records()) == {"first", "second"}
    assert notes.roro("up", "dev").code == 0
    one = notes.roro("up", "dev", "first", "--output", "json")
    assert one.code == 0, one.told
    assert set(notes.footprint.records()) == {"first", "second", "gate"}


def only(*apps: str) -> Callable[[dict[str, object]], None]:
    """Makes an environment hold these apps only."""

    def change(document: dict[str, object]) -> None:
        document["instances"] = [{"app": app} for app in apps]

    return change


def test_what_left_the_environment_must_go_with_the_next_up(notes: Workspace) -> None:
    assert notes.roro("up", "dev").code == 0
    notes.edit("environments/dev/environment.json", only("first", "second"))
    ran = notes.roro("up", "dev", "--output", "json")
    assert ran.code == 0, ran.told
    assert "gate" not in notes.footprint.names("ConfigMap")
    assert set(notes.footprint.records()) == {"first", "second"}
    gone = [action for item in ran.document["instances"] for action in item["actions"] if action["action"] == "delete"]
    assert [(action["kind"], action["name"]) for action in gone] == [("ConfigMap", "gate")]


def test_what_no_prune_left_must_be_remembered_and_go_with_the_next_prune(notes: Workspace) -> None:
    assert notes.roro("up", "dev").code == 0
    notes.edit("environments/dev/environment.json", only("first", "second"))
    notes.edit("workspace.json", lambda document: document["variables"].update(count=19))
    kept = notes.roro("up", "dev", "--no-prune")
    assert kept.code == 0, kept.told
    assert {"gate", "first-19", "second-19"} <= notes.footprint.names("ConfigMap")
    assert notes.roro("up", "dev", "--no-prune").code == 0
    assert notes.footprint.orphans() == []
    pruned = notes.roro("up", "dev")
    assert pruned.code == 0, pruned.told
    assert "3 deleted" in pruned.stdout, pruned.told
    assert not {"gate", "first-19", "second-19"} & notes.footprint.names("ConfigMap")
    assert "no change" in notes.roro("up", "dev").stdout


def test_an_instance_with_a_suffix_must_stand_beside_the_other_and_leave_alone(store: Workspace) -> None:
    assert store.roro("up", "dev").code == 0
    assert {"api", "api-blue"} <= store.footprint.names("Deployment")
    green = {key: version for key, version in store.footprint.versions().items() if key[3] == "api"}
    colours = {key[3]: item["data"]["colour"] for key, item in store.footprint.objects().items() if key[1] == "ConfigMap"}
    assert colours == {"api": "green", "api-blue": "blue"}
    down = store.roro("down", "dev", "api-blue")
    assert down.code == 0, down.told
    assert store.footprint.names("Deployment") == {"api"}
    after = store.footprint.versions()
    assert {key: after.get(key) for key in green if key[1] in ("ConfigMap", "Secret")} == {
        key: version for key, version in green.items() if key[1] in ("ConfigMap", "Secret")
    }


def test_an_app_that_renders_nothing_must_need_a_word(notes: Workspace) -> None:
    assert notes.roro("up", "dev").code == 0
    before = notes.footprint.versions()
    notes.edit("workspace.json", lambda document: document["variables"].update(count=0))
    refused = notes.roro("up", "dev")
    assert refused.code == 2, refused.told
    assert "--allow-empty" in refused.stderr, refused.told
    assert notes.footprint.versions() == before
    emptied = notes.roro("up", "dev", "--allow-empty")
    assert emptied.code == 0, emptied.told
    assert notes.footprint.names("ConfigMap") == {"gate"}
