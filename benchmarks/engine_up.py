"""Runs the engine's `up` once in this process and prints one JSON line.

seconds and ended: of `up` itself, from the documents to its return, ended on the monotonic clock; imports: seconds of loading before it;
processor: seconds of `up`, user and system; peak: MiB of this process.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

began = time.monotonic()

from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request, up

imported, busy = time.monotonic(), time.process_time()
workspace, kubeconfig = sys.argv[1:3]
result = up(Request(Path(workspace), "bench", connection=Connection(kubeconfig=kubeconfig)))
ended, busy = time.monotonic(), time.process_time() - busy
assert not result.failed, result
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
told = {"seconds": ended - imported, "ended": ended, "imports": imported - began, "processor": busy}
print(json.dumps({**told, "changed": result.changed, "peak": round(peak)}))
