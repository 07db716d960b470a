"""What was last seen of an environment is kept whole, and never told for another cluster."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cache import Place, Seen, forget, recall, remember
from ansible_collections.roro.kube.plugins.module_utils._cache.seen import decoded, encoded

PLACE = Place("/srv/shop", "shop", "dev")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    yield tmp_path / "roro" / "seen"


def look(when: int, *names: str, **more: Any) -> Seen:
    """A look at these instances, at a minute of the day."""
    return Seen(f"2026-01-01T00:{when:02d}:00+00:00", "cluster", instances={name: {"instance": name} for name in names}, **more)


def names(seen: Seen | None) -> list[str]:
    return sorted(seen.instances) if seen else []


def test_what_was_seen_must_come_back() -> None:
    remember(PLACE, look(1, "api", "db", commit="c", documents="d"))

    found = recall(PLACE)

    assert found is not None
    assert (names(found), found.commit, found.documents, found.when[-14:-9]) == (["api", "db"], "c", "d", "00:01")
    assert recall(Place("/srv/shop", "shop", "prod")) is None
    forget(PLACE)
    assert recall(PLACE) is None


def test_look_at_one_instance_must_keep_the_others_and_a_look_at_all_must_not() -> None:
    remember(PLACE, look(1, "api", "db"))
    remember(PLACE, look(2, "api", whole=False))
    assert names(recall(PLACE)) == ["api", "db"]

    remember(PLACE, look(3, "api"))
    assert names(recall(PLACE)) == ["api"]


def test_later_look_must_count_whichever_was_written_first() -> None:
    remember(PLACE, look(5, "api"))
    remember(PLACE, look(4, "api", "gone"))

    found = recall(PLACE)

    assert found is not None
    assert names(found) == ["api"]
    assert found.instances["api"]["seen"].endswith("00:05:00+00:00")


@pytest.mark.parametrize("whole", [True, False])
def test_look_by_a_clock_that_was_set_back_must_count(whole: bool) -> None:
    remember(PLACE, look(50, "api", "db"))

    remember(PLACE, look(1, "api", whole=whole))

    found = recall(PLACE)
    assert found is not None
    assert found.when == found.instances["api"]["seen"] == look(1).when
    assert names(found) == (["api"] if whole else ["api", "db"])


@pytest.mark.parametrize("other", [{"cluster": "another"}, {"uid": "two"}])
def test_cluster_that_was_made_anew_must_not_have_what_was_seen_on_the_old_one(other: dict[str, str]) -> None:
    remember(PLACE, look(1, "api", "db", uid="one"))
    made = {"when": "2026-01-01T00:02:00+00:00", "cluster": "cluster", "uid": "one", **other}

    remember(PLACE, Seen(**made, instances={"api": {}}, whole=False))

    assert names(recall(PLACE)) == ["api"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b'{"schema": 0}', b'{"schema": 1, "instances": 3}', b"\xff\x00"])
def test_damaged_file_must_count_as_none_and_be_made_anew(state: Path, damage: bytes) -> None:
    remember(PLACE, look(1, "api"))
    (file,) = state.glob("*.json")
    file.write_bytes(damage)
    assert recall(PLACE) is None

    remember(PLACE, look(2, "db"))

    assert names(recall(PLACE)) == ["db"]


def test_file_of_another_schema_must_not_be_read() -> None:
    record = json.loads(encoded(look(1, "api")))

    assert decoded(json.dumps({**record, "schema": 2}).encode()) is None


def test_writers_at_once_must_lose_nothing() -> None:
    threads = [threading.Thread(target=remember, args=(PLACE, look(1, f"i{number}", whole=False))) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(names(recall(PLACE))) == 12


def test_file_must_be_private(state: Path) -> None:
    remember(PLACE, look(1, "api"))

    assert {path.stat().st_mode & 0o077 for path in (state, *state.iterdir())} == {0}


def test_place_that_cannot_be_written_must_stop_nobody(state: Path) -> None:
    state.parent.mkdir(mode=0o700)
    state.write_text("in the way")

    remember(PLACE, look(1, "api"))

    assert recall(PLACE) is None
