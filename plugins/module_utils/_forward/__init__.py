# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Port-forwards that stay open: a duty of the daemon, and the calls that others talk to it with.

May import `_errors`, `_daemon`, `_model` (the types) and `_cluster`, whose configuration and credentials it uses; it opens the
WebSockets of port-forwards itself, everything else goes through `_cluster`. Third-party: aiohttp (in the daemon alone), psutil.

Front door:
    reach(connection) -> Reach                          the cluster, pinned for another process; raises ConnectionFailed
    make_spec(reach, target, port, ...) -> ForwardSpec  one forward; specs_of(selection, reach) -> those of the documents
    ForwardClient.started() / .running()                see `_daemon`
        start(specs), resume(ids), stop(ids), remove(ids) -> Outcome     forwards(), watch(seconds)
    known_forwards() -> statuses                        without starting a daemon for nothing
    settled(ids, seconds) -> statuses                   wait until they are Active, or cannot be
    decide_scope(asked) -> "lasting" or "job"           job_owner() -> the playbook's process

The parts: `spdy` (frames, pure), `tunnel` and `dial` (WebSockets), `choose` (which pod, pure), `watching` (what is there), `relay` (one
connection), `tunnels` (a forward's tunnels), `forward` (listener, keeper, state), `link` and `links` (clusters), `duty`, `forwards` and
`store` (in the daemon), `client`.
Protocol: https://kubernetes.io/docs/reference/using-api/ and KEP-4006 (SPDY tunnelled in WebSockets).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._daemon import DaemonGone
from .._lazily import lazily

if TYPE_CHECKING:
    from .ask import Reach, make_spec, reach, read_local_port, read_port, read_ports, specs_of
    from .client import ForwardClient, Outcome, known_forwards, settled
    from .scope import decide_scope, in_execution_environment, job_owner
    from .types import ForwardSpec, ForwardStatus, Origin, Target, read_target

__all__ = [
    "DaemonGone",
    "ForwardClient",
    "ForwardSpec",
    "ForwardStatus",
    "Origin",
    "Outcome",
    "Reach",
    "Target",
    "decide_scope",
    "in_execution_environment",
    "job_owner",
    "known_forwards",
    "make_spec",
    "reach",
    "read_local_port",
    "read_port",
    "read_ports",
    "read_target",
    "settled",
    "specs_of",
]

_FILES = {
    "ask": ("Reach", "make_spec", "reach", "read_local_port", "read_port", "read_ports", "specs_of"),
    "client": ("ForwardClient", "Outcome", "known_forwards", "settled"),
    "scope": ("decide_scope", "in_execution_environment", "job_owner"),
    "types": ("ForwardSpec", "ForwardStatus", "Origin", "Target", "read_target"),
}

__getattr__ = lazily(__name__, _FILES)
