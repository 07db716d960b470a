# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a workspace and what was asked for to the instances to work on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._errors import UsageError
from .assemble import Assembled, Assembler
from .env_files import SystemEnvironment
from .graph import find_cycle, in_order
from .merge import find_place
from .problems import Problems
from .schema import COMPUTED
from .types import AppDependency, Environment, InstanceDependency, InstanceEntry, Place, Selection, Workspace
from .words import listed, nearest, suggest

ALL_PROFILES = "*"
DEFAULT_BIND = "127.0.0.1"


def select(
    workspace: Workspace,
    environment: str | None,
    *,
    instances: Sequence[str] = (),
    variables: Mapping[str, Any] | None = None,
    profiles: Sequence[str] = (),
    system_environment: Mapping[str, str] | None = None,
    allowed_environment: Collection[str] | None = None,
    with_dependencies: bool = True,
    asking: Collection[str] | None = None,
) -> Selection:
    """The instances of an environment, merged, in dependency order.

    environment: None for the only one, or the default. instances: ids; empty for all. with_dependencies: also what those need.
    variables: of the command line. profiles: also the instances of these; "*" for every profile; a named instance counts as asked
    for, with its profiles. system_environment: None leaves variables of the system environment that have no default undefined.
    allowed_environment: names there that may be read although they are the caller's credentials; None: all of them.
    asking: the instances whose variables are wanted; None: all that take part.
    Raises UsageError for a name that is not there, DocumentError for what only shows when documents are merged.
    """
    chosen = choose_environment(workspace, environment)
    _check_command_line(variables or {})
    problems = Problems(workspace.root)
    system = SystemEnvironment(system_environment, workspace.root) if system_environment is not None else None
    assembler = Assembler(problems, workspace, chosen, variables or {}, system, allowed_environment)
    made = {entry.id: assembler.assemble(entry) for entry in entries_of(workspace, chosen)}
    problems.raise_any()
    every = {name: item for name, item in made.items() if item is not None}
    _check_names(every, chosen, instances)
    resolved = _resolve_all(problems, chosen, every)
    problems.raise_any()
    _check_cycles(problems, every, resolved)
    allowed = _allowed(every, instances, profiles)
    _check_forwards(problems, every, allowed)
    problems.raise_any()
    wanted, notices = _wanted(every, resolved, instances, allowed, workspace.apps, with_dependencies=with_dependencies)
    notices = [*_profile_notices(every, profiles), *notices, *_asked(problems, every, wanted if asking is None else wanted & set(asking))]
    problems.raise_any()
    graph = {name: [need.instance for need in resolved[name].found] for name in wanted}
    return Selection(
        workspace=workspace,
        environment=chosen,
        instances=tuple(
            replace(every[name].instance, depends_on=tuple(need for need in resolved[name].found if need.instance in wanted))
            for name in in_order(graph)
        ),
        complete=not instances,
        notices=tuple(notices),
        left_out=tuple(sorted(set(every) - wanted)),
    )


def choose_environment(workspace: Workspace, name: str | None) -> Environment:
    """The environment of this name, or the default one. Raises UsageError."""
    known = workspace.environments
    if not known:
        raise UsageError(
            f"workspace {workspace.name} has no environments",
            where=str(workspace.document),
            hint="make environments/dev/environment.json with {}",
        )
    name = workspace.implied_environment if name is None else name
    if name is None:
        hint = f'name one of {listed(sorted(known))}, or set "defaultEnvironment" in {workspace.document.name}'
        raise UsageError(f"workspace {workspace.name} has several environments", hint=hint)
    if name not in known:
        raise UsageError(f'there is no environment "{name}" in workspace {workspace.name}', hint=suggest(name, known, what="environments"))
    return known[name]


def entries_of(workspace: Workspace, environment: Environment) -> tuple[InstanceEntry, ...]:
    """What the environment places: its `instances`, or one of every app."""
    if environment.entries is not None:
        return environment.entries
    return tuple(InstanceEntry(app, "", {}, Place(environment.document)) for app in sorted(workspace.apps))


@dataclass(frozen=True)
class _Resolved:
    """Dependencies of one instance: those found among the environment's instances, and the optional ones that are not there."""

    found: tuple[InstanceDependency, ...]
    absent: tuple[str, ...]


def _check_command_line(variables: Mapping[str, Any]) -> None:
    for name in variables:
        if name in COMPUTED:
            raise UsageError(
                f'"{name}" is a computed variable and cannot be set', hint=f"choose another name; computed are {', '.join(COMPUTED)}"
            )


def _check_names(every: Mapping[str, Assembled], environment: Environment, names: Sequence[str]) -> None:
    for name in names:
        if name not in every:
            raise UsageError(
                f'there is no instance "{name}" in environment {environment.name}', hint=suggest(name, every, what="instances")
            )


def _resolve_all(problems: Problems, environment: Environment, every: Mapping[str, Assembled]) -> dict[str, _Resolved]:
    """For each instance, which instances its `dependsOn` means."""
    result: dict[str, _Resolved] = {}
    for name, item in every.items():
        found: list[InstanceDependency] = []
        absent: list[str] = []
        for need in item.depends_on:
            target = _target(need, item.instance.suffix, every)
            if target is not None:
                found.append(InstanceDependency(target, need.condition, need.required))
            elif need.required:
                others = [other for other in every if every[other].instance.app == need.app]
                problems.add(
                    find_place(item.layers, "dependsOn", need.app),
                    f'environment {environment.name} has no instance of "{need.app}" for {name}',
                    f"there is {listed(sorted(others))}: add one without suffix"
                    if others
                    else f'add {{"app": "{need.app}"}} to its instances, or "required": false',
                    key=True,
                )
            else:
                absent.append(need.app)
        result[name] = _Resolved(tuple(found), tuple(absent))
    return result


def _target(need: AppDependency, suffix: str, every: Collection[str]) -> str | None:
    """The dependency's instance with the same suffix, else the one without."""
    return next((name for name in (f"{need.app}-{suffix}" if suffix else need.app, need.app) if name in every), None)


def _check_cycles(problems: Problems, every: Mapping[str, Assembled], resolved: Mapping[str, _Resolved]) -> None:
    cycle = find_cycle({name: [need.instance for need in item.found] for name, item in resolved.items()})
    if cycle:
        following = every[cycle[1] if len(cycle) > 1 else cycle[0]].instance.app
        message = f"a cycle of dependencies: {' -> '.join([*cycle, cycle[0]])}"
        problems.add(find_place(every[cycle[0]].layers, "dependsOn", following), message, "remove one of them from dependsOn", key=True)
        problems.raise_any()


def _allowed(every: Mapping[str, Assembled], names: Sequence[str], profiles: Sequence[str]) -> set[str]:
    """Instances that take part: without profiles, with one that was asked for, or named (which asks for its profiles too)."""
    asked = set(profiles).union(*(every[name].instance.profiles for name in names))
    return {name for name, item in every.items() if name in names or _in_profiles(item.instance.profiles, asked)}


def _wanted(
    every: Mapping[str, Assembled],
    resolved: Mapping[str, _Resolved],
    names: Sequence[str],
    allowed: set[str],
    apps: Collection[str],
    *,
    with_dependencies: bool,
) -> tuple[set[str], list[str]]:
    """Which instances, and what a person should know about it."""
    notices: list[str] = []
    hidden = sorted(set(every) - allowed)
    if hidden and not names:
        notices.append(f"left out by profile: {', '.join(f'{name} ({listed(every[name].instance.profiles)})' for name in hidden)}")
    if not with_dependencies:
        return set(names) or allowed, notices
    wanted: set[str] = set()
    todo = sorted(set(names) or allowed, reverse=True)
    while todo:
        name = todo.pop()
        if name in wanted:
            continue
        wanted.add(name)
        for need in resolved[name].found:
            if need.instance in allowed:
                todo.extend([need.instance] if need.required else [])
            elif need.required:
                raise UsageError(
                    f"{name} needs {need.instance}, which is left out by its profile",
                    hint=f"add --profile {every[need.instance].instance.profiles[0]}, or name {need.instance} too",
                )
            else:
                notices.append(f"{name} goes on without {need.instance}: it is optional and left out by its profile")
        absent = ((app, _nowhere(app, apps)) for app in resolved[name].absent)
        notices.extend(f"{name} goes on without {app}: it is optional and not in this {place}" for app, place in absent)
    return wanted, notices


def _asked(problems: Problems, every: Mapping[str, Assembled], wanted: Collection[str]) -> list[str]:
    """Tell what those that take part cannot have of the system environment; a notice of what was read there."""
    asks = [ask for name in sorted(wanted) for ask in every[name].asks]
    for ask in asks:
        if ask.refusal:
            problems.add(ask.place, ask.refusal, ask.hint, key=True)
    taken = sorted({ask.variable for ask in asks})
    return [f"taken from the system environment: {', '.join(taken)}"] if taken else []


def _nowhere(app: str, apps: Collection[str]) -> str:
    """Where an app is not, with the name that may have been meant."""
    if app in apps:
        return "environment"
    near = nearest(app, sorted(apps))
    return f'workspace (did you mean "{near}"?)' if near else "workspace"


def _in_profiles(own: Iterable[str], asked: Collection[str]) -> bool:
    """Whether an instance with these profiles takes part."""
    own = list(own)
    return not own or ALL_PROFILES in asked or any(profile in asked for profile in own)


def _profile_notices(every: Mapping[str, Assembled], profiles: Sequence[str]) -> list[str]:
    known = {profile for item in every.values() for profile in item.instance.profiles}
    return [
        f'no instance has the profile "{profile}"' + (f"; {hint}" if (hint := suggest(profile, known, what="profiles")) else "")
        for profile in profiles
        if profile not in known and profile != ALL_PROFILES
    ]


def _check_forwards(problems: Problems, every: Mapping[str, Assembled], names: Iterable[str]) -> None:
    """No two forwards bind one local port."""
    taken: dict[tuple[str, int], str] = {}
    for name in sorted(names):
        for forward in every[name].instance.forwards:
            if not isinstance(forward.local_port, int):
                continue
            mine = f"{name}/{forward.name}"
            owner = taken.setdefault((forward.bind or DEFAULT_BIND, forward.local_port), mine)
            if owner != mine:
                example = f'"forwards": [{{"name": "{forward.name}", "localPort": "auto"}}]'
                problems.add(
                    find_place(every[name].layers, "forwards", forward.name, "localPort"),
                    f"the local port {forward.local_port} of {mine} is already taken by {owner}",
                    f'give one of them another localPort, or "auto"; in an instance: {example}',
                )
