"""What is said of several environments at the end: counts, why those failed that did, what was not begun, and the command to repeat."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._model import without_secrets
from click.core import ParameterSource

from .failure_words import show_failure
from .fleet_outcome import Outcome
from .lifecycle import OUTCOMES, Lifecycle, is_drawn, result_document, writes_in_words
from .notes import tell
from .reason_words import harmless, reason_words

_OF_THE_TARGET = frozenset({"names", "named", "every", "workspace"})
_LISTED = 10


def print_summary(job: Lifecycle, outcomes: Sequence[Outcome], seconds: float) -> None:
    """A line for what went well on stdout, and on stderr what did not, with the command that repeats it."""
    sys.stderr.flush()
    print(f"{summary_line(job.verb, outcomes, check=job.check)} ({seconds:.1f}s)", flush=True)
    for outcome in outcomes:
        _tell_notices(outcome, len(outcomes))
        if outcome.state in ("failed", "interrupted"):
            _tell_failure(outcome)
    left = [outcome.environment for outcome in outcomes if outcome.state == "notBegun"]
    if left:
        why = next(outcome.message for outcome in outcomes if outcome.state == "notBegun")
        print(f"Not begun: {_some(left)}: {why}", file=sys.stderr)
    bad = [outcome.environment for outcome in outcomes if outcome.state not in ("done", "notBegun")]
    if bad or left:
        command = again(click.get_current_context(), [*bad, *left], job.target.instances)
        print(f"Again for {'these' if len(bad + left) > 1 else 'this'}: {command}", file=sys.stderr)


def summary_line(verb: str, outcomes: Sequence[Outcome], *, check: bool = False) -> str:
    """`49 of 50 environments running, 490 of 490 instances; 5000 created`: the instances are those of environments that were reached."""
    done = sum(outcome.state == "done" for outcome in outcomes)
    instances = [item for outcome in outcomes for item in outcome.instances if item["instance"]]
    meant = [item for item in instances if verb in ("down", "stop") or item["status"] != "NotDeployed"]
    good = sum(item["status"] != "Failed" for item in meant)
    counts: dict[str, int] = {}
    for action in (action for outcome in outcomes for item in outcome.instances for action in item["actions"] if not action["error"]):
        counts[action["action"]] = counts.get(action["action"], 0) + 1
    word = "checked" if check else OUTCOMES[verb]
    written = writes_in_words(counts) or ("nothing would be done" if check else "no change" if done == len(outcomes) else "nothing done")
    would = "would be: " if check and counts else ""
    counted = f", {good} of {len(meant)} instances" if meant else ""
    return f"{done} of {len(outcomes)} environments {word}{counted}; {would}{written}"


def fleet_document(workspace: str, outcomes: Sequence[Outcome], *, check: bool) -> dict[str, Any]:
    """The stable document of `--output json`: one entry for each environment, in the order they were named in. reason, message: of an
    environment that failed as a whole."""
    entries = [_entry(outcome) for outcome in outcomes]
    return {
        "workspace": workspace,
        "changed": any(entry["changed"] for entry in entries),
        "failed": any(outcome.state != "done" for outcome in outcomes),
        "check": check,
        "environments": entries,
    }


def _entry(outcome: Outcome) -> dict[str, Any]:
    never: dict[str, Any] = {"changed": False, "failed": True, "instances": [], "notices": []}
    named = {"environment": outcome.environment, "state": outcome.state, "reason": outcome.reason, "message": outcome.message}
    told = {key: value for key, value in result_document(dict(outcome.record)).items() if key not in ("workspace", "environment")}
    return {**named, **never, **told, "problems": outcome.problems}


def again(context: click.Context, environments: Sequence[str], instances: Sequence[str] = ()) -> str:
    """The command as it was given, for these environments alone. A secret that stood in it is hidden."""
    root: Mapping[str, Any] = context.find_root().params
    folder: Path | None = context.params.get("workspace") or root.get("workspace")
    place = ["-w", str(folder)] if folder is not None and not _from_the_shell(context) else []
    targets = [f"--env={name}" for name in environments] if instances else [*environments]
    return shlex.join(["roro", str(context.info_name), *targets, *instances, *place, *_options(context)])


def _from_the_shell(context: click.Context) -> bool:
    sources = (context.get_parameter_source("workspace"), context.find_root().get_parameter_source("workspace"))
    return ParameterSource.COMMANDLINE not in sources


def _options(context: click.Context) -> list[str]:
    from .up_watch import spelled_options

    words = spelled_options(context, _OF_THE_TARGET)
    for number, word in enumerate(words):
        name, separator, value = word.partition("=")
        if number and words[number - 1] == "--var" and separator:
            words[number] = f"{name}={without_secrets(name, value)}"
    return words


def _tell_failure(outcome: Outcome) -> None:
    failed = [item for item in outcome.instances if item["status"] == "Failed"]
    for item in failed:
        name = f"{outcome.environment}: {item['instance']}" if item["instance"] else outcome.environment
        show_failure({**item, "instance": name})
    if failed:
        return
    print(f"Failed: {outcome.environment}: {reason_words(outcome.reason, outcome.message)}", file=sys.stderr)
    for line in _advice(outcome):
        print(f"        {harmless(line)}", file=sys.stderr)


def _advice(outcome: Outcome) -> list[str]:
    """The hint of the first problem, and the others with theirs."""
    lines = [str(outcome.problems[0]["hint"])] if outcome.problems and outcome.problems[0].get("hint") else []
    for problem in outcome.problems[1:]:
        place = f"{problem['where']}: " if problem.get("where") else ""
        lines += [f"{place}{problem['message']}", *([str(problem["hint"])] if problem.get("hint") else [])]
    return [line for text in lines for line in text.splitlines()]


def _tell_notices(outcome: Outcome, environments: int) -> None:
    for notice in (outcome.record.get("notices") or []) if is_drawn() else []:
        tell(f"{outcome.environment}: {notice}" if environments > 1 else notice)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
