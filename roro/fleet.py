"""`up`, `down` and their like for several environments: one playbook with a host for each, one table, one summary."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted, Problem, RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import Selection

from .fleet_outcome import Outcome, outcomes_of
from .fleet_progress import FleetProgress
from .fleet_summary import fleet_document, print_summary
from .fleet_targets import instances_in
from .forwarding import forget_removed, forward_rows, forward_variables, forwards_of, tell_forwards
from .json_output import json_text
from .lifecycle import Lifecycle, is_drawn, playbook_variables, print_diffs, refuse_to_guess, select_documents
from .notes import tell
from .playbook import Playbook, PlaybookResult
from .targets import Target


def run_fleet(job: Lifecycle, *, forward: bool = True) -> None:
    """Check all documents, run the playbook once for all environments, print the outcome. One that fails, or cannot be reached, holds up no
    other. Leaves with exit code 1 when one failed or was not begun, 2 when nothing of any was touched.

    forward: whether `up` opens the forwards of all these environments, and `down` closes them.
    """
    selections = _selections(job)
    forwarding = _forwarding(job, selections) if forward and not job.check else {}
    playbook = Playbook(
        name=f"roro.kube.{job.verb}",
        action=f"roro.kube.{job.verb}",
        variables={**playbook_variables(job, serial=job.serial, **forwarding), "roro_hosts": "all"},
        check=job.check,
        diff=job.diff,
        hosts={name: _host(job, selection) for name, selection in selections.items()},
        forks=job.forks,
    )
    began = time.monotonic()
    result = _run(job, playbook, selections)
    outcomes = outcomes_of(list(selections), result)
    if forward and job.verb == "down" and not job.check:
        _forget(selections, outcomes)
    forwards = [status for selection in selections.values() for status in forwards_of(selection)] if forwarding and job.verb == "up" else []
    if job.output == "json":
        document = fleet_document(job.workspace.name, outcomes, check=job.check)
        print(json_text({**document, **({"forwards": forward_rows(forwards)} if forwards else {})}))
    else:
        for outcome in outcomes:
            print_diffs(outcome.record.get("diff") or [])
        print_summary(job, outcomes, time.monotonic() - began)
        tell_forwards(forwards)
    _leave(result, outcomes)


def _leave(result: PlaybookResult, outcomes: list[Outcome]) -> None:
    if result.interrupted:
        raise Interrupted("interrupted; what was under way is recorded", hint="The next `roro up` completes it, `roro down` removes it.")
    bad = [outcome for outcome in outcomes if outcome.state != "done"]
    if bad:
        untouched = len(bad) == len(outcomes) and all(outcome.exit_code == UsageError.exit_code for outcome in bad)
        click.get_current_context().exit(UsageError.exit_code if untouched else 1)


def _selections(job: Lifecycle) -> dict[str, Selection]:
    """Environment -> what its documents say. Nothing is begun where one of them has a mistake, which is told of all of them."""
    found: dict[str, Selection] = {}
    problems: list[Problem] = []
    code = UsageError.exit_code
    for name, instances in _instances(job).items():
        one = replace(job, target=Target(name, instances))
        try:
            found[name] = select_documents(one)
            refuse_to_guess(one, found[name])
        except RoroError as error:
            problems += [problem for problem in error.problems if problem not in problems]
            code = error.exit_code
    if problems:
        refused = RoroError.of(problems)
        refused.exit_code = code
        raise refused
    for notice in dict.fromkeys(notice for selection in found.values() for notice in selection.notices):
        tell(notice)
    return found


def _instances(job: Lifecycle) -> dict[str, tuple[str, ...]]:
    """Environment -> the instances that are meant there; environments that have none of those named are left out, and told.

    Raises UsageError for an instance that no environment has. `down` takes any name, as what it removes may have left the documents.
    """
    asked, environments = job.target.instances, job.target.several
    if not asked or job.verb == "down":
        return dict.fromkeys(environments, asked)
    known = {name: instances_in(job.workspace.environments[name], job.workspace) for name in environments}
    everywhere = set[str]().union(*known.values())
    for name in asked:
        if name not in everywhere:
            # The one environment says it as it says it of itself, with the nearest name.
            return {environments[0]: (name,)}
    meant = {name: tuple(each for each in asked if each in known[name]) for name in environments}
    without = [name for name, instances in meant.items() if not instances]
    if without:
        tell(f"left out, as they have none of these instances: {', '.join(without)}")
    return {name: instances for name, instances in meant.items() if instances}


def _host(job: Lifecycle, selection: Selection) -> dict[str, Any]:
    """The variables of an environment's host."""
    meant = _instances_of(job, selection)
    return {"roro_environment": selection.environment.name, **({"roro_instances": meant} if meant else {})}


def _instances_of(job: Lifecycle, selection: Selection) -> list[str]:
    known = instances_in(selection.environment, selection.workspace)
    return [name for name in job.target.instances if job.verb == "down" or name in known]


def _forwarding(job: Lifecycle, selections: dict[str, Selection]) -> dict[str, Any]:
    """The playbook's variables that open or close the forwards of all environments, {} where there is nothing to do."""
    found: dict[str, Any] = {}
    for selection in selections.values():
        found.update(forward_variables(job.verb, selection, job.target.instances))
    return found


def _forget(selections: dict[str, Selection], outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        gone = [item["instance"] for item in outcome.instances if item["status"] == "NotDeployed"]
        forget_removed(selections[outcome.environment], gone)


def _run(job: Lifecycle, playbook: Playbook, selections: dict[str, Selection]) -> PlaybookResult:
    names = {name: _shown(job, selection) for name, selection in selections.items()}
    if is_drawn():
        from .fleet_table import FleetTable

        progress = FleetProgress(names)
        display: Any = FleetTable(progress, f"{job.workspace.name} {job.verb}")
    else:
        from .fleet_lines import FleetLines

        progress = FleetProgress(names, FleetLines(job.verbose))
        display = nullcontext()
    if job.process is None:
        raise RuntimeError("a fleet needs the process that was made for it")
    with display:
        result = job.process.run_for_hosts(playbook, progress.receive)
    if not result.records and not result.interrupted:
        tail = "\n       ".join(line for line in result.output[-8:] if line.strip())
        raise RoroError(
            f"the playbook ended without a result (code {result.rc})", hint=f"The last it said:\n       {tail}" if tail else None
        )
    return result


def _shown(job: Lifecycle, selection: Selection) -> list[str]:
    """The instances that a table shows before anything is known of them."""
    return _instances_of(job, selection) or [instance.id for instance in selection.instances]
