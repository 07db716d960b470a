# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The containers of a pod: the service's own, and those that run before it. Pure but for the files that it mounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .app import App
from .build import image
from .environment import env, hidden_in_words
from .hooks import lifecycle
from .probes import probe_command, probes
from .resources import resources
from .security import container_security
from .storage import mounts

_PULL = {"always": "Always", "never": "Never", "missing": "IfNotPresent", "": "IfNotPresent"}


def containers(app: App, open_ports: list[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(the container of the service, initContainers)."""
    said = app.said
    app.variables["image"] = image(app)
    own: dict[str, Any] = {"name": app.name, "image": app.template.text("image")}
    own |= _common(app, said)
    if open_ports:
        own["ports"] = [{"name": port["name"], "containerPort": port["port"], "protocol": port["protocol"]} for port in open_ports]
    mounted = mounts(app)
    if mounted:
        own["volumeMounts"] = mounted
    own |= {} if app.kind in ("Job", "CronJob") else probes(said)
    if any(secret in word for word in probe_command(said.get("healthcheck") or {}) or () for secret in app.shared.hidden):
        hint = "a test that is a text runs in a shell, which reads a variable of the container: $$NAME"
        app.tell("healthcheck", "the healthcheck holds a secret value, which whoever reads the manifest sees", hint, lost=False)
    hooks = lifecycle(said)
    if hooks:
        own["lifecycle"] = hooks
    if said.get("stdin_open"):
        own["stdin"] = True
    if said.get("tty"):
        own["tty"] = True
    return own, [_before(app, hook, number, mounted) for number, hook in enumerate(said.get("pre_start") or ())]


def _common(app: App, said: Mapping[str, Any]) -> dict[str, Any]:
    """What every container of a pod may have."""
    found: dict[str, Any] = {"imagePullPolicy": _pull_policy(app, said)}
    variables = env(app, said.get("environment") or {})
    for key, field in (("entrypoint", "command"), ("command", "args")):
        if said.get(key):
            found[field] = hidden_in_words(app, said[key], variables)
        elif said.get(key) == [] and key == "entrypoint":
            app.tell(key, "an empty entrypoint: Kubernetes takes the image's own", "write the command as the entrypoint", lost=False)
    if said.get("working_dir"):
        found["workingDir"] = said["working_dir"]
    if variables:
        found["env"] = variables
    needed = resources(app, said)
    if needed:
        found["resources"] = needed
    allowed = container_security(app, said)
    if allowed:
        found["securityContext"] = allowed
    return found


def _pull_policy(app: App, said: Mapping[str, Any]) -> str:
    policy = str(said.get("pull_policy") or "")
    if policy in _PULL:
        return _PULL[policy]
    if policy == "build":
        return "IfNotPresent"
    app.tell("pull_policy", f"pull_policy: {policy} asks at each start of a pod: imagePullPolicy Always", lost=False)
    return "Always"


def _before(app: App, hook: Mapping[str, Any], number: int, mounted: list[dict[str, Any]]) -> dict[str, Any]:
    """A container that runs to its end before the service starts."""
    same = hook.get("image") == app.said.get("image") or not hook.get("image")
    if not hook.get("per_replica"):
        app.tell(("pre_start", number), "an initContainer runs in each pod, not once for the service", lost=False)
    found: dict[str, Any] = {"name": f"before-{number + 1}", "image": app.template.text("image") if same else str(hook["image"])}
    found |= _common(app, hook)
    if mounted:
        found["volumeMounts"] = mounted
    return found
