"""The first promises: up brings everything up, a second up changes nothing, down leaves nothing."""

from __future__ import annotations

import re

from command_workspace import Workspace


def test_a_second_up_must_change_nothing(store: Workspace) -> None:
    first = store.roro("up", "dev", "--output", "json")
    assert first.code == 0, first.told
    assert first.document["changed"] is True
    assert {item["instance"]: item["status"] for item in first.document["instances"]} == dict.fromkeys(
        ("db", "migrate", "api", "api-blue"), "Running"
    )
    assert store.footprint.orphans() == []
    before = store.footprint.versions()

    second = store.roro("up", "dev", "--output", "json")
    assert second.code == 0, second.told
    assert second.document["changed"] is False
    assert store.footprint.versions() == before

    third = store.roro("up", "dev")
    assert third.code == 0, third.told
    assert "4 of 4 instances running; no change" in third.stdout
    assert store.footprint.versions() == before

    playbook = store.roro.playbook("up")
    assert playbook.code == 0, playbook.told
    assert re.search(r"\bchanged=0\b", playbook.stdout.rpartition("PLAY RECAP")[2]), playbook.told
    assert store.footprint.versions() == before


def test_down_must_leave_nothing_but_the_volumes_until_it_is_asked_to(store: Workspace) -> None:
    up = store.roro("up", "dev")
    assert up.code == 0, up.told

    down = store.roro("down", "dev", "--output", "json")
    assert down.code == 0, down.told
    assert down.document["changed"] is True
    left = store.footprint.objects()
    assert {identity[1] for identity in left} <= {"PersistentVolumeClaim", "Namespace"}
    assert store.footprint.names("PersistentVolumeClaim") == {"data-db-0"}

    again = store.roro("down", "dev", "--output", "json")
    assert again.code == 0, again.told
    assert again.document["changed"] is False

    everything = store.roro("down", "dev", "--volumes")
    assert everything.code == 0, everything.told
    assert store.footprint.objects() == {}
    assert store.footprint.namespace() is None


def test_what_was_kept_by_down_must_be_used_by_the_next_up(store: Workspace) -> None:
    store.roro("up", "dev", "db")
    claims = {key: item["metadata"]["uid"] for key, item in store.footprint.objects().items() if key[1] == "PersistentVolumeClaim"}
    store.roro("down", "dev")
    up = store.roro("up", "dev", "db")
    assert up.code == 0, up.told
    after = {key: item["metadata"]["uid"] for key, item in store.footprint.objects().items() if key[1] == "PersistentVolumeClaim"}
    assert after.items() >= claims.items()
