# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a merged instance back to the documents' own form: what `config` prints is what an environment's `instances` may say. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .drift import written_drift
from .duration import duration_text
from .schema import DEFAULT_INCLUDE
from .types import MISSING, Forward, HealthCheck, ImageBuild, Instance, InstanceDependency, ManifestSource, ReadinessRule, ValueSource


def written_instance(instance: Instance, apps: Mapping[str, str]) -> dict[str, Any]:
    """The instance as an item of `instances`, without its variables. apps: instance id -> app, for its dependencies."""
    found: dict[str, Any] = {"app": instance.app}
    if instance.suffix:
        found["suffix"] = instance.suffix
    found["namespace"] = instance.namespace
    if manifests := _manifests(instance):
        found["manifests"] = manifests
    if instance.builds:
        found["build"] = _build(instance)
    if instance.values:
        found["values"] = {source.variable: _value(source) for source in instance.values}
    return {
        **found,
        "dependsOn": {apps.get(need.instance, need.instance): _dependency(need) for need in instance.depends_on},
        "readiness": [_rule(rule) for rule in instance.readiness],
        "forwards": [_forward(forward) for forward in instance.forwards],
        "health": [_health(check) for check in instance.health],
        "profiles": list(instance.profiles),
        "timeout": duration_text(instance.timeout),
        "onFailure": instance.on_failure,
        "onImmutable": instance.on_immutable,
        "restartOn": sorted(instance.restart_on),
        "adoption": instance.adoption,
        "drift": written_drift(instance.drift),
    }


def _stated(**keys: Any) -> dict[str, Any]:
    """The keys that have something to say."""
    return {key: value for key, value in keys.items() if value is not None and value is not MISSING}


def _manifests(instance: Instance) -> dict[str, Any]:
    """What differs from the defaults."""
    source: ManifestSource = instance.manifests
    path = os.path.relpath(source.path, instance.folder)
    values = [item.file if item.required else {"file": item.file, "required": False} for item in source.values]
    return _stated(
        engine=source.engine,
        path=path if path != "manifests" else None,
        include=list(source.include) if source.include != DEFAULT_INCLUDE else None,
        namespaces=list(source.namespaces) or None,
        options=dict(source.options) or None,
        values=values or None,
    )


def _build(instance: Instance) -> dict[str, Any]:
    if instance.builds[0].only:
        return _image(instance, instance.builds[0])
    return {"images": {image.name: _image(instance, image) for image in instance.builds}}


def _image(instance: Instance, image: ImageBuild) -> dict[str, Any]:
    secrets = {
        one.id: _stated(file=os.path.relpath(one.file, instance.folder) if one.file else None, environment=one.environment or None)
        for one in image.secrets
    }
    return _stated(
        context=os.path.relpath(image.context, instance.folder),
        dockerfile=os.path.relpath(image.dockerfile, image.context),
        target=image.target or None,
        args=dict(image.args) or None,
        secrets=secrets or None,
        platforms=list(image.platforms) or None,
        image=image.repository,
        tags=list(image.tags) or None,
        labels=dict(image.labels) or None,
        maxSize=f"{image.max_size}B" if image.max_size is not None else None,
    )


def _value(source: ValueSource) -> dict[str, Any]:
    resource = _stated(
        apiVersion=source.api_version, kind=source.kind, name=source.name, selector=source.selector, namespace=source.namespace
    )
    return _stated(
        resource=resource,
        path=source.path,
        default=source.default,
        required=None if source.required else False,
        wait=duration_text(source.wait) if source.wait else None,
        engine=source.engine or None,
    )


def _dependency(need: InstanceDependency) -> dict[str, Any]:
    return {"condition": need.condition, "required": need.required}


def _rule(rule: ReadinessRule, *, inner: bool = False) -> dict[str, Any]:
    return _stated(
        kind=None if inner else rule.kind,
        name=rule.name,
        path=rule.path,
        equals=rule.equals,
        oneOf=list(rule.one_of) or None,
        exists=rule.exists,
        condition=rule.condition,
        fails=list(rule.fails) or None,
        anyOf=[_rule(test, inner=True) for test in rule.any_of] or None,
    )


def _forward(forward: Forward) -> dict[str, Any]:
    return _stated(
        name=forward.name,
        target=forward.target,
        port=forward.port,
        localPort=forward.local_port,
        bind=forward.bind,
        open=forward.open,
    )


def _health(check: HealthCheck) -> dict[str, Any]:
    return {
        "name": check.name,
        check.kind: {key: dict(value) if isinstance(value, Mapping) else value for key, value in check.probe.items()},
        "interval": duration_text(check.interval),
        "timeout": duration_text(check.timeout),
        "failures": check.failures,
        "successes": check.successes,
        "startPeriod": duration_text(check.start_period),
        "restart": check.restart,
    }
