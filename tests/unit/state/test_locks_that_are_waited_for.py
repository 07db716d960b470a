"""Nobody waits for ever for a lock that a process which hangs holds."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._state import lock_within

from roro.runs import _lock


def held(path: Path) -> int:
    handle = os.open(path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def test_a_lock_that_is_held_must_be_given_up_after_the_time_that_was_said(tmp_path: Path) -> None:
    other, mine = held(tmp_path), os.open(tmp_path, os.O_RDONLY)
    began = time.monotonic()
    assert not lock_within(mine, 0.0)
    assert not lock_within(mine, 0.2)
    assert 0.2 <= time.monotonic() - began < 10
    os.close(other)
    assert lock_within(mine, 0.0)
    os.close(mine)


def test_a_command_must_say_what_it_could_not_lock(tmp_path: Path) -> None:
    other = held(tmp_path)
    with pytest.raises(BlockingIOError) as raised:
        _lock(tmp_path, 0.1)
    assert (raised.value.errno, raised.value.filename) == (errno.EWOULDBLOCK, str(tmp_path))
    os.close(other)
