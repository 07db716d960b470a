"""Clusters of the tests of the native provider, and how the tests talk to them."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local

BOX = "docker.io/library/roro-test-box:1"


def tell(phase: str, message: str) -> None:
    """Progress ends up in what pytest shows of a failed test."""
    print(f"{phase}: {message}")


def eventually(question: Callable[[], Any], deadline: float = 60.0) -> Any:
    """The first true answer; fails with the last one when the deadline (seconds) passes."""
    end = time.monotonic() + deadline
    while not (answer := question()):
        assert time.monotonic() < end, f"not within {deadline:.0f} s; last answer: {answer!r}"
        threading.Event().wait(0.05)
    return answer


@dataclass
class Running:
    """A cluster of a test."""

    made: local.LocalCluster

    @property
    def name(self) -> str:
        """Its name."""
        return self.made.name

    def up(self) -> local.LocalCluster:
        """`up` again with what it was made with."""
        return local.up(local.LocalClusterSpec(name=self.name, provider="native"), tell)

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        """Run kubectl against it; its output. Fails with what it said."""
        done = self.try_kubectl(*words, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def try_kubectl(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """As `kubectl`, also when it fails."""
        argv = [str(self.made.kubectl), "--kubeconfig", str(self.made.kubeconfig), *words]
        return subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=180, check=False)

    def get(self, *words: str) -> Any:
        """Decoded `kubectl get ... -o json`."""
        return json.loads(self.kubectl("get", *words, "-o", "json"))

    @property
    def unit(self) -> str:
        """Its number on this machine, such as roro3: the link that leads to its API server."""
        host = self.made.server.removeprefix("https://").partition(":")[0]
        return (
            subprocess.run(["ip", "-o", "route", "get", host], check=True, capture_output=True, text=True)
            .stdout.split(" dev ")[1]
            .split()[0]
        )

    def pids(self) -> dict[str, int]:
        """Process id of every part."""
        run = self.made.kubeconfig.parent / "run"
        return {path.stem: json.loads(path.read_text())["pid"] for path in run.glob("*.json")}


def processes_below(directory: Path) -> list[str]:
    """Processes of the machine that use a cluster's directory, by command line, or live in a node that was made from it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            mounts = (entry / "mountinfo").read_text()
        except OSError:
            continue
        if str(directory) in command or str(directory) in mounts:
            found.append(command)
    return found
