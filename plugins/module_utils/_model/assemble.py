# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instance: its layers merged, its namespace and variables computed.

Pure, except that an instance's own `manifests` are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._secrets import literal
from .build import (
    DEFAULT_TIMEOUT,
    dependencies,
    forward,
    health_check,
    manifest_source,
    plain_variables,
    readiness_rule,
    system_variables,
    value_sources,
)
from .builds import images_of
from .drift import drift_of
from .duration import seconds
from .env_files import BESIDE, SystemEnvironment, absent_files, hint_for
from .merge import Layer, Merged, find_place, merge_settings, merge_variables, normalise, removed_variables
from .problems import Problems
from .rules import check_settings
from .schema import DEFAULT_NAMESPACE, LABEL, TARGET
from .sensitive import is_callers_credential
from .template import BadTemplate, substitute
from .types import (
    DEFAULT_RESTART_ON,
    MISSING,
    App,
    AppDependency,
    Environment,
    Forward,
    HealthCheck,
    Instance,
    InstanceEntry,
    Origin,
    Place,
    SystemVariable,
    ValueSource,
    Variable,
    Workspace,
)
from .workspace_checks import check_manifests


@dataclass(frozen=True)
class Assembled:
    """An instance, the apps that it needs (still to be resolved), and the layers it was made from. asks: what it asks of the system
    environment, which only counts when it takes part."""

    instance: Instance
    depends_on: tuple[AppDependency, ...]
    layers: tuple[Layer, ...]
    asks: tuple[SystemAsk, ...] = ()


@dataclass(frozen=True)
class SystemAsk:
    """A variable that was looked for in the system environment. refusal: why it cannot be had, with a hint; "" when it was read."""

    variable: str
    place: Place
    refusal: str = ""
    hint: str = ""


class Assembler:
    """Makes the instances of one environment. Problems are told to `problems`; what comes back is only good when there were none.

    command_line: variables of the command line. system: the system environment, or None not to look (variables without a default
    then stay undefined). allowed: credentials of the caller that may be read from there; None: all of them.
    """

    def __init__(
        self,
        problems: Problems,
        workspace: Workspace,
        environment: Environment,
        command_line: Mapping[str, Any],
        system: SystemEnvironment | None,
        allowed: Collection[str] | None = None,
    ) -> None:
        self._allowed = allowed
        self._problems = problems
        self._workspace = workspace
        self._environment = environment
        self._system = system
        self._weak = Layer("workspace", normalise(workspace.raw), Place(workspace.document))
        self._middle = Layer("environment", normalise(environment.raw), Place(environment.document))
        self._strong = Layer("command line", {"variables": literal(dict(command_line))})
        self._apps: dict[str, Layer] = {}

    def assemble(self, entry: InstanceEntry) -> Assembled | None:
        """The instance of one entry; None after telling what is wrong with it."""
        app = self._workspace.apps[entry.app]
        if app.name not in self._apps:
            self._apps[app.name] = Layer("app", normalise(app.raw), Place(app.document))
        files = [Layer("file", {"variables": literal(dict(found))}, Place(file)) for file, found in app.files]
        layers = [self._weak, *files, self._apps[app.name], self._middle]
        if entry.overrides:
            layers.append(Layer("instance", normalise(entry.overrides), entry.place))
        documents = tuple(layers)
        settings, variables = merge_settings(documents), merge_variables((*documents, self._strong))
        before = len(self._problems)
        self._check(settings, variables, documents)
        computed = self._computed(entry)
        namespace = self._namespace(entry, settings, computed, documents)
        if len(self._problems) > before:
            return None
        computed["namespace"] = namespace
        before = len(self._problems)
        self._check_manifests(entry, app, settings, computed)
        if len(self._problems) > before:
            return None
        instance = self._build(entry, app, settings, variables, computed, documents)
        asks = tuple(ask for wanted in system_variables(variables) if (ask := self._ask(wanted, entry)) is not None)
        if self._system is not None:
            asks += tuple(SystemAsk("", place, f"there is no file {file}", hint_for(file)) for place, file in absent_files(app))
        return Assembled(instance, dependencies(settings, app.document), documents, asks)

    def _check(self, settings: Mapping[str, Any], variables: Mapping[str, Merged], layers: tuple[Layer, ...]) -> None:
        def report(path: tuple[Any, ...], message: str, hint: str | None) -> None:
            self._problems.add(find_place(layers, *path), message, hint)

        check_settings(settings, variables, report)

    def _check_manifests(self, entry: InstanceEntry, app: App, settings: Mapping[str, Any], computed: Mapping[str, str]) -> None:
        """What could not be looked at with the app: an instance's own manifests, and a path that names computed variables."""
        if "manifests" in entry.overrides:
            stated = Place(entry.place.document, (*entry.place.path, "manifests"))
        elif "{{" in str((settings.get("manifests") or {}).get("path", "")):
            stated = Place(app.document, ("manifests",))
        else:
            return
        check_manifests(self._problems, stated, app.folder, settings, computed)

    def _computed(self, entry: InstanceEntry) -> dict[str, str]:
        return {
            "workspace": self._workspace.name,
            "environment": self._environment.name,
            "app": entry.app,
            "suffix": entry.suffix,
            "instance": entry.id,
        }

    def _namespace(self, entry: InstanceEntry, settings: Mapping[str, Any], computed: Mapping[str, str], layers: tuple[Layer, ...]) -> str:
        """The namespace, told when it is not one that Kubernetes takes (an RFC 1123 label, at most 63 characters)."""
        template = settings.get("namespace") or DEFAULT_NAMESPACE
        try:
            result = substitute(template, computed)
        except BadTemplate:
            return ""  # told by the rules
        if not re.search(LABEL, result):
            hint = "a namespace is at most 63 lower-case letters, digits and dashes, beginning and ending with a letter or digit"
            if not entry.suffix and "suffix" in template:
                hint = f"{entry.id} has no suffix: use {{{{ instance }}}}, which is the app and, where there is one, its suffix"
            place = find_place(layers, "namespace") if "namespace" in settings else self._default_namespace_place()
            self._problems.add(place, f'the namespace of instance {entry.id} would be "{result}" ({len(result)} characters)', hint)
        return result

    def _default_namespace_place(self) -> Place:
        return Place(self._workspace.document, ("name",))

    def _build(
        self,
        entry: InstanceEntry,
        app: App,
        settings: Mapping[str, Any],
        variables: dict[str, Merged],
        computed: dict[str, str],
        layers: tuple[Layer, ...],
    ) -> Instance:
        return Instance(
            id=entry.id,
            app=app.name,
            suffix=entry.suffix,
            environment=self._environment.name,
            workspace=self._workspace.name,
            namespace=computed["namespace"],
            folder=app.folder,
            manifests=manifest_source(app.folder, settings, computed),
            variables=self._variables(variables, computed),
            values=tuple(_fill_value(value, computed) for value in value_sources(variables)),
            readiness=tuple(readiness_rule(rule) for rule in settings.get("readiness") or ()),
            forwards=tuple(self._forward(name, raw, computed, layers) for name, raw in (settings.get("forwards") or {}).items()),
            health=tuple(self._health(name, raw, computed, layers) for name, raw in (settings.get("health") or {}).items()),
            profiles=tuple(settings.get("profiles") or ()),
            timeout=seconds(settings.get("timeout"), DEFAULT_TIMEOUT),
            on_failure=settings.get("onFailure") or "keep",
            on_immutable=settings.get("onImmutable") or "refuse",
            restart_on=frozenset(DEFAULT_RESTART_ON if settings.get("restartOn") is None else settings["restartOn"]),
            adoption=settings.get("adoption") or "adoptIfFree",
            drift=drift_of(layers, computed),
            builds=images_of(settings, app.folder, self._workspace.name, app.name),
            removed=removed_variables((*layers, self._strong)),
        )

    def _variables(self, merged: Mapping[str, Merged], computed: Mapping[str, str]) -> dict[str, Variable]:
        """Documents, system environment and command line, then the computed ones."""
        result = plain_variables(merged)
        for wanted in system_variables(merged):
            value = wanted.default if self._system is None else self._system.get(wanted.variable, wanted.default)
            if value is not MISSING:
                item = merged[wanted.variable]
                place = self._system.place_of(wanted.variable) if self._system is not None else None
                origin = Origin(BESIDE, place=place) if place else Origin("system environment", place=wanted.place)
                result[wanted.variable] = Variable(literal(value), origin, item.overridden)
        return result | {name: Variable(value, Origin("computed")) for name, value in computed.items()}

    def _ask(self, wanted: SystemVariable, entry: InstanceEntry) -> SystemAsk | None:
        """What is to be said if this instance takes part; None where nothing was read and nothing is missing."""
        if self._system is None or wanted.place is None:
            return None
        name = wanted.variable
        if name not in self._system:
            if wanted.default is not MISSING:
                return None
            words = f"the system environment has no {name}, which instance {entry.id} needs"
            return SystemAsk(
                name, wanted.place, words, f'set it (export {name}=..., or in {BESIDE} beside workspace.json), or give it a "default"'
            )
        if self._system.place_of(name) is not None:
            return None
        if self._allowed is not None and name not in self._allowed and is_callers_credential(name):
            words = f"{name} is a credential of whoever runs this, and the workspace asks for it"
            return SystemAsk(name, wanted.place, words, f"if it shall have it: --allow-env {name} (in playbooks roro_allow_environment)")
        return SystemAsk(name, wanted.place)

    def _forward(self, name: str, raw: Mapping[str, Any], computed: Mapping[str, str], layers: tuple[Layer, ...]) -> Forward:
        found = forward(name, raw)
        target = self._target(found.target, computed, find_place(layers, "forwards", name, "target"))
        return replace(found, target=target, open=substitute(found.open, computed) if found.open else None)

    def _health(self, name: str, raw: Mapping[str, Any], computed: Mapping[str, str], layers: tuple[Layer, ...]) -> HealthCheck:
        found = health_check(name, raw)
        probe = dict(found.probe)
        probe["target"] = self._target(probe["target"], computed, find_place(layers, "health", name, found.kind, "target"))
        if "path" in probe:
            probe["path"] = substitute(probe["path"], computed)
        return replace(found, probe=probe)

    def _target(self, template: str, computed: Mapping[str, str], place: Place) -> str:
        target = substitute(template, computed)
        if not re.search(TARGET, target) or not re.search(_OBJECT_NAME, target.partition("/")[2]):
            self._problems.add(place, f'the target would be "{target}"', "a target is kind/name, such as service/api")
        return target


_OBJECT_NAME = "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$(?!\\n)"


def _fill_value(value: ValueSource, computed: Mapping[str, str]) -> ValueSource:
    """Computed variables put into the resource that a value names."""

    def fill(text: str | None) -> str | None:
        return substitute(text, computed) if text else text

    return replace(value, name=fill(value.name), namespace=fill(value.namespace), selector=fill(value.selector))
