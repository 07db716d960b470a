# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of port_forward, port_forward_info and health_info: what the daemon keeps for an environment's documents, and forwards made by
hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .. import _workflow as workflow
from .._cluster import Connection
from .._errors import UsageError
from .._events import Notice, Sink
from .._forward import ForwardSpec, ForwardStatus, decide_scope, job_owner, known_forwards, make_spec, reach
from .._health import HealthStatus, known_checks
from .._model import read_duration
from .specs import KUBE_AUTH
from .types import Mode, Outcome

GOOD = ("Active", "Stopped")
Tell = Callable[[ForwardStatus], None]


def port_forward(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """Open, stop or forget forwards."""
    told: set[str] = set()

    def tell(status: ForwardStatus) -> None:
        if _sentence(status) not in told:
            told.add(_sentence(status))
            sink(Notice(status.origin.instance, "warning", _sentence(status)))

    if parameters.get("target"):
        report, health = _by_hand(parameters, mode, tell), workflow.HealthReport(False, ())
    else:
        report, health = _of_documents(parameters, mode, tell), _health_of_documents(parameters, mode)
    outcome: Outcome = {"changed": report.changed or health.changed, "forwards": [forward_record(status) for status in report.forwards]}
    outcome["health"] = [health_record(status) for status in health.checks]
    waited = parameters["state"] == "started" and parameters["wait"] and not mode.check
    bad = [status for status in report.forwards if waited and status.state not in GOOD]
    if bad and parameters["required"]:
        return {**outcome, "failed": True, "exit_code": 1, "msg": "\n".join(map(_sentence, bad)), "problems": [_problem(s) for s in bad]}
    for status in bad:
        tell(status)
    return outcome


def port_forward_info(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """The forwards of this user, or of an environment; reads only."""
    known = workflow.forwards_of(_request(parameters)) if _names_some(parameters) else known_forwards()
    return {"changed": False, "forwards": [forward_record(status) for status in known]}


def health_info(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """The health checks of this user, or of an environment; reads only."""
    known = workflow.health_of(_request(parameters)) if _names_some(parameters) else known_checks()
    return {"changed": False, "health": [health_record(status) for status in known]}


def _names_some(parameters: Mapping[str, Any]) -> bool:
    """Whether an environment is meant: named itself, or by instances, which then are those of the only or default one."""
    return bool(parameters.get("environment") or parameters.get("instances"))


def _health_of_documents(parameters: Mapping[str, Any], mode: Mode) -> workflow.HealthReport:
    request, state = _request(parameters), parameters["state"]
    if state == "started":
        selection = workflow.load(request, with_dependencies=False, reads_environment=False)
        return workflow.watch_health(request, selection, scope=parameters.get("scope"), check=mode.check)
    return workflow.end_health(request, forget=state == "absent", check=mode.check)


def _of_documents(parameters: Mapping[str, Any], mode: Mode, tell: Tell) -> workflow.ForwardReport:
    request, state = _request(parameters), parameters["state"]
    if state == "started":
        scope, optional = parameters.get("scope"), not parameters["required"]
        return workflow.open_forwards(request, scope=scope, wait=_patience(parameters), check=mode.check, all_there=optional, tell=tell)
    return workflow.close_forwards(request, forget=state == "absent", check=mode.check)


def _by_hand(parameters: Mapping[str, Any], mode: Mode, tell: Tell) -> workflow.ForwardReport:
    spec, state = _spec(parameters), parameters["state"]
    if state == "started":
        return workflow.start_forwards([spec], wait=_patience(parameters), check=mode.check, tell=tell)
    if state == "stopped":
        return workflow.stop_forwards([spec.id], check=mode.check)
    return workflow.remove_forwards([spec.id], check=mode.check)


def _spec(parameters: Mapping[str, Any]) -> ForwardSpec:
    if not parameters.get("port"):
        raise UsageError("the option port is missing", where="port_forward", hint="Give the target's port, a number or a name.")
    scope = decide_scope(parameters.get("scope"))
    return make_spec(
        reach(workflow.choose_cluster(_connection(parameters), None)),
        parameters["target"],
        parameters["port"],
        namespace=parameters.get("namespace"),
        local_port=parameters.get("local_port"),
        bind=parameters.get("bind") or (),
        open_path=parameters.get("open"),
        scope=scope,
        owner=job_owner() if scope == "job" else None,
    )


def _patience(parameters: Mapping[str, Any]) -> float:
    return (read_duration(parameters["timeout"], "timeout") or 0.0) if parameters["wait"] else 0.0


def _request(parameters: Mapping[str, Any]) -> workflow.Request:
    return workflow.Request(
        workspace=Path(parameters["workspace"]),
        environment=parameters.get("environment"),
        instances=tuple(parameters.get("instances") or ()),
        profiles=tuple(parameters.get("profiles") or ()),
        connection=_connection(parameters),
    )


def _connection(parameters: Mapping[str, Any]) -> Connection:
    fields: dict[str, Any] = {name: parameters.get(name) for name in KUBE_AUTH}
    return Connection(**{**fields, "impersonate_groups": tuple(fields["impersonate_groups"] or ())})


def forward_record(status: ForwardStatus) -> dict[str, Any]:
    """A forward as the modules return it."""
    record = status.as_record()
    origin = record.pop("origin")
    for key in ("server", "free_port", "protocol", "total"):
        record.pop(key)
    return {**record, "addresses": list(status.addresses), **origin}


def health_record(status: HealthStatus) -> dict[str, Any]:
    """A health check as the modules return it."""
    record = status.as_record()
    origin = record.pop("origin")
    record.pop("server")
    return {**record, **origin}


def _sentence(status: ForwardStatus) -> str:
    name = str(status.origin) or f"{status.namespace}/{status.target}:{status.port}"
    words = status.message or "it is not open yet"
    offer = f"; port {status.free_port} is free" if status.free_port else ""
    return f"forward {name}: {status.state}: {words}{offer}"


def _problem(status: ForwardStatus) -> dict[str, str | None]:
    return {"message": _sentence(status), "where": f"{status.namespace}/{status.target}", "hint": None}
