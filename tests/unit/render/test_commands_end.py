"""A command that renders is ended at its bounds, whatever it does with its output."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RenderError
from ansible_collections.roro.kube.plugins.module_utils._render.bounds import MIB, Bounds
from ansible_collections.roro.kube.plugins.module_utils._render.commands import run_bounded

BOUNDS = Bounds(cpu_seconds=10.0, wall_seconds=1.0, memory=1024 * MIB, output=MIB)


@pytest.mark.parametrize("first", ["", "import os; os.close(1); os.close(2); "], ids=["output open", "output closed"])
def test_a_command_that_does_not_end_must_be_ended(tmp_path: Path, first: str) -> None:
    began = time.monotonic()
    with pytest.raises(RenderError, match="went over a limit: 1 s"):
        run_bounded(
            [sys.executable, "-c", f"{first}import time; time.sleep(600)"],
            folder=tmp_path,
            environment={"PATH": "/usr/bin:/bin"},
            what="helm",
            bounds=BOUNDS,
        )
    assert time.monotonic() - began < 60
