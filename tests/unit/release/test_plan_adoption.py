"""Which existing objects an instance may have: the three policies, from the documents, the command and the object itself."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError

HELM = {
    "labels": {"app.kubernetes.io/managed-by": "Helm"},
    "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "old"},
}


def plan(make: Any, held: Any, policy: str = "adoptIfFree", annotated: str = "", **options: Any) -> Any:
    annotations = {"roro.dev/adoption": annotated} if annotated else None
    wanted = make.desired(make.instance("api", adoption=policy), make.config(mode="b", annotations=annotations))
    return make.planned([wanted], make.observed(held), **options)


def refusal(make: Any, *arguments: Any, **options: Any) -> Any:
    with pytest.raises(PlanError) as caught:
        plan(make, *arguments, **options)
    return caught.value.problems[0]


def theirs(make: Any) -> Any:
    held = make.live(make.config(mode="a"), "api")
    held["metadata"]["labels"]["roro.dev/workspace"] = "bank"
    return held


def test_must_match_must_refuse_an_object_that_nobody_owns(make: Any) -> None:
    problem = refusal(make, make.live(make.config(), None), "mustMatch")
    assert "nobody owns it; instance api does not adopt it (adoption: mustMatch)" in problem.message
    assert problem.where == "/work/shop/apps/api/manifests/all.yaml:10:1"
    assert "roro.dev/adoption: adoptIfFree" in problem.hint


def test_must_match_must_go_on_with_what_the_instance_made(make: Any) -> None:
    wanted, held, record = make.steady(make.instance("api", adoption="mustMatch"), make.config())
    assert [step.action for step in make.planned([wanted], make.observed(*held, records=[record])).steps] == ["unchanged"]
    assert plan(make, make.live(make.config(mode="a")), "mustMatch").steps[0].cause == "data.mode differs"
    assert plan(make, make.live(make.config(mode="a"), "old"), "mustMatch").steps[0].cause.startswith("moved from instance old")


def test_adopt_all_must_take_an_object_from_another_workspace_with_its_fields(make: Any) -> None:
    step = plan(make, theirs(make), "adoptAll").steps[0]
    assert step.cause == "taken from instance api of workspace bank, environment dev, data.mode differs"
    assert step.force


def test_adopt_all_must_take_an_object_from_a_tool_and_say_that_the_tool_does_not_know(make: Any) -> None:
    found = plan(make, make.live(make.config(mode="a"), None, **HELM), "adoptAll")
    assert found.steps[0].cause == "taken from Helm release old/web, data.mode differs"
    assert found.steps[0].force
    assert found.notices == (
        "ConfigMap shop/settings taken from Helm release old/web, which does not know: make it forget them, or it changes or deletes them"
        " again",
    )


def test_what_a_controller_makes_must_never_be_taken(make: Any) -> None:
    references = [{"kind": "Database", "name": "main", "uid": "1", "controller": True}]
    problem = refusal(make, make.live(make.config(), None, ownerReferences=references), "adoptAll", adopt=True)
    assert "belongs to Database main (its controller)" in problem.message
    assert "another name or namespace" in problem.hint


def test_the_option_must_be_stronger_than_the_documents(make: Any) -> None:
    assert plan(make, theirs(make), "mustMatch", adopt=True).steps[0].force
    assert (
        plan(make, make.live(make.config(mode="a"), "db"), complete=False, adopt=True).steps[0].cause.startswith("taken from instance db")
    )


def test_the_annotation_must_be_stronger_than_the_option(make: Any) -> None:
    assert "does not adopt it" in refusal(make, make.live(make.config(), None), annotated="mustMatch", adopt=True).message
    assert "belongs to instance api of workspace bank" in refusal(make, theirs(make), "adoptAll", "adoptIfFree").message
    assert plan(make, theirs(make), "mustMatch", "adoptAll").steps[0].force


def test_a_free_object_must_be_adopted_without_taking_fields_of_others(make: Any) -> None:
    by_hand = [{"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:data": {"f:mode": {}}}}]
    step = plan(make, make.live(make.config(mode="a"), None, managedFields=by_hand)).steps[0]
    assert step.cause == "adopted: it existed without an owner, data.mode differs"
    assert not step.force
    assert plan(make, make.live(make.config(mode="a"), None)).steps[0].force  # fields that nobody is known to own
    assert plan(make, make.live(make.config(mode="a"), None), "adoptAll").steps[0].force


def test_an_unknown_policy_in_an_annotation_must_be_refused_also_before_the_object_exists(make: Any) -> None:
    with pytest.raises(PlanError) as caught:
        make.planned([make.desired("api", make.config(annotations={"roro.dev/adoption": "always"}))], make.observed())
    assert "has 'always', which is no policy" in str(caught.value)
    assert "Write mustMatch, adoptIfFree or adoptAll." in str(caught.value)


def test_a_refusal_must_offer_to_take_over(make: Any) -> None:
    assert "--adopt" in refusal(make, theirs(make)).hint


def test_a_label_that_names_an_instance_that_is_not_there_must_be_taken_back(make: Any) -> None:
    wanted, held, record = make.steady(make.instance("api"), make.config())
    held[0]["metadata"]["labels"]["roro.dev/instance"] = "nobody"
    (step,) = make.planned([wanted], make.observed(*held, records=[record]), complete=False).steps
    assert (step.action, step.cause) == ("update", "its labels were changed")


def test_a_label_that_names_an_instance_that_is_there_must_be_believed(make: Any) -> None:
    wanted, held, record = make.steady(make.instance("api"), make.config())
    _, _, other = make.steady(make.instance("other"), make.config("more"))
    held[0]["metadata"]["labels"]["roro.dev/instance"] = "other"
    with pytest.raises(PlanError, match="belongs to instance other"):
        make.planned([wanted], make.observed(*held, records=[record, other]), complete=False)
