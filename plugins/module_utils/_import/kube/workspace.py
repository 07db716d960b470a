# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole project as the files of a workspace: an app for each service and job, one for what they share, one environment."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..compose.project import Project
from .app import App, Shared
from .build import build_note
from .environment import hidden_values, secret_object
from .names import is_host, label, labels
from .network import forwards, ports, services
from .notices import Notice, Notices, tell_what_is_lost
from .probes import health
from .storage import claim_object, config_object
from .workload import choose_kind, workloads

_CONDITIONS = {"service_started": "started", "service_healthy": "healthy", "service_completed_successfully": "completed"}
YamlText = Callable[[Any], str]


@dataclass(frozen=True)
class Made:
    """files: path below the workspace -> text, in the order in which they are written. private: those that only their owner may read.
    notices: what is not carried over. apps: app -> the kind that runs it. secrets: how many values stand in private files."""

    name: str
    files: Mapping[str, str]
    private: frozenset[str]
    notices: tuple[Notice, ...]
    apps: Mapping[str, str]


def make_workspace(project: Project, into: Path, yaml_text: YamlText, name: str = "") -> Made:
    """The files. into: the workspace's folder, absolute, which builds are relative to. name: of the workspace; default the project's."""
    notices = Notices()
    apps = _apps(project, notices)
    files: dict[str, str] = {}
    private: set[str] = set()
    document: dict[str, Any] = {"version": 1, "name": label(name or project.name, 63), "description": "Made from a Compose project"}
    files["workspace.json"] = _json(document)
    for app in apps:
        _translate(app, into)
        files |= _files(app, yaml_text)
        if app.secrets:
            files[f"apps/{app.name}/.gitignore"] = "secrets.env\n"
            files[f"apps/{app.name}/secrets.env"] = _secrets(app)
            private.add(f"apps/{app.name}/secrets.env")
    kinds = {app.name: app.kind for app in apps}
    if apps and apps[0].shared.claims:
        kinds[apps[0].shared.app] = "PersistentVolumeClaim"
        files |= _shared(apps[0], yaml_text)
    files["environments/dev/environment.json"] = _json({})
    tell_what_is_lost(project.model, frozenset(app.path[1] for app in apps), notices)
    _tell_networks(project, notices)
    return Made(document["name"], files, frozenset(private), tuple(notices.all()), kinds)


def _apps(project: Project, notices: Notices) -> list[App]:
    """An app for each service and job that is wanted, and can be one."""
    wanted: list[tuple[str, str]] = []
    for section in ("services", "jobs"):
        for name, said in (project.model.get(section) or {}).items():
            if name in project.disabled:
                continue
            if "provider" in said and not (said.get("image") or said.get("build")):
                continue  # told by the table of keys
            wanted.append((section, name))
    names = labels(name for _section, name in wanted)
    shared = Shared(_users(project, names), {}, _unused("shared", set(names.values())), set(names.values()))
    shared.hidden = hidden_values(project)
    shared.claim_names = labels(project.model.get("volumes") or {})
    model = project.model
    apps = [App(project, notices, shared, names[name], (section, name), model[section][name], names) for section, name in wanted]
    awaited = {
        need
        for app in apps
        for need, how in (app.said.get("depends_on") or {}).items()
        if how.get("condition") == "service_completed_successfully"
    }
    for app in apps:
        app.kind = choose_kind(app, app.path[1] in awaited)
        if app.name != app.path[1]:
            app.tell(
                (), f'"{app.path[1]}" is no name that Kubernetes takes: it is the app {app.name}, and reached by that name', lost=False
            )
    return apps


def _users(project: Project, names: Mapping[str, str]) -> dict[str, set[str]]:
    """Which services have a volume."""
    found: dict[str, set[str]] = {}
    every = {**(project.model.get("services") or {}), **(project.model.get("jobs") or {})}

    def use(user: str, said: Mapping[str, Any]) -> None:
        for volume in said.get("volumes") or ():
            if volume.get("type") == "volume" and volume.get("source"):
                found.setdefault(volume["source"], set()).add(user)

    for name in names:
        use(name, every[name])
        for other in every[name].get("volumes_from") or ():
            use(name, every.get(other.partition(":")[0]) or {})
    return found


def _unused(name: str, taken: set[str]) -> str:
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{name}-{number}", number + 1
    return unique


def _translate(app: App, into: Path) -> None:
    """Fill the app: its workload, Services, configuration and document."""
    open_ports = ports(app)
    running = workloads(app, open_ports)
    needs_service = app.kind not in ("Job", "CronJob") or open_ports
    reached = services(app, open_ports) if needs_service else []
    if not is_host(app.name) and reached:
        app.tell((), f"the name {app.name} begins with a digit, which no Service may", "rename the service")
        reached = reached[1:]
    if app.config:
        app.objects.append(config_object(f"{app.instance}-files", app.config))
    secret = secret_object(app)
    if secret is not None:
        app.objects.append(secret)
    app.objects = [*app.objects, *running, *reached]
    app.document = _document(app, into, open_ports)


def _document(app: App, into: Path, open_ports: list[dict[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {"description": f"The {app.path[0][:-1]} {app.path[1]} of the Compose project {app.project.name}"}
    document["variables"] = _untemplated(app.variables)
    if app.secrets:
        document["envFile"] = ["secrets.env"]
    needs = _needs(app)
    if needs:
        document["dependsOn"] = needs
    opened = forwards(app, open_ports) if app.kind not in ("Job", "CronJob") else []
    if opened:
        document["forwards"] = opened
    checks = health(app, [port["port"] for port in open_ports if port["protocol"] == "TCP"]) if app.kind not in ("Job", "CronJob") else []
    if checks:
        document["health"] = checks
    profiles = _profiles(app)
    if profiles:
        document["profiles"] = profiles
    if app.kind == "Job":
        document["onImmutable"] = "recreate"  # the pod of a Job cannot be changed: a new image is a new Job
    if ((app.said.get("deploy") or {}).get("update_config") or {}).get("failure_action") == "rollback":
        document["onFailure"] = "rollback"
    build = build_note(app, str(into / "apps" / app.name))
    if build is not None:
        document["x-build"] = build
    return document


def _untemplated(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Variables are templates in documents: braces of the project are none."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, str) and any(sign in value for sign in ("{{", "{%", "{#")):
            return "{% raw %}" + value + "{% endraw %}"
        return value

    return {key: plain(value) for key, value in variables.items()}


def _needs(app: App) -> dict[str, Any]:
    """`dependsOn` of app.json."""
    found: dict[str, Any] = {}
    for name, how in (app.said.get("depends_on") or {}).items():
        other = app.names.get(name)
        if other is None:
            if name not in app.project.disabled:
                app.tell(("depends_on", name), f"{name} is no app here: it is not waited for")
            continue
        found[other] = {"condition": _CONDITIONS[how.get("condition") or "service_started"]}
        if how.get("required") is False:
            found[other]["required"] = False
    if any(
        "persistentVolumeClaim" in volume and volume["persistentVolumeClaim"]["claimName"] in app.shared.claims for volume in app.volumes
    ):
        found[app.shared.app] = {"condition": "started"}
    return found


def _profiles(app: App) -> list[str]:
    """Its profiles; a job that nothing starts has one that nobody asks for, so that only its name brings it."""
    said = [label(name, 63) for name in app.said.get("profiles") or ()]
    for name, plain in zip(app.said.get("profiles") or (), said, strict=True):
        if name != plain:
            app.tell("profiles", f'the profile "{name}" is {plain} here', lost=False)
    if app.path[0] == "jobs" and app.kind == "Job" and not said:
        return ["by-hand"]
    return list(dict.fromkeys(said))


def _files(app: App, yaml_text: YamlText) -> dict[str, str]:
    """The document and the manifests: what runs in one file, configuration in another."""
    configuration = [each for each in app.objects if each["kind"] in ("ConfigMap", "Secret")]
    rest = [each for each in app.objects if each["kind"] not in ("ConfigMap", "Secret")]
    folder = f"apps/{app.name}"
    found = {f"{folder}/app.json": _json(app.document)}
    if configuration:
        found[f"{folder}/manifests/configuration.yaml.j2"] = app.template.render(configuration, yaml_text)
    found[f"{folder}/manifests/{app.name}.yaml.j2"] = app.template.render(rest, yaml_text)
    return found


def _shared(app: App, yaml_text: YamlText) -> dict[str, str]:
    """The app of claims that several others mount."""
    holder = copy.copy(app)
    holder.variables = {}
    holder.template = type(app.template)()
    claims = []
    for claim, about in app.shared.claims.items():
        made = claim_object(holder, claim, about["said"], about["name"])
        claims.append({"apiVersion": "v1", "kind": "PersistentVolumeClaim", **made})
        app.notices.add(
            ("volumes", about["name"]),
            f"the volume {about['name']} is mounted by several pods, which then have to run on one node",
            "a StorageClass with ReadWriteMany",
            lost=False,
        )
    folder = f"apps/{app.shared.app}"
    document = {"description": "Volumes that several apps mount", "variables": holder.variables}
    return {f"{folder}/app.json": _json(document), f"{folder}/manifests/volumes.yaml.j2": holder.template.render(claims, yaml_text)}


def _secrets(app: App) -> str:
    lines = ["# Secret values of the Compose project. Keep this file out of Git; whoever brings this app up needs it."]
    lines += [f"{name}='{value}'" for name, value in app.secrets.items()]
    return "\n".join(lines) + "\n"


def _tell_networks(project: Project, notices: Notices) -> None:
    names = [name for name in project.model.get("networks") or {} if name != "default"]
    if len(names) > 1:
        notices.add(
            ("networks", names[0]),
            "all pods of a cluster reach each other, whatever networks they were in",
            "a NetworkPolicy closes a way",
            lost=False,
        )


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
