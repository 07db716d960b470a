"""What `drift.ignore` names is left as it is on the cluster: neither counted as a difference, nor sent, nor taken out of the object."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError
from ansible_collections.roro.kube.plugins.module_utils._jsonpath import compile_path
from ansible_collections.roro.kube.plugins.module_utils._model import Drift, DriftIgnore
from ansible_collections.roro.kube.plugins.module_utils._release.fields.fieldset import covering
from ansible_collections.roro.kube.plugins.module_utils._release.fields.ignored import ignored
from ansible_collections.roro.kube.plugins.module_utils._release.fields.takeover import claimed
from hypothesis import given
from hypothesis import strategies as st

REPLICAS = DriftIgnore("Deployment.apps", None, "$.spec.replicas")
MAIN = 'k:{"name":"main"}'
OURS: dict[str, Any] = {
    "f:metadata": {"f:labels": {"f:roro.dev/app": {}, "f:roro.dev/instance": {}}},
    "f:spec": {
        "f:replicas": {},
        "f:selector": {},
        "f:template": {
            "f:metadata": {"f:labels": {"f:app": {}}},
            "f:spec": {"f:containers": {MAIN: {".": {}, "f:name": {}, "f:image": {}, "f:command": {}}}},
        },
    },
}


def entry(manager: str, fields: Any, operation: str = "Update", **more: Any) -> Any:
    return {"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


def app(make: Any, replicas: int | None = 2, **fields: Any) -> Any:
    obj = make.workload(**fields)
    obj["spec"]["template"]["spec"]["containers"][0]["command"] = ["serve"]
    if replicas is not None:
        obj["spec"]["replicas"] = replicas
    return obj


def without(fields: Any, *tokens: str) -> Any:
    """The set without one field."""
    rest = copy.deepcopy(fields)
    below = rest
    for token in tokens[:-1]:
        below = below[token]
    del below[tokens[-1]]
    return rest


class Shop:
    """One instance with one Deployment that is on the cluster as `sent`; somebody may have changed it since."""

    def __init__(self, make: Any, sent: Any, *rules: DriftIgnore) -> None:
        self.make, self.sent = make, sent
        self.owner = make.instance("api", drift=Drift(ignore=rules))
        self.held = make.live(sent)
        self.held["metadata"]["managedFields"] = [entry("roro", OURS, "Apply")]
        self.owned = make.owned(self.held, sent, self.owner)

    def by_hand(self, manager: str, fields: Any, *taken: str) -> None:
        """A person's program owns `fields` now; taken: the tokens of what it took from us."""
        mine = self.held["metadata"]["managedFields"][0]
        if taken:
            mine["fieldsV1"] = without(mine["fieldsV1"], *taken)
        self.held["metadata"]["managedFields"].append(entry(manager, fields))

    def step(self, wanted: Any = None, *, ignore: bool = True) -> Any:
        seen = self.make.observed(self.held, records=[self.make.record("api", self.owned)])
        plan = self.make.planned([self.make.desired(self.owner, wanted or self.sent)], seen, ignore_drift=ignore)
        (step,) = plan.steps
        return step


def scaled(make: Any, *rules: DriftIgnore) -> Shop:
    shop = Shop(make, app(make), *(rules or (REPLICAS,)))
    shop.held["spec"]["replicas"] = 5
    shop.by_hand("kubectl", {"f:spec": {"f:replicas": {}}}, "f:spec", "f:replicas")
    return shop


def test_a_field_that_may_differ_must_be_no_difference(make: Any) -> None:
    step = scaled(make).step()

    assert (step.action, step.cause) == ("unchanged", "as recorded, but for what may differ")


def test_a_person_who_brings_it_up_must_get_what_the_documents_say(make: Any) -> None:
    step = scaled(make).step(ignore=False)

    assert (step.action, step.cause, step.desired["spec"]["replicas"]) == ("update", "spec.replicas differs", 2)


def test_another_field_must_be_mended_without_it(make: Any) -> None:
    shop = scaled(make)
    shop.held["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1"

    step = shop.step()

    assert (step.action, step.cause) == ("update", "spec.template.spec.containers[main].image differs")
    assert "replicas" not in step.desired["spec"] and not step.claims
    assert step.whole["spec"]["replicas"] == 2, "the revision keeps what the documents say"


def test_what_is_ours_and_the_same_must_go_on_being_ours(make: Any) -> None:
    shop = Shop(make, app(make), REPLICAS)
    shop.held["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1"

    step = shop.step()

    assert (step.desired["spec"]["replicas"], bool(step.claims)) == (2, False)


@pytest.mark.parametrize("replicas", [7, None], ids=["another", "none"])
def test_what_is_ours_and_differs_must_be_given_up_and_not_taken_out(make: Any, replicas: int | None) -> None:
    shop = Shop(make, app(make), REPLICAS)

    step = shop.step(app(make, replicas))

    assert step.action == "update" and "replicas" not in step.desired["spec"]
    assert "no longer in the manifest" not in step.cause
    (mine,) = claimed(shop.held, step.claims)
    assert mine["fieldsV1"] == without(OURS, "f:spec", "f:replicas")


@pytest.mark.parametrize(
    ("rule", "counts"),
    [
        (DriftIgnore("Deployment", None, "$.spec.replicas"), False),
        (DriftIgnore("Deployment.apps", "api", "$.spec['replicas']"), False),
        (DriftIgnore("Deployment.apps", None, "$..replicas"), False),
        (DriftIgnore("Deployment.apps", None, "$.spec"), False),
        (DriftIgnore("Deployment.apps", "web", "$.spec.replicas"), True),
        (DriftIgnore("Deployment.extensions", None, "$.spec.replicas"), True),
        (DriftIgnore("StatefulSet.apps", None, "$.spec.replicas"), True),
        (DriftIgnore("Deployment.apps", None, "$.spec.paused"), True),
    ],
    ids=str,
)
def test_a_rule_must_count_for_its_kind_name_and_field_alone(make: Any, rule: DriftIgnore, counts: bool) -> None:
    assert (scaled(make, rule).step().action == "update") is counts


@pytest.mark.parametrize(
    "path",
    [
        "$.spec.template.spec.containers[0].image",
        "$.spec.template.spec.containers[?@.name=='main'].image",
        "$.spec.template.spec.containers[*]['image','command']",
        "$.spec.template.spec.containers[0]",
        "$.spec.template",
    ],
)
def test_a_field_in_an_item_of_a_list_must_be_found_by_what_the_item_is(make: Any, path: str) -> None:
    shop = Shop(make, app(make), DriftIgnore("Deployment", None, path))
    containers = shop.held["spec"]["template"]["spec"]["containers"]
    containers[0]["image"] = "api:by-hand"
    containers.insert(0, {"name": "sidecar", "image": "proxy:1"})
    tokens = ("f:spec", "f:template", "f:spec", "f:containers", MAIN, "f:image")
    below: Any = {"f:image": {}}
    for token in reversed(tokens[:-1]):
        below = {token: below}
    shop.by_hand("kubectl-edit", below, *tokens)

    assert shop.step().action == "unchanged"
    shop.held["spec"]["replicas"] = 9
    step = shop.step()
    assert step.cause == "spec.replicas differs"
    assert "image" not in json.dumps(step.desired)
    rest = claimed(shop.held, step.claims)
    assert all(one["manager"] != "kubectl-edit" or one["fieldsV1"] == below for one in rest), "what is another's stays so"


def test_an_item_that_is_not_there_must_be_made_as_a_whole(make: Any) -> None:
    shop = Shop(make, app(make), DriftIgnore("Deployment", None, "$.spec.template.spec.containers[*].image"))
    shop.held["spec"]["template"]["spec"]["containers"] = [{"name": "other", "image": "x:1"}]

    step = shop.step()

    assert step.cause == "spec.template.spec.containers[main] differs"
    assert step.desired["spec"]["template"]["spec"]["containers"] == [{"name": "main", "image": "api:1", "command": ["serve"]}]


def test_an_object_that_is_not_there_must_be_made_with_every_field(make: Any) -> None:
    shop = Shop(make, app(make), REPLICAS)
    seen = make.observed(records=[make.record("api", shop.owned)])

    (step,) = make.planned([make.desired(shop.owner, shop.sent)], seen, ignore_drift=True).steps

    assert (step.action, step.desired["spec"]["replicas"]) == ("create", 2)


def test_inside_a_list_that_is_owned_as_a_whole_the_live_value_must_be_sent(make: Any) -> None:
    rules = [{"host": "a.example", "http": {"paths": ["/"]}}, {"host": "b.example", "http": {"paths": ["/b"]}}]
    sent = make.thing("Service", "web", spec={"rules": rules, "class": "x"})
    held = make.live(sent)
    held["metadata"]["managedFields"] = [
        entry("roro", {"f:spec": {"f:class": {}}}, "Apply"),
        entry("kubectl-edit", {"f:spec": {"f:rules": {}}}),
    ]
    held["spec"]["rules"] = [{**rules[0], "host": "by.hand"}, rules[1]]
    paths = [compile_path("$.spec.rules[0].host")]

    found = ignored(sent, held, paths)
    assert found is not None and found.differing
    assert found.sent["spec"] == {"class": "x"}, "all of it is as it may be: it stays another's"

    held["spec"]["rules"][1] = {"host": "also.by.hand", "http": {"paths": ["/b"]}}
    found = ignored(sent, held, paths)
    assert found is not None
    assert found.sent["spec"]["rules"] == [{**rules[0], "host": "by.hand"}, rules[1]]
    assert sent["spec"]["rules"] is rules and rules[0]["host"] == "a.example", "the manifest itself is left alone"


@pytest.mark.parametrize("path", ["$.metadata", "$.metadata.labels", "$.metadata.labels['roro.dev/app']", "$..*", "$.kind"])
def test_what_tells_whose_an_object_is_must_never_be_left(make: Any, path: str) -> None:
    shop = Shop(make, app(make), DriftIgnore("Deployment", None, path))
    shop.held["metadata"]["labels"]["team"] = "theirs"
    del shop.held["metadata"]["labels"]["roro.dev/app"]

    step = shop.step()

    assert step.action == "update"
    assert step.desired["metadata"]["labels"]["roro.dev/app"] == "api"
    assert (step.desired["kind"], step.desired["metadata"]["name"]) == ("Deployment", "api")


def test_labels_of_a_person_may_be_left(make: Any) -> None:
    sent = app(make)
    sent["metadata"]["labels"] = {"team": "ours"}
    shop = Shop(make, sent, DriftIgnore("Deployment", None, "$.metadata.labels"))
    shop.held["metadata"]["labels"]["team"] = "theirs"

    assert shop.step().action == "unchanged"


def test_what_an_adoption_makes_ours_must_not_take_it_out(make: Any) -> None:
    shop = Shop(make, app(make), REPLICAS)
    held = make.live(shop.sent, None)
    held["spec"]["replicas"] = 5
    created = {"f:spec": {"f:replicas": {}, "f:paused": {}}}
    held["metadata"]["managedFields"] = [entry("kubectl", created, "Apply")]
    held["spec"]["paused"] = True

    (step,) = make.planned([make.desired(shop.owner, shop.sent)], make.observed(held), ignore_drift=True, adopt=True).steps

    mine = claimed(held, step.claims)[0]
    assert mine["manager"] == "roro"
    assert mine["fieldsV1"] == {"f:spec": {"f:paused": {}}}, "replicas is nobody's, and stays"
    assert "replicas" not in step.desired["spec"]


def test_a_path_that_looks_at_too_much_must_be_told_with_its_place(make: Any) -> None:
    path = "$" + "..[?@..*]" * 3
    shop = scaled(make, DriftIgnore("Deployment", None, path))
    shop.held["spec"]["template"]["spec"]["nested"] = [[[[{"a": [1] * 5} for _ in range(6)] for _ in range(6)] for _ in range(6)]]

    with pytest.raises(PlanError, match=r"Deployment shop/api: .*it cannot be evaluated"):
        shop.step()


SETS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.just({}), lambda below: st.dictionaries(st.sampled_from(["f:a", "f:b"]), below, max_size=2), max_leaves=5
)


@given(SETS, SETS)
def test_a_whole_field_must_cover_what_is_in_it(one: dict[str, Any], other: dict[str, Any]) -> None:
    both = covering(one, other)

    assert covering(both, one) == covering(both, other) == both
    assert covering({"f:a": {}}, {"f:a": one}) == {"f:a": {}} == covering({"f:a": one}, {"f:a": {}})
