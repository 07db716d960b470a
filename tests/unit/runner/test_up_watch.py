"""`roro up --watch` applies what is saved, for the instances that it concerns, and nothing while there is a mistake."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._model import Selection, load_workspace, select

from roro import up_watch
from roro.lifecycle_commands import up
from roro.up_watch import changed_since, keep_applied, spelled_options, state_of


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write(tmp_path / "workspace.json", {"version": 1, "name": "shop"})
    for app in ("api", "db"):
        write(tmp_path / f"apps/{app}/app.json", {"variables": {"size": 1}})
        (tmp_path / f"apps/{app}/manifests").mkdir()
        (tmp_path / f"apps/{app}/manifests/a.yaml").write_text("kind: A\n")
    write(tmp_path / "environments/dev/environment.json", {"instances": [{"app": "api"}, {"app": "api", "suffix": "blue"}, {"app": "db"}]})
    return tmp_path


def write(file: Path, document: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(document if isinstance(document, str) else json.dumps(document))


class Watching:
    """The watch in a thread. applied: what was brought up, each as the names of the instances. code: how the next ones end."""

    def __init__(self, root: Path, names: Sequence[str] = ()) -> None:
        self.applied: queue.Queue[tuple[str, ...]] = queue.Queue()
        self.code, self._stop = 0, threading.Event()

        def selected() -> Selection:
            return select(load_workspace(root), "dev", instances=names)

        def apply(wanted: Sequence[str]) -> int:
            self.applied.put(tuple(wanted))
            return self.code

        self._thread = threading.Thread(target=keep_applied, args=(root, selected, apply), kwargs={"names": names, "stop": self._stop})
        self._thread.start()

    def next(self) -> tuple[str, ...]:
        return self.applied.get(timeout=60)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(60)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> queue.Queue[Path]:
    """Filled each time that a watch waits for the next save."""
    found: queue.Queue[Path] = queue.Queue()
    monkeypatch.setattr(up_watch, "_waiting", found.put)
    return found


@pytest.fixture
def watching(shop: Path, waits: queue.Queue[Path]) -> Iterator[Callable[[], Watching]]:
    made: list[Watching] = []

    def start() -> Watching:
        made.append(Watching(shop))
        assert made[-1].next() == ()
        waits.get(timeout=60)
        return made[-1]

    yield start
    for one in made:
        one.end()


def test_only_instances_that_a_saved_file_concerns_must_be_applied(
    shop: Path, watching: Callable[[], Watching], waits: queue.Queue[Path]
) -> None:
    found = watching()

    write(shop / "apps/db/manifests/a.yaml", "kind: B\n")
    assert found.next() == ("db",)
    waits.get(timeout=60)
    write(shop / "apps/api/app.json", {"variables": {"size": 2}})
    assert found.next() == ("api", "api-blue")
    waits.get(timeout=60)
    instances = [{"app": "api"}, {"app": "api", "suffix": "blue", "variables": {"size": 3}}, {"app": "db"}]
    write(shop / "environments/dev/environment.json", {"instances": instances})
    assert found.next() == ("api-blue",)


def test_instance_that_left_must_go_with_a_run_of_everything(shop: Path, watching: Callable[[], Watching]) -> None:
    found = watching()

    write(shop / "environments/dev/environment.json", {"instances": [{"app": "api"}, {"app": "db"}]})

    assert found.next() == ()


def test_mistake_must_be_told_with_its_place_and_nothing_applied_until_it_is_mended(
    shop: Path, watching: Callable[[], Watching], waits: queue.Queue[Path], capfd: pytest.CaptureFixture[str]
) -> None:
    found = watching()

    write(shop / "apps/db/app.json", '{"variables": {"size": 2},}')
    waits.get(timeout=60)
    assert "app.json:1:27" in capfd.readouterr().err
    assert found.applied.empty()
    write(shop / "apps/db/app.json", {"variables": {"size": 2}})

    assert found.next() == ("db",)


def test_what_was_not_applied_must_be_tried_again_with_the_next_save(
    shop: Path, watching: Callable[[], Watching], waits: queue.Queue[Path]
) -> None:
    found = watching()
    found.code = 1
    write(shop / "apps/db/manifests/a.yaml", "kind: B\n")
    assert found.next() == ("db",)
    waits.get(timeout=60)
    found.code = 0

    write(shop / "apps/api/manifests/a.yaml", "kind: B\n")

    assert found.next() == ("api", "api-blue", "db")


def test_several_saves_at_once_must_be_one_run(shop: Path, watching: Callable[[], Watching], waits: queue.Queue[Path]) -> None:
    found = watching()

    for number in range(20):
        write(shop / f"apps/db/manifests/{number}.yaml", "kind: B\n")
    assert found.next() == ("db",)
    waits.get(timeout=60)
    write(shop / "apps/api/manifests/a.yaml", "kind: B\n")

    assert found.next() == ("api", "api-blue")


def test_file_beside_the_apps_must_concern_every_instance(shop: Path, watching: Callable[[], Watching]) -> None:
    found = watching()

    write(shop / "base/kustomization.yaml", "resources: []\n")

    assert found.next() == ()


def test_file_beside_the_apps_that_was_saved_during_a_mistake_must_still_concern_every_instance(
    shop: Path, watching: Callable[[], Watching], waits: queue.Queue[Path]
) -> None:
    found = watching()
    write(shop / "apps/db/app.json", "{")
    waits.get(timeout=60)
    write(shop / "base/kustomization.yaml", "resources: []\n")
    waits.get(timeout=60)

    write(shop / "apps/db/app.json", {"variables": {"size": 2}})

    assert found.next() == ()


def test_files_that_are_no_files_and_folders_that_go_away_must_stop_no_watch(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifests = shop / "apps/db/manifests"
    os.mkfifo(manifests / "pipe")
    (manifests / "loop").symlink_to(manifests)
    (manifests / "nowhere").symlink_to(shop / "none")
    before = state_of(select(load_workspace(shop), "dev"))

    (manifests / "b.yaml").write_text("kind: B\n")
    after = state_of(select(load_workspace(shop), "dev"))
    assert changed_since(after, before) == ("db",)

    real = os.scandir

    def scandir(place: Any) -> Any:
        if str(place).endswith("db/manifests"):
            raise FileNotFoundError(place)
        return real(place)

    selection = select(load_workspace(shop), "dev")
    monkeypatch.setattr(os, "scandir", scandir)
    assert changed_since(state_of(selection), after) == ("db",)


def test_options_must_be_given_again_as_they_were() -> None:
    given = ["dev", "--no-wait", "--var", "a=1", "--var", "b=2", "--timeout", "5m", "--watch", "--no-forward", "--adopt"]
    context = up.make_context("up", given)

    words = spelled_options(context, frozenset({"watch", "names", "workspace"}))

    assert set(words) == {"--no-wait", "--var", "a=1", "b=2", "--timeout", "5m", "--no-forward", "--adopt"}
    assert words.count("--var") == 2
    again = up.make_context("up", ["dev", *words])
    assert {**context.params, "watch": False} == again.params
