# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that a cluster with and one without a real node share."""

from __future__ import annotations

from collections.abc import Callable

from .._errors import LocalClusterError
from .api import Api, has_condition
from .control_plane import control_plane_parts
from .layout import Layout
from .parts import Part, Parts
from .simulated import kwok_part, reconcile_nodes, wait_ready
from .spec import Progress
from .waiting import Ticker, wait_until

API_SECONDS = 180.0
API_RESTARTS = 3
"""How often an API server that ends before it is ready is started again, as a kubelet would: its port may be taken for a moment by whoever
asked the kernel for any free one while it was away, and a start-up hook may run out of time on a busy machine."""
NODE_SECONDS = 180.0


def start_control_plane(layout: Layout, parts: Parts, api: Api, progress: Progress) -> bool:
    """etcd and API server, then those that give up when the API server does not answer at once. True when one had to be started."""
    etcd, apiserver, *others = control_plane_parts(layout)
    changed = parts.ensure(etcd, "control plane")
    changed |= parts.ensure(apiserver, "control plane")
    changed |= await_api(apiserver, parts, api.ready, Ticker(progress, "control plane", "waiting for the API server") if changed else None)
    for part in others:
        changed |= parts.ensure(part, "control plane")
    return changed


def await_api(apiserver: Part, parts: Parts, ready: Callable[[], bool], ticker: Ticker | None) -> bool:
    """Until the API server is ready; True when it had to be started again, as when it was found in the moment in which it ended.

    Raises LocalClusterError when it is not ready in time, ends again and again, or another part ends.
    """
    left = API_RESTARTS

    def alive() -> None:
        nonlocal left
        if left and not parts.runs(apiserver.name):
            left -= 1
            parts.ensure(apiserver, "control plane")
        _alive(parts, ticker)

    if not wait_until(ready, API_SECONDS, alive):
        raise parts.failure(apiserver.name, f"was not ready within {API_SECONDS:.0f} seconds")
    if ticker:
        ticker.done("the API server is ready")
    return left < API_RESTARTS


def _alive(parts: Parts, ticker: Ticker | None) -> None:
    parts.check()
    if ticker:
        ticker.tick()


def wait_for(what: str, done: Callable[[], bool], parts: Parts, culprit: str, progress: Progress, phase: str) -> None:
    """Wait until `done()`; the error names the part that should have brought it about."""
    if done():
        return
    ticker = Ticker(progress, phase, f"waiting for {what}")
    if not wait_until(done, NODE_SECONDS, lambda: _alive(parts, ticker)):
        raise parts.failure(culprit, f"did not bring about {what} within {NODE_SECONDS:.0f} seconds")


def node_ready(api: Api, name: str) -> bool:
    """Whether a node is Ready. An API server that does not answer at the moment counts as no."""
    try:
        node = api.get(f"/api/v1/nodes/{name}")
    except LocalClusterError:
        return False
    return node is not None and has_condition(node, "Ready")


def accounts_ready(api: Api) -> bool:
    """Whether pods can be made in the namespace `default`: they need its service account and the authority's ConfigMap."""
    wanted = ("/api/v1/namespaces/default/serviceaccounts/default", "/api/v1/namespaces/default/configmaps/kube-root-ca.crt")
    return all(api.get(path) is not None for path in wanted)


def start_simulated(layout: Layout, parts: Parts, api: Api, progress: Progress) -> bool:
    """Simulated nodes as the spec has them; True when something changed."""
    spec = layout.record.spec
    if not spec.simulated_nodes:
        stopped = parts.stop_part("kwok")
        return reconcile_nodes(api, 0, tainted=True) or stopped
    changed = parts.ensure(kwok_part(layout, storage=spec.only_simulated), "simulated")
    changed |= reconcile_nodes(api, spec.simulated_nodes, tainted=not spec.only_simulated)
    if changed:
        progress("simulated", f"waiting for {spec.simulated_nodes} simulated nodes")
    if not wait_ready(api, spec.simulated_nodes, parts.check):
        raise parts.failure("kwok", "did not make all simulated nodes Ready in time")
    return changed
