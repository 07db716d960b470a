"""What `up`, `down` and `ps` have to do with forwards: which there are, and how they are told.

The room of forwards is loaded only where there are any: start-up time is felt.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.roro.kube.plugins.module_utils._model import Selection

from .reason_words import harmless

if TYPE_CHECKING:
    from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardStatus


def forward_variables(verb: str, selection: Selection, instances: Iterable[str]) -> dict[str, Any]:
    """The playbook's variables that open or close the forwards (and health checks with them), {} where there is nothing to do."""
    if verb == "up":
        wanted = any(instance.forwards or instance.health for instance in selection.instances) and not _in_execution_environment()
        return {"forward": True, "required": False} if wanted else {}
    if verb == "down":
        return {"forward": True} if forwards_of(selection, instances) else {}
    return {}


def forwards_of(selection: Selection, instances: Iterable[str] = ()) -> list[ForwardStatus]:
    """The known forwards of an environment, or of the instances named."""
    from ansible_collections.roro.kube.plugins.module_utils._forward import known_forwards

    place, names = (selection.workspace.name, selection.environment.name), set(instances)
    return [status for status in known_forwards() if status.origin.within(*place, names)]


def _in_execution_environment() -> bool:
    from ansible_collections.roro.kube.plugins.module_utils._forward import in_execution_environment

    return in_execution_environment()


def forget_forwards(context: str) -> None:
    """Close and forget what leads to a cluster that is gone."""
    from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardClient, known_forwards
    from ansible_collections.roro.kube.plugins.module_utils._health import known_checks, remove_checks

    ids = [status.id for status in known_forwards() if status.context == context]
    if ids:
        with ForwardClient.started() as client:
            client.remove(ids)
    checks = [status.id for status in known_checks() if status.context == context]
    if checks:
        remove_checks(checks)


def forget_removed(selection: Selection, instances: Sequence[str]) -> None:
    """Close and forget what leads to instances that are gone: an `up` beside the `down` may have opened it meanwhile."""
    left = forwards_of(selection, instances) if instances else []
    if left:
        from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardClient

        with ForwardClient.started() as client:
            client.remove([status.id for status in left])


def forward_rows(statuses: Iterable[ForwardStatus]) -> list[dict[str, Any]]:
    """The stable records of `--output json`."""
    keys = ("id", "target", "namespace", "port", "local_port", "url", "state", "reason", "message", "pod")
    rows = [(status, status.as_record()) for status in statuses]
    return [{"instance": s.origin.instance, "name": s.origin.name, **{key: record[key] for key in keys}} for s, record in rows]


def tell_forwards(statuses: Iterable[ForwardStatus], told: Collection[str] = ()) -> None:
    """A line for each that is open, and one on stderr for each that is not. told: what was read by then, and is not said again."""
    for status in statuses:
        if status.state == "Active":
            print(f"{status.origin}: {status.url}", flush=True)
        elif status.state != "Stopped":
            words = ": ".join(part for part in (status.state, status.message) if part)
            offer = f"; port {status.free_port} is free" if status.free_port else ""
            line = f"forward {status.origin}: {words}{offer}"
            if line not in told:
                print(harmless(line), file=sys.stderr)


def forward_words(statuses: Iterable[ForwardStatus]) -> str:
    """The forwards of one instance in a cell of a table; on a terminal one below the other, so that no address is cut."""
    return ("\n" if sys.stdout.isatty() else ", ").join(
        f"{status.origin.name} {_short(status)}" if status.state == "Active" else f"{status.origin.name} {status.state}"
        for status in statuses
    )


def _short(status: ForwardStatus) -> str:
    """`:18080` where it listens on the loopback, as most do; else the address."""
    address = status.addresses[0] if status.addresses else f":{status.local_port}"
    host, _, port = address.rpartition(":")
    return f":{port}" if host in ("", "127.0.0.1", "[::1]", "::1") else address
