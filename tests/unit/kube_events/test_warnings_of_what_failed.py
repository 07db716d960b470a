"""A failed instance must be told the newest different warnings of the last minutes, and only those about its own objects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from ansible_collections.roro.kube.plugins.module_utils._kube_events import Concerned, newest_few, read_warnings

Make = Callable[..., dict[str, Any]]
NOW = datetime(2026, 1, 1, 10, 10, tzinfo=UTC)
PLACE = ("Deployment", "shop", "web")


class Server:
    """Lists these events, and notes where it was asked."""

    def __init__(self, *events: dict[str, Any], refused: tuple[str, ...] = ()) -> None:
        self.events, self.refused, self.asked = events, refused, list[tuple[str, str]]()

    def list(self, resource: Any, namespace: str, *, field_selector: str) -> Any:
        self.asked.append((namespace, field_selector))
        if namespace in self.refused:
            raise ApiError("forbidden", status=403)
        return SimpleNamespace(items=[item for item in self.events if item["metadata"]["namespace"] == namespace])


def told(server: Server, uids: tuple[str, ...] = (), places: tuple[tuple[str, str, str], ...] = (PLACE,), most: int = 5) -> list[str]:
    concerned = Concerned(frozenset(uids), frozenset(places))
    return [line.message for line in newest_few(read_warnings(server, concerned, "web"), NOW, most=most)]  # type: ignore[arg-type]


def test_warnings_must_be_those_of_the_instances_own_objects(event: Make) -> None:
    server = Server(
        event("Pod/web-1", message="mine"), event("Pod/other", message="another's"), event("Deployment/web/old", message="before")
    )
    assert told(server, ("uid-web-1", "uid-web")) == ["mine"]
    assert server.asked == [("shop", "type=Warning")]


def test_what_is_older_than_ten_minutes_must_be_left_out(event: Make) -> None:
    server = Server(
        event("Pod/a", message="old", at="09:59:59"),
        event("Pod/a", message="just", at="10:00:00"),
        event("Pod/a", message="bumped", at="08:00:00", lastTimestamp="2026-01-01T10:09:00Z"),
    )
    assert told(server, ("uid-a",)) == ["just", "bumped"]


def test_only_the_newest_must_be_told_oldest_first(event: Make) -> None:
    server = Server(*(event("Pod/a", message=f"m{number}", at=f"10:0{number}:00") for number in range(8)))
    assert told(server, ("uid-a",)) == ["m3", "m4", "m5", "m6", "m7"]
    assert told(server, ("uid-a",), most=1) == ["m7"]


def test_objects_without_a_namespace_must_be_looked_for_where_their_events_are(event: Make) -> None:
    about = {**event("Namespace/shop", message="terminating"), "metadata": {"uid": "e", "namespace": "default"}}
    about["involvedObject"] = {**about["involvedObject"], "namespace": ""}
    server = Server(about)
    assert told(server, ("uid-shop",), (("Namespace", "", "shop"),)) == ["terminating"]
    assert [namespace for namespace, _ in server.asked] == ["default"]


def test_a_namespace_that_may_not_be_read_must_not_stop_the_others(event: Make) -> None:
    server = Server(event("Pod/a", message="mine"), refused=("secret",))
    assert told(server, ("uid-a",), (PLACE, ("Deployment", "secret", "x"))) == ["mine"]
