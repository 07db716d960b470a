# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A worker never outlives what started it, and hears at once that it must stop.

Each test runs a small tree of real processes: `parent` stands for ansible-playbook, its fork for the worker. The worker reports
into a file and would run for an hour.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

PARENT = textwrap.dedent("""
    import multiprocessing, os, sys, threading, time
    from ansible_collections.roro.kube.plugins.plugin_utils._lifeline import guarded

    report, patience = sys.argv[1], float(sys.argv[2])

    def say(word):
        with open(report, "a") as stream:
            stream.write(word + "\\n")

    def work():
        cancel = threading.Event()
        with guarded(cancel):
            say(f"worker {os.getpid()}")
            if cancel.is_set():
                say("cancelled beforehand")
            cancel.wait(3600)
            say("cancelled")
            threading.Event().wait(patience)
            say("recorded")

    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    worker.join()
    say(f"worker ended {worker.exitcode}")
""")


class Tree:
    """The two processes and what the worker reported."""

    def __init__(self, folder, eventually, patience=0.0, lifeline=None):
        self.report = folder / "report"
        self.report.touch()
        self.eventually = eventually
        environ = {**os.environ} | ({"RORO_LIFELINE": str(lifeline)} if lifeline else {})
        self.parent = subprocess.Popen([sys.executable, "-c", PARENT, str(self.report), str(patience)], env=environ)
        eventually(lambda: "worker" in self.report.read_text())
        self.worker = int(self.report.read_text().split()[1])

    def said(self, word):
        return self.eventually(lambda: word in self.report.read_text())

    def worker_is_gone(self):
        return self.eventually(lambda: not running(self.worker))

    def end(self):
        for pid in (self.parent.pid, self.worker):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.parent.wait()


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def eventually():
    def ask(question, deadline=15.0):
        clock, waited = threading.Event(), 0.0
        while not (answer := question()):
            assert waited < deadline, f"not true after {deadline} s"
            clock.wait(0.02)
            waited += 0.02
        return answer

    return ask


@pytest.fixture
def grow(tmp_path, eventually):
    trees = []

    def make(**options):
        trees.append(Tree(tmp_path, eventually, **options))
        return trees[-1]

    yield make
    for tree in trees:
        tree.end()


@pytest.fixture
def lifeline(tmp_path):
    path = tmp_path / "lifeline"
    os.mkfifo(path, 0o600)
    return path


@pytest.fixture
def held(lifeline):
    """The end that the roro command holds."""
    end = os.open(lifeline, os.O_RDWR | os.O_CLOEXEC)
    yield end
    try:
        os.close(end)
    except OSError:
        return


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_worker_must_cancel_and_leave_time_to_record(grow, number):
    tree = grow()
    os.kill(tree.worker, number)
    assert tree.said("recorded")
    assert tree.said("worker ended 0")


def test_a_worker_must_record_and_end_when_ansible_playbook_is_killed(grow):
    tree = grow()
    tree.parent.kill()
    assert tree.said("recorded")
    assert tree.worker_is_gone()


def test_a_worker_that_cannot_record_in_time_must_end_all_the_same(grow):
    tree = grow(patience=3600)
    tree.parent.kill()
    assert tree.said("cancelled")
    assert tree.worker_is_gone()


def test_the_word_cancel_must_cancel_and_nothing_else(grow, lifeline, held):
    tree = grow(lifeline=lifeline)
    os.write(held, b"cancel\n")
    assert tree.said("recorded")
    assert tree.said("worker ended 0")


def test_the_death_of_the_command_must_end_the_worker_and_ansible_playbook(grow, lifeline, held):
    tree = grow(lifeline=lifeline, patience=3600)
    os.close(held)
    assert tree.said("cancelled")
    assert tree.worker_is_gone()
    assert tree.parent.wait(10) == -signal.SIGTERM


def test_a_command_that_died_before_the_task_began_must_stop_it_at_once(grow, lifeline):
    tree = grow(lifeline=lifeline)
    assert tree.said("cancelled")
    assert tree.worker_is_gone()


def test_the_word_cancel_must_reach_the_workers_of_all_hosts_and_those_that_begin_later(tmp_path, eventually, lifeline, held):
    trees = []
    try:
        for number in range(3):
            (tmp_path / str(number)).mkdir()
            trees.append(Tree(tmp_path / str(number), eventually, lifeline=lifeline))
        os.write(held, b"cancel\n")
        (tmp_path / "late").mkdir()
        trees.append(Tree(tmp_path / "late", eventually, lifeline=lifeline))
        assert all(tree.said("recorded") and tree.said("worker ended 0") for tree in trees)
    finally:
        for tree in trees:
            tree.end()


def test_the_death_of_the_command_after_the_word_cancel_must_end_the_worker(grow, lifeline, held):
    tree = grow(lifeline=lifeline, patience=3600)
    os.write(held, b"cancel\n")
    assert tree.said("cancelled")
    os.close(held)
    assert tree.worker_is_gone()


def test_a_worker_that_begins_after_the_word_cancel_must_know_it_before_it_does_anything(grow, lifeline, held):
    """Ansible begins the hosts that wait for a fork all the same."""
    os.write(held, b"cancel\n")
    tree = grow(lifeline=lifeline)
    assert tree.said("cancelled beforehand")
