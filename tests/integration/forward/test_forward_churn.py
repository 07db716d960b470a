"""What many connections of all kinds leave behind in the daemon: nothing. The same for minutes: scripts/soak_forwards.py --minutes 10."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
CONNECTIONS = 400


def test_hundreds_of_connections_must_leave_nothing_behind(cluster_kubeconfig: Path) -> None:
    command = [sys.executable, str(TOP / "scripts" / "soak_forwards.py"), "--kubeconfig", str(cluster_kubeconfig)]
    done = subprocess.run([*command, "--connections", str(CONNECTIONS)], capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("verdict: flat")
    made = re.search(r"^(\d+) connections: .*broken off.*half-closed.*left at once", done.stdout, re.M)
    assert made is not None and int(made[1]) >= CONNECTIONS
