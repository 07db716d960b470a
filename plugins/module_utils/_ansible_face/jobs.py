# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of each module: parameters to request, request to the engine, the engine's answer to a result.

May import every front door of the engine; the only file here that needs the engine's libraries.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

from .. import _workflow as workflow
from .._cluster import Connection
from .._errors import UsageError
from .._events import Sink
from .._model import (
    MISSING,
    Instance,
    Selection,
    ValueSource,
    Workspace,
    choose_environment,
    load_workspace,
    read_duration,
    written_drift,
)
from .._release.data.options import Options
from .._release.data.result import RunResult
from .._secrets import Secrets
from .how_much import ACTIONS, counts
from .parameters import plain
from .specs import KUBE_AUTH
from .types import Mode, Outcome

Job = Callable[[dict[str, Any], Mode, Sink, threading.Event], Outcome]


def up(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """Make the environment what the documents say."""
    return _run_outcome(workflow.up(_request(parameters, mode), sink, cancel), mode, cancel)


def down(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """Remove the environment's instances, or those named."""
    return _run_outcome(workflow.down(_request(parameters, mode), sink, cancel), mode, cancel)


def rollback(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """Bring instances back to an earlier revision."""
    return _run_outcome(workflow.rollback(_request(parameters, mode), parameters.get("to"), sink, cancel), mode, cancel)


def stop(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """Stop instances; what they had is remembered."""
    return _run_outcome(workflow.stop(_request(parameters, mode), sink, cancel), mode, cancel)


def start(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """Start what was stopped."""
    return _run_outcome(workflow.start(_request(parameters, mode), sink, cancel), mode, cancel)


def restart(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """Give instances new pods."""
    return _run_outcome(workflow.restart(_request(parameters, mode), sink, cancel), mode, cancel)


def history_info(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """The kept revisions; reads only."""
    report = workflow.history(_request(parameters, mode))
    revisions = [plain(asdict(revision)) for revision in report.revisions]
    return {**_read(report), "revisions": revisions}


def status_info(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """How the instances are; reads only."""
    report = workflow.status(_request(parameters, mode))
    instances = [plain(asdict(instance)) for instance in report.instances]
    return {**_read(report), "instances": instances}


def _read(report: workflow.StatusReport | workflow.HistoryReport | workflow.EventsReport) -> Outcome:
    return {"changed": False, "workspace": report.workspace, "environment": report.environment, "notices": list(report.notices)}


def events_info(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """What the cluster says of the instances; reads only."""
    report = workflow.events(_request(parameters, mode), since=parameters.get("since") or "", warnings=bool(parameters.get("warnings")))
    return {**_read(report), "events": [line.as_record() for line in report.events]}


def logs_info(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """What containers wrote; reads only."""
    from .logs import read_lines

    return read_lines(parameters, _request(parameters, mode), cancel)


def render(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """The manifests of the environment, returned with Secret data hidden, and written to `dest` in full when asked."""
    selection, rendered = workflow.render(_request(parameters, mode), sink)
    objects = {item.instance.id: [m.object for m in item.result.manifests] for item in rendered}
    shown = {item.instance.id: [item.shown(manifest) for manifest in item.result.manifests] for item in rendered}
    outcome: Outcome = {
        "changed": False,
        "workspace": selection.workspace.name,
        "environment": selection.environment.name,
        "instances": [{"instance": i.id, "app": i.app, "namespace": i.namespace, "manifests": shown[i.id]} for i in selection.instances],
        "notices": list(selection.notices),
    }
    if parameters.get("dest"):
        from .manifests import write_manifests

        written = write_manifests(Path(parameters["dest"]), objects, complete=selection.complete, check=mode.check)
        outcome.update(changed=written.changed, files=written.files, removed=written.removed)
        if mode.diff:
            outcome["diff"] = reduce(or_, (item.secrets for item in rendered), Secrets()).hidden(written.diffs)
    return outcome


def workspace_info(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """The documents, checked: apps, environments and the instances of the environment asked for, or of all."""
    workspace = load_workspace(Path(parameters["workspace"]))
    asked = parameters.get("environment")
    names = [asked] if asked else list(workspace.environments)
    selections = [workflow.load(_request({**parameters, "environment": name}, mode), reads_environment=False) for name in names]
    return {
        "changed": False,
        "workspace": {"name": workspace.name, "root": str(workspace.root), "document": str(workspace.document)},
        "apps": _app_records(workspace),
        "environments": [_environment_record(selection) for selection in selections],
    }


def reconcile(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """The environment against its documents, once."""
    from .reconcile import reconcile_once

    return reconcile_once(_whole(parameters, mode), parameters, mode, sink, cancel)


def approve(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """What reconciling has proposed, carried out."""
    from .reconcile import approve_plan

    return approve_plan(_whole(parameters, mode), parameters, mode, sink, cancel)


def _whole(parameters: Mapping[str, Any], mode: Mode) -> workflow.Request:
    """The request for a whole environment. Raises UsageError where some instances are named."""
    if parameters.get("instances"):
        raise UsageError("reconciling is for whole environments", where="instances", hint="Leave instances out.")
    return _request(parameters, mode)


def clone(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """A workspace from its Git server."""
    from .git import clone_workspace

    return clone_workspace(parameters, mode, sink, cancel)


def sync(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """A workspace and its Git server, brought together."""
    from .git import sync_workspace

    return sync_workspace(parameters, mode, sink, cancel)


def port_forward(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """Open, stop or forget forwards."""
    from . import forwards

    return forwards.port_forward(parameters, mode, sink, cancel)


def port_forward_info(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """The forwards of this user, or of an environment; reads only."""
    from . import forwards

    return forwards.port_forward_info(parameters, mode, sink, cancel)


def health_info(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """The health checks of this user, or of an environment; reads only."""
    from . import forwards

    return forwards.health_info(parameters, mode, sink, cancel)


def awx_definitions(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """What AWX holds, made what the definitions say."""
    from .awx import bring_definitions

    return bring_definitions(parameters, mode, sink, cancel)


def crd_value_info(parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """One value of one resource; reads only."""
    default = parameters.get("default")
    source = ValueSource(
        variable="value",
        api_version=parameters["api_version"],
        kind=parameters["kind"],
        name=parameters.get("name"),
        selector=parameters.get("selector"),
        namespace=parameters.get("namespace"),
        path=parameters["path"],
        default=MISSING if default is None else default,
        required=parameters.get("required") is not False,
        wait=read_duration(parameters.get("wait") or None, "wait"),
        engine=parameters.get("engine") or "",
    )
    named = parameters.get("environment")
    environment = choose_environment(load_workspace(Path(parameters["workspace"])), named) if named else None
    found = workflow.find_value(_connection(parameters), source, cancel, environment)
    return {"changed": False, "value": found.value, "found": found.found, "secret": found.secret, "namespace": found.namespace}


JOBS: dict[str, Job] = {
    "reconcile": reconcile,
    "approve": approve,
    "awx_definitions": awx_definitions,
    "clone": clone,
    "sync": sync,
    "crd_value_info": crd_value_info,
    "up": up,
    "down": down,
    "rollback": rollback,
    "stop": stop,
    "start": start,
    "restart": restart,
    "history_info": history_info,
    "events_info": events_info,
    "logs_info": logs_info,
    "status_info": status_info,
    "port_forward": port_forward,
    "port_forward_info": port_forward_info,
    "health_info": health_info,
    "render": render,
    "workspace_info": workspace_info,
}


def _request(parameters: Mapping[str, Any], mode: Mode) -> workflow.Request:
    return workflow.Request(
        workspace=Path(parameters["workspace"]),
        environment=parameters.get("environment"),
        instances=tuple(parameters.get("instances") or ()),
        variables=parameters.get("variables") or {},
        secret_variables=parameters.get("secret_variables") or {},
        profiles=tuple(parameters.get("profiles") or ()),
        allow_environment=tuple(parameters.get("allow_environment") or ()),
        connection=_connection(parameters),
        options=_options(parameters, mode),
    )


def _connection(parameters: Mapping[str, Any]) -> Connection:
    fields: dict[str, Any] = {name: parameters.get(name) for name in KUBE_AUTH}
    fields["impersonate_groups"] = tuple(fields["impersonate_groups"] or ())
    return Connection(**fields)


def _options(parameters: Mapping[str, Any], mode: Mode) -> Options:
    names = ("wait", "prune", "allow_empty", "volumes", "force_conflicts", "adopt", "hooks", "concurrency")
    given = {name: parameters[name] for name in names if parameters.get(name) is not None}
    timeout, wait_lock = (read_duration(parameters.get(name) or None, name) for name in ("timeout", "wait_lock"))
    return Options(check=mode.check, diff=mode.diff, timeout=timeout, wait_lock=wait_lock or 0.0, **given)


def _run_outcome(result: RunResult, mode: Mode, cancel: threading.Event) -> Outcome:
    record = workflow.result_record(result)
    for instance in record["instances"]:
        instance["counts"] = counts(instance["actions"])
    totals = {action: sum(instance["counts"].get(action, 0) for instance in record["instances"]) for action in ACTIONS}
    outcome: Outcome = {**record, "counts": totals}
    if mode.diff:
        outcome["diff"] = workflow.diff_records(result)
    if result.failed:
        outcome.update(_failure(record["instances"], cancel.is_set()))
    return outcome


def _whose(instance: dict[str, Any]) -> str:
    return f"instance {instance['instance']}" if instance["instance"] else "the environment"


def _failure(instances: list[dict[str, Any]], interrupted: bool) -> Outcome:
    failed = [instance for instance in instances if instance["status"] == "Failed"]
    problems: list[dict[str, str | None]] = [
        {"message": _sentence(instance), "where": _whose(instance), "hint": instance["hint"] or None} for instance in failed
    ]
    lines = []
    for instance, problem in zip(failed, problems, strict=True):
        lines += [f"{problem['where']}: {problem['message']}", *(f"  {line}" for line in workflow.failure_lines(instance))]
        lines += [f"{problem['where']}: the cluster warns: {_warning(event)}" for event in workflow.untold_warnings(instance)]
    for instance in instances:
        for action in instance["actions"]:
            if action["error"] and not instance["message"].startswith(action["error"]):
                name = f"{action['namespace']}/{action['name']}" if action["namespace"] else action["name"]
                problems.append({"message": action["error"], "where": f"{action['kind']} {name}", "hint": None})
                lines += [f"{problems[-1]['where']}: {action['error']}"] if instance not in failed else []
    lines = lines or ["the run did not finish"]
    if interrupted:
        lines.insert(0, "interrupted: what was under way is recorded, the next run completes it")
    return {"failed": True, "msg": "\n".join(lines), "problems": problems, "exit_code": 130 if interrupted else 1}


def _warning(event: Mapping[str, Any]) -> str:
    return f"{event['kind']} {event['name']}: {event['reason']}: {event['message']}"


def _sentence(instance: Mapping[str, Any]) -> str:
    return ": ".join(part for part in (instance["reason"], instance["message"]) if part) or "failed"


def _app_records(workspace: Workspace) -> list[dict[str, Any]]:
    return [
        {
            "name": app.name,
            "description": app.description,
            "folder": str(app.folder),
            "engine": app.manifests.engine,
            "depends_on": [dependency.app for dependency in app.depends_on],
            "profiles": list(app.profiles),
        }
        for app in workspace.apps.values()
    ]


def _environment_record(selection: Selection) -> dict[str, Any]:
    environment = selection.environment
    return {
        "name": environment.name,
        "context": environment.context,
        "kubeconfig": str(environment.kubeconfig) if environment.kubeconfig else None,
        "instances": [_instance_record(instance) for instance in selection.instances],
        "notices": list(selection.notices),
    }


def _instance_record(instance: Instance) -> dict[str, Any]:
    return {
        "instance": instance.id,
        "app": instance.app,
        "suffix": instance.suffix,
        "namespace": instance.namespace,
        "depends_on": [{"instance": d.instance, "condition": d.condition, "required": d.required} for d in instance.depends_on],
        "profiles": list(instance.profiles),
        "timeout": instance.timeout,
        "on_failure": instance.on_failure,
        "on_immutable": instance.on_immutable,
        "restart_on": sorted(instance.restart_on),
        "adoption": instance.adoption,
        "drift": written_drift(instance.drift),
    }
