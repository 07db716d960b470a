"""From a command line to the engine's Request, for the commands that call the engine themselves."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._release import Options
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request

from .arguments import Target, read_variables


def build_request(
    folder: Path,
    target: Target,
    *,
    context: str | None = None,
    kubeconfig: Path | None = None,
    variables: tuple[str, ...] = (),
    profiles: tuple[str, ...] = (),
    allow_environment: tuple[str, ...] = (),
    options: Options | None = None,
) -> Request:
    """The Request of a command line."""
    return Request(
        workspace=folder,
        environment=target.environment,
        instances=target.instances,
        variables=read_variables(variables),
        profiles=profiles,
        allow_environment=allow_environment,
        connection=Connection(context=context, kubeconfig=str(kubeconfig.absolute()) if kubeconfig else None),
        options=options or Options(),
    )
