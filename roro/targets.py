"""What the words of a command mean: its workspace, environment, instances and variables."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import Workspace

_OR_DEFAULT = 'or set RORO_ENVIRONMENT, or "defaultEnvironment" in the workspace document.'


@dataclass(frozen=True)
class Target:
    """What the positional arguments of a command mean in a workspace. environment None: the only one there is. several: the environments
    of a command about a fleet, in the order that they were named in; () for a command about one."""

    environment: str | None
    instances: tuple[str, ...]
    several: tuple[str, ...] = ()


def the_workspace(option: Path | None) -> Path:
    """The folder of `-w`, given to the command or to `roro` itself; the current one by default."""
    return option or click.get_current_context().find_root().params.get("workspace") or Path.cwd()


def read_target(workspace: Workspace, names: tuple[str, ...]) -> Target:
    """Tell the environment from instances: the first name is the environment unless RORO_ENVIRONMENT, the workspace's default or its only
    environment stands for it.

    Raises UsageError when there are several environments and none is meant.
    """
    environments = workspace.environments
    if names and names[0] in environments:
        return Target(names[0], names[1:])
    chosen = os.environ.get("RORO_ENVIRONMENT")
    if chosen:
        return Target(chosen, names)
    if workspace.implied_environment is not None and (not names or _is_an_instance(workspace, names[0])):
        return Target(workspace.implied_environment, names)
    known = ", ".join(sorted(environments)) or "none"
    if names and environments and _is_an_instance(workspace, names[0]):
        words = f'"{names[0]}" is an instance: of which environment?'
        raise UsageError(words, hint=f"Its name comes first, one of: {known}; {_OR_DEFAULT}")
    if names:
        return Target(names[0], names[1:])
    raise UsageError("which environment?", hint=f"Name one of: {known}; {_OR_DEFAULT}")


def read_variables(pairs: tuple[str, ...]) -> dict[str, Any]:
    """`NAME=VALUE` pairs; a VALUE that is JSON keeps its type, anything else is text. Raises UsageError."""
    import json

    found: dict[str, Any] = {}
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or not name.isidentifier():
            raise UsageError(f"--var {pair!r} is not NAME=VALUE", hint="For example --var replicas=2 or --var image=shop/api:2.")
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def _is_an_instance(workspace: Workspace, name: str) -> bool:
    return any(name == app or name.startswith(f"{app}-") for app in workspace.apps)
