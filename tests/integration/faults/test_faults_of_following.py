"""One follower on a real API server serves several users: whatever happens, each hears of every change once, and nothing is listed anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, Resource
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import Fields, Scope
from fault_proxy import FaultProxy, refuse, reset_before
from follow_users import CONFIGS, LABEL, LIST, WATCH, User, Writer


def test_five_users_of_a_server_that_goes_away_must_each_hear_every_change_once(
    proxy: FaultProxy, through: Any, follow: Callable[..., User], writer: Writer, scope: Scope
) -> None:
    cluster = through()
    writer.put("first", "0")
    users = [follow(cluster, scope) for _ in range(4)]
    users[0].wait(lambda: users[0].told)
    for turn in range(5):
        writer.put(f"c{turn}", "before")
    users[0].wait(lambda: len(users[0].told) == 6)
    away = proxy.on("GET", "/configmaps", reset_before, times=10**6)
    users[0].wait(lambda: users[0].errors)
    for turn in range(5):
        writer.put(f"c{turn}", "away")
        writer.put(f"c{turn}", "still away")
    writer.remove("first", "0")
    assert all(len(user.told) == 6 for user in users)
    away.times = 0
    for user in users:
        user.wait(lambda user=user: len(user.told) == len(writer.expected))
    late = follow(cluster, scope)
    writer.put("last", "back")
    for user in (*users, late):
        user.wait(lambda user=user: user.told[-1:] == ["ADDED last back"])
    assert [user.told for user in users] == [writer.expected] * 4
    assert sorted(late.told[:-1]) == [f"ADDED c{turn} still away" for turn in range(5)]
    assert len(proxy.sent("GET", LIST)) == 1


def test_410_gone_must_become_the_differences_for_each_user(
    proxy: FaultProxy, through: Any, follow: Callable[..., User], writer: Writer, scope: Scope
) -> None:
    cluster = through()
    for name in ("kept", "changed", "gone"):
        writer.put(name, "0")
    users = [follow(cluster, scope) for _ in range(2)]
    users[0].wait(lambda: len(users[0].told) == 3)
    away = proxy.on("GET", WATCH, reset_before, times=10**6)
    users[0].wait(lambda: users[0].errors)
    writer.put("changed", "1")
    writer.put("changed", "2")
    writer.remove("gone", "0")
    writer.put("new", "0")
    proxy.on("GET", WATCH, refuse(410, "Expired", "too old resource version"))
    away.times = 0
    for user in users:
        user.wait(lambda user=user: len(user.told) >= 6)
        assert sorted(user.told[3:]) == ["ADDED new 0", "DELETED gone 0", "MODIFIED changed 2"]
    assert len(proxy.sent("GET", LIST)) == 2


def test_a_right_that_is_taken_away_and_given_back_must_cost_no_list(
    proxy: FaultProxy, through: Any, follow: Callable[..., User], writer: Writer, scope: Scope, cluster: Cluster, unique: str
) -> None:
    roles, bindings = (cluster.resource("rbac.authorization.k8s.io/v1", kind) for kind in ("Role", "RoleBinding"))
    group, place = "rbac.authorization.k8s.io", {"name": "reader", "namespace": scope.namespace}
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}]
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": place,
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "reader"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": unique}],
    }
    cluster.apply(roles, {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": place, "rules": rules})
    restricted = through(Connection(host=proxy.url, api_key="unused", impersonate_user=unique))
    users = [follow(restricted, scope) for _ in range(2)]
    users[0].wait(lambda: users[0].errors)
    cluster.apply(bindings, binding)
    users[0].wait(lambda: users[0].follower.state.synced)
    writer.put("a", "0")
    users[0].wait(lambda: users[0].told == writer.expected)
    seen = len(users[0].errors)
    cluster.delete(bindings, scope.namespace, "reader")
    users[0].wait(lambda: len(users[0].errors) > seen and users[0].follower.state.refused)
    writer.put("a", "unseen")
    writer.put("b", "unseen")
    cluster.apply(bindings, binding)
    for user in users:
        user.wait(lambda user=user: user.told == writer.expected)
    answered = [seen for seen in proxy.sent("GET", LIST) if seen.answered == 200]
    assert len(answered) == 1


def test_a_kind_that_appears_later_must_be_followed_from_then_on(
    proxy: FaultProxy, through: Any, follow: Callable[..., User], cluster: Cluster, namespace: str, unique: str
) -> None:
    group = f"{unique}.roro.test"
    things = Resource(group, "v1", "Thing", "things", True)
    users = [follow(through(), Scope(things, namespace)) for _ in range(2)]
    users[0].wait(lambda: users[0].errors)
    definitions = cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    names = {"plural": "things", "singular": "thing", "kind": "Thing"}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [version]}
    definition = {"apiVersion": definitions.api_version, "kind": definitions.kind, "metadata": {"name": f"things.{group}"}, "spec": spec}
    cluster.apply(definitions, definition)
    try:
        for user in users:
            user.wait(lambda user=user: user.follower.state.synced and user.follower.state.error is None)
        thing = {"apiVersion": f"{group}/v1", "kind": "Thing", "metadata": {"name": "one", "namespace": namespace}, "data": {"turn": "0"}}
        cluster.apply(things, thing)
        for user in users:
            user.wait(lambda user=user: user.told == ["ADDED one 0"])
    finally:
        cluster.delete(definitions, None, f"things.{group}")
        cluster.invalidate_discovery()
    for user in users:
        user.wait(lambda user=user: user.told == ["ADDED one 0", "DELETED one 0"])


def test_metadata_alone_and_fields_alone_must_be_all_that_stays(
    proxy: FaultProxy, through: Any, follow: Callable[..., User], writer: Writer, scope: Scope
) -> None:
    cluster = through()
    writer.put("a", "0")
    bare = follow(cluster, Scope(CONFIGS, scope.namespace, LABEL, metadata_only=True))
    few = follow(cluster, scope, Fields("data.turn"))
    bare.wait(lambda: bare.told)
    writer.put("b", "0")
    bare.wait(lambda: len(bare.told) == 2)
    few.wait(lambda: few.told == writer.expected)
    assert list(few.follower.objects().values()) == [{"data": {"turn": "0"}}] * 2
    for obj in bare.follower.objects().values():
        assert (obj["kind"], obj["apiVersion"], set(obj)) == ("ConfigMap", "v1", {"apiVersion", "kind", "metadata"})
    accepted = {
        seen.headers["Accept"].split(";")[1].split(",")[0] for seen in proxy.sent("GET", "/configmaps") if "as=" in str(seen.headers)
    }
    assert accepted == {"as=PartialObjectMetadata", "as=PartialObjectMetadataList"}
