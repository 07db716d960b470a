"""What pods read only at their start must reach them: which workloads get new pods when a ConfigMap or Secret changes, and why."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.data.plan import Plan
from ansible_collections.roro.kube.plugins.module_utils._release.data.steps import Step
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import encode, read_record, record_data
from ansible_collections.roro.kube.plugins.module_utils._release.restarts.config_reads import reads_of, values_of

ALL = {"envFrom": [{"configMapRef": {"name": "settings"}}]}
ONE = {"env": [{"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}}]}
FILE = {"volumeMounts": [{"name": "files", "mountPath": "/etc/mode", "subPath": "mode"}]}
WHOLE = {"volumeMounts": [{"name": "files", "mountPath": "/etc/settings"}]}
VOLUMES = [{"name": "files", "configMap": {"name": "settings"}}]


def reader(make: Any, how: dict[str, Any], kind: str = "Deployment", name: str = "api") -> dict[str, Any]:
    """A workload whose container reads in this way."""
    found: dict[str, Any] = make.workload(kind, name, volumes=VOLUMES if how in (FILE, WHOLE) else [])
    found["spec"]["template"]["spec"]["containers"][0].update(how)
    return found


def step_of(plan: Plan, name: str, kind: str = "Deployment") -> Step:
    """The one step of that object."""
    (found,) = [step for step in plan.steps if (step.ref.kind, step.ref.name) == (kind, name)]
    return found


def deployed(make: Any, how: dict[str, Any], *, remembers: bool = True, owner: Any = "api", **data: str) -> tuple[Any, Any]:
    """(live objects, record) of an instance that reads `settings` with this data. remembers: whether its record says what was read."""
    item, live, record = make.steady(owner, make.config("settings", **data), reader(make, how))
    if remembers:
        steps = make.planned([item], make.observed(*live, records=[record])).steps
        read = {step.ref: step.reads for step in steps}
        record = replace(record, objects=tuple(replace(owned, reads=read[owned.ref]) for owned in record.objects))
    return live, record


def after_change(make: Any, how: dict[str, Any], *, remembers: bool = True, owner: Any = "api") -> Plan:
    """The plan after `mode` went from a to b."""
    live, record = deployed(make, how, remembers=remembers, owner=owner, mode="a", other="x")
    item = make.desired(owner, make.config("settings", mode="b", other="x"), reader(make, how))
    plan: Plan = make.planned([item], make.observed(*live, records=[record]))
    return plan


@pytest.mark.parametrize("remembers", [True, False])
@pytest.mark.parametrize("how", [ALL, ONE, FILE])
def test_what_is_read_at_the_start_only_must_lead_to_new_pods(make: Any, how: dict[str, Any], remembers: bool) -> None:
    plan = after_change(make, how, remembers=remembers)
    step = step_of(plan, "api")
    assert (step.action, bool(step.restart), step.cause) == ("update", True, "ConfigMap shop/settings: data.mode differs")
    assert step_of(plan, "settings", "ConfigMap").id in step.after
    assert step.desired is not None and "annotations" not in step.desired["spec"]["template"]["metadata"]
    assert plan.notices == ()


def test_what_the_kubelet_refreshes_must_be_told_and_not_restarted(make: Any) -> None:
    plan = after_change(make, WHOLE)
    words = "ConfigMap shop/settings changed; Deployment shop/api mounts it and goes on with the old one until it reads the file again"
    assert (step_of(plan, "api").action, plan.notices) == ("unchanged", (words,))


def test_a_mounted_file_must_lead_to_new_pods_where_the_documents_say_so(make: Any) -> None:
    plan = after_change(make, WHOLE, owner=make.instance("api", restart_on=frozenset({"mounts"})))
    assert (bool(step_of(plan, "api").restart), plan.notices) == (True, ())


def test_nothing_must_be_restarted_where_the_documents_say_so_but_told(make: Any) -> None:
    plan = after_change(make, ALL, owner=make.instance("api", restart_on=frozenset()))
    words = "ConfigMap shop/settings changed; Deployment shop/api read it when it started and goes on with the old one"
    assert (step_of(plan, "api").action, plan.notices) == ("unchanged", (words,))


def test_a_key_that_is_not_read_must_restart_nothing(make: Any) -> None:
    live, record = deployed(make, ONE, mode="a", other="x")
    item = make.desired("api", make.config("settings", mode="a", other="y"), reader(make, ONE))
    assert step_of(make.planned([item], make.observed(*live, records=[record])), "api").action == "unchanged"


def test_a_first_deploy_must_restart_nothing(make: Any) -> None:
    step = step_of(make.planned([make.desired("api", make.config("settings", mode="a"), reader(make, ALL))], make.observed()), "api")
    assert (step.action, step.restart, [read.name for read in step.reads]) == ("create", "", ["settings"])


def test_a_record_of_an_older_version_must_restart_nothing_by_itself(make: Any) -> None:
    live, record = deployed(make, ALL, remembers=False, mode="a")
    item = make.desired("api", make.config("settings", mode="a"), reader(make, ALL))
    step = step_of(make.planned([item], make.observed(*live, records=[record])), "api")
    assert (step.action, step.restart) == ("unchanged", "")
    assert step.reads


def test_a_restart_that_a_killed_run_did_not_come_to_must_be_done_by_the_next(make: Any) -> None:
    (_, workload), record = deployed(make, ALL, mode="a")
    changed = make.config("settings", mode="b")
    now = make.live(changed)
    record = replace(record, objects=(make.owned(now, changed), record.objects[1]), outcome="pending")
    item = make.desired("api", changed, reader(make, ALL))
    step = step_of(make.planned([item], make.observed(now, workload, records=[record])), "api")
    assert (step.action, bool(step.restart), step.cause) == ("update", True, "ConfigMap shop/settings changed since its pods started")


def test_the_same_configuration_again_must_have_another_word_for_the_template(make: Any) -> None:
    first = step_of(after_change(make, ALL), "api")
    live, record = deployed(make, ALL, mode="a", other="x")
    item = make.desired("api", make.config("settings", mode="b", other="x"), reader(make, ALL))
    later = step_of(make.planned([item], make.observed(*live, records=[replace(record, revision=3)])), "api")
    assert first.reads == later.reads
    assert first.restart != later.restart


def test_the_word_on_the_template_must_tell_nothing_of_the_configuration(make: Any) -> None:
    """Whoever may read pods could try short passwords until the word fits."""
    live, record = deployed(make, ALL, mode="a")
    words = set()
    for value in ("b", "c"):
        item = make.desired("api", make.config("settings", mode=value), reader(make, ALL))
        words.add(step_of(make.planned([item], make.observed(*live, records=[record])), "api").restart)
    assert len(words) == 1
    assert "" not in words


def test_the_word_must_be_another_than_the_pods_have(make: Any) -> None:
    """An instance that was removed counts its revisions anew beside a workload that stayed."""
    live, record = deployed(make, ALL, mode="a")
    item = make.desired("api", make.config("settings", mode="b"), reader(make, ALL))
    first = step_of(make.planned([item], make.observed(*live, records=[record])), "api").restart
    live[1]["spec"]["template"]["metadata"]["annotations"] = {"roro.dev/config": first}
    assert step_of(make.planned([item], make.observed(*live, records=[record])), "api").restart not in ("", first)


def test_every_workload_of_every_instance_that_shares_it_must_get_new_pods(make: Any) -> None:
    live, record = deployed(make, ALL, mode="a")
    other, others_live, others_record = make.steady("web", reader(make, ONE, "StatefulSet", "web"))
    item = make.desired("api", make.config("settings", mode="b"), reader(make, ALL))
    plan = make.planned([item, other], make.observed(*live, *others_live, records=[record, others_record]))
    assert [bool(step_of(plan, *name).restart) for name in (("api", "Deployment"), ("web", "StatefulSet"))] == [True, True]


def test_a_reader_that_is_not_in_this_run_must_be_told_and_restarted_by_its_own(make: Any) -> None:
    live, record = deployed(make, ALL, mode="a")
    web, web_live, web_record = make.steady("web", reader(make, ALL, name="web"))
    seen = make.observed(*live, *web_live, records=[record, web_record])
    reads = step_of(make.planned([web], seen, complete=False, left_out=frozenset({"api"})), "web").reads
    web_record = replace(web_record, objects=(replace(web_record.objects[0], reads=reads),))
    changed = make.config("settings", mode="b")
    item = make.desired("api", changed, reader(make, ALL))
    some = {"complete": False, "left_out": frozenset({"web"})}
    notices = make.planned([item], make.observed(*live, *web_live, records=[record, web_record]), **some).notices
    assert len(notices) == 1
    assert notices[0].startswith("ConfigMap shop/settings changed; Deployment shop/web of instance web reads it when it starts")
    later = make.observed(make.live(changed), live[1], *web_live, records=[record, web_record])
    assert step_of(make.planned([web], later, complete=False, left_out=frozenset({"api"})), "web").restart


def test_a_workload_without_replicas_must_not_be_restarted(make: Any) -> None:
    live, record = deployed(make, ALL, mode="a")
    live[1]["spec"]["replicas"] = 0
    item = make.desired("api", make.config("settings", mode="b"), reader(make, ALL))
    assert step_of(make.planned([item], make.observed(*live, records=[record])), "api").restart == ""


def test_a_secret_must_be_the_same_however_it_is_written() -> None:
    plain, stored = {"stringData": {"user": "anna"}}, {"data": {"user": base64.b64encode(b"anna").decode()}}
    assert values_of(plain) == values_of(stored)


def test_what_another_manager_keeps_in_it_must_not_count() -> None:
    fields = [{"manager": "roro", "operation": "Apply", "fieldsV1": {"f:data": {"f:mode": {}}}}]
    held = {"data": {"mode": "a", "ca.crt": "rotated"}, "metadata": {"managedFields": fields}}
    assert values_of(held, ours=True) == {"mode": "a"}


def test_all_ways_of_reading_must_be_found(make: Any) -> None:
    volumes = [
        {"name": "one", "secret": {"secretName": "tls", "items": [{"key": "tls.crt", "path": "cert"}]}},
        {"name": "many", "projected": {"sources": [{"configMap": {"name": "a"}}, {"secret": {"name": "b"}}]}},
        {"name": "not-mounted", "configMap": {"name": "c"}},
    ]
    obj = make.workload(volumes=volumes, initContainers=[{"name": "init", "envFrom": [{"secretRef": {"name": "start"}}]}])
    mounts = [{"name": "one", "subPath": "cert", "mountPath": "/cert"}, {"name": "many", "mountPath": "/many"}]
    obj["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = mounts
    reads = reads_of(obj)
    assert reads.at_start == {("Secret", "start"): None, ("Secret", "tls"): frozenset({"tls.crt"})}
    assert reads.mounted == {("ConfigMap", "a"), ("Secret", "b")}


def test_what_was_read_must_survive_the_record(make: Any) -> None:
    _, record = deployed(make, ALL, mode="a")
    secret = {"metadata": {"name": "roro.api", "namespace": "shop"}, "data": {"record": encode(record_data(record))}}
    assert [owned.reads for owned in read_record(secret).objects] == [owned.reads for owned in record.objects]
    assert record.objects[1].reads and not record.objects[0].reads
