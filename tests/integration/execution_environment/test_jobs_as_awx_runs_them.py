"""Jobs in a pod of the execution environment: brought, followed and ended by standard input and output, with the rights of a table."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
import yaml
from container_group import ContainerGroup
from job_project import RIGHTS, Project

pytestmark = [pytest.mark.real_node, pytest.mark.timeout(600)]


def secrets_of(project: Project) -> list[str]:
    """What nobody may read: the token, as it is and in base 64, and its signature alone."""
    return [project.token, base64.b64encode(project.token.encode()).decode()[:-4], project.token.rpartition(".")[2]]


def test_a_job_must_bring_up_change_nothing_twice_check_and_go_back(group: ContainerGroup, project: Project) -> None:
    first = group.run(project.private_data(), "playbooks/up.yml")
    assert (first.changed(), project.mode()) == (1, "1")
    assert group.run(project.private_data(), "playbooks/up.yml").changed() == 0
    project.write(mode="2")
    looked = group.run(project.private_data(check=True), "playbooks/up.yml")
    assert (looked.changed(), project.mode()) == (1, "1")
    assert group.run(project.private_data(), "playbooks/up.yml").changed() == 1
    assert project.mode() == "2"
    back = group.run(project.private_data(roro_instances=["web"]), "playbooks/rollback.yml")
    assert (back.changed(), project.mode()) == (1, "1")
    assert project.locks() == []
    gone = group.run(project.private_data(), "playbooks/down.yml")
    assert (gone.changed(), project.mode()) == (1, None)


def test_what_a_job_tells_must_be_the_lines_of_the_runner_and_its_artifacts(group: ContainerGroup, project: Project) -> None:
    job = group.run(project.private_data(), "playbooks/up.yml")
    assert job.statuses() == ["starting", "running", "successful"]
    assert [sorted(line)[0] for line in job.lines() if "event" not in line and "status" not in line] == ["zipfile", "eof"]
    assert "web: Running" in job.output()
    events = [json.loads(file.read_text()) for file in (job.artifacts / "job_events").glob("*.json")]
    assert sorted(event["counter"] for event in events) == list(range(1, len(events) + 1))
    assert ((job.artifacts / "rc").read_text(), (job.artifacts / "status").read_text()) == ("0", "successful")
    stats = job.stats()["artifact_data"]["roro"][project.namespace]["dev"]
    assert (stats["changed"], stats["instances"]) == (True, {"web": "Running"})


def test_a_credential_must_be_in_nothing_that_a_job_leaves(group: ContainerGroup, project: Project) -> None:
    job = group.run(project.private_data(), "playbooks/up.yml")
    left = [file.read_text(errors="replace") for file in job.folder.rglob("*") if file.is_file()]
    assert len(left) > 10
    for text in (*left, group.kubectl("get", "pod", job.pod, "-o", "json"), group.kubectl("logs", job.pod)):
        assert not [secret for secret in secrets_of(project) if secret in text]


def test_a_job_that_is_cancelled_must_leave_no_lock_and_the_next_must_complete(
    group: ContainerGroup, project: Project, eventually: Any
) -> None:
    project.write(mode="2", ready=False)
    job = group.start(project.private_data(), "playbooks/up.yml")
    eventually(lambda: project.mode() == "2" and project.locks(), 60)
    group.cancel(job)
    assert job.finish() == "canceled"
    eventually(lambda: "NotFound" in group.kubectl("get", "pod", job.pod, check=False), 60)
    assert project.locks() == []
    assert project.mode() == "2"  # what was applied stays
    project.write(mode="3")
    group.run(project.private_data(), "playbooks/up.yml")
    assert (project.mode(), project.locks()) == ("3", [])


def test_a_job_whose_processes_are_killed_must_be_taken_over_by_the_next(group: ContainerGroup, project: Project, eventually: Any) -> None:
    project.write(mode="2", ready=False)
    job = group.start(project.private_data(), "playbooks/up.yml")
    eventually(lambda: project.mode() == "2" and project.locks(), 60)
    group.kubectl("exec", job.pod, "--", "sh", "-c", "kill -KILL -1", check=False)  # all at once: nothing can be given back
    assert job.finish() == "error"
    project.write(mode="3")
    group.run(project.private_data(roro_wait_lock="60s"), "playbooks/up.yml")
    assert (project.mode(), project.locks()) == ("3", [])


def test_a_pod_with_an_account_of_its_own_must_need_no_credential(group: ContainerGroup, project: Project) -> None:
    sent = project.private_data()
    (sent / "env" / "tmp_credential").unlink()
    (sent / "env" / "envvars").unlink()
    job = group.run(sent, "playbooks/up.yml", serviceAccountName="roro", automountServiceAccountToken=True)
    assert (job.changed(), project.mode()) == (1, "1")


def test_a_right_that_is_missing_must_be_told_in_words(group: ContainerGroup, project: Project) -> None:
    role = list(yaml.safe_load_all(RIGHTS.read_text()))[1]
    role["rules"] = [rule for rule in role["rules"] if "deployments" not in rule["resources"]]
    group.kubectl("apply", "-f", "-", stdin=json.dumps(role))
    job = group.start(project.private_data(), "playbooks/up.yml")
    assert job.finish() == "failed"
    assert re.search(r"may not \w+ deployments", job.output()), job.output()


def test_the_image_must_have_what_the_documents_of_others_need(group: ContainerGroup, project: Project) -> None:
    """Also under a user that the image has never heard of, as OpenShift gives them."""
    commands = ["helm version --short", "kubectl version --client", "git --version", "ssh -V", "roro --version", "id", "touch /runner/here"]
    tasks = [{"name": text, "ansible.builtin.command": text, "changed_when": False} for text in commands]
    play = [{"hosts": "roro_environments", "gather_facts": False, "tasks": tasks}]
    (project.folder / "playbooks" / "look.yml").write_text(yaml.safe_dump(play))
    confined = group.spec()["spec"]["securityContext"]
    for user in (1000, 1000650000):
        job = group.run(project.private_data(), "playbooks/look.yml", securityContext={**confined, "runAsUser": user})
        told = json.dumps([line["event_data"]["res"] for line in job.lines() if line.get("event") == "runner_on_ok"])
        assert f"uid={user}" in told and "gid=0(root)" in told
