"""An apply with what changes owners first: races, refusals that are settled by it, and dry runs, against a server that is made up."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from ansible_collections.roro.kube.plugins.module_utils._objects import ref_of
from ansible_collections.roro.kube.plugins.module_utils._release.data.observed import Observed
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.data.steps import Step
from ansible_collections.roro.kube.plugins.module_utils._release.fields.takeover import Claims
from ansible_collections.roro.kube.plugins.module_utils._release.steps.send_apply import send

Obj = dict[str, Any]
WIDGETS = Resource("example.com", "v1", "Widget", "widgets", True)
OLD = {"f:spec": {"f:old": {}}}


def widget(version: str = "7", *entries: Obj, **spec: Any) -> Obj:
    metadata = {"name": "main", "namespace": "shop", "resourceVersion": version, "managedFields": list(entries)}
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata, "spec": spec}


def entry(manager: str, fields: Obj, **more: Any) -> Obj:
    return {"manager": manager, "operation": "Update", "apiVersion": "example.com/v1", "fieldsV1": fields, **more}


def conflict(manager: str, field: str = ".spec.size") -> ApiError:
    cause = {"reason": "FieldManagerConflict", "message": f'conflict with "{manager}"', "field": field}
    return ApiError("conflict", status=409, reason="Conflict", body={"details": {"causes": [cause]}})


class Server:
    """Answers applies with what is in `refusals` first; keeps what was asked of it. fresh: what a GET gives."""

    def __init__(self, *refusals: ApiError | None, fresh: Obj | None = None, patches: tuple[ApiError, ...] = ()) -> None:
        self.refusals, self.patch_refusals, self.fresh = list(refusals), list(patches), fresh
        self.applied: list[Obj] = []
        self.patched: list[tuple[Obj, bool]] = []

    def apply(self, obj: Obj) -> tuple[Obj, bool]:
        self.applied.append(obj)
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            raise refusal
        return obj, False

    def merge_patch(self, resource: Any, namespace: str, name: str, patch: Obj, *, dry_run: bool = False) -> Obj:
        self.patched.append((patch, dry_run))
        if self.patch_refusals:
            raise self.patch_refusals.pop(0)
        return {"spec": {"patched": True}}

    def get(self, resource: Any, namespace: str, name: str) -> Obj | None:
        return self.fresh

    def send(self, live: Obj, desired: Obj, claims: Claims | None = None, **options: Any) -> Obj:
        """What a step to `desired` comes to."""
        step = Step(1, "api", "update", ref_of(desired), "", desired=desired, live=live, claims=claims or Claims())
        return send(self, WIDGETS, step, Observed(), Options(**options), self.apply)[0]  # type: ignore[arg-type]


OPERATOR = (entry("operator", {"f:spec": {"f:size": {}}}), entry("operator", {"f:status": {}}, subresource="status"))


def test_what_a_controller_took_while_the_run_was_under_way_must_be_left_to_it() -> None:
    server = Server(conflict("operator"), fresh=widget("8", *OPERATOR, size=3))
    assert server.send(widget(size=1), widget(size=1, color="red"))["spec"] == {"color": "red"}
    assert [obj["spec"] for obj in server.applied] == [{"size": 1, "color": "red"}, {"color": "red"}]


@pytest.mark.parametrize("manager", ["kubectl-edit", "k9s", "somebody"])
def test_what_a_person_took_meanwhile_must_be_a_conflict(manager: str) -> None:
    server = Server(conflict(manager), fresh=widget("8", entry(manager, {"f:spec": {"f:size": {}}}), *OPERATOR[1:], size=3))
    with pytest.raises(ApiError, match="conflict"):
        server.send(widget(size=1), widget(size=1))
    assert len(server.applied) == 1


def test_an_object_that_changed_meanwhile_must_be_looked_at_before_it_is_claimed() -> None:
    race = ApiError("changed", status=409, reason="Conflict", body={})
    server = Server(fresh=widget("8", entry("helm", {"f:spec": {"f:new": {}}}), old=1), patches=(race,))
    server.send(widget("7", old=1), widget(), Claims(OLD))
    first, second = (patch["metadata"] for patch, _ in server.patched)
    assert (first["resourceVersion"], second["resourceVersion"]) == ("7", "8")
    assert [item["manager"] for item in second["managedFields"]] == ["roro", "helm"]
    assert len(server.applied) == 1


def test_an_object_that_was_made_anew_meanwhile_must_not_be_claimed() -> None:
    race = ApiError("changed", status=409, reason="Conflict", body={})
    theirs = widget("9", entry("helm", {"f:spec": {"f:old": {}}}), old=2)
    theirs["metadata"]["uid"] = "another"
    server = Server(fresh=theirs, patches=(race,))
    with pytest.raises(ApiError, match="changed"):
        server.send(widget("7", old=1), widget(), Claims(OLD))
    assert (len(server.patched), server.applied) == (1, [])


def test_an_object_that_changes_all_the_time_must_end_in_an_error() -> None:
    race = ApiError("changed", status=409, reason="Conflict", body={})
    server = Server(fresh=widget("8", old=1), patches=(race,) * 9)
    with pytest.raises(ApiError, match="changed"):
        server.send(widget(old=1), widget(), Claims(OLD))
    assert (len(server.patched), server.applied) == (5, [])


def test_a_dry_run_must_write_nothing_and_know_which_conflicts_the_claims_settle() -> None:
    claims = Claims(OLD, frozenset({"helm"}))
    server = Server(conflict("helm"))
    assert server.send(widget(old=1), widget(), claims, check=True) == {"spec": {"patched": True}}
    assert server.patched == [({"spec": {"old": None}}, True)]
    with pytest.raises(ApiError, match="conflict"):
        Server(conflict("kubectl-edit"), fresh=widget()).send(widget(old=1), widget(), claims, check=True)


def test_defaults_must_go_only_when_a_dry_run_without_them_is_taken() -> None:
    def forbidden(field: str) -> ApiError:
        return ApiError("no", status=422, body={"details": {"causes": [{"field": field, "message": "no"}]}})

    live, wanted = widget(by={"type": "a", "a": {"x": 1}}), widget(by={"type": "b"})
    server = Server(forbidden("spec.by.a"))
    server.send(live, wanted)
    assert [dry_run for _, dry_run in server.patched] == [True, False]
    assert server.patched[1][0]["metadata"]["managedFields"][0]["fieldsV1"] == {"f:spec": {"f:by": {"f:a": {".": {}, "f:x": {}}}}}
    stubborn = Server(forbidden("spec.by.a"), patches=(forbidden("spec.by.a"),) * 9)
    with pytest.raises(ApiError, match="no"):
        stubborn.send(live, wanted)
    assert all(dry_run for _, dry_run in stubborn.patched)


def test_without_claims_one_apply_must_be_all() -> None:
    server = Server()
    server.send(widget(size=1), widget(size=2))
    assert (len(server.applied), server.patched) == (1, [])


def test_what_is_made_anew_must_have_what_was_left_to_a_controller() -> None:
    server = Server()
    whole = widget(size=1, color="red")
    step = Step(1, "api", "recreate", ref_of(whole), "", desired=widget(color="red"), live=widget(size=3), whole=whole)
    send(server, WIDGETS, step, Observed(), Options(), server.apply)  # type: ignore[arg-type]
    assert server.applied == [whole]


class ChangingServer(Server):
    """Each state of the object in turn is what is there; an apply or a claim over another than the last one is refused."""

    def __init__(self, *states: Obj) -> None:
        super().__init__()
        self.states = list(states)

    def _now(self, version: str | None) -> None:
        if version is not None and version != self.states[0]["metadata"]["resourceVersion"]:
            raise ApiError("the object has been modified", status=409, reason="Conflict", body={})

    def get(self, resource: Any, namespace: str, name: str) -> Obj | None:
        return self.states[0]

    def merge_patch(self, resource: Any, namespace: str, name: str, patch: Obj, *, dry_run: bool = False) -> Obj:
        self._now(patch["metadata"]["resourceVersion"])
        self.patched.append((patch, dry_run))
        self.states[0]["metadata"]["resourceVersion"] += "1"
        return self.states[0]

    def apply(self, obj: Obj) -> tuple[Obj, bool]:
        if len(self.states) > 1:
            del self.states[0]
        self._now(obj["metadata"].get("resourceVersion"))
        self.applied.append(obj)
        return obj, False


SIZE = ("$.spec.size",)


def lenient(desired: Obj, live: Obj, **more: Any) -> Step:
    desired["metadata"] = {"name": "main", "namespace": "shop"}
    return Step(1, "api", "update", ref_of(desired), "", desired=desired, live=live, may_differ=SIZE, **more)


def test_what_may_differ_and_changes_just_before_the_write_must_stay() -> None:
    """Another field is brought back, by force; the size was the same when the run looked, and ours."""
    ours = entry("roro", {"f:spec": {"f:size": {}}}, operation="Apply")
    looked = widget("7", ours, size=1, color="by hand")
    scaled = widget("8", entry("kubectl", {"f:spec": {"f:size": {}}}), size=3, color="by hand")
    server = ChangingServer(looked, scaled)
    step = lenient(widget(size=1, color="red"), looked)

    done, _ = send(server, WIDGETS, step, Observed(), Options(), server.apply)  # type: ignore[arg-type]

    assert done["spec"] == {"color": "red"} and done["metadata"]["resourceVersion"] == "8"
    assert [obj["spec"] for obj in server.applied] == [{"color": "red"}]


def test_what_is_given_up_must_be_so_of_the_state_that_is_written_over() -> None:
    ours = entry("roro", {"f:spec": {"f:size": {}, "f:color": {}}}, operation="Apply")
    live = widget("7", ours, size=2, color="by hand")
    server = ChangingServer(live)
    step = lenient(widget(color="red"), live, whole=widget(size=5, color="red"), claims=Claims(give={"f:spec": {"f:size": {}}}))

    done, _ = send(server, WIDGETS, step, Observed(), Options(), server.apply)  # type: ignore[arg-type]

    assert [patch["metadata"]["managedFields"][0]["fieldsV1"] for patch, _ in server.patched] == [{"f:spec": {"f:color": {}}}]
    assert (done["spec"], done["metadata"]["resourceVersion"]) == ({"color": "red"}, "71")


def test_an_object_that_never_holds_still_must_be_written_all_the_same() -> None:
    states = [widget(str(number), size=1) for number in range(7, 20)]
    server = ChangingServer(*states)

    send(server, WIDGETS, lenient(widget(size=1, color="red"), states[0]), Observed(), Options(), server.apply)  # type: ignore[arg-type]

    assert [obj["metadata"].get("resourceVersion") for obj in server.applied] == [None], "at last whatever it is"
