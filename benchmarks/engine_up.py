"""Runs the engine's `up` once in this process and prints one JSON line: seconds, of which loading imports, peak memory in MiB."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

began = time.perf_counter()

from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, up

imported = time.perf_counter()
workspace, kubeconfig = sys.argv[1:3]
result = up(Request(Path(workspace), "bench", connection=Connection(kubeconfig=kubeconfig)))
ended = time.perf_counter()
assert not result.failed, result
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": ended - imported, "imports": imported - began, "changed": result.changed, "peak": round(peak)}))
