"""Duties in one daemon: found by their modules, kept apart on disk, guarded from each other."""

from __future__ import annotations

import asyncio
import json
import sys
import types
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import third_duty
from ansible_collections.roro.kube.plugins.module_utils._daemon.daemon import Daemon
from ansible_collections.roro.kube.plugins.module_utils._daemon.duty import Desk, Duty
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError


class Jottings:
    """The work of another duty, without a defect."""

    busy = False

    def __init__(self, desk: Desk) -> None:
        self._desk, self._texts, self._resumed = desk, list(desk.kept.get("jottings") or []), 0

    def resume(self) -> None:
        """Count."""
        self._resumed = len(self._texts)

    async def answer(self, do: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Note a text."""
        self._texts.append(str(request["text"]))
        self._desk.save()
        return {"notes": self._texts, "resumed": self._resumed}

    def kept(self) -> dict[str, Any]:
        """All."""
        return {"jottings": self._texts}

    async def stop(self) -> None:
        """Say so."""
        self._desk.tell(third_duty.Note("stopped"))


OTHER = Duty("other", ("jot",), ("jottings",), "jotting", Jottings)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state file that is not there yet; a module `other_duty`; a third duty without a defect."""
    offer(monkeypatch, "other_duty", OTHER)
    monkeypatch.setattr(third_duty, "RAISES", set())
    return tmp_path / "forwards.json"


def offer(monkeypatch: pytest.MonkeyPatch, name: str, duty: Duty) -> None:
    """Make a module with a duty."""
    module = types.ModuleType(name)
    module.DUTY = duty  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, name, module)


def play(state: Path, modules: list[str], test: Callable[[Daemon], Awaitable[None]]) -> None:
    """Run a coroutine with a daemon that hosts these."""

    async def run() -> None:
        daemon = Daemon(state)
        await daemon.restore(modules)
        try:
            await test(daemon)
        finally:
            await daemon.close()

    asyncio.run(run())


async def ask(daemon: Daemon, do: str, **request: Any) -> dict[str, Any]:
    """A request, as the socket brings it."""
    hosted = daemon.duty(do)
    assert hosted is not None, do
    return await hosted.answer(do, request)


def problems(daemon: Daemon) -> dict[str, str]:
    return {record["name"] or record["module"]: record["problem"] for record in daemon.duties()}


@pytest.mark.parametrize("where", ["begin", "resume", "answer", "kept", "busy", "task", "stop"])
def test_a_duty_that_raises_must_be_told_of_and_harm_no_other(
    state: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    state.write_text(json.dumps({"notes": ["kept"], "jottings": ["kept"]}))
    monkeypatch.setattr(third_duty, "RAISES", {where})
    heard: list[str] = []

    async def test(daemon: Daemon) -> None:
        daemon.listen(lambda topic, status: heard.append(topic))
        await asyncio.sleep(0)
        if where in ("begin", "resume", "answer"):
            with pytest.raises(ZeroDivisionError):
                await ask(daemon, "note", what="add", text="new")
        else:
            await ask(daemon, "note", what="add", text="new")
        told = problems(daemon)
        assert told["other"] == ""
        if where not in ("answer", "stop"):
            assert told["notes"] == f"unexpected ZeroDivisionError: notes broke in {where}"
        assert await ask(daemon, "jot", text="new") == {"notes": ["kept", "new"], "resumed": 1}
        daemon.ending.set()
        await daemon.live(60.0, (state,))

    play(state, ["third_duty", "other_duty"], test)
    document = json.loads(state.read_text())
    assert document["jottings"] == ["kept", "new"]
    assert document["notes"][0] == "kept", "what it kept last stays"
    assert heard[-1] == "jotting", "the other one was stopped in order"
    if where != "answer":
        assert "notes broke" in caplog.text


def test_a_duty_that_could_not_begin_must_try_again_when_it_is_asked(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.write_text(json.dumps({"notes": ["kept"]}))
    monkeypatch.setattr(third_duty, "RAISES", {"resume"})

    async def test(daemon: Daemon) -> None:
        assert "resume" in problems(daemon)["notes"]
        monkeypatch.setattr(third_duty, "RAISES", set())
        assert (await ask(daemon, "note", what="list"))["resumed"] == 1
        assert problems(daemon) == {"notes": ""}

    play(state, ["third_duty"], test)


def test_what_this_version_does_not_know_must_stay_in_the_file_and_be_told(state: Path) -> None:
    stranger = {"duties": {"later": "gone.away"}, "later": {"a": [1]}, "notes": []}
    state.write_text(json.dumps(stranger))

    async def test(daemon: Daemon) -> None:
        assert "gone" in problems(daemon)["gone.away"]
        await ask(daemon, "note", what="add", text="new")

    play(state, ["third_duty"], test)
    document = json.loads(state.read_text())
    assert (document["later"], document["notes"]) == ({"a": [1]}, ["new"])
    assert document["duties"] == {"later": "gone.away", "notes": "third_duty"}


def test_a_remembered_duty_must_be_hosted_again_and_one_that_moved_be_found_where_it_is(state: Path) -> None:
    state.write_text(json.dumps({"duties": {"notes": "third_duty", "other": "where.it.was"}, "notes": ["kept"], "jottings": ["kept"]}))

    async def test(daemon: Daemon) -> None:
        assert problems(daemon) == {"other": "", "notes": ""}
        assert (await ask(daemon, "note", what="list"))["resumed"] == 1
        assert (await ask(daemon, "jot", text="new"))["resumed"] == 1

    play(state, ["other_duty"], test)


def test_a_duty_that_moved_must_not_be_missed_any_more_once_it_is_brought(state: Path) -> None:
    state.write_text(json.dumps({"duties": {"other": "where.it.was"}, "jottings": ["kept"]}))

    async def test(daemon: Daemon) -> None:
        assert "where" in problems(daemon)["where.it.was"]
        await daemon.host(["other_duty"])
        assert problems(daemon) == {"other": ""}
        assert (await ask(daemon, "jot", text="new"))["resumed"] == 1

    play(state, [], test)


def test_the_same_failure_must_be_told_once(state: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    async def test(daemon: Daemon) -> None:
        await ask(daemon, "note", what="add", text="new")
        monkeypatch.setattr(third_duty, "RAISES", {"busy"})
        assert [problems(daemon)["notes"] for _ in range(3)] == ["unexpected ZeroDivisionError: notes broke in busy"] * 3

    play(state, ["third_duty"], test)
    assert [record.getMessage() for record in caplog.records] == ["duty notes"]


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ({"name": "notes"}, 'a duty "notes" already'),
        ({"requests": ("x", "note")}, "note"),
        ({"keeps": ("notes",)}, "notes"),
        ({"requests": ("shutdown",)}, "shutdown"),
    ],
    ids=["name", "request", "key", "the daemon's own"],
)
def test_a_duty_must_not_take_what_another_has(state: Path, monkeypatch: pytest.MonkeyPatch, claim: dict[str, Any], words: str) -> None:
    offer(monkeypatch, "greedy_duty", replace(OTHER, **claim))

    async def test(daemon: Daemon) -> None:
        assert words in problems(daemon)["greedy_duty"]
        assert problems(daemon)["notes"] == ""

    play(state, ["third_duty", "greedy_duty"], test)


def test_nothing_must_be_begun_before_there_is_something_to_do(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def begin(desk: Any) -> Any:
        raise RoroError("begun")

    offer(monkeypatch, "heavy_duty", replace(OTHER, begin=begin))

    async def test(daemon: Daemon) -> None:
        assert problems(daemon) == {"other": ""}
        with pytest.raises(RoroError, match="begun"):
            await ask(daemon, "jot", text="x")

    play(state, ["heavy_duty"], test)
    assert not state.exists()


def test_a_daemon_must_not_end_while_a_duty_has_something_to_do(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.write_text(json.dumps({"notes": ["kept"]}))
    asked: list[bool] = []

    def busy(notes: third_duty.Notes) -> bool:
        asked.append(len(asked) < 5)
        return asked[-1]

    monkeypatch.setattr(third_duty.Notes, "busy", property(busy))

    async def test(daemon: Daemon) -> None:
        await asyncio.wait_for(daemon.live(0.05, (state,)), 60)
        assert asked[:5] == [True] * 5, "each time later than it would have ended"
        assert not daemon.ending.is_set()

    play(state, ["third_duty"], test)


def test_a_duty_must_write_under_its_own_keys_alone(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(third_duty.Notes, "kept", lambda self: {"jottings": []})
    state.write_text(json.dumps({"jottings": ["kept"]}))

    async def test(daemon: Daemon) -> None:
        await ask(daemon, "note", what="add", text="new")
        assert "not its own" in problems(daemon)["notes"]

    play(state, ["third_duty", "other_duty"], test)
    assert json.loads(state.read_text())["jottings"] == ["kept"]


def test_what_duties_share_must_be_one_and_end_with_the_daemon(state: Path) -> None:
    ended: list[Any] = []

    class Line:
        async def close(self) -> None:
            ended.append(self)

    async def test(daemon: Daemon) -> None:
        first, second = daemon.duty("note"), daemon.duty("jot")
        assert first is not None and second is not None
        assert first.shared(Line) is second.shared(Line)
        assert ended == []

    play(state, ["third_duty", "other_duty"], test)
    assert len(ended) == 1
