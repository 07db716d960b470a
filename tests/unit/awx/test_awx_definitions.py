# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions are brought to AWX once, stay as they are, and what is wrong is told with the object and the field."""

from __future__ import annotations

import pytest
from ansible_collections.roro.kube.plugins.module_utils._awx import find_address, import_file, read_definitions
from ansible_collections.roro.kube.plugins.module_utils._errors import AwxError, UsageError
from conftest import Bring, small
from fake_awx_api import PASSWORD, USER, FakeAwx, serve

WORKFLOW = {
    "name": "deploy",
    "workflow_nodes": [
        {"identifier": "sync", "unified_job_template": {"projects": "fleet"}, "success_nodes": ["approve"]},
        {"identifier": "approve", "approval": {"name": "bring up", "timeout": 60}, "success_nodes": ["up"]},
        {"identifier": "up", "unified_job_template": {"job_templates": "roro up"}},
    ],
}
SCHEDULE = {
    "name": "nightly",
    "unified_job_template": {"job_templates": "roro up"},
    "rrule": "DTSTART:20270101T030000Z RRULE:FREQ=DAILY;INTERVAL=1",
}
OPTIONS = {"roro_wait": {"type": "bool"}, "roro_password": {"type": "str", "no_log": True}}


def whole() -> dict:
    """Definitions with something of every kind."""
    return {
        **small(
            survey={"options": OPTIONS},
            survey_enabled=True,
            labels=["roro"],
            credentials=["clusters"],
            extra_vars={"a": 1},
            notification_templates_error=["hook"],
        ),
        "credential_types": [
            {"name": "Kube", "kind": "cloud", "inputs": {"fields": [{"id": "a", "label": "A", "secret": True}, {"id": "b", "label": "B"}]}}
        ],
        "credentials": [{"name": "clusters", "credential_type": "Kube", "inputs": {"b": "open"}, "secrets": "1"}],
        "execution_environments": [{"name": "ee", "image": "registry.example.com/ee:1"}],
        "notification_templates": [
            {"name": "hook", "notification_type": "webhook", "notification_configuration": {"url": "https://hooks.example.com"}}
        ],
        "inventory_sources": [
            {"name": "environments", "inventory": "fleet", "source": "scm", "source_project": "fleet", "source_path": "fleet.roro.yml"}
        ],
        "workflow_job_templates": [WORKFLOW],
        "schedules": [SCHEDULE],
    }


SECRETS = {"clusters": {"a": "s3cret-kubeconfig"}, "hook": {"password": "s3cret-hook"}}


def problems(error: AwxError) -> list[tuple[str | None, str]]:
    return [(problem.where, problem.message) for problem in error.problems]


def test_a_second_run_must_change_nothing(fake: FakeAwx, brought: Bring) -> None:
    assert brought(whole(), secrets=SECRETS).changed
    written = list(fake.writes)
    again = brought(whole(), secrets=SECRETS)
    assert not again.changed
    assert fake.writes == written


def test_check_mode_must_tell_all_and_write_nothing(fake: FakeAwx, brought: Bring) -> None:
    report = brought(whole(), secrets=SECRETS, check=True)
    assert {change.action for change in report.changes} == {"create"}
    assert fake.writes == []


def test_few_requests_must_be_enough_to_see_that_nothing_differs(fake: FakeAwx, brought: Bring) -> None:
    definitions = small()
    definitions["job_templates"] = [{**definitions["job_templates"][0], "name": f"t{number}"} for number in range(45)]
    brought(definitions)
    before = len(fake.requests)
    assert not brought(definitions).changed
    assert len(fake.requests) - before < 30


def test_what_a_person_changed_must_be_told_with_field_both_values_and_name(fake: FakeAwx, brought: Bring) -> None:
    brought(whole(), secrets=SECRETS)
    fake.person_changes("job_templates", "roro up", playbook="playbooks/down.yml", extra_vars="a: 1\nb: 2")
    survey = fake.surveys[("job_templates", fake.named("job_templates", "roro up")["id"])]
    survey["spec"][0]["required"] = True
    change = next(one for one in brought(whole(), secrets=SECRETS, check=True).changes if one.action == "update")
    told = {(one.field, str(one.theirs), str(one.ours)) for one in change.differences}
    assert told == {
        ("playbook", "playbooks/down.yml", "playbooks/up.yml"),
        ("extra_vars", "a: 1\nb: 2", "{'a': 1}"),
        ("survey_spec.roro_wait.required", "True", "False"),
    }
    assert change.by == "alice"
    assert brought(whole(), secrets=SECRETS).changed
    assert not brought(whole(), secrets=SECRETS).changed


def test_the_same_meaning_in_another_form_must_not_count(fake: FakeAwx, brought: Bring) -> None:
    brought(whole(), secrets=SECRETS)
    fake.person_changes("job_templates", "roro up", extra_vars="---\na: 1\n")
    survey = fake.surveys[("job_templates", fake.named("job_templates", "roro up")["id"])]
    survey["spec"][0].update(choices="true\nfalse\n", new_question=True, min=None)
    assert not brought(whole(), secrets=SECRETS).changed


def test_fields_that_no_definition_names_must_stay(fake: FakeAwx, brought: Bring) -> None:
    brought(small())
    fake.person_changes("job_templates", "roro up", limit="dev")
    assert not brought(small()).changed
    assert fake.named("job_templates", "roro up")["limit"] == "dev"


def test_what_hangs_on_a_template_must_be_exact(fake: FakeAwx, brought: Bring) -> None:
    brought(whole(), secrets=SECRETS)
    number = fake.named("job_templates", "roro up")["id"]
    fake.links[("job_templates", number, "labels")] = [fake.insert("labels", {"name": "other", "organization": 1})["id"]]
    change = next(one for one in brought(whole(), secrets=SECRETS).changes if one.action == "update")
    assert [(one.field, one.theirs, one.ours) for one in change.differences] == [("labels", ["other"], ["roro"])]
    assert [fake.tables["labels"][one]["name"] for one in fake.links[("job_templates", number, "labels")]] == ["roro"]


def test_a_node_that_somebody_added_to_a_workflow_must_be_told_and_go(fake: FakeAwx, brought: Bring) -> None:
    brought(whole(), secrets=SECRETS)
    workflow = fake.named("workflow_job_templates", "deploy")["id"]
    fake.insert("workflow_job_template_nodes", {"identifier": "mine", "workflow_job_template": workflow})
    assert [(one.action, one.ref.name) for one in brought(whole(), secrets=SECRETS).changes if one.action != "unchanged"] == [
        ("delete", "mine")
    ]
    assert not brought(whole(), secrets=SECRETS).changed


def test_a_secret_that_is_there_must_count_as_right_until_its_word_changes(fake: FakeAwx, brought: Bring) -> None:
    brought(whole(), secrets=SECRETS)
    new = {**SECRETS, "clusters": {"a": "n3w-kubeconfig"}}
    assert not brought(whole(), secrets=new).changed
    definitions = whole()
    definitions["credentials"][0]["secrets"] = "2"
    change = next(one for one in brought(definitions, secrets=new).changes if one.action == "update")
    assert "s3cret" not in str(change.differences) and "n3w" not in str(change.differences)
    assert fake.named("credentials", "clusters")["inputs"] == {"a": "n3w-kubeconfig", "b": "open"}
    assert not brought(definitions, secrets=new).changed


def test_other_inputs_must_be_changed_without_touching_the_secret(fake: FakeAwx, brought: Bring) -> None:
    brought(whole(), secrets=SECRETS)
    definitions = whole()
    definitions["credentials"][0]["inputs"] = {"b": "else"}
    assert brought(definitions, secrets={}).changed
    assert fake.named("credentials", "clusters")["inputs"] == {"a": "s3cret-kubeconfig", "b": "else"}


def test_a_secret_among_what_may_be_shown_must_be_refused(fake: FakeAwx, brought: Bring) -> None:
    brought(whole(), secrets=SECRETS)
    definitions = whole()
    definitions["credentials"][0]["inputs"] = {"a": "s3cret-in-the-open"}
    with pytest.raises(AwxError, match="secret_inputs") as caught:
        brought(definitions)
    assert "s3cret" not in str(caught.value)


def test_only_what_carries_the_mark_must_go_and_only_on_request(fake: FakeAwx, brought: Bring) -> None:
    brought(whole(), secrets=SECRETS)
    theirs = fake.insert(
        "schedules", {"name": "theirs", "rrule": "x", "unified_job_template": fake.named("job_templates", "roro up")["id"]}
    )
    less = {**whole(), "schedules": []}
    assert [ref.name for ref in brought(less, secrets=SECRETS).left] == ["nightly"]
    assert {body["name"] for body in fake.tables["schedules"].values()} == {"nightly", "theirs"}
    brought(less, secrets=SECRETS, prune=True)
    assert list(fake.tables["schedules"].values()) == [theirs]


def test_what_is_there_without_the_mark_must_be_refused_unless_adopted(fake: FakeAwx, brought: Bring) -> None:
    organization = fake.insert("organizations", {"name": "Ops"})
    fake.insert("inventories", {"name": "fleet", "organization": organization["id"], "description": "by hand"})
    with pytest.raises(AwxError) as caught:
        brought(small())
    assert problems(caught.value) == [("inventory `fleet`", "it is there already and not one of these definitions")]
    assert fake.writes == []
    assert brought(small(), adopt=True).changed
    assert fake.named("organizations", "Ops")["description"] == ""


def test_what_awx_refuses_must_be_told_with_object_and_field(brought: Bring) -> None:
    with pytest.raises(AwxError) as caught:
        brought(small(playbook="playbooks/nowhere.yml"))
    assert problems(caught.value) == [("job template `roro up`", "playbook: Playbook not found for project.")]


def test_a_run_after_a_refusal_must_go_on_from_there(brought: Bring) -> None:
    with pytest.raises(AwxError):
        brought(small(playbook="playbooks/nowhere.yml"))
    assert [one.ref.kind for one in brought(small()).changes if one.action != "unchanged"] == ["job_templates"]


def test_names_that_are_not_there_and_fields_that_awx_has_not_must_be_told_before_any_write(fake: FakeAwx, brought: Bring) -> None:
    with pytest.raises(AwxError) as caught:
        brought({**small(credentials=["nobody"]), "inventories": [{"name": "fleet", "colour": "red"}]})
    assert problems(caught.value) == [
        ("inventory `fleet`", "colour: this AWX has no such field"),
        ("job template `roro up`", "credentials: there is no credential `nobody` in organization `Ops`"),
    ]
    assert fake.writes == []


def test_wrong_credentials_must_be_told(brought: Bring) -> None:
    with pytest.raises(AwxError, match="does not know who asks") as caught:
        brought(small(), token="wrong-token")
    assert "wrong-token" not in str(caught.value)


def test_an_awx_that_is_too_old_must_be_told(fake: FakeAwx, brought: Bring) -> None:
    fake.missing = ("execution_environments",)
    with pytest.raises(AwxError, match="new enough"):
        brought({"execution_environments": [{"name": "ee", "image": "x"}]})


def test_no_right_to_create_must_be_told_with_the_object(fake: FakeAwx, brought: Bring) -> None:
    fake.forbidden = ("projects",)
    with pytest.raises(AwxError) as caught:
        brought(small())
    assert problems(caught.value) == [("project `fleet`", "AWX forbids it: You do not have permission to perform this action.")]


def test_a_server_that_is_busy_must_be_asked_again(fake: FakeAwx, brought: Bring) -> None:
    fake.answers["GET /api/v2/projects/"] = (429, {"detail": "Request was throttled."})
    assert brought(small()).changed


def test_the_gateway_of_the_platform_must_be_found_by_itself() -> None:
    with serve(FakeAwx(root="/api/controller/v2/")) as fake:
        from threading import Event

        from ansible_collections.roro.kube.plugins.module_utils._awx import Wishes, bring

        address = find_address({"host": fake.url}, {"CONTROLLER_USERNAME": USER, "CONTROLLER_PASSWORD": PASSWORD})
        report = bring(address, read_definitions(small(), organization="Default"), Wishes(), Event(), lambda line: None)
        assert report.root == "/api/controller/v2/" and report.changed


@pytest.mark.parametrize("prefix", ["CONTROLLER", "TOWER"])
def test_the_usual_variables_must_say_where_awx_is(prefix: str) -> None:
    address = find_address({}, {f"{prefix}_HOST": "awx.example.com", f"{prefix}_OAUTH_TOKEN": "s3cret", f"{prefix}_VERIFY_SSL": "no"})
    assert (address.url, address.verify) == ("https://awx.example.com", False)
    assert "s3cret" not in repr(address)


def test_wrong_definitions_must_all_be_told_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        read_definitions({"jobs": [], "projects": [{"scm_type": "git"}], "schedules": [{"name": "x", "unified_job_template": "up"}]})
    assert [problem.where for problem in caught.value.problems] == [
        "definitions",
        "definitions.projects[0]",
        "definitions.schedules[0].unified_job_template",
        "definitions.schedules[0].unified_job_template",
    ]


def test_the_file_for_awx_import_must_hold_no_secret() -> None:
    text = str(import_file(read_definitions(whole(), organization="Ops", secrets=SECRETS)))
    assert "s3cret" not in text and "nightly" in text
