"""What docs/git.md shows must work as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "git.md"
REASON = re.compile(r'reason="(\w+)"|_means\(\s*"(\w+)"')


def test_the_example_must_run_from_beginning_to_end(tmp_path: Path) -> None:
    [commands] = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    [ending] = re.findall(r"ends with\n\n```\n(.*?)```", PAGE.read_text(), re.DOTALL)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    ran = subprocess.run(["bash", "-euc", commands], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert "no commit yet" in ran.stdout + ran.stderr
    assert ending in ran.stdout
    assert "Good morning from dev" in ran.stdout


def test_every_reason_must_be_on_the_page() -> None:
    room = Path(__file__).parents[3] / "plugins" / "module_utils" / "_git"
    known = {word for file in room.glob("*.py") for found in REASON.findall(file.read_text()) for word in found if word}
    table = PAGE.read_text().partition("## Reasons")[2]
    assert len(known) > 25
    assert {word for word in known - {"Failed", "NotFound"} if f"`{word}`" not in table} == set()
