# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one JSON Schema (2020-12) of the documents, as data.

`DEFINITIONS` holds every definition; `document_schema(kind)` is what is published as docs/schema/<kind>.schema.json and what
documents are checked against. A `title` is the noun phrase that error messages use for "expected".
Pure data.
"""

from __future__ import annotations

from typing import Any, Literal

from .duration import PATTERN as DURATION
from .schema_build import BUILD, BUILD_IMAGE, BUILD_NAMES
from .schema_drift import DRIFT, DRIFT_IGNORE, WINDOW
from .schema_parts import (
    END,
    ENV_FILE,
    KIND,
    RESTART_ON,
    Schema,
    choice,
    complete,
    list_or_map,
    many,
    named,
    record,
    ref,
    switch,
    text,
    without_name,
)

Kind = Literal["workspace", "app", "environment"]

DOCUMENT_KINDS: tuple[Kind, ...] = ("workspace", "app", "environment")
ENGINES = ("jinja2", "tera", "handlebars", "helm", "kustomize", "raw")
ADOPTIONS = ("mustMatch", "adoptIfFree", "adoptAll")
COMPUTED = ("namespace", "instance", "suffix", "app", "environment", "workspace", "revision", "git")
DEFAULT_NAMESPACE = "{{ workspace }}-{{ environment }}"
DEFAULT_INCLUDE = tuple(f"**/*{suffix}{template}" for suffix in (".yaml", ".yml", ".json") for template in ("", ".j2", ".tera", ".hbs"))


LABEL = f"^[a-z0-9]([-a-z0-9]{{0,61}}[a-z0-9])?{END}"
TARGET = f"^(service|pod|deployment|statefulset|daemonset|replicaset|job)/.+{END}"

_PORT_NUMBER: Schema = {"type": "integer", "minimum": 1, "maximum": 65535, "title": "a port number from 1 to 65535"}
_PORT_NAME = text("", title="the name of a port", pattern=f"^(?=[0-9-]*[a-z])[a-z0-9]([-a-z0-9]{{0,13}}[a-z0-9])?{END}")

_SMALL: dict[str, Schema] = {
    "name": text(
        "An RFC 1123 label. x- is kept for notes.",
        title="a name of lower-case letters, digits and dashes, at most 63 characters, not beginning with x- nor at either end with a dash",
        pattern=f"^(?!x-)[a-z0-9]([-a-z0-9]{{0,61}}[a-z0-9])?{END}",
    ),
    "noteOrName": text(
        "An RFC 1123 label, or a note (x-...).",
        title="a name of lower-case letters, digits and dashes, at most 63 characters, beginning and ending with a letter or digit",
        pattern=f"^(x-.*|[a-z0-9]([-a-z0-9]{{0,61}}[a-z0-9])?){END}",
    ),
    "variableName": text(
        "The name of a variable, or a note (x-...).",
        title="a variable name of letters, digits and underscores, not beginning with a digit",
        pattern=f"^(x-.*|[A-Za-z_][A-Za-z0-9_]*){END}",
    ),
    "duration": text(
        "A span of time: numbers with ms, s, m, h or d. Longer than zero.",
        title='a duration such as "10s", "5m" or "1h30m"',
        pattern=f"^{DURATION}{END}",
    ),
    "namespace": text(
        "A namespace, or a template over {{ workspace }}, {{ environment }}, {{ app }}, {{ instance }} and {{ suffix }}.",
        title="a namespace or a template for one",
    ),
    "target": text(
        "What in the instance: kind/name. {{ instance }} and the other computed variables may be used.",
        title="a target such as service/api, pod/api-0 or deployment/api",
        pattern=TARGET,
    ),
    "port": {
        "description": "A port of the target.",
        "title": "a port number from 1 to 65535, or the name of a port",
        "anyOf": [_PORT_NUMBER, _PORT_NAME],
    },
    "onFailure": choice(
        "When an update of an instance fails: keep it as it is, roll back to the last good revision, or stop everything.",
        "keep",
        "rollback",
        "stop",
    ),
    "onImmutable": choice(
        "What to do when a field differs that an existing object never lets change: refuse before anything is written (default), or"
        " recreate the object. What holds data is recreated by its own annotation only.",
        "refuse",
        "recreate",
    ),
    "restartOn": RESTART_ON,
    "adoption": choice(
        "What to do with an object that exists already: refuse what the instance did not make, adopt what nobody owns (default), or take"
        " every object over, whoever owns it.",
        *ADOPTIONS,
    ),
    "variables": named({}, "Variables for templates; any JSON value.", "variableName"),
    "resource": record(
        "A resource on the cluster. One of name and selector.",
        {
            "apiVersion": text(
                "Such as v1 or db.example.com/v1.",
                title="an API version such as v1 or apps/v1",
                pattern=f"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[a-z0-9]+{END}",
            ),
            "kind": text("Such as ConfigMap.", title="a kind such as ConfigMap", pattern=f"^[A-Z][A-Za-z0-9]*{END}"),
            "name": text("Its name; computed variables may be used."),
            "selector": text("Labels that select exactly one, such as app=db,tier!=test."),
            "namespace": text("Its namespace; default the instance's own."),
        },
    ),
}


def _settings(*, first: bool) -> dict[str, Schema]:
    """What every document may say, the stronger over the weaker. first: where values are written in full."""
    return {
        "namespace": ref("namespace", "Where instances live."),
        "variables": ref("variables"),
        "systemEnvironment": named(
            record(
                "What to do when it is not set.",
                {"default": {"description": "Used when it is not set; without a default that is an error."}},
            ),
            "Variables taken from the system environment, by name. No others are read.",
            "variableName",
        ),
        "values": named(ref("value" if first else "valueChange"), "Variables read from the cluster, by name.", "variableName"),
        "timeout": ref("duration", "How long an instance may take to become healthy. Default 5m."),
        "onFailure": ref("onFailure"),
        "onImmutable": ref("onImmutable"),
        "restartOn": ref("restartOn"),
        "adoption": ref("adoption"),
        "drift": ref("drift"),
    }


_VALUE = record(
    "A variable read from the cluster.",
    {
        "resource": ref("resource"),
        "path": text(
            "JSONPath (RFC 9535) into the resource, or a template of kubectl's with braces.",
            title="a JSONPath that begins with $, or kubectl's {.path}",
            pattern="^\\$|\\{",
        ),
        "default": {"description": "Used when the resource or the path is not there."},
        "required": switch("Whether a missing value is an error. A value that is not required and not there is not defined.", True),
        "wait": ref("duration", "How long to wait until it appears."),
        "engine": choice("The path's dialect; without it the braces of kubectl's tell. ng: jsonpath-ng.", "rfc9535", "kubectl", "ng"),
    },
)
_FORWARD = record(
    "A local port bound to a target of the instance.",
    {
        "name": ref("name", "Unique in the app."),
        "target": ref("target"),
        "port": ref("port"),
        "localPort": {
            "description": 'The local port; "auto" takes a free one. Default: the same number as last time, else a free one.',
            "title": 'a port number from 1 to 65535 or "auto"',
            "anyOf": [_PORT_NUMBER, {"enum": ["auto"]}],
        },
        "bind": text("The local address. Default 127.0.0.1 and ::1.", title="an address to listen on"),
        "open": text(
            "What `roro open` shows: a path such as /docs, or a whole http(s) address.",
            title="a path such as /docs, or an http(s) address",
            pattern="^(/|https?://)",
        ),
    },
)
_PROBE_TARGET: dict[str, Schema] = {"target": ref("target"), "port": ref("port")}
_STATUS: Schema = {
    "title": 'an HTTP status such as 200, "2xx" or "200-299"',
    "anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599, "title": "an HTTP status"},
        text("", title='a class such as "2xx" or a range such as "200-299"', pattern=f"^([1-5]xx|[1-5][0-9]{{2}}-[1-5][0-9]{{2}}){END}"),
    ],
}
_HEALTH = record(
    "A check of a running instance. One of http, tcp and exec.",
    {
        "name": ref("name", "Unique in the app."),
        "http": record(
            "Healthy when the answer has one of the expected statuses.",
            {
                **_PROBE_TARGET,
                "path": text("The path asked for. Default /.", title="a path such as /health", pattern="^/"),
                "scheme": choice("How it is asked.", "http", "https", default="http"),
                "headers": {
                    "type": "object",
                    "title": "an object",
                    "description": "Headers sent along.",
                    "additionalProperties": text("", title="a text", empty=True),
                },
                "status": {
                    "description": "The statuses that mean healthy, one or a list. Default: 200 to 399.",
                    "title": 'an HTTP status such as 200, "2xx" or "200-299", or a list of them',
                    "anyOf": [*_STATUS["anyOf"], many(_STATUS, "", minItems=1)],
                },
                "body": text("A text that the answer has to contain."),
                "bodyPattern": text("An I-Regexp (RFC 9485) that a part of the answer has to fit.", title="a regular expression"),
            },
        ),
        "tcp": record("Healthy when a connection opens.", _PROBE_TARGET),
        "exec": record(
            "Healthy when the command ends with 0.",
            {
                "target": ref("target"),
                "container": text("The container. Default: the first.", title="the name of a container"),
                "command": many(
                    text("", title="a text", empty=True), "The command and its arguments.", title="a list of texts", minItems=1
                ),
            },
        ),
        "interval": ref("duration", "Time between checks. Default 10s."),
        "timeout": ref("duration", "How long one check may take. Default 5s."),
        "failures": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "title": "a number from 1 to 1000",
            "description": "Failures in a row that mean unhealthy.",
            "default": 3,
        },
        "successes": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "title": "a number from 1 to 1000",
            "description": "Successes in a row that mean healthy.",
            "default": 1,
        },
        "startPeriod": ref("duration", "How long failures of a new pod that never passed do not count. Default 30s."),
        "restart": switch("Whether an unhealthy target is restarted.", False),
    },
)
_TESTS: dict[str, Schema] = {
    "name": text("Only the object of this name. Default: every object of the kind."),
    "path": text(
        "JSONPath (RFC 9535) into the object; with equals, oneOf or exists.", title="a JSONPath that begins with $", pattern="^\\$"
    ),
    "equals": {"description": "Ready when the path has this value."},
    "oneOf": many({}, "Ready when the path has one of these values.", minItems=1),
    "exists": switch("Ready when the path is there (true) or is not (false)."),
    "condition": text("Ready when status.conditions has this type with status True.", title="the type of a condition, such as Ready"),
    "fails": many({}, "Values of the path, or reasons of the condition, that mean it will never be ready.", minItems=1),
}
_DEPENDENCY = record(
    "What has to be true of the dependency first.",
    {
        "condition": choice(
            "started: its objects are there; healthy: they are ready; completed: its job ended well.",
            "started",
            "healthy",
            "completed",
            default="healthy",
        ),
        "required": switch("false: go on with a warning when it is not there or fails.", True),
    },
)
_MANIFESTS = record(
    "Where the manifests are and how they are rendered.",
    {
        "engine": choice(
            "The template engine. Default: by file suffix (.j2, .tera, .hbs, else raw), Chart.yaml or kustomization.yaml.", *ENGINES
        ),
        "path": text(
            "A folder inside the app's folder, or a Helm chart's archive; may name computed variables, as in overlays/{{ environment }}.",
            title="a folder inside the app's folder",
        )
        | {"default": "manifests"},
        "include": many(
            text("", title="a pattern such as **/*.yaml"),
            "The files below it, as patterns.",
            title="a list of patterns",
            minItems=1,
            maxItems=50,
        )
        | {"default": list(DEFAULT_INCLUDE)},
        "namespaces": many(
            text("", title="a namespace", pattern=LABEL), "Namespaces other than the instance's own that manifests may name."
        ),
        "options": {"type": "object", "title": "an object", "description": "Options of the engine."},
        "values": many(
            {
                "description": "A file, or an object that says whether it must be there.",
                "title": "a file inside the app's folder",
                "anyOf": [text("", title="a file inside the app's folder"), ref("valuesFile")],
            },
            "Helm's values files below the app's folder, weakest first; may name computed variables. Variables are stronger than all.",
            title="a list of files",
            maxItems=50,
        ),
    },
)
_VALUES_FILE = complete(
    record(
        "A values file.",
        {
            "file": text("Its path below the app's folder.", title="a file inside the app's folder"),
            "required": switch("false: go on without it where it is missing.", True),
        },
    ),
    "file",
)


def _app_settings(*, first: bool) -> dict[str, Schema]:
    """What an app says, and an instance may change. first: in the app itself, where forwards and health checks are written in full."""
    forward = "forward" if first else "forwardChange"
    return {
        "manifests": ref("manifests"),
        "build": ref("build"),
        **_settings(first=first),
        "dependsOn": {
            "description": "Apps that this one needs first: a list of names (healthy), or an object by name.",
            "title": "a list of app names, or an object by app name",
            "anyOf": [
                many(text("", title="the name of an app"), "Names of apps.", title="a list of app names"),
                named(ref("dependency"), "Apps by name."),
            ],
        },
        "readiness": many(
            ref("readinessRule"), "When objects of a kind count as ready, beside the built-in rules.", title="a list of rules"
        ),
        "forwards": list_or_map(forward, "Local ports bound to the instance; merged by name."),
        "health": list_or_map("health", "Checks of the running instance; merged by name."),
        "profiles": many(ref("name"), "Left out unless one of these is asked for, or the instance is named.", title="a list of names"),
    }


_NOTE = {"$schema": text("The schema, for editors."), "description": text("For people.", empty=True)}

DEFINITIONS: dict[str, Schema] = {
    **_SMALL,
    "value": complete(_VALUE, "resource", "path"),
    "valueChange": _VALUE,
    "forward": complete(_FORWARD, "name", "target", "port"),
    "forwardChange": complete(_FORWARD, "name"),
    "health": complete(_HEALTH, "name"),
    "dependency": _DEPENDENCY,
    "manifests": _MANIFESTS,
    **BUILD_NAMES,
    "build": BUILD,
    "buildImage": BUILD_IMAGE,
    "valuesFile": _VALUES_FILE,
    "readinessTest": record(
        "One of path, condition and anyOf.", {**_TESTS, "anyOf": many(ref("readinessTest"), "Any of these.", minItems=1)}
    ),
    "readinessRule": record(
        "When objects of a kind count as ready. One of path, condition and anyOf.",
        {
            "kind": text(
                "Kind, or Kind.group.",
                title="a kind such as Job or Database.db.example.com",
                pattern=KIND,
            ),
            **_TESTS,
            "anyOf": many(ref("readinessTest"), "Ready when any of these says so.", minItems=1),
        },
        required=("kind",),
    ),
    "drift": DRIFT,
    "driftIgnore": DRIFT_IGNORE,
    "window": WINDOW,
    "git": record(
        "The repository that this workspace is kept in.",
        {
            "url": text("The remote; never with a password or token in it.", title="the address of a Git repository"),
            "branch": text("The branch.", title="a branch", pattern=f"^(?!-)[^\\s~^:?*\\[\\\\]+{END}") | {"default": "main"},
            "interval": ref("duration", "Time between two synchronisations. Default 1m."),
            "strategy": choice("What to do with changes on both sides.", "merge", "rebase", "ours", "theirs", "fail", default="rebase"),
            "push": switch("Whether local commits are pushed.", False),
        },
        required=("url",),
    ),
    "instance": record(
        "One app placed in this environment; whatever the app says may be changed here.",
        {
            "app": text("The name of the app.", title="the name of an app"),
            "suffix": text(
                "Tells instances of one app apart; the instance's id is <app>-<suffix>.",
                title="a suffix of lower-case letters, digits and dashes, beginning and ending with a letter or digit",
                pattern=LABEL,
            ),
            "description": text("For people.", empty=True),
            "instance": text(
                "Its id, as `roro config` prints it: <app>, or <app>-<suffix>. It may be left out.", title="the instance's id"
            ),
            **_app_settings(first=False),
        },
        required=("app",),
    ),
    "workspace": record(
        "workspace.json: what there is, and what holds for all of it.",
        {
            **_NOTE,
            "version": {"const": 1, "title": "1", "description": "The version of the documents."},
            "name": ref("name", "The workspace's name."),
            "apps": many(
                text("", title="a pattern such as apps/*"), "Folders that hold an app document.", title="a list of patterns", maxItems=50
            )
            | {"default": ["apps/*"]},
            "environments": many(
                text("", title="a pattern such as environments/*"),
                "Folders that hold an environment document.",
                title="a list of patterns",
                maxItems=50,
            )
            | {"default": ["environments/*"]},
            "defaultEnvironment": text("The environment that a command means which names none.", title="the name of an environment"),
            **_settings(first=True),
            "git": ref("git"),
        },
        required=("version", "name"),
    ),
    "app": record(
        "app.json: what can be deployed.",
        {**_NOTE, "name": ref("name", "Default: the folder's name."), "envFile": ENV_FILE, **_app_settings(first=True)},
    ),
    "environment": record(
        "environment.json: a cluster, variables, and which apps run there.",
        {
            **_NOTE,
            "name": ref("name", "Default: the folder's name."),
            "context": text("The context in the kubeconfig. Without context and kubeconfig: the cluster named on the command line."),
            "kubeconfig": text("A kubeconfig file, relative to the environment's folder or from ~."),
            **_settings(first=False),
            "instances": many(ref("instance"), "Which apps run here. Absent: one instance of every app.", title="a list of objects"),
        },
    ),
}

DEFINITIONS |= {f"{name}ByName": without_name(DEFINITIONS[name]) for name in ("forward", "forwardChange", "health")}


def _references(schema: Any) -> set[str]:
    """Names of the definitions that a schema refers to directly."""
    if isinstance(schema, list):
        return {name for item in schema for name in _references(item)}
    if not isinstance(schema, dict):
        return set()
    found = {schema["$ref"].removeprefix("#/$defs/")} if isinstance(schema.get("$ref"), str) else set()
    return found | {name for item in schema.values() for name in _references(item)}


def document_schema(kind: Kind) -> Schema:
    """The self-contained schema of one kind of document."""
    needed: set[str] = set()
    todo = _references(DEFINITIONS[kind])
    while todo:
        name = todo.pop()
        needed.add(name)
        todo |= _references(DEFINITIONS[name]) - needed
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:roro-kube:schema:{kind}:1",
        **DEFINITIONS[kind],
        "$defs": {name: DEFINITIONS[name] for name in sorted(needed)},
    }
