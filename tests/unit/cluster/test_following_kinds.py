"""One follower serves all who want to know the same, and each of them hears of every change once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import ObjectList, Resource, WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import Change, Feed, Fields, Followers, Scope, State, follow, stream
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ConnectionFailed

WAIT = 30.0
CONFIGS = Resource("", "v1", "ConfigMap", "configmaps", True)
SCOPE = Scope(CONFIGS, "shop")
AWAY = ConnectionFailed("it went away")
FORBIDDEN = ApiError("you may not", status=403)
NOT_FOUND = ApiError("no such kind", status=404)


def config(name: str, version: int, uid: str = "", **data: str) -> dict[str, Any]:
    metadata = {"namespace": "shop", "name": name, "uid": uid or f"uid-{name}", "resourceVersion": str(version)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


class Server:
    """Watches do what the test says: events, troubles (in a tuple), failures (which end a watch). begun: where each watch began."""

    def __init__(self, *script: Any) -> None:
        self.script: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.begun: list[str] = []
        self.ended = threading.Event()
        self.say(*script)

    def say(self, *script: Any) -> None:
        for step in script:
            self.script.put(step)

    def watch(self, *_: Any, resource_version: str, keep: Any, stop: threading.Event, trouble: Any, **__: Any) -> Iterator[WatchEvent]:
        self.begun.append(resource_version)
        keep = keep or (lambda obj: obj)
        while not stop.is_set() and not self.ended.is_set():
            try:
                step = self.script.get(timeout=0.02)
            except queue.Empty:
                continue
            if stop.is_set():
                self.script.put(step)  # for the next watch
            elif isinstance(step, tuple):
                trouble(step[0])
            elif isinstance(step, Exception):
                raise step
            elif step.type == "RESYNC":
                yield WatchEvent("RESYNC", {}, tuple(map(keep, step.items)), step.version)
            else:
                yield WatchEvent(step.type, keep(step.object), version=step.object["metadata"]["resourceVersion"])


def everything(*objects: dict[str, Any], version: str = "9") -> WatchEvent:
    return WatchEvent("RESYNC", {}, objects, version)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Server, Followers]]]:
    """`serve(steps...)`: a server that does these, and the followers of it."""
    monkeypatch.setattr(stream, "FIRST_PAUSE", 0.01)
    made: list[tuple[Server, Followers]] = []

    def make(*script: Any) -> tuple[Server, Followers]:
        server = Server(*script)
        made.append((server, Followers(lambda: server)))
        return made[-1]

    yield make
    for server, followers in made:
        followers.close()
        server.ended.set()


def words(item: Change | State) -> str:
    if isinstance(item, State):
        return f"{'synced' if item.synced else 'unknown'}{f' {item.error.problems[0].message}' if item.error else ''}"
    return f"{item.type} {item.key[1]} {item.object['metadata']['resourceVersion']}"


def heard(feed: Feed, until: str) -> list[str]:
    """What is told until that is."""
    found: list[str] = []
    while until not in found:
        news = feed.take(WAIT)
        assert news, f"{until} is not told after {found}"
        found += map(words, news)
    return found


def test_users_of_the_same_must_share_one_watch(serve: Any) -> None:
    server, followers = serve(everything(config("a", 1)))
    feeds = [followers.feed() for _ in range(5)]
    for feed in feeds:
        feed.follow(SCOPE)
    assert all(heard(feed, "synced")[-2:] == ["ADDED a 1", "synced"] for feed in feeds)
    server.say(WatchEvent("MODIFIED", config("a", 2)))
    assert [heard(feed, "MODIFIED a 2") for feed in feeds] == [["MODIFIED a 2"]] * 5
    assert server.begun == [""]


def test_a_late_user_must_get_what_is_there_first(serve: Any) -> None:
    server, followers = serve(everything(config("a", 1), config("b", 2)))
    early, late = followers.feed(), followers.feed()
    early.follow(SCOPE)
    heard(early, "synced")
    follower = late.follow(SCOPE)
    assert heard(late, "synced") == ["ADDED a 1", "ADDED b 2", "synced"]
    assert [obj["metadata"]["name"] for obj in follower.objects().values()] == ["a", "b"]
    assert follower.get(("shop", "b"))["metadata"]["name"] == "b"
    assert follower.get(("shop", "c")) is None
    assert server.begun == [""]


def test_the_last_user_out_must_end_the_watch_and_the_next_one_begin_anew(serve: Any) -> None:
    server, followers = serve(everything(config("a", 1)))
    one, two = followers.feed(), followers.feed()
    one.follow(SCOPE)
    two.follow(SCOPE)
    heard(one, "synced")
    one.close()
    server.say(WatchEvent("MODIFIED", config("a", 2)))
    heard(two, "MODIFIED a 2")
    assert one.take() == [], "who left hears nothing"
    two.close()
    server.say(everything(config("c", 3)))
    two.follow(SCOPE)
    assert "ADDED c 3" in heard(two, "synced")
    assert server.begun == ["", ""]


def test_a_new_list_must_become_the_differences(serve: Any) -> None:
    server, followers = serve(everything(config("a", 1), config("b", 2), config("c", 3), config("d", 4)))
    feed = followers.feed()
    feed.follow(SCOPE)
    heard(feed, "synced")
    server.say(everything(config("a", 1), config("b", 7), config("c", 8, uid="another"), config("e", 9)))
    assert heard(feed, "ADDED e 9") == ["DELETED d 4", "MODIFIED b 7", "DELETED c 3", "ADDED c 8", "ADDED e 9"]


def test_what_is_told_twice_or_late_must_be_told_once(serve: Any) -> None:
    one, two = config("a", 1), config("a", 2)
    server, followers = serve(everything(one))
    feed = followers.feed()
    feed.follow(SCOPE)
    heard(feed, "synced")
    late = WatchEvent("DELETED", config("a", 3, uid="before"))
    server.say(
        WatchEvent("ADDED", one), WatchEvent("MODIFIED", two), WatchEvent("MODIFIED", two), late, WatchEvent("DELETED", config("a", 4))
    )
    assert heard(feed, "DELETED a 4") == ["MODIFIED a 2", "DELETED a 4"]


def test_a_known_list_must_spare_another(serve: Any) -> None:
    server, followers = serve(WatchEvent("MODIFIED", config("a", 6)))
    feed = followers.feed()
    feed.follow(SCOPE, known=ObjectList([config("a", 1)], "5"))
    assert heard(feed, "MODIFIED a 6") == ["ADDED a 1", "synced", "MODIFIED a 6"]
    assert server.begun == ["5"]


def test_a_right_that_goes_and_comes_must_cost_no_list_and_lose_nothing(serve: Any) -> None:
    server, followers = serve(everything(config("a", 1)), FORBIDDEN, FORBIDDEN, (None,), WatchEvent("ADDED", config("b", 12)))
    feed = followers.feed()
    feed.follow(SCOPE)
    told = heard(feed, "ADDED b 12")
    assert told[-4:] == ["synced", "synced you may not", "synced", "ADDED b 12"]
    assert server.begun == ["", "9", "9"]


def test_a_kind_that_comes_later_must_be_followed_from_then_on(serve: Any) -> None:
    server, followers = serve(NOT_FOUND, NOT_FOUND, everything(config("a", 1)), (None,))
    feed = followers.feed()
    feed.follow(SCOPE)
    told = heard(feed, "synced")
    assert [word for word in told if word != "unknown"] == ["unknown no such kind", "ADDED a 1", "synced no such kind", "synced"]
    assert server.begun == ["", "", ""]


def test_a_server_that_stayed_away_for_long_must_be_read_anew(serve: Any) -> None:
    server, followers = serve(everything(config("a", 1)), (AWAY,), AWAY, everything(config("a", 1), config("b", 2)), (None,))
    feed = followers.feed()
    feed.follow(SCOPE)
    server.say(WatchEvent("ADDED", config("c", 3)))
    assert heard(feed, "ADDED c 3")[-5:] == ["synced", "synced it went away", "ADDED b 2", "synced", "ADDED c 3"]
    assert server.begun == ["", ""]


def test_a_connection_that_is_made_anew_must_be_read_anew() -> None:
    """It may lead to another cluster, where the old resourceVersions mean nothing."""
    servers = [Server(everything(config("a", 1))), Server(everything(config("b", 1)))]
    followers = Followers(lambda: servers[0])
    feed = followers.feed()
    feed.follow(SCOPE)
    heard(feed, "synced")
    servers.pop(0).ended.set()
    assert sorted(heard(feed, "ADDED b 1")) == ["ADDED b 1", "DELETED a 1"]
    assert servers[0].begun == [""]
    followers.close()


def test_a_defect_of_ours_must_be_told_and_not_end_it(serve: Any) -> None:
    _, followers = serve(everything(config("a", 1)), ZeroDivisionError("a defect"), everything(config("a", 2)), (None,))
    feed = followers.feed()
    feed.follow(SCOPE)
    assert "synced unexpected ZeroDivisionError while configmaps were followed" in heard(feed, "MODIFIED a 2")


def test_a_user_that_does_not_come_must_hold_nobody_up_and_cost_little(serve: Any) -> None:
    server, followers = serve(everything(config("a", 1)))
    slow, quick = followers.feed(most=10), followers.feed(most=10_000)
    slow.follow(SCOPE)
    quick.follow(SCOPE)
    heard(quick, "synced")
    for number in range(2, 500):
        server.say(WatchEvent("MODIFIED", config("a", number)), WatchEvent("ADDED", config(f"x{number}", number, uid=f"x{number}")))
        server.say(WatchEvent("DELETED", config(f"x{number}", number, uid=f"x{number}")))
    assert len(heard(quick, "DELETED x499 499")) == 498 * 3
    assert len(slow._news) <= 21
    assert {word for word in map(words, slow.take()) if " x" not in word} <= {"ADDED a 499", "unknown", "synced"}


def test_a_user_that_was_slow_must_end_with_the_truth(serve: Any) -> None:
    """Whatever was left out: who applies what is told has what is there."""
    names = [f"a{number}" for number in range(8)]
    server, followers = serve(everything(*(config(name, 1, uid=f"{name}-0") for name in names)))
    slow, quick = followers.feed(most=3), followers.feed(most=10_000)
    slow.follow(SCOPE)
    follower = quick.follow(SCOPE)
    heard(quick, "synced")
    known = apply({}, slow.take())
    for made in range(1, 20):
        for name in names:
            before = f"{name}-{made - 1}"
            server.say(
                WatchEvent("MODIFIED", config(name, 10 * made, uid=before)), WatchEvent("DELETED", config(name, 10 * made + 1, uid=before))
            )
            server.say(WatchEvent("ADDED", config(name, 10 * made + 2, uid=f"{name}-{made}")))
    server.say(WatchEvent("ADDED", config("last", 999)))
    heard(quick, "ADDED last 999")
    assert apply(known, slow.take()) == {key: obj["metadata"] for key, obj in follower.objects().items()}


def apply(known: dict[Any, Any], news: list[Any]) -> dict[Any, Any]:
    for item in news:
        if isinstance(item, State):
            continue
        assert (item.key in known) == (item.type != "ADDED"), item
        if item.type == "DELETED":
            del known[item.key]
        else:
            known[item.key] = item.object["metadata"]
    return known


def test_news_must_wake_a_user_once_until_it_takes_them(serve: Any) -> None:
    server, followers = serve(everything(config("a", 1), config("b", 2)))
    woken: queue.SimpleQueue[int] = queue.SimpleQueue()
    feed, other = followers.feed(lambda: woken.put(1)), followers.feed()
    feed.follow(SCOPE)
    other.follow(SCOPE)
    heard(other, "synced")
    assert (woken.get(timeout=WAIT), woken.empty()) == (1, True)
    feed.take()
    server.say(WatchEvent("ADDED", config("c", 3)))
    assert woken.get(timeout=WAIT) == 1


def test_a_user_that_cannot_be_woken_must_not_silence_the_others(serve: Any) -> None:
    def broken() -> None:
        raise RuntimeError("the loop is closed")

    _, followers = serve(everything(config("a", 1)))
    one, two = followers.feed(broken), followers.feed()
    one.follow(SCOPE)
    two.follow(SCOPE)
    assert "ADDED a 1" in heard(two, "synced")


def test_a_stream_must_tell_what_a_watch_tells_without_its_bookmarks(serve: Any) -> None:
    server, _ = serve(everything(config("a", 1)), WatchEvent("BOOKMARK", config("", 20)), (AWAY,), (None,), FORBIDDEN)
    server.say(WatchEvent("MODIFIED", config("a", 21)))
    stop, told, found = threading.Event(), list[Any](), list[str]()
    for event in follow(server, SCOPE, stop=stop, tell=told.append):
        found.append(event.type)
        if event.type == "MODIFIED":
            stop.set()
    assert (found, told) == (["RESYNC", "MODIFIED"], [AWAY, None, FORBIDDEN])
    assert server.begun == ["", "20"], "a bookmark is where the next watch begins"


def test_only_the_fields_that_are_asked_for_must_stay() -> None:
    pod = {
        "metadata": {"name": "a", "labels": {"app": "web"}, "managedFields": [{"manager": "x"}]},
        "spec": {"nodeName": "n1", "containers": [{"name": "main", "image": "web:1", "env": []}]},
        "status": {"phase": "Running"},
    }
    keep = Fields("metadata.labels", "spec.containers.image", "spec.nodeName", "status.phase", "status.reason", "metadata.labels.app")
    assert keep(pod) == {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"nodeName": "n1", "containers": [{"image": "web:1"}]},
        "status": {"phase": "Running"},
    }
    assert keep == Fields(
        "spec.nodeName", "status.phase", "spec.containers.image", "metadata.labels", "status.reason", "metadata.labels.app"
    )


def test_users_that_keep_the_same_must_share_and_others_not(serve: Any) -> None:
    _, followers = serve(everything(config("a", 1, size="big")))
    one, two = followers.feed(), followers.feed()
    first = one.follow(SCOPE, Fields("data.size"))
    assert two.follow(SCOPE, Fields("data.size")) is first
    while not first.state.synced:
        assert one.take(WAIT)
    assert first.objects() == {("shop", "a"): {"data": {"size": "big"}}}
    other = followers.feed()
    assert other.follow(SCOPE) is not first
