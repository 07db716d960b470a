# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specs, one for each pair of module and action plugin. Pure data.

The words for reaching a cluster are those of kubernetes.core. Their `K8S_AUTH_*` environment variables are read by the engine
(`_cluster`), not here, so that the order is the same for the modules and the `roro` command.
"""

from __future__ import annotations

from typing import Any

Spec = dict[str, Any]

KUBE_AUTH: Spec = {
    "kubeconfig": {"type": "raw"},
    "context": {"type": "str"},
    "host": {"type": "str"},
    "api_key": {"type": "str", "no_log": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "client_cert": {"type": "path", "aliases": ["cert_file"]},
    "client_key": {"type": "path", "aliases": ["key_file"], "no_log": False},
    "ca_cert": {"type": "path", "aliases": ["ssl_ca_cert"]},
    "validate_certs": {"type": "bool", "aliases": ["verify_ssl"]},
    "proxy": {"type": "str"},
    "no_proxy": {"type": "str"},
    "impersonate_user": {"type": "str"},
    "impersonate_groups": {"type": "list", "elements": "str"},
    "persist_config": {"type": "bool"},
}

WORKSPACE: Spec = {
    "workspace": {"type": "path", "default": "."},
    "environment": {"type": "str", "aliases": ["env"]},
    "instances": {"type": "list", "elements": "str", "default": []},
    "profiles": {"type": "list", "elements": "str", "default": []},
}

GROUP: Spec = {**KUBE_AUTH, **WORKSPACE}
"""What `module_defaults` of the action group may hold: every member takes all of it, also one that has no use for a part of it."""

VARIABLES: Spec = {
    "variables": {"type": "dict", "default": {}},
    "secret_variables": {"type": "dict", "default": {}, "no_log": True},
    "allow_environment": {"type": "list", "elements": "str", "default": []},
}

RUN: Spec = {
    "wait": {"type": "bool", "default": True},
    "timeout": {"type": "str"},
    "concurrency": {"type": "int", "default": 24},
    "wait_lock": {"type": "str"},
}

RESULT: Spec = {
    "result": {"type": "str", "choices": ["counts", "changes", "all"], "default": "counts"},
    "result_file": {"type": "path"},
}
"""How much the result holds, see `how_much.py`."""

UP: Spec = {
    "prune": {"type": "bool", "default": True},
    "allow_empty": {"type": "bool", "default": False},
    "force_conflicts": {"type": "bool", "default": False},
    "adopt": {"type": "bool", "default": False},
    "hooks": {"type": "bool", "default": True},
}

DOWN: Spec = {
    "volumes": {"type": "bool", "default": False},
    "adopt": {"type": "bool", "default": False},
    "hooks": {"type": "bool", "default": True},
}

ROLLBACK: Spec = {
    "to": {"type": "int"},
    "force_conflicts": {"type": "bool", "default": False},
    "hooks": {"type": "bool", "default": True},
}

RECONCILE: Spec = {
    "drift": {"type": "str", "choices": ["correct", "propose", "report"]},
    "port_forwards": {"type": "bool", "default": True},
}

APPROVE: Spec = {"plan": {"type": "str"}}

RENDER: Spec = {"dest": {"type": "path"}}

VALUE: Spec = {
    "api_version": {"type": "str", "default": "v1"},
    "kind": {"type": "str", "required": True},
    "name": {"type": "str"},
    "selector": {"type": "str"},
    "namespace": {"type": "str"},
    "path": {"type": "str", "required": True},
    "engine": {"type": "str", "choices": ["rfc9535", "kubectl", "ng"]},
    "default": {"type": "raw"},
    "required": {"type": "bool", "default": True},
    "wait": {"type": "str"},
}

EVENTS: Spec = {
    "since": {"type": "str"},
    "warnings": {"type": "bool", "default": False},
}

LOGS: Spec = {
    "tail": {"type": "int", "default": 100},
    "max_bytes": {"type": "int", "default": 1 << 20},
    "since": {"type": "str"},
    "previous": {"type": "bool", "default": False},
    "containers": {"type": "list", "elements": "str", "default": []},
    "grep": {"type": "str"},
    "invert": {"type": "bool", "default": False},
    "structured": {"type": "bool", "default": False},
    "level": {"type": "str"},
}

FORWARD: Spec = {
    "state": {"type": "str", "choices": ["started", "stopped", "absent"], "default": "started"},
    "target": {"type": "str"},
    "port": {"type": "str"},
    "namespace": {"type": "str"},
    "local_port": {"type": "str"},
    "bind": {"type": "list", "elements": "str", "default": []},
    "open": {"type": "str"},
    "scope": {"type": "str", "choices": ["lasting", "job"]},
    "wait": {"type": "bool", "default": True},
    "timeout": {"type": "str", "default": "30s"},
    "required": {"type": "bool", "default": True},
}

GIT_SERVER: Spec = {
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True, "aliases": ["token"]},
    "password_file": {"type": "path", "no_log": False},
    "key_file": {"type": "path", "no_log": False},
    "key_passphrase": {"type": "str", "no_log": True},
    "known_hosts": {"type": "path"},
    "accept_host": {"type": "str"},
    "ca_file": {"type": "path"},
    "client_certificate": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "client_key_passphrase": {"type": "str", "no_log": True},
    "proxy": {"type": "str"},
    "proxy_password": {"type": "str", "no_log": True},
    "git_helpers": {"type": "bool", "default": False},
}
"""How a Git server is reached, and what proves who asks."""

CLONE: Spec = {
    "url": {"type": "str", "required": True},
    "dest": {"type": "path", "required": True},
    "branch": {"type": "str"},
    "depth": {"type": "int"},
    "filter": {"type": "str"},
}

SYNC: Spec = {
    "workspace": {"type": "path", "default": "."},
    "branch": {"type": "str"},
    "strategy": {"type": "str", "choices": ["merge", "rebase", "ours", "theirs", "fail"]},
    "push": {"type": "bool"},
    "commit_message": {"type": "str"},
    "resolve": {"type": "dict", "default": {}},
    "follow_rewritten": {"type": "bool", "default": False},
}

AWX_DEFINITIONS: Spec = {
    "definitions": {"type": "dict", "required": True},
    "organization": {"type": "str"},
    "mark": {"type": "str", "default": "roro.kube"},
    "secret_inputs": {"type": "dict", "default": {}, "no_log": True},
    "prune": {"type": "bool", "default": False},
    "adopt": {"type": "bool", "default": False},
    "apply": {"type": "bool", "default": True},
    "import_file": {"type": "path"},
    "project_timeout": {"type": "int", "default": 300},
    "controller_host": {"type": "str", "aliases": ["tower_host"]},
    "controller_username": {"type": "str", "aliases": ["tower_username"]},
    "controller_password": {"type": "str", "no_log": True, "aliases": ["tower_password"]},
    "controller_oauthtoken": {"type": "str", "no_log": True, "aliases": ["tower_oauthtoken"]},
    "validate_certs": {"type": "bool", "aliases": ["tower_verify_ssl"]},
    "ca_file": {"type": "path"},
    "request_timeout": {"type": "float"},
}
"""The words for reaching AWX are those of awx.awx."""


def _spec(*parts: Spec) -> dict[str, Any]:
    merged: Spec = {}
    for part in parts:
        merged.update(part)
    return {"argument_spec": merged, "supports_check_mode": True}


SPECS: dict[str, dict[str, Any]] = {
    "workspace_info": _spec(GROUP, VARIABLES),
    "render": _spec(GROUP, VARIABLES, RENDER),
    "crd_value_info": _spec(GROUP, VALUE),
    "up": _spec(GROUP, VARIABLES, RUN, RESULT, UP),
    "down": _spec(GROUP, RUN, RESULT, DOWN),
    "rollback": _spec(GROUP, RUN, RESULT, ROLLBACK),
    "stop": _spec(GROUP, RUN, RESULT),
    "start": _spec(GROUP, RUN, RESULT),
    "restart": _spec(GROUP, RUN, RESULT),
    "history_info": _spec(GROUP),
    "events_info": _spec(GROUP, EVENTS),
    "logs_info": _spec(GROUP, LOGS),
    "port_forward": _spec(GROUP, FORWARD),
    "port_forward_info": _spec(GROUP),
    "health_info": _spec(GROUP),
    "status_info": _spec(GROUP, VARIABLES, RESULT),
    "reconcile": _spec(GROUP, VARIABLES, RUN, RECONCILE),
    "approve": _spec(GROUP, VARIABLES, RUN, APPROVE),
    "clone": _spec(CLONE, GIT_SERVER),
    "sync": _spec(SYNC, GIT_SERVER),
    "awx_definitions": _spec(AWX_DEFINITIONS),
}
"""Keyword arguments of AnsibleModule and ArgumentSpecValidator by module name."""
