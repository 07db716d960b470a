"""Puts a measured table into docs/benchmarks.md, between the two marks that name it, with the machine, the day and the commit."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/benchmarks.md"
MEASURED = ("plugins", "roro", "roles", "benchmarks")


def write_table(name: str, table: str) -> None:
    """Replace what stands between `<!-- NAME: begin -->` and `<!-- NAME: end -->`. ValueError when the page has no such marks."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = PAGE.read_text().split(begin)
    _, after = rest.split(end)
    PAGE.write_text(f"{before}{begin}\n{origin()}\n\n{table}\n{end}{after}")


def origin() -> str:
    """Where a table is from: machine, day, commit, and whether measured code differs from that commit's."""
    commit = _git("rev-parse", "--short", "HEAD") or "unknown"
    changed = " with changes" if _git("status", "--porcelain", "--", *MEASURED) else ""
    return f"Machine: {machine()}. Measured {time.strftime('%Y-%m-%d', time.gmtime())} at commit {commit}{changed}."


def _git(*words: str) -> str:
    """What git prints; nothing outside of a checkout."""
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def machine() -> str:
    """Cores, kernel, Python, and how busy it was."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}, load average {load:.1f}"
