"""`up`, `down` and their like: playbooks with progress, a summary, and the documented output and exit codes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._model import Selection, Workspace, select, told_below

from .errors import EXIT_FAILED
from .failure_words import show_failure
from .forwarding import forget_removed, forward_rows, forward_variables, forwards_of, tell_forwards
from .json_output import json_text
from .notes import tell
from .playbook import Playbook, PlaybookProcess, run_playbook
from .progress import WRITES, Progress
from .targets import Target

OUTCOMES = {"up": "running", "down": "removed", "rollback": "rolled back", "stop": "stopped", "start": "running", "restart": "restarted"}
"""What a summary says of the instances that a verb did well."""


@dataclass(frozen=True)
class Lifecycle:
    """One lifecycle job of the command line. values: the playbook's variables without their prefix `roro_`; None stands for the default.
    process: the one that gets ready for the playbook, None where it is to be started. serial, forks: how several environments are
    worked on, as Ansible has them."""

    verb: str
    workspace: Workspace
    target: Target
    values: dict[str, Any]
    check: bool = False
    diff: bool = False
    output: str = "text"
    verbose: bool = False
    process: PlaybookProcess | None = None
    serial: str | None = None
    forks: int | None = None


def run_lifecycle(job: Lifecycle, *, forward: bool = True) -> None:
    """Check the documents, run the playbook with progress, print the outcome. Leaves with exit code 1 when an instance failed.

    forward: whether `up` opens the forwards of the documents, and `down` closes them.
    """
    selection = select_documents(job)
    for notice in selection.notices:
        tell(notice)
    refuse_to_guess(job, selection)
    environment = selection.environment.name
    forwarding = forward_variables(job.verb, selection, job.target.instances) if forward and not job.check else {}
    job.values.update(forwarding)
    began = time.monotonic()
    playbook = Playbook(
        name=f"roro.kube.{job.verb}",
        action=f"roro.kube.{job.verb}",
        variables=playbook_variables(job, environment=environment, instances=list(job.target.instances)),
        check=job.check,
        diff=job.diff,
    )
    known = [instance.id for instance in selection.instances]
    names = list(job.target.instances) if job.verb == "down" and job.target.instances else known
    record, told = _run_with_progress(playbook, names, f"{selection.workspace.name} {environment}", job.verbose, job.process)
    if forward and job.verb == "down" and not job.check:
        forget_removed(selection, [item["instance"] for item in record.get("instances") or () if item["status"] == "NotDeployed"])
    forwards = forwards_of(selection, job.target.instances) if forwarding and job.verb == "up" else []
    if job.output == "json":
        print(json_text({**result_document(record), **({"forwards": forward_rows(forwards)} if forwards else {})}))
    else:
        if record.get("diff"):
            print_diffs(record["diff"])
        _print_summary(job.verb, record, time.monotonic() - began)
        tell_forwards(forwards, told)
    if record.get("failed"):
        click.get_current_context().exit(EXIT_FAILED)


def select_documents(job: Lifecycle) -> Selection:
    """Check names and documents before anything is started."""
    if job.verb == "down":
        # What is to be removed may have left the documents already, so its names are not looked up there.
        return select(job.workspace, job.target.environment, profiles=["*"])
    if job.verb != "up":
        # What is recorded counts: no template is rendered, nobody else is touched.
        return select(job.workspace, job.target.environment, instances=job.target.instances, profiles=["*"], with_dependencies=False)
    return select(
        job.workspace,
        job.target.environment,
        instances=job.target.instances,
        variables=job.values["variables"],
        profiles=job.values["profiles"],
        system_environment=os.environ,
        allowed_environment=job.values.get("allow_environment") or (),
    )


def refuse_to_guess(job: Lifecycle, selection: Selection) -> None:
    """Raise UsageError when nobody named a cluster, before a playbook is started. The engine is asked only where it may be so: its rooms
    take longer to load than the answer is worth."""
    environment = selection.environment
    named = [job.values.get("context"), job.values.get("kubeconfig"), environment.context, environment.kubeconfig]
    if any(named) or any(name.startswith(("K8S_AUTH_", "KUBERNETES_SERVICE_")) for name in os.environ):
        return
    from ansible_collections.roro.kube.plugins.module_utils._local_cluster import kubeconfig_path

    if not kubeconfig_path("roro").exists():
        from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
        from ansible_collections.roro.kube.plugins.module_utils._workflow import choose_cluster

        with told_below(selection.workspace.root):
            choose_cluster(Connection(), environment, root=selection.workspace.root)


def _run_with_progress(
    playbook: Playbook, names: list[str], title: str, verbose: bool, process: PlaybookProcess | None = None
) -> tuple[dict[str, Any], list[str]]:
    """(the result's record, the notices that a person has read by then)."""
    if is_drawn():
        from .live import LiveTable

        progress = Progress(names)
        display: Any = LiveTable(progress, title)
    else:
        from .plain import PlainLines

        if playbook.name.endswith(".down") and not playbook.check and names:
            print(f"{title}: removing what is there of {', '.join(names)}, and waiting until it is gone", file=sys.stderr, flush=True)
        progress = Progress(names, PlainLines(verbose).show)
        display = nullcontext()
    with display:
        record = (process.run if process else run_playbook)(playbook, progress.receive).record
    return record, [] if is_drawn() else [notice.message for notice in progress.notices]


def is_drawn() -> bool:
    """Whether progress is a table on a terminal; else it is plain lines, which tell notices as they come."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def playbook_variables(job: Lifecycle, **more: Any) -> dict[str, Any]:
    """The job as the playbook's variables (docs/ansible.md); what is not set is left to the defaults. more: over those, without their
    prefix."""
    wanted = {"workspace": str(job.workspace.root), **job.values, **more}
    variables = {f"roro_{name}": value for name, value in wanted.items() if value not in (None, [], {})}
    return {**variables, "ansible_connection": "local"}


def result_document(record: dict[str, Any]) -> dict[str, Any]:
    """The stable document of `--output json`; Ansible's own keys of the result are left out."""
    keys = ("workspace", "environment", "run", "changed", "failed", "check", "instances", "notices", "plan")
    return {key: record[key] for key in keys if key in record}


def print_diffs(diffs: list[dict[str, Any]]) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._release.fields.diff import unified

    for diff in diffs:
        print(unified(diff), end="")


def _print_summary(verb: str, record: dict[str, Any], seconds: float) -> None:
    """One line for everything that went well, then one for each instance that did not."""
    instances = record.get("instances") or []
    counts: dict[str, int] = {}
    for action in (action for instance in instances for action in instance["actions"] if not action["error"]):
        counts[action["action"]] = counts.get(action["action"], 0) + 1
    nothing = "nothing done" if record.get("failed") else "no change"
    done = writes_in_words(counts) or nothing
    sys.stderr.flush()
    if not instances and verb in ("stop", "start", "restart"):
        print(f"nothing to {verb} ({seconds:.1f}s)")
    else:
        print(f"{_how_they_are(verb, record, counts, done)} ({seconds:.1f}s)")
    for instance in instances:
        if instance["status"] == "Failed":
            show_failure({**instance, "instance": instance["instance"] or record.get("environment")})
    for notice in (record.get("notices") or []) if is_drawn() else []:
        tell(notice)


def _how_they_are(verb: str, record: dict[str, Any], counts: dict[str, int], done: str) -> str:
    """How many instances are as they should be, what was done, and what an update that failed was rolled back to."""
    instances = [item for item in record.get("instances") or [] if item["instance"]]
    if record.get("check"):
        later = sum(item["reason"] == "RenderedLater" for item in instances)
        bad = sum(item["status"] == "Failed" for item in instances)
        waiting = f", {later} can only be when others are healthy" if later else ""
        if bad:
            return f"{bad} of {len(instances)} instances would fail{waiting}; {f'would be: {done}' if counts else 'nothing would be done'}"
        return f"{len(instances) - later} of {len(instances)} instances checked{waiting}; would be: {done}"
    # What `up` pruned as a whole is told among the deletes; it is neither running nor missing.
    meant = [item for item in instances if verb in ("down", "stop") or item["status"] != "NotDeployed"]
    good = sum(item["status"] != "Failed" for item in meant)
    back = [f"{item['instance']} at revision {item['rolled_back_to']}" for item in meant if item.get("rolled_back_to")]
    if back:
        return f"{good} of {len(meant)} instances as wanted; rolled back, and running as before: {', '.join(back)}"
    return f"{good} of {len(meant)} instances {OUTCOMES[verb]}; {done}"


def writes_in_words(counts: Mapping[str, int]) -> str:
    """`3 created, 1 deleted`; "" where nothing was written."""
    return ", ".join(f"{counts[name]} {_past(name, counts[name])}" for name in WRITES if counts.get(name))


def _past(action: str, count: int) -> str:
    if action == "run":
        return "hook run" if count == 1 else "hooks run"
    return f"{action}d" if action.endswith("e") else f"{action}ed"
