"""From a command line to the engine's Request, for the commands that call the engine themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import Problem, UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import Workspace, load_workspace, select
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request

from .targets import Target, read_target, read_variables, the_workspace


def build_request(
    workspace: Path | None,
    names: tuple[str, ...],
    *,
    context: str | None = None,
    kubeconfig: Path | None = None,
    variables: tuple[str, ...] = (),
    profiles: tuple[str, ...] = (),
    allow_environment: tuple[str, ...] = (),
) -> Request:
    """The Request for an environment and instances as they were typed. Raises UsageError, DocumentError."""
    documents = load_workspace(the_workspace(workspace))
    target = read_target(documents, names)
    given = read_variables(variables)
    refuse_unread(documents, target, given, profiles)
    request = request_of(documents, target, context=context, kubeconfig=kubeconfig)
    return replace(request, variables=given, profiles=profiles, allow_environment=allow_environment)


def request_of(documents: Workspace, target: Target, *, context: str | None = None, kubeconfig: Path | None = None) -> Request:
    """The Request for one environment of documents that were read a moment ago."""
    return Request(
        workspace=documents.root,
        environment=target.environment,
        instances=target.instances,
        connection=Connection(context=context, kubeconfig=str(kubeconfig.absolute()) if kubeconfig else None),
        documents=documents,
    )


def refuse_unread(workspace: Workspace, target: Target, variables: Mapping[str, Any], profiles: Sequence[str]) -> None:
    """Raise UsageError for a `--var` that no instance of this run reads, in none of its environments."""
    if not variables:
        return
    from ansible_collections.roro.kube.plugins.module_utils._workflow import unread_variables

    def unread(environment: str | None, instances: Sequence[str]) -> Sequence[Problem]:
        return unread_variables(select(workspace, environment, instances=instances, variables=variables, profiles=profiles), variables)

    # Of several environments only some may have the instances that are named: those that are not are looked through as well.
    found = [unread(name, () if target.several else target.instances) for name in target.several or (target.environment,)]
    everywhere = set[str].intersection(*({_variable(one) for one in each} for each in found))
    if problems := [problem for problem in found[0] if _variable(problem) in everywhere]:
        raise UsageError.of([Problem(f"--var: {one.message}", one.where, one.hint) for one in problems])


def _variable(problem: Problem) -> str:
    """The variable that nobody reads; the message ends with it."""
    return problem.message.rpartition(" ")[2]
