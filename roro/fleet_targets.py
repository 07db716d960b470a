"""Which environments a command about several of them is about, and which instances there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import Environment, Workspace, suggest

from .targets import Target, read_target

_MAGIC = frozenset("*?[")


def read_targets(
    workspace: Workspace, names: Sequence[str], *, every: bool = False, named: Sequence[str] = (), fleet: bool = False
) -> Target:
    """As `read_target`, where more than one environment may be meant: `--all`, several names, or a pattern such as `prod-*`, which no
    instance can be called. Environments come first. every: all of the workspace. named: by `--env`; all names are instances then. fleet:
    whether the command is about a fleet although only one environment is named.

    Raises UsageError for a pattern without a match, and for a name that may be an environment and an instance.
    """
    if every:
        return _all(workspace, names, named)
    if named:
        environments = list(dict.fromkeys(found for name in named for found in _matching(workspace, name)))
        return _target(environments, tuple(names), fleet or len(environments) > 1 or any(map(_is_pattern, named)))
    if not names or not (names[0] in workspace.environments or _is_pattern(names[0])):
        target = read_target(workspace, tuple(names))
        environment = target.environment
        return _target([environment], target.instances, True) if fleet and environment in workspace.environments else target
    environments, rest = _leading(workspace, names)
    patterns = any(_is_pattern(name) for name in names[: len(names) - len(rest)])
    return _target(environments, tuple(rest), fleet or patterns or len(environments) > 1)


def instances_in(environment: Environment, workspace: Workspace) -> set[str]:
    """Ids of the instances that the documents place in an environment, whatever their profiles."""
    return {entry.id for entry in environment.entries} if environment.entries is not None else set(workspace.apps)


def _target(environments: Sequence[str | None], instances: tuple[str, ...], fleet: bool) -> Target:
    return Target(environments[0], instances, tuple(name for name in environments if name is not None) if fleet else ())


def _all(workspace: Workspace, names: Sequence[str], named: Sequence[str]) -> Target:
    if named:
        raise UsageError("--all is every environment, and --env names some", hint="Leave one of them out.")
    if not workspace.environments:
        raise UsageError("the workspace has no environment", where=str(workspace.root))
    known = _ids(workspace, workspace.environments)
    for name in names:
        if _is_pattern(name) or (name in workspace.environments and name not in known):
            raise UsageError(f'--all is every environment, and "{name}" names some', hint="Leave one of them out.")
    environments = sorted(workspace.environments)
    return Target(environments[0], tuple(names), tuple(environments))


def _leading(workspace: Workspace, names: Sequence[str]) -> tuple[list[str], Sequence[str]]:
    """The environments that the names begin with, each once, and the names after them."""
    environments: dict[str, None] = {}
    for number, name in enumerate(names):
        if not _is_pattern(name) and name not in workspace.environments:
            _refuse_environments_among(names[number:], workspace, environments)
            return list(environments), names[number:]
        if environments and name in _ids(workspace, environments):
            raise UsageError(
                f'"{name}" is an environment and an instance: which is meant?',
                hint=f"--env names environments, and all other names are instances: {_with_env([*environments], [name])} for the instance,"
                f" {_with_env([*environments, name], [])} for the environment.",
            )
        environments.update(dict.fromkeys(_matching(workspace, name)))
    return list(environments), ()


def _refuse_environments_among(names: Sequence[str], workspace: Workspace, chosen: Iterable[str]) -> None:
    """Of the names after the environments, one that can only be a further environment."""
    known = _ids(workspace, chosen)
    for name in names:
        if _is_pattern(name) or (name in workspace.environments and name not in known):
            raise UsageError(
                f'"{name}" is an environment, after "{names[0]}", which is none', hint="Environments come first, then instances."
            )


def _with_env(environments: Sequence[str], instances: Sequence[str]) -> str:
    return " ".join([*(f"--env {name}" for name in environments), *instances])


def _ids(workspace: Workspace, environments: Iterable[str]) -> set[str]:
    return {name for environment in environments for name in instances_in(workspace.environments[environment], workspace)}


def _matching(workspace: Workspace, name: str) -> list[str]:
    """The environments of a name or pattern, sorted. Raises UsageError where there is none."""
    found = [known for known in sorted(workspace.environments) if known == name or (_is_pattern(name) and fnmatchcase(known, name))]
    if not found:
        what = "no environment matches" if _is_pattern(name) else "there is no environment"
        raise UsageError(f'{what} "{name}"', hint=suggest(name, sorted(workspace.environments), what="environments"))
    return found


def _is_pattern(name: str) -> bool:
    return not _MAGIC.isdisjoint(name)
