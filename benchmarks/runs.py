"""Runs one contender and tells what it cost: seconds, processor time, requests by the API server's audit log, peak memory."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ADMIN = "roro:admin"
"""The user of a local cluster's kubeconfig; its parts have users of their own, so what this one asked, a contender asked."""
OWN_AGENT = "roro-benchmark"
"""The User-Agent of the benchmarks' own watches, which are not counted."""


@dataclass(frozen=True)
class Run:
    """One run. ended: on the monotonic clock, comparable between processes. requests: None without an audit log.
    peak: MiB of its largest process; the system counts at least what this process had when it started the other.
    processor: seconds, user and system, of all its processes; other load on the machine touches them least."""

    seconds: float
    ended: float
    processor: float
    requests: int | None
    peak: int


def run(name: str, command: Sequence[str], audit: Path | None, *, in_process: bool = False) -> Run:
    """Run to the end. SystemExit with its last words when it fails.

    in_process: the last line it prints is JSON with `seconds`, `ended`, `processor` and `peak` of its own work.
    """
    offset = audit.stat().st_size if audit else 0
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}  # as people run it
    with tempfile.TemporaryFile("w+") as output:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        ended = time.monotonic()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise SystemExit(f"{name} failed: {' '.join(command)}\n{said[-4000:]}")
    requests = _requests(audit, offset)
    if in_process:
        told = json.loads(said.splitlines()[-1])
        return Run(told["seconds"], told["ended"], told["processor"], requests, told["peak"])
    return Run(ended - began, ended, usage.ru_utime + usage.ru_stime, requests, round(usage.ru_maxrss / 1024))


def floor() -> int:
    """MiB below which no peak is told."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _requests(audit: Path | None, offset: int) -> int | None:
    """Requests since `offset` that neither a part of the cluster nor a watch of the benchmark made."""
    if audit is None:
        return None
    with audit.open("rb") as log:
        log.seek(offset)
        return sum(_is_a_request(json.loads(line)) for line in log if line.endswith(b"}\n"))


def _is_a_request(event: dict[str, Any]) -> bool:
    """Whether this audit event is the one that stands for a request of a contender (a watch is told when it starts)."""
    if event["user"].get("username") != ADMIN or event.get("userAgent") == OWN_AGENT:
        return False
    return bool(event["stage"] == ("ResponseStarted" if event["verb"] == "watch" else "ResponseComplete"))
