"""leading_process.py KUBECONFIG NAMESPACE NAME HOLDER: stands for the lead with quick times; a line on standard output for each change."""

from __future__ import annotations

import signal
import sys
import threading

from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._reconcile.leading import Leader, Timing

TIMING = Timing(duration=4.0, deadline=2.5, retry=0.5, call=1.5)


def main(kubeconfig: str, namespace: str, name: str, holder: str) -> None:
    """Until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())

    def lead(lost: threading.Event) -> None:
        print("leads", flush=True)
        while not lost.wait(0.05):
            pass
        print("lost", flush=True)

    with connect(Connection(kubeconfig=kubeconfig)) as cluster:
        leader = Leader(cluster, namespace, name, holder, tell=lambda words: print(words, file=sys.stderr, flush=True), timing=TIMING)
        leader.run(stop, lead)


if __name__ == "__main__":
    main(*sys.argv[1:])
