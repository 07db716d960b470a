# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no check inside a process can stop must be stopped from outside: a child that renders is killed at its bounds, and never left."""

from __future__ import annotations

import json
import marshal
import multiprocessing
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import Problem, RenderError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.waiting import wait_until
from ansible_collections.roro.kube.plugins.module_utils._render import RenderCache, child, render_instance
from ansible_collections.roro.kube.plugins.module_utils._render.bounds import MIB, without_network
from ansible_collections.roro.kube.plugins.module_utils._render.files import AppFiles
from ansible_collections.roro.kube.plugins.module_utils._render.types import RenderedFile, RenderRequest, TemplateLine


class Works:
    """An engine that reads each file and then does what a test wants."""

    name = version = "works"

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work

    def accepts(self, file: Path) -> bool:
        return True

    def render(self, request: RenderRequest) -> tuple[RenderedFile, ...]:
        return tuple(
            RenderedFile(file, request.app.read(file) + str(self._work()), lambda line, _column, file=file: TemplateLine(file, line * 2))
            for file in request.files
        )


@pytest.fixture
def request_of(app: Any) -> RenderRequest:
    """Of two templates."""
    files = (app.write("a.yaml.x", "first"), app.write("b.yaml.x", "second"))
    return RenderRequest(app.instance().manifests, files, AppFiles(app.folder), {}, RenderCache())


@pytest.fixture(autouse=True)
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test can wait for."""
    monkeypatch.setattr(child, "BOUNDS", replace(child.BOUNDS, cpu_seconds=1, memory=256 * MIB))


def busy() -> None:
    """Works for three seconds of processor time, and then ends."""
    end = time.process_time() + 3
    while time.process_time() < end:
        pass


def busy_script() -> Any:
    """One call that nothing inside Python can interrupt, for some seconds."""
    import dukpy

    return dukpy.evaljs("for (var i = 0; i < 3e8; i++) {}; 1")


def ends_by(number: int) -> Callable[[], Any]:
    return lambda: os.kill(os.getpid(), number)


ATTACKS: dict[str, tuple[Callable[[], Any], str]] = {
    "busy": (busy, "went over a limit: 1.1 s of processor time"),
    "busy in one call": (busy_script, "went over a limit: 1.1 s of processor time"),
    "memory": (lambda: len(bytes(512 * MIB)), "went over a limit: 256 MiB of memory"),
    "crash": (ends_by(signal.SIGSEGV), "brought its renderer down (SIGSEGV)"),
    "end without a word": (lambda: os._exit(3), "brought its renderer down (exit code 3)"),
}


@pytest.mark.parametrize(("work", "message"), ATTACKS.values(), ids=ATTACKS.keys())
def test_what_cannot_be_interrupted_must_end_with_an_error_at_its_template(
    request_of: RenderRequest, work: Callable[[], Any], message: str
) -> None:
    with pytest.raises(RenderError) as caught:
        child.render_in_child(Works(work), request_of)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.where == str(request_of.files[0])
    assert psutil.Process().children() == []


def test_a_child_that_sleeps_must_be_killed_too(request_of: RenderRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "BOUNDS", replace(child.BOUNDS, wall_seconds=0.5))
    with pytest.raises(RenderError, match="went over a limit"):
        child.render_in_child(Works(signal.pause), request_of)
    assert psutil.Process().children() == []


def test_an_answer_that_is_too_long_must_be_refused(request_of: RenderRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "BOUNDS", replace(child.BOUNDS, output=MIB))
    with pytest.raises(RenderError, match="went over a limit"):
        child.render_in_child(Works(lambda: "x" * 2 * MIB), request_of)


def test_the_texts_and_their_lines_must_be_those_of_the_engine(request_of: RenderRequest) -> None:
    first, second = child.render_in_child(Works(lambda: "!"), request_of)
    assert (first.file, first.text, second.text) == (request_of.files[0], "first!", "second!")
    assert second.locate(3, 1) == TemplateLine(request_of.files[1], 6)
    assert set(request_of.app.inputs) == set(request_of.files)


def test_a_text_of_any_characters_must_come_through(request_of: RenderRequest) -> None:
    text = "\ud800 \x00 \U0001f600 \r\n"
    assert child.render_in_child(Works(lambda: text), request_of)[0].text == f"first{text}"


def test_problems_must_be_those_of_the_engine(request_of: RenderRequest) -> None:
    problems = [Problem("one", "a:1", "hint", "Reason"), Problem("two", None, None)]

    def fail() -> None:
        raise RenderError.of(problems)

    with pytest.raises(RenderError) as caught:
        child.render_in_child(Works(fail), request_of)
    assert caught.value.problems == tuple(problems)


def test_a_fault_of_an_engine_must_be_told_without_a_traceback(request_of: RenderRequest) -> None:
    with pytest.raises(RenderError, match=r"cannot be rendered: KeyError: 'x'") as caught:
        child.render_in_child(Works(lambda: {}["x"]), request_of)
    assert "Traceback" not in str(caught.value)


def test_what_a_child_compiled_must_be_known_to_the_next(app: Any, tmp_path: Path) -> None:
    cache = RenderCache(tmp_path)
    app.write("a.yaml.j2", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ app }}'}\n")
    for number in range(3):
        render_instance(app.instance({"number": number}), cache=cache)
    assert (cache.hits, cache.misses) == (2, 1)


@pytest.fixture
def rendered(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, int]]:
    """The `data` of the app's only object, and how many children that took so far; each call as a new run would do it."""
    children: list[int] = []
    real = child.in_child
    monkeypatch.setattr(child, "in_child", lambda *args: (children.append(1), real(*args))[1])
    directory = tmp_path / "cache"
    directory.mkdir(mode=0o700)

    def render(variables: Any = None, **options: Any) -> tuple[str, int]:
        found = render_instance(app.instance(variables, **options), cache=RenderCache(directory))
        return found.manifests[0].object["data"]["a"], len(children)

    return render


INCLUDING = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '{% include 'a.txt' %}{{ b }}'}\n"


def test_a_child_must_only_be_made_when_something_that_goes_in_changed(app: Any, rendered: Callable[..., tuple[str, int]]) -> None:
    app.write("a.yaml.j2", INCLUDING)
    (app.folder / "a.txt").write_text("one")
    assert [rendered({"b": 1}), rendered({"b": 1})] == [("one1", 1), ("one1", 1)]
    assert rendered({"b": 2}) == ("one2", 2)
    (app.folder / "a.txt").write_text("two")
    assert rendered({"b": 2}) == ("two2", 3)
    app.write("a.txt", "nearer")
    assert rendered({"b": 2}) == ("nearer2", 4)
    assert rendered({"b": 2}, options={"trimBlocks": True}) == ("nearer2", 5)
    assert [rendered({"b": 1}), rendered({"b": 1})] == [("nearer1", 6), ("nearer1", 6)]


def test_what_is_read_and_the_digest_must_be_the_same_from_the_cache(app: Any, tmp_path: Path) -> None:
    app.write("a.yaml.j2", INCLUDING)
    (app.folder / "a.txt").write_text("one")
    first, second = (render_instance(app.instance({"b": 1}), cache=RenderCache(tmp_path)) for _ in range(2))
    assert first == second
    assert first.inputs == {app.manifests / "a.yaml.j2", app.folder / "a.txt"}


def test_what_may_hold_a_secret_must_be_rendered_each_time(app: Any, rendered: Callable[..., tuple[str, int]], tmp_path: Path) -> None:
    app.write("a.yaml.j2", INCLUDING)
    (app.folder / "a.txt").write_text("one")
    rendered({"b": 1, "password": "hunter2"})
    assert rendered({"b": 1, "password": "hunter2"}) == ("one1", 2)
    rendered({"b": 1}, layer="system environment")
    assert rendered({"b": 1}, layer="system environment") == ("one1", 4)
    assert list((tmp_path / "cache").glob("*.text")) == []


def test_a_link_that_leads_outside_must_not_be_read_for_the_cache(app: Any, rendered: Callable[..., tuple[str, int]]) -> None:
    app.write("a.yaml.j2", INCLUDING)
    (app.folder / "a.txt").write_text("one")
    (app.folder / "outside").symlink_to("/etc/passwd")
    assert [rendered({"b": 1}), rendered({"b": 1})] == [("one1", 1), ("one1", 2)]


def test_threads_must_be_able_to_render_at_once(request_of: RenderRequest) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: child.render_in_child(Works(lambda: number), request_of)[0].text, range(32)))
    assert found == [f"first{number}" for number in range(32)]


def _in_worker(request: RenderRequest, answers: Any) -> None:
    answers.put(child.render_in_child(Works(lambda: "!"), request)[0].text)


def test_a_forked_worker_must_be_able_to_render(request_of: RenderRequest) -> None:
    """As Ansible's workers are."""
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    worker = fork.Process(target=_in_worker, args=(request_of, answers))
    worker.start()
    assert answers.get(timeout=60) == "first!"
    worker.join(60)
    assert worker.exitcode == 0


SCRIPT = """
import os, signal, sys
from pathlib import Path
from ansible_collections.roro.kube.plugins.module_utils._model import ManifestSource
from ansible_collections.roro.kube.plugins.module_utils._render import RenderCache, child
from ansible_collections.roro.kube.plugins.module_utils._render.files import AppFiles
from ansible_collections.roro.kube.plugins.module_utils._render.types import RenderRequest

def work():
    (folder / "made").write_text(str(os.getpid()))
    (folder / "made").rename(folder / "pid")
    signal.pause()

folder = Path(sys.argv[1])
child.in_child(work, RenderRequest(ManifestSource(None, folder, ()), (), AppFiles(folder), {}, RenderCache()), lambda _answer: True)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_must_end_with_the_process_that_made_it(tmp_path: Path, number: int) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path)], stderr=subprocess.DEVNULL) as parent:
        assert wait_until((tmp_path / "pid").exists, 60)
        rendering = psutil.Process(int((tmp_path / "pid").read_text()))
        parent.send_signal(number)
        parent.wait(60)
        assert psutil.wait_procs([rendering], timeout=60)[1] == []


def test_ctrl_c_of_a_caller_must_kill_the_child(request_of: RenderRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(child, "_receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        child.render_in_child(Works(signal.pause), request_of)
    assert psutil.Process().children() == []


def pipes() -> list[int]:
    """This process's descriptors that are pipes."""
    return [int(number) for number in os.listdir("/proc/self/fd") if _is_pipe(int(number))]


def _is_pipe(number: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    except OSError:  # that of the listing itself
        return False


def test_a_child_must_have_nothing_open_that_its_parent_had_but_its_pipe(request_of: RenderRequest) -> None:
    def others() -> list[str]:
        links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
        found = {os.readlink(link) for link in links if os.path.exists(link)}
        return sorted(name for name in found if name != os.devnull and not name.startswith("/proc/"))

    with socket.socket() as listening, Path("/etc/hostname").open() as file:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        assert file.fileno() > 2
        (first, _second) = child.render_in_child(Works(others), request_of)
    assert re.fullmatch(r"first\['pipe:\[\d+\]'\]", first.text)


def test_what_a_child_opens_must_not_be_closed_by_an_object_of_its_parent(request_of: RenderRequest) -> None:
    held = [socket.socket()]

    def work() -> str:
        with Path("/etc/hostname").open() as file:
            held.clear()
            return file.read()[:0]

    assert child.render_in_child(Works(work), request_of)[0].text == "first"


def _network() -> str:
    return os.readlink("/proc/self/ns/net")


def _may_leave_the_network(user: int) -> bool:
    """Whether the system lets such a user have a network of its own."""
    commands = (["unshare", "--net", "true"], ["unshare", "--user", "--net", "true"])
    return any(subprocess.run(command, user=user, capture_output=True, check=False).returncode == 0 for command in commands)


def test_a_child_must_be_without_the_network_where_the_system_allows_that(request_of: RenderRequest) -> None:
    allowed = _may_leave_the_network(os.getuid())
    there = child.render_in_child(Works(_network), request_of)[0].text.removeprefix("first")
    assert (there != _network()) == allowed


def _network_of(user: int, answers: Any) -> None:
    if os.getuid() == 0:
        os.setgid(user)
        os.setuid(user)
    without_network()
    answers.put(_network())


def test_an_ordinary_user_must_be_able_to_render_without_the_network_too() -> None:
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    user = 65534 if os.getuid() == 0 else os.getuid()
    worker = fork.Process(target=_network_of, args=(user, answers))
    worker.start()
    assert (answers.get(timeout=60) != _network()) == _may_leave_the_network(user)
    worker.join(60)
    assert worker.exitcode == 0


FORGED: dict[str, bytes] = {
    "code": marshal.dumps(("done", compile("1", "x", "eval"))),
    "no JSON": b"{",
    "no pair": b"[1]",
    "nested and cut off": b"[" * 2_000,
    "not UTF-8": b"\xff",
    "an unknown kind": json.dumps(["code", "x"]).encode(),
    "a kind that is none": json.dumps([["done"], []]).encode(),
    "texts that are none": json.dumps(["done", [[["a", 1, True, False]], [], {}, [0, 0]]]).encode(),
    "inputs that are none": json.dumps(["done", [[], [], {"a": 1}, [0, 0]]]).encode(),
    "counts that are none": json.dumps(["done", [[], [], {}, ["x"]]]).encode(),
    "problems that are none": json.dumps(["done", [[], [["a"]], {}, [0, 0]]]).encode(),
    "an error without problems": json.dumps(["error", []]).encode(),
    "an error of other things": json.dumps(["error", [{"a": 1}]]).encode(),
    "a fault that is no text": json.dumps(["fault", {}]).encode(),
}


@pytest.mark.parametrize("answer", FORGED.values(), ids=FORGED)
def test_an_answer_of_another_form_must_be_refused_and_never_become_code(request_of: RenderRequest, answer: bytes) -> None:
    def forge() -> None:
        (pipe,) = pipes()
        os.write(pipe, struct.pack("!Q", len(answer)) + answer)
        os._exit(0)

    with pytest.raises(RenderError, match="the answer of its renderer cannot be read"):
        child.render_in_child(Works(forge), request_of)
