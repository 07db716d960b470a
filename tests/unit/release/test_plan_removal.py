"""What `down` deletes and what it leaves, read as the plan's text."""

from __future__ import annotations

from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.planning.removal import Surroundings, plan_removal


def lines(make: Any, seen: Any, *, instances: Any = None, around: Any = None, **options: Any) -> list[str]:
    return plan_removal("shop", "dev", instances, seen, around or Surroundings(), Options(**options)).text().splitlines()


def test_down_must_delete_what_the_record_names_dependants_first(make: Any) -> None:
    user = make.live(make.workload(volumes=[{"name": "v", "configMap": {"name": "settings"}}]))
    settings = make.live(make.config())
    seen = make.observed(settings, user, records=[make.record("api", make.owned(settings), make.owned(user))])
    assert lines(make, seen) == [
        "#1 delete Deployment shop/api: instance api goes",
        "#2 delete ConfigMap shop/settings <- #1: instance api goes",
    ]


def test_down_must_run_annotated_edges_backwards_but_not_in_a_circle(make: Any) -> None:
    def needing(name: str, other: str) -> Any:
        return make.live(make.config(name, annotations={"roro.dev/depends-on": f"nonsense, ConfigMap/{other}, ConfigMap/gone"}))

    plain, needy = make.live(make.config("a")), needing("b", "a")
    seen = make.observed(plain, needy, records=[make.record("api", make.owned(plain), make.owned(needy))])
    assert lines(make, seen) == [
        "#1 delete ConfigMap shop/b: instance api goes",
        "#2 delete ConfigMap shop/a <- #1: instance api goes",
    ]
    one, two = needing("a", "b"), needing("b", "a")
    assert len(lines(make, make.observed(one, two, records=[make.record("api", make.owned(one), make.owned(two))]))) == 2


def test_down_must_delete_an_instance_after_those_that_need_it(make: Any) -> None:
    db, api = make.live(make.config("db"), "db"), make.live(make.config("api"), "api")
    seen = make.observed(
        db, api, records=[make.record("db", make.owned(db)), make.record("api", make.owned(api), depends_on=("db", "cache"))]
    )
    assert lines(make, seen) == ["#1 delete ConfigMap shop/api: instance api goes", "#2 delete ConfigMap shop/db <- #1: instance db goes"]


def test_down_of_one_instance_must_leave_the_others(make: Any) -> None:
    db, api = make.live(make.config("db"), "db"), make.live(make.config("api"), "api")
    seen = make.observed(db, api, records=[make.record("db", make.owned(db)), make.record("api", make.owned(api))])
    assert lines(make, seen, instances=["api"]) == ["#1 delete ConfigMap shop/api: instance api goes"]


def test_down_with_nothing_there_must_do_nothing(make: Any) -> None:
    assert lines(make, make.observed()) == []


def test_down_must_find_what_is_labelled_but_not_recorded(make: Any) -> None:
    assert lines(make, make.observed(make.live(make.config()))) == ["#1 delete ConfigMap shop/settings: instance api goes"]


def test_down_must_leave_an_object_that_somebody_made_anew(make: Any) -> None:
    old = make.live(make.config())
    newcomer = make.live(make.config(), uid="other")
    assert lines(make, make.observed(newcomer, records=[make.record("api", make.owned(old))])) == []


def test_down_must_keep_volumes_and_say_so(make: Any) -> None:
    claim = make.live(make.thing("PersistentVolumeClaim", "data"))
    seen = make.observed(claim, records=[make.record("api", make.owned(claim))])
    assert lines(make, seen) == ["notice: PersistentVolumeClaim shop/data of instance api is kept: holds data (--volumes removes it)"]
    assert lines(make, seen, volumes=True) == ["#1 delete PersistentVolumeClaim shop/data: instance api goes"]


def test_down_must_label_the_claims_of_a_statefulset_to_find_them_again(make: Any) -> None:
    claim = make.live(make.thing("PersistentVolumeClaim", "data-db-0"), None)
    seen = make.observed(records=[make.record("db")])
    around = Surroundings(claims=[("db", claim)])
    assert lines(make, seen, around=around)[0] == (
        "#1 update PersistentVolumeClaim shop/data-db-0: stays, and is labelled to be found again"
    )
    assert lines(make, seen, around=around, volumes=True) == ["#1 delete PersistentVolumeClaim shop/data-db-0: instance db goes"]


def test_down_must_not_label_a_claim_twice(make: Any) -> None:
    claim = make.live(make.thing("PersistentVolumeClaim", "data-db-0"), "db")
    found = lines(make, make.observed(records=[make.record("db")]), around=Surroundings(claims=[("db", claim)]))
    assert [line.partition(":")[0] for line in found] == ["notice"]


def namespaced(make: Any, *contents: Any) -> tuple[Any, Surroundings]:
    held = make.live(make.config())
    seen = make.observed(held, records=[make.record("api", make.owned(held))])
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": "ns"}}
    seen.namespaces["shop"] = space
    return seen, Surroundings(contents={"shop": [held, *contents]})


def test_down_must_remove_a_namespace_that_it_made_and_that_is_empty(make: Any) -> None:
    seen, around = namespaced(make)
    assert lines(make, seen, around=around) == [
        "#1 delete ConfigMap shop/settings: instance api goes",
        "#2 delete Namespace shop <- #1: it is empty",
    ]


def test_down_must_keep_a_namespace_with_somebody_elses_object(make: Any) -> None:
    seen, around = namespaced(make, make.live(make.config("theirs"), None))
    assert lines(make, seen, around=around)[-1] == "notice: Namespace shop is kept: it still holds ConfigMap shop/theirs"


def test_down_must_remove_an_empty_namespace_of_a_manifest_with_its_instance(make: Any) -> None:
    space = make.live(make.thing("Namespace", "tools"))
    seen = make.observed(space, records=[make.record("api", make.owned(space))])
    seen.namespaces["tools"] = space
    assert lines(make, seen, around=Surroundings(contents={"tools": []})) == ["#1 delete Namespace tools: it is empty"]
    assert lines(make, seen, around=Surroundings(contents={"tools": [make.live(make.config("theirs"), None)]})) == [
        "notice: Namespace tools is kept: it still holds ConfigMap shop/theirs"
    ]
    assert lines(make, seen, around=Surroundings(contents={"tools": []}), instances=["other"]) == []


def test_down_must_not_count_what_the_garbage_collector_takes(make: Any) -> None:
    held = make.live(make.config())
    child = make.live(make.config("child"), None, ownerReferences=[{"uid": held["metadata"]["uid"]}])
    grandchild = make.live(make.config("grandchild"), None, ownerReferences=[{"uid": child["metadata"]["uid"]}])
    seen, around = namespaced(make, grandchild, child)
    assert "delete Namespace shop" in lines(make, seen, around=around)[-1]


def test_down_must_not_count_its_own_records(make: Any) -> None:
    secret = make.live(make.thing("Secret", "roro.api"))
    secret["metadata"]["labels"]["roro.dev/record"] = "instance"
    seen, around = namespaced(make, secret)
    assert "delete Namespace shop" in lines(make, seen, around=around)[-1]


def test_down_of_one_instance_must_keep_the_namespace_of_another(make: Any) -> None:
    secret = make.live(make.thing("Secret", "roro.db"), "db")
    secret["metadata"]["labels"]["roro.dev/record"] = "instance"
    seen, around = namespaced(make, secret)
    assert lines(make, seen, around=around, instances=["api"])[-1] == ("notice: Namespace shop is kept: it still holds Secret shop/roro.db")
