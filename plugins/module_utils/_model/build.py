# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents in their mergeable form (see `merge.normalise`) -> the typed parts of apps and instances, defaults filled in. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from .drift import drift_of
from .duration import seconds
from .merge import Layer, Merged, merge_settings, merge_variables, normalise
from .schema import DEFAULT_INCLUDE
from .template import substitute
from .types import (
    MISSING,
    App,
    AppDependency,
    Environment,
    Forward,
    HealthCheck,
    InstanceEntry,
    ManifestSource,
    Place,
    ReadinessRule,
    SystemVariable,
    ValuesFile,
    ValueSource,
    Variable,
    Workspace,
)

DEFAULT_TIMEOUT = 300.0
_PROBES: tuple[Literal["http", "tcp", "exec"], ...] = ("http", "tcp", "exec")


def manifest_source(folder: Path, settings: Mapping[str, Any], computed: Mapping[str, str] | None = None) -> ManifestSource:
    """`manifests`, with its path made absolute. computed: variables that the path may name. Raises BadTemplate."""
    raw = settings.get("manifests") or {}
    path = raw.get("path", "manifests")
    return ManifestSource(
        engine=raw.get("engine"),
        path=Path(os.path.normpath(folder / (path if computed is None else substitute(path, computed)))),
        include=tuple(raw.get("include") or DEFAULT_INCLUDE),
        namespaces=tuple(raw.get("namespaces") or ()),
        options=dict(raw.get("options") or {}),
        values=tuple(
            ValuesFile(item) if isinstance(item, str) else ValuesFile(item["file"], item.get("required", True))
            for item in raw.get("values") or ()
        ),
    )


def value_source(variable: str, raw: Mapping[str, Any]) -> ValueSource:
    """One of `values`."""
    resource = raw["resource"]
    return ValueSource(
        variable=variable,
        api_version=resource["apiVersion"],
        kind=resource["kind"],
        name=resource.get("name"),
        selector=resource.get("selector"),
        namespace=resource.get("namespace"),
        path=raw["path"],
        default=raw.get("default", MISSING),
        required=raw.get("required", True),
        wait=seconds(raw.get("wait"), 0.0) or None,
        engine=raw.get("engine", ""),
    )


def forward(name: str, raw: Mapping[str, Any]) -> Forward:
    """One of `forwards`."""
    return Forward(
        name=name,
        target=raw["target"],
        port=raw["port"],
        local_port=raw.get("localPort"),
        bind=raw.get("bind"),
        open=raw.get("open"),
    )


def health_check(name: str, raw: Mapping[str, Any]) -> HealthCheck:
    """One of `health`."""
    kind = next(kind for kind in _PROBES if kind in raw)
    return HealthCheck(
        name=name,
        kind=kind,
        probe=dict(raw[kind]),
        interval=seconds(raw.get("interval"), 10.0),
        timeout=seconds(raw.get("timeout"), 5.0),
        failures=raw.get("failures", 3),
        successes=raw.get("successes", 1),
        start_period=seconds(raw.get("startPeriod"), 30.0),
        restart=raw.get("restart", False),
    )


def readiness_rule(raw: Mapping[str, Any], kind: str | None = None) -> ReadinessRule:
    """One of `readiness`; the tests in `anyOf` are about the same kind."""
    kind = kind or str(raw["kind"])
    equals = raw.get("equals")
    return ReadinessRule(
        kind=kind,
        name=raw.get("name"),
        path=raw.get("path"),
        equals=MISSING if equals is None else equals,
        one_of=tuple(raw.get("oneOf") or ()),
        exists=raw.get("exists"),
        condition=raw.get("condition"),
        any_of=tuple(readiness_rule(test, kind) for test in raw.get("anyOf") or ()),
        fails=tuple(raw.get("fails") or ()),
    )


def dependencies(settings: Mapping[str, Any], document: Path) -> tuple[AppDependency, ...]:
    """`dependsOn`, sorted by name."""
    return tuple(
        AppDependency(app, raw.get("condition", "healthy"), raw.get("required", True), Place(document, ("dependsOn", app)))
        for app, raw in sorted((settings.get("dependsOn") or {}).items())
    )


def system_variables(variables: Mapping[str, Merged]) -> tuple[SystemVariable, ...]:
    """Those taken from the system environment."""
    return tuple(
        SystemVariable(name, item.value.get("default", MISSING), item.origin.place)
        for name, item in variables.items()
        if item.key == "systemEnvironment"
    )


def plain_variables(variables: Mapping[str, Merged]) -> dict[str, Variable]:
    """Those with a value in the documents."""
    return {name: item.variable() for name, item in variables.items() if item.key == "variables"}


def value_sources(variables: Mapping[str, Merged]) -> tuple[ValueSource, ...]:
    """Those read from the cluster, sorted by variable."""
    return tuple(
        replace(value_source(name, item.value), layer=item.origin.layer, place=item.origin.place, overridden=item.overridden)
        for name, item in sorted(variables.items())
        if item.key == "values"
    )


def build_app(name: str, document: Path, raw: Mapping[str, Any], files: tuple[tuple[Path, Mapping[str, str]], ...] = ()) -> App:
    """An app on its own, before any environment has its say. files: see App."""
    layer = Layer("app", normalise(raw), Place(document))
    settings, variables = merge_settings([layer]), merge_variables([layer])
    return App(
        name=name,
        folder=document.parent,
        document=document,
        manifests=manifest_source(document.parent, settings),
        description=raw.get("description") or "",
        namespace=settings.get("namespace"),
        variables=plain_variables(variables),
        system_environment=system_variables(variables),
        values=value_sources(variables),
        depends_on=dependencies(settings, document),
        readiness=tuple(readiness_rule(rule) for rule in settings.get("readiness") or ()),
        forwards=tuple(forward(key, item) for key, item in (settings.get("forwards") or {}).items()),
        health=tuple(health_check(key, item) for key, item in (settings.get("health") or {}).items()),
        profiles=tuple(settings.get("profiles") or ()),
        timeout=seconds(settings.get("timeout"), DEFAULT_TIMEOUT),
        on_failure=settings.get("onFailure"),
        raw=raw,
        files=files,
    )


def build_environment(name: str, document: Path, raw: Mapping[str, Any]) -> Environment:
    """An environment on its own."""
    layer = Layer("environment", normalise(raw), Place(document))
    listed = raw.get("instances")
    kubeconfig = raw.get("kubeconfig")
    return Environment(
        name=name,
        folder=document.parent,
        document=document,
        context=raw.get("context"),
        kubeconfig=Path(os.path.normpath(document.parent / os.path.expanduser(kubeconfig))) if kubeconfig else None,  # noqa: PTH111 - never raises
        namespace=raw.get("namespace"),
        variables=plain_variables(merge_variables([layer])),
        entries=None if listed is None else tuple(_entry(document, number, item) for number, item in enumerate(listed)),
        raw=raw,
    )


def _entry(document: Path, number: int, raw: Mapping[str, Any]) -> InstanceEntry:
    overrides = {key: value for key, value in raw.items() if key not in ("app", "suffix", "description", "instance")}
    return InstanceEntry(raw["app"], raw.get("suffix") or "", overrides, Place(document, ("instances", number)))


def build_workspace(document: Path, raw: Mapping[str, Any], apps: Mapping[str, App], environments: Mapping[str, Environment]) -> Workspace:
    """Everything together."""
    layer = Layer("workspace", normalise(raw), Place(document))
    settings = merge_settings([layer])
    git = settings.get("git") or {}
    defaults = {"branch": "main", "strategy": "rebase", "push": False}
    kept = {key: value for key, value in git.items() if value is not None and not key.startswith("x-")}
    return Workspace(
        name=raw["name"],
        root=document.parent,
        document=document,
        apps=apps,
        environments=environments,
        variables=plain_variables(merge_variables([layer])),
        git={**defaults, **kept, "interval": seconds(git.get("interval"), 60.0)} if git else {},
        raw=raw,
        default_environment=raw.get("defaultEnvironment"),
        drift=drift_of([layer]),
        **{name: settings[key] for name, key in (("namespace", "namespace"), ("on_failure", "onFailure")) if key in settings},
    )
