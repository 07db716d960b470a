#!/usr/bin/env python3
"""Runs the tests that need an API server, and no containers that run, on several versions of Kubernetes, and prints a table.

Each version is a cluster with simulated nodes. Those that the collection builds are made as anybody makes them; the others are built from
the modules in tests/long/servers, by the same code, which is shown a copy of the role's files with another module of Kubernetes in it.

Usage: scripts/servers_of_tests.py [1.33 ...] [option of pytest ...]      all versions without a number
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._local_cluster import CLUSTER_TOOLS, ROLE_FILES_VARIABLE, minor_version

TOP = Path(__file__).resolve().parents[1]
MODULES = TOP / "tests" / "long" / "servers"
WORK = TOP / "build" / "test-long" / "servers"
ROLE_FILES = TOP / "roles" / "local_cluster" / "files"
TESTS = [f"tests/integration/{room}" for room in ("cluster", "faults", "release", "rendering", "values")]
RORO = TOP / ".venv" / "bin" / "roro"
NODES = "3"


@dataclass(frozen=True)
class Row:
    """How the tests went on one version. counts: of pytest's outcomes; empty when the cluster could not be made. Times in seconds."""

    version: str
    made: float
    ran: float = 0.0
    counts: tuple[int, int, int] = (0, 0, 0)
    ok: bool = False


def versions() -> list[str]:
    """Those that the collection builds, and those of tests/long/servers, oldest first."""
    pinned = {minor_version(version) for version in CLUSTER_TOOLS.modules("kubernetes")}
    known = pinned | {folder.name for folder in MODULES.iterdir() if folder.is_dir()}
    return sorted(known, key=lambda version: [int(number) for number in version.split(".")])


def role_files(version: str) -> Path:
    """The role's files as the version needs them."""
    if not (MODULES / version).is_dir():
        return ROLE_FILES
    folder = WORK / version / "files"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROLE_FILES, folder, ignore=shutil.ignore_patterns("kubernetes*"))
    shutil.copytree(MODULES / version, folder / "tools" / "kubernetes")
    return folder


def test(version: str, options: list[str]) -> Row:
    """Make the cluster, run the tests on it, remove it."""
    name = f"servers-{version.replace('.', '-')}"
    report = WORK / version / "report.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    os.environ[ROLE_FILES_VARIABLE] = str(role_files(version))
    began = time.monotonic()
    make = [RORO, "cluster", "up", "--name", name, "--only-simulated", "--simulated", NODES, "--kubernetes-version", version]
    try:
        if subprocess.run(make, check=False).returncode != 0:
            return Row(version, time.monotonic() - began)
        made = time.monotonic()
        told = subprocess.run([RORO, "cluster", "kubeconfig", "--name", name], check=True, capture_output=True, text=True)
        words = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-m", "not real_node", f"--junitxml={report}"]
        environment = {**os.environ, "RORO_TEST_CLUSTER": name, "RORO_TEST_KUBECONFIG": told.stdout.strip()}
        done = subprocess.run([*words, *chosen_tests(options)], check=False, env=environment)
        return Row(
            CLUSTER_TOOLS.full_version("kubernetes", version), made - began, time.monotonic() - made, counts(report), done.returncode == 0
        )
    finally:
        subprocess.run([RORO, "cluster", "down", "--name", name], check=False, stdout=subprocess.DEVNULL)


def chosen_tests(options: list[str]) -> list[str]:
    """All of TESTS, unless the options name some themselves."""
    return options if any(option.startswith("tests/") for option in options) else [*TESTS, *options]


def counts(report: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped, from what pytest wrote."""
    if not report.exists():
        return (0, 0, 0)
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - our own pytest wrote it
    if suite is None:
        return (0, 0, 0)
    total, failed, errors, skipped = (int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped"))
    return (total - failed - errors - skipped, failed + errors, skipped)


def main(words: list[str]) -> int:
    """0 when every version passed."""
    chosen = [word for word in words if re.fullmatch(r"\d+\.\d+", word)]
    known = versions()
    for word in chosen:
        if word not in known:
            print(f"Kubernetes {word} is not among {', '.join(known)}", file=sys.stderr)
            return 2
    rows = []
    for version in chosen or known:
        print(f"-- Kubernetes {version}", file=sys.stderr, flush=True)
        rows.append(test(version, [word for word in words if word not in chosen]))
    print(f"\n{'KUBERNETES':<12}{'RESULT':<8}{'PASSED':>7}{'FAILED':>7}{'SKIPPED':>8}{'MADE':>8}{'TESTS':>8}")
    for row in rows:
        result = "ok" if row.ok else "failed"
        print(f"{row.version:<12}{result:<8}" + "{:>7}{:>7}{:>8}".format(*row.counts) + f"{row.made:>6.0f} s{row.ran:>6.0f} s")
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
