"""Who begins to keep an environment while others did so before must not take back what they deployed from a newer commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._workflow.following_git import GitFollower
from git_scene import Scene, make_repository

DOCUMENTS = {"workspace.json": '{"version": 1, "name": "shop"}\n'}


class Following:
    """A follower of a clone, that waits in a thread until it may begin with these commits in use."""

    def __init__(self, clone: Path, in_use: list[str]) -> None:
        self.told: list[str] = []
        self.stop, self.begun = threading.Event(), threading.Event()
        self.beats = 0
        self.follower = GitFollower(clone, interval=0.2, tell=self.told.append)
        self.follower.start()
        self.answers: list[bool] = []
        self.thread = threading.Thread(target=self._wait, args=(in_use,), daemon=True)
        self.thread.start()

    def _wait(self, in_use: list[str]) -> None:
        self.answers.append(self.follower.await_newest(lambda: in_use, self.stop, self._beat))
        self.begun.set()

    def _beat(self) -> None:
        self.beats += 1

    def end(self) -> None:
        self.stop.set()
        self.thread.join(20)
        self.follower.close()


@pytest.fixture
def follow(clone: Scene) -> Iterator[Callable[..., Following]]:
    made: list[Following] = []

    def begin(*in_use: str) -> Following:
        made.append(Following(clone.folder, list(in_use)))
        return made[-1]

    yield begin
    for one in made:
        one.end()


@pytest.fixture
def server(tmp_path: Path) -> Scene:
    """A repository with a commit, as a server has it."""
    source = make_repository(tmp_path / "source")
    source.commit(DOCUMENTS)
    source.git("clone", "-q", "--bare", str(source.folder), str(tmp_path / "server.git"))
    source.git("remote", "add", "origin", str(tmp_path / "server.git"))
    return source


@pytest.fixture
def clone(server: Scene, tmp_path: Path) -> Scene:
    server.git("clone", "-q", str(tmp_path / "server.git"), str(tmp_path / "clone"))
    return Scene(tmp_path / "clone")


def soon(question: Callable[[], Any], deadline: float = 20.0) -> None:
    end = time.monotonic() + deadline
    while not question():
        assert time.monotonic() < end, "not in time"
        threading.Event().wait(0.02)


def away(tmp_path: Path) -> Callable[[], None]:
    """The server is away until this is called."""
    there, gone = tmp_path / "server.git", tmp_path / "gone.git"
    there.rename(gone)
    return lambda: Path(gone.rename(there)) and None


def test_it_must_begin_with_what_the_server_has_now(server: Scene, clone: Scene, follow: Callable[..., Following]) -> None:
    newer = server.commit({"README.md": "newer\n"})
    server.git("push", "-q", "origin", "HEAD:main")
    one = follow(newer)
    assert one.begun.wait(20) and one.answers == [True]
    assert clone.git("rev-parse", "HEAD") == newer


def test_while_the_server_is_away_an_older_clone_must_wait_and_say_why(
    server: Scene, clone: Scene, follow: Callable[..., Following], tmp_path: Path
) -> None:
    newer = server.commit({"README.md": "newer\n"})
    server.git("push", "-q", "origin", "HEAD:main")
    back = away(tmp_path)
    one = follow(newer)
    soon(lambda: any(f"commit {newer[:12]} is in use and not here yet" in words for words in one.told))
    assert not one.begun.is_set() and one.beats > 0
    back()
    assert one.begun.wait(60) and one.answers == [True]
    assert clone.git("rev-parse", "HEAD") == newer


def test_while_the_server_is_away_a_clone_that_has_what_is_in_use_must_begin(
    clone: Scene, follow: Callable[..., Following], tmp_path: Path
) -> None:
    away(tmp_path)
    one = follow(clone.git("rev-parse", "HEAD"), "")
    assert one.begun.wait(20) and one.answers == [True]


def test_a_stop_must_end_the_waiting(clone: Scene, follow: Callable[..., Following], tmp_path: Path) -> None:
    away(tmp_path)
    one = follow("f" * 40)
    soon(lambda: one.told)
    one.stop.set()
    assert one.begun.wait(5) and one.answers == [False]


def test_a_folder_without_a_server_must_begin_at_once(clone: Scene, follow: Callable[..., Following]) -> None:
    clone.git("remote", "remove", "origin")
    one = follow("f" * 40)
    assert one.begun.wait(5) and one.answers == [True]
