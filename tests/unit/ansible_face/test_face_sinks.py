# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person, or the roro command, hears while a task works."""

from __future__ import annotations

import json
import os
import queue
import threading

import pytest
from ansible_collections.roro.kube.plugins.module_utils._events import (
    InstanceState,
    Notice,
    ObjectState,
    PlanReady,
    RunPhase,
    StepDone,
    as_record,
)
from ansible_collections.roro.kube.plugins.plugin_utils._sinks import DisplaySink, PipeSink, choose_sink, tell_result

LONG = 3600.0


class Screen:
    """Collects what was shown; `wait_for` blocks until a line is there."""

    def __init__(self):
        self.lines = []
        self._changed = threading.Condition()

    def __call__(self, line, weight):
        with self._changed:
            self.lines.append(line)
            self._changed.notify_all()

    def wait_for(self, line, deadline=10.0):
        with self._changed:
            assert self._changed.wait_for(lambda: line in self.lines, deadline), self.lines


def shown(events, verbosity=0):
    screen = Screen()
    sink = DisplaySink(screen, verbosity, interval=LONG)
    for event in events:
        sink(event)
    sink.close()
    return screen.lines


def test_an_instance_must_be_told_once_for_each_status():
    states = [InstanceState("api", "Deploying"), InstanceState("api", "Deploying"), InstanceState("api", "Running")]
    assert shown(states) == ["api: Deploying", "api: Running"]


def test_500_objects_must_not_be_500_lines():
    steps = [StepDone("api", "create", "ConfigMap", "ns", f"c{n}", "new") for n in range(500)]
    ready = [ObjectState("api", "ConfigMap", "ns", f"c{n}", "ready") for n in range(500)]
    waiting = [ObjectState("api", "Pod", "ns", f"p{n}", "waiting", "Pending") for n in range(500)]
    lines = shown([PlanReady("api", 500, 500), *steps, *waiting, *ready, InstanceState("api", "Running")])
    assert lines == ["api: 500 changes, 500 objects", "api: Running"]


def test_each_object_must_be_told_with_v_and_unchanged_ones_with_vv():
    steps = [StepDone("api", "create", "ConfigMap", "ns", "a", "new"), StepDone("api", "unchanged", "ConfigMap", "ns", "b")]
    assert shown(steps) == []
    assert shown(steps, verbosity=1) == ["api: create ConfigMap ns/a (new)"]
    assert shown(steps, verbosity=2) == ["api: create ConfigMap ns/a (new)", "api: unchanged ConfigMap ns/b"]


def test_failures_and_notices_must_always_be_told():
    events = [
        StepDone("api", "create", "Secret", "ns", "s", error="forbidden"),
        ObjectState("api", "Pod", "ns", "p", "failed", "CrashLoopBackOff", "exit code 1"),
        InstanceState("api", "Failed", "CrashLoopBackOff", "Pod ns/p"),
        Notice("", "warning", "cache is not there"),
    ]
    assert shown(events) == [
        "api: create Secret ns/s failed",
        "api: Pod ns/p failed (CrashLoopBackOff)",
        "api: Failed (CrashLoopBackOff)",
        "roro: cache is not there",
    ]


def test_a_run_that_changes_nothing_must_say_little():
    assert shown([RunPhase("", "load"), RunPhase("", "plan"), PlanReady("api", 0, 12), InstanceState("api", "Running")]) == ["api: Running"]


def test_of_what_an_instance_waits_for_only_the_newest_must_be_told_and_only_when_it_lasts():
    screen = Screen()
    sink = DisplaySink(screen, 0, interval=0.05)
    for reason in ("NotObserved", "Pulling", "Starting"):
        sink(ObjectState("api", "Pod", "ns", "p", "waiting", reason))
    screen.wait_for("api: waiting for Pod ns/p (Starting)")
    sink(ObjectState("api", "Pod", "ns", "p", "waiting", "Unready"))
    screen.wait_for("api: waiting for Pod ns/p (Unready)")
    sink.close()
    assert screen.lines == ["api: waiting for Pod ns/p (Starting)", "api: waiting for Pod ns/p (Unready)"]


@pytest.mark.parametrize("status", ["Running", "Failed", "NotDeployed", "Stopped"])
def test_what_an_instance_waited_for_must_not_be_told_after_its_end(status):
    screen = Screen()
    sink = DisplaySink(screen, 0, interval=0.05)
    sink(ObjectState("api", "Pod", "ns", "p", "waiting", "Pending"))
    sink(ObjectState("api", "Pod", "ns", "p", "waiting", "Starting"))
    sink(InstanceState("api", status))
    sink(ObjectState("web", "Pod", "ns", "w", "waiting", "Pending"))
    sink(ObjectState("web", "Pod", "ns", "w", "waiting", "Starting"))
    screen.wait_for("web: waiting for Pod ns/w (Starting)")
    sink.close()
    assert "api: waiting for Pod ns/p (Starting)" not in screen.lines


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "events"
    os.mkfifo(path, 0o600)
    return path


def read_all(path, lines):
    with open(path, "rb") as stream:
        lines.extend(stream.readlines())


def test_every_event_must_reach_the_pipe_as_one_line_of_json(pipe):
    lines = []
    reader = threading.Thread(target=read_all, args=(pipe, lines))
    reader.start()
    sink = opened(pipe)
    events = [
        InstanceState("api", "Failed", message="x" * 20_000),
        *(StepDone("api", "create", "ConfigMap", "ns", f"c{n}") for n in range(2000)),
    ]
    workers = [threading.Thread(target=lambda part=part: [sink(event) for event in part]) for part in (events[::2], events[1::2])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sink.close()
    reader.join(10)
    received = [json.loads(line) for line in lines]
    assert len(received) == len(events)
    assert all(as_record(event) in received for event in events)


def opened(path):
    """The sink once the reader has opened its end."""
    while True:
        sink = PipeSink(str(path))
        if sink._pipe is not None:
            return sink


def test_of_a_step_that_changed_nothing_the_pipe_must_carry_only_an_error(pipe):
    lines = []
    reader = threading.Thread(target=read_all, args=(pipe, lines))
    reader.start()
    sink = opened(pipe)
    sink(StepDone("api", "unchanged", "ConfigMap", "ns", "a"))
    sink(StepDone("api", "unchanged", "ConfigMap", "ns", "b", error="refused"))
    sink.close()
    reader.join(10)
    assert [json.loads(line)["name"] for line in lines] == ["b"]


def test_an_event_must_arrive_although_nothing_follows_it(pipe):
    lines = queue.SimpleQueue()

    def read():
        with open(pipe) as stream:
            for line in stream:
                lines.put(json.loads(line))

    reader = threading.Thread(target=read)
    reader.start()
    sink = opened(pipe)
    for name in ("a", "b"):
        sink(InstanceState(name, "Running"))
        assert lines.get(timeout=10)["instance"] == name
    sink.close()
    reader.join(10)


def test_what_a_task_returns_must_follow_its_events(pipe, monkeypatch):
    lines = []
    reader = threading.Thread(target=read_all, args=(pipe, lines))
    reader.start()
    sink = opened(pipe)
    sink(InstanceState("api", "Running"))
    monkeypatch.setenv("RORO_EVENTS", str(pipe))
    keep = os.open(pipe, os.O_WRONLY)
    sink.close()
    tell_result("roro.kube.up", {"changed": True})
    os.close(keep)
    reader.join(10)
    assert json.loads(lines[-1]) == {"action": "roro.kube.up", "result": {"changed": True, "failed": False}}


def test_what_is_told_through_the_pipe_must_say_of_which_host_it_is(pipe, monkeypatch):
    lines = []
    reader = threading.Thread(target=read_all, args=(pipe, lines))
    reader.start()
    monkeypatch.setenv("RORO_EVENTS", str(pipe))
    while (sink := choose_sink(print, 0, host="staging"))._pipe is None:
        pass
    sink(InstanceState("api", "Running"))
    keep = os.open(pipe, os.O_WRONLY)
    sink.close()
    tell_result("roro.kube.up", {"changed": True}, "staging")
    os.close(keep)
    reader.join(10)
    assert [json.loads(line)["host"] for line in lines] == ["staging", "staging"]


def test_a_pipe_that_nobody_reads_must_not_hold_up_the_run(pipe):
    sink = PipeSink(str(pipe))
    sink(InstanceState("api", "Running"))
    sink.close()


def test_a_reader_that_goes_away_must_not_fail_the_run(pipe):
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    sink = PipeSink(str(pipe))
    os.close(reader)
    for _number in range(3):
        sink(InstanceState("api", "Running", message="x" * 100_000))
    sink.close()
    sink(InstanceState("api", "Running"))


def test_the_command_must_get_the_events_when_it_named_a_pipe_and_the_display_else(pipe):
    assert isinstance(choose_sink(print, 0, {"RORO_EVENTS": str(pipe)}), PipeSink)
    assert isinstance(choose_sink(print, 0, {}), DisplaySink)


@pytest.mark.parametrize("environ", [{}, {"RORO_EVENTS": "/nonexistent/events"}], ids=["display", "pipe"])
def test_of_a_task_with_no_log_nothing_must_be_told(environ):
    screen = Screen()
    sink = choose_sink(screen, 3, environ, silent=True)
    for event in (InstanceState("api", "Failed", "HookFailed", "its log ends: password=1"), Notice("api", "warning", "password=1")):
        sink(event)
    sink.close()
    assert screen.lines == []


def test_no_line_must_be_obeyed_by_a_terminal():
    """Containers and nodes have their say in it."""
    bad = "\x1b]0;x\x07"
    events = [
        Notice("api", "warning", bad),
        StepDone("api", "create", "Pod", "ns", "p", bad),
        ObjectState("api", "Pod", "ns", "p", "failed", bad),
    ]
    assert [line for line in shown(events, 1) if not line.isprintable()] == []
    screen = Screen()
    sink = DisplaySink(screen, 0, interval=0.01)
    sink(ObjectState("api", "Pod", "ns", "p", "waiting", "Pending", bad))
    screen.wait_for("api: waiting for Pod ns/p (Pending:  ]0;x )")
    sink.close()


def test_lines_that_come_together_must_be_shown_together_in_their_order():
    """Each text that is displayed is a row in AWX's database."""
    screen = Screen()
    sink = choose_sink(screen, 0, {})
    for name in ("api", "web", "db"):
        sink(InstanceState(name, "Deploying"))
    for name in ("api", "web", "db"):
        sink(InstanceState(name, "Running"))
    sink(InstanceState("api", "Failed", "OOMKilled"))
    sink.close()
    assert screen.lines == [
        "api: Deploying\nweb: Deploying\ndb: Deploying",
        "api: Running\nweb: Running\ndb: Running",
        "api: Failed (OOMKilled)",
    ]


def test_a_line_must_be_shown_within_a_moment_while_the_run_goes_on():
    screen = Screen()
    sink = choose_sink(screen, 0, {})
    sink(InstanceState("api", "Deploying"))
    screen.wait_for("api: Deploying")
    sink.close()
    assert len(screen.lines) == 1
