"""From a command line to the engine's Request, for the commands that call the engine themselves."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request

from .arguments import read_target, read_variables, the_workspace


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
    folder = the_workspace(workspace)
    target = read_target(load_workspace(folder), names)
    return Request(
        workspace=folder,
        environment=target.environment,
        instances=target.instances,
        variables=read_variables(variables),
        profiles=profiles,
        allow_environment=allow_environment,
        connection=Connection(context=context, kubeconfig=str(kubeconfig.absolute()) if kubeconfig else None),
    )
