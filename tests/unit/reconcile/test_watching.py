"""What is followed of an environment, and which instances somebody may have changed. The cluster and its feed are made up: only what this
file does with them is shown here; that watches work is shown on a real cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Resource
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import Change, Scope, State
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._reconcile.watching import Suspects, Watching
from ansible_collections.roro.kube.plugins.module_utils._release import Glance

CONFIGS, SECRETS = Resource("", "v1", "ConfigMap", "configmaps", True), Resource("", "v1", "Secret", "secrets", True)
AS_APPLIED = Glance("u1", "f1", False, "")


@dataclass
class Feed:
    """As `Followers.feed` gives one. followers: scope -> what is there by (namespace, name)."""

    followers: dict[Scope, dict[tuple[str, str], Glance]] = field(default_factory=dict)
    news: list[Any] = field(default_factory=list)

    def follow(self, scope: Scope, keep: Any = None) -> None:
        self.followers.setdefault(scope, {})

    def leave(self, scope: Scope) -> None:
        del self.followers[scope]

    def take(self, seconds: float) -> list[Any]:
        found, self.news = self.news, []
        return found


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def watching(feed: Feed) -> Watching:
    kinds = {("v1", "ConfigMap"): CONFIGS, ("v1", "Secret"): SECRETS}
    cluster = SimpleNamespace(
        followers=SimpleNamespace(feed=lambda: feed),
        find_resource=lambda api_version, kind: kinds.get((api_version, kind)),
        resource=lambda api_version, kind: kinds[(api_version, kind)],
    )
    return Watching(cluster, "shop", "dev")  # type: ignore[arg-type]


def ref(name: str = "settings", namespace: str = "ns0", kind: str = "ConfigMap") -> ObjectRef:
    return ObjectRef("v1", kind, namespace, name)


def scopes(feed: Feed, resource: Resource = CONFIGS) -> list[str]:
    return sorted(one.namespace or "all" for one in feed.followers if one.resource == resource)


def test_each_namespace_must_be_followed_by_itself_and_of_many_all_at_once(watching: Watching, feed: Feed) -> None:
    watching.follow([ref(namespace=f"ns{number}") for number in range(3)], ["ns0"])
    assert scopes(feed) == ["ns0", "ns1", "ns2"] and scopes(feed, SECRETS) == ["ns0"]
    watching.follow([ref(namespace=f"ns{number}") for number in range(4)], ["ns0"])
    assert scopes(feed) == ["all"]
    watching.follow([], ["ns0"])
    assert scopes(feed) == []


def test_where_all_may_not_be_followed_each_namespace_must_be(watching: Watching, feed: Feed) -> None:
    watching.follow([ref(namespace=f"ns{number}") for number in range(4)], ["ns0"])
    (wide,) = [one for one in feed.followers if one.resource == CONFIGS]
    feed.news = [refused(wide)]
    watching.take(0.0)
    assert scopes(feed) == ["ns0", "ns1", "ns2", "ns3"]
    assert watching.trouble == ""


def refused(scope: Scope) -> State:
    error = ApiError("configmaps is forbidden", status=403, reason="Forbidden")
    return State(scope, error=error)


def test_only_what_was_told_once_must_be_known_to_be_gone(watching: Watching, feed: Feed) -> None:
    watching.follow([ref()], ["ns0"])
    owned = SimpleNamespace(ref=ref(), uid="u1", fields="f1")
    record, suspects = SimpleNamespace(objects=(owned,)), Suspects(watching)
    assert suspects.of(record) == {} and not watching.complete  # type: ignore[arg-type]
    feed.news = [State(scope, synced=True) for scope in feed.followers]
    watching.take(0.0)
    assert watching.complete
    assert suspects.of(record) == {ref().identity: None}  # type: ignore[arg-type]


def test_what_was_found_to_be_right_must_be_no_suspect_while_it_stays_so(watching: Watching, feed: Feed) -> None:
    watching.follow([ref()], ["ns0"])
    feed.news = [State(scope, synced=True) for scope in feed.followers]
    watching.take(0.0)
    (scope,) = [one for one in feed.followers if one.resource == CONFIGS]
    record = SimpleNamespace(objects=(SimpleNamespace(ref=ref(), uid="u1", fields="f1"),))
    suspects, there = Suspects(watching), feed.followers[scope]
    there["ns0", "settings"] = AS_APPLIED
    assert suspects.of(record) == {}  # type: ignore[arg-type]
    there["ns0", "settings"] = strayed = AS_APPLIED._replace(fields="f2", writer="kubectl-edit")
    found = suspects.of(record)  # type: ignore[arg-type]
    assert found == {ref().identity: strayed}
    suspects.accept(found)
    assert suspects.of(record) == {}  # type: ignore[arg-type]
    for other in (strayed._replace(fields="f3"), strayed._replace(uid="u2"), strayed._replace(leaving=True), strayed._replace(writer="x")):
        there["ns0", "settings"] = other
        assert suspects.of(record) == {ref().identity: other}  # type: ignore[arg-type]


def test_news_must_be_told_by_what_they_are_about(watching: Watching, feed: Feed) -> None:
    watching.follow([ref()], ["ns0"])
    by_resource = {one.resource: one for one in feed.followers}
    feed.news = [Change(by_resource[CONFIGS], "MODIFIED", ("ns0", "settings"), None)]
    heard = watching.take(0.0)
    assert (heard.objects, heard.records) == (frozenset({ref().identity}), False)
    feed.news = [Change(by_resource[SECRETS], "MODIFIED", ("ns0", "roro.api"), None)]
    heard = watching.take(0.0)
    assert (heard.objects, heard.records) == (frozenset(), True)


def test_what_cannot_be_learned_must_be_trouble_until_it_can(watching: Watching, feed: Feed) -> None:
    watching.follow([ref()], ["ns0"])
    (scope,) = [one for one in feed.followers if one.resource == CONFIGS]
    feed.news = [refused(scope)]
    assert not watching.take(0.0).again
    assert "forbidden" in watching.trouble
    feed.news = [State(scope, synced=True)]
    assert watching.take(0.0).again
    assert watching.trouble == ""
