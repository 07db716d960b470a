"""Promises about processes and parts: known by identity, replaced when their command changed, and their end is explained."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import LocalClusterError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.bootstrap import API_RESTARTS, await_api
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.parts import Part, Parts, ThisMachine, recorded_parts
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.paths import ClusterDirectory
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.processes import (
    ProcessFile,
    await_end,
    identify,
    only_child,
    start,
    stop,
)
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.waiting import elapsed, wait_until

Progress = Callable[[str, str], None]
PAUSE = "import signal; print('here', flush=True); signal.pause()"
STUBBORN = (sys.executable, "-c", "import signal; signal.signal(15, signal.SIG_IGN); print('here', flush=True); signal.pause()")


@pytest.fixture
def directory(tmp_path: Path) -> ClusterDirectory:
    made = ClusterDirectory(tmp_path / "cluster")
    made.make()
    return made


@pytest.fixture
def wait(tmp_path: Path) -> tuple[str, ...]:
    """A command that waits, of this test alone: a ground ends whatever runs with the very same one, as another test's part might."""
    return (sys.executable, "-c", PAUSE, str(tmp_path))


@pytest.fixture
def parts(directory: ClusterDirectory, progress: Progress) -> Iterator[Parts]:
    made = Parts(directory, ThisMachine(), progress)
    yield made
    for name in recorded_parts(directory):
        made.stop_part(name, grace=0)


def pid(directory: ClusterDirectory, name: str) -> int:
    identity = ProcessFile(directory.run / f"{name}.json").alive()
    assert identity is not None
    return identity.pid


def test_a_process_must_have_a_session_of_its_own(directory: ClusterDirectory, parts: Parts, wait: tuple[str, ...]) -> None:
    parts.ensure(Part("a", wait), "node")
    assert os.getsid(pid(directory, "a")) == pid(directory, "a")


def test_a_running_part_must_be_left_alone(directory: ClusterDirectory, parts: Parts, wait: tuple[str, ...]) -> None:
    assert parts.ensure(Part("a", wait), "node")
    first = pid(directory, "a")
    assert not parts.ensure(Part("a", wait), "node")
    assert pid(directory, "a") == first


def test_a_part_whose_command_changed_must_be_replaced(directory: ClusterDirectory, parts: Parts, wait: tuple[str, ...]) -> None:
    parts.ensure(Part("a", wait), "node")
    first = identify(pid(directory, "a"))
    assert parts.ensure(Part("a", (*wait, "more")), "node")
    assert first is not None
    assert not first.alive


def test_a_part_whose_configuration_changed_must_be_replaced(directory: ClusterDirectory, parts: Parts, wait: tuple[str, ...]) -> None:
    config = directory.etc / "a.yaml"
    config.write_text("a: 1\n")
    parts.ensure(Part("a", wait, files=(config,)), "node")
    config.write_text("a: 2\n")
    assert parts.ensure(Part("a", wait, files=(config,)), "node")


def test_a_killed_part_must_be_noticed_and_started_again(directory: ClusterDirectory, parts: Parts, wait: tuple[str, ...]) -> None:
    parts.ensure(Part("a", wait), "node")
    os.kill(pid(directory, "a"), 9)
    assert wait_until(lambda: parts.states(["a"]) == {"a": "stopped"}, 10)
    with pytest.raises(LocalClusterError, match="a ended"):
        parts.check()
    assert parts.ensure(Part("a", wait), "node")


def test_the_end_of_a_part_must_be_told_with_its_last_words_and_its_log(directory: ClusterDirectory, parts: Parts) -> None:
    directory.logs.joinpath("a.log").write_text("words of an earlier run\n")
    with pytest.raises(LocalClusterError) as caught:
        parts.ensure(Part("a", (sys.executable, "-c", "print('cannot bind port')")), "node")
        wait_until(lambda: False, 10, parts.check)
    assert "a ended right after it was started" in str(caught.value)
    assert "cannot bind port" in str(caught.value)
    assert "earlier run" not in str(caught.value)
    assert caught.value.problems[0].where == str(directory.logs / "a.log")


def test_a_process_id_that_was_given_to_somebody_else_must_not_be_taken_for_ours(
    directory: ClusterDirectory, parts: Parts, wait: tuple[str, ...]
) -> None:
    parts.ensure(Part("a", wait), "node")
    file = ProcessFile(directory.run / "a.json")
    known = file.read()
    assert known is not None
    for other in (replace(known[0], started=known[0].started + 1), replace(known[0], boot="another")):
        assert not other.alive
        stop(other)
    assert known[0].alive


def test_a_process_that_does_not_listen_must_be_ended_all_the_same(tmp_path: Path) -> None:
    process = start(STUBBORN, tmp_path / "log")
    identity = identify(process.pid)
    assert identity is not None
    assert wait_until(lambda: b"here" in (tmp_path / "log").read_bytes(), 10)
    stop(identity, grace=0.2)
    assert not identity.alive
    process.wait()


def test_logs_must_be_private(directory: ClusterDirectory, parts: Parts, wait: tuple[str, ...]) -> None:
    parts.ensure(Part("a", wait), "node")
    assert parts.log("a").stat().st_mode & 0o777 == 0o600
    assert (directory.run / "a.json").stat().st_mode & 0o777 == 0o600


def test_the_child_of_a_process_must_be_found(tmp_path: Path, wait: tuple[str, ...]) -> None:
    code = f"import subprocess, sys; subprocess.run({list(wait)!r})"
    process = start([sys.executable, "-c", code], tmp_path / "log")
    assert wait_until(lambda: only_child(process.pid) is not None, 10)
    child = identify(only_child(process.pid) or 0)
    assert child is not None
    process.kill()
    process.wait()
    stop(child, grace=0)


def test_a_damaged_process_file_must_count_as_none(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{")
    assert ProcessFile(path).read() is None
    assert ProcessFile(tmp_path / "missing").alive() is None


def test_elapsed_time_must_read_well() -> None:
    assert (elapsed(7.9), elapsed(125)) == ("7 s", "2 min 05 s")


def test_a_process_that_a_killed_run_did_not_record_must_not_stay_beside_its_successor(
    directory: ClusterDirectory, parts: Parts, wait: tuple[str, ...]
) -> None:
    stray = identify(start(wait, directory.logs / "stray.log").pid)
    assert stray is not None
    parts.ensure(Part("a", wait), "node")
    assert not stray.alive
    assert parts.states(["a"]) == {"a": "running"}


def test_the_end_of_a_process_must_be_noticed_when_it_ends_and_not_before() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = identify(child.pid)
    assert identity is not None
    assert not await_end(identity, 0.05)
    assert child.stdin is not None
    child.stdin.close()
    assert await_end(identity, 30)
    child.wait()
    assert await_end(identity, 30), "what is gone for good has ended"


ENDING = """
import pathlib, signal, sys
folder, times = pathlib.Path(sys.argv[1]), int(sys.argv[2])
starts = folder / "starts"
done = len(starts.read_text()) if starts.exists() else 0
starts.write_text("x" * (done + 1))
print("address already in use", flush=True)
if done >= times:
    (folder / "ready").touch()
    signal.pause()
"""


def ending(directory: ClusterDirectory, times: int) -> Part:
    """A part that ends as often as said, with a word, and then stays."""
    return Part("kube-apiserver", (sys.executable, "-c", ENDING, str(directory.path), str(times)))


def starts(directory: ClusterDirectory) -> int:
    return len((directory.path / "starts").read_text())


def test_an_api_server_that_ends_before_it_is_ready_must_be_started_again(directory: ClusterDirectory, parts: Parts) -> None:
    part = ending(directory, 2)
    parts.ensure(part, "control plane")
    assert await_api(part, parts, (directory.path / "ready").exists, None)
    assert starts(directory) == 3
    assert parts.runs("kube-apiserver")


def test_an_api_server_that_stays_must_not_count_as_started_again(directory: ClusterDirectory, parts: Parts) -> None:
    part = ending(directory, 0)
    parts.ensure(part, "control plane")
    assert not await_api(part, parts, (directory.path / "ready").exists, None)
    assert starts(directory) == 1


def test_one_that_ends_again_and_again_must_be_given_up_with_its_last_words(directory: ClusterDirectory, parts: Parts) -> None:
    part = ending(directory, 99)
    parts.ensure(part, "control plane")
    with pytest.raises(LocalClusterError, match="address already in use"):
        await_api(part, parts, (directory.path / "ready").exists, None)
    assert starts(directory) == 1 + API_RESTARTS


def test_another_part_that_ends_must_be_told_at_once(directory: ClusterDirectory, parts: Parts) -> None:
    stays, goes = ending(directory, 0), Part("etcd", (sys.executable, "-c", "print('no space left')"))
    parts.ensure(stays, "control plane")
    with pytest.raises(LocalClusterError, match="etcd ended"):
        parts.ensure(goes, "control plane")
        await_api(stays, parts, lambda: False, None)
