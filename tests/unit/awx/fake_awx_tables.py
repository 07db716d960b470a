# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fake of AWX's API keeps: fields by kind, and what each may be. Facts of the API (its OPTIONS), as data.

A field is `type` and then words: `required`, `default=...`. Types are those of OPTIONS: string, boolean, integer, id, json, choice:a|b.
"""

from __future__ import annotations

from typing import Any

_VARIABLES = "extra_vars string default="
_ASKS = "\n".join(
    f"ask_{what}_on_launch boolean default=false"
    for what in (
        "scm_branch",
        "diff_mode",
        "variables",
        "limit",
        "tags",
        "skip_tags",
        "job_type",
        "verbosity",
        "inventory",
        "credential",
        "execution_environment",
        "labels",
        "forks",
        "job_slice_count",
        "timeout",
        "instance_groups",
    )
)
_NAMED = "name string required\ndescription string default="

_TEXT = {
    "organizations": f"{_NAMED}\nmax_hosts integer default=0\ndefault_environment id",
    "users": "username string required\nemail string default=",
    "system_job_templates": _NAMED,
    "hosts": f"{_NAMED}\ninventory id required",
    "groups": f"{_NAMED}\ninventory id required",
    "teams": f"{_NAMED}\norganization id required",
    "applications": f"{_NAMED}\norganization id required",
    "labels": "name string required\norganization id required",
    "instance_groups": "name string required",
    "credential_types": f"{_NAMED}\nkind choice:cloud|net required\ninputs json default={{}}\ninjectors json default={{}}",
    "credentials": f"{_NAMED}\norganization id\nuser id\nteam id\ncredential_type id required\ninputs json default={{}}",
    "execution_environments": f"{_NAMED}\norganization id\nimage string required\ncredential id"
    f"\npull choice:|always|missing|never default=",
    "notification_templates": f"{_NAMED}\norganization id required\nnotification_type choice:email|slack|webhook|mattermost required"
    "\nnotification_configuration json required\nmessages json",
    "projects": f"{_NAMED}\nlocal_path string default=\nscm_type choice:|git|svn|archive|insights default=\nscm_url string default="
    "\nscm_branch string default=\nscm_refspec string default=\nscm_clean boolean default=false"
    "\nscm_delete_on_update boolean default=false"
    "\nscm_track_submodules boolean default=false\ncredential id\ntimeout integer default=0\norganization id"
    "\nscm_update_on_launch boolean default=false\nscm_update_cache_timeout integer default=0\nallow_override boolean default=false"
    "\ndefault_environment id\nsignature_validation_credential id",
    "inventories": f"{_NAMED}\norganization id required\nkind choice:|smart|constructed default=\nhost_filter string"
    f"\nvariables string default="
    "\nprevent_instance_group_fallback boolean default=false",
    "inventory_sources": f"{_NAMED}\nsource choice:file|constructed|scm|ec2|gce required\nsource_path string default="
    f"\nsource_vars string default="
    "\nscm_branch string default=\ncredential id\nenabled_var string default=\nenabled_value string default=\nhost_filter string default="
    "\noverwrite boolean default=false\noverwrite_vars boolean default=false\ntimeout integer default=0\nverbosity integer default=1"
    "\nlimit string default=\nexecution_environment id\ninventory id required\nupdate_on_launch boolean default=false"
    "\nupdate_cache_timeout integer default=0\nsource_project id",
    "job_templates": f"{_NAMED}\njob_type choice:run|check default=run\ninventory id\nproject id\nplaybook string default="
    f"\nscm_branch string default="
    f"\nforks integer default=0\nlimit string default=\nverbosity integer default=0\n{_VARIABLES}\njob_tags string default="
    "\nforce_handlers boolean default=false\nskip_tags string default=\nstart_at_task string default=\ntimeout integer default=0"
    f"\nuse_fact_cache boolean default=false\nexecution_environment id\nhost_config_key string default=\n{_ASKS}"
    "\nsurvey_enabled boolean default=false\nbecome_enabled boolean default=false\ndiff_mode boolean default=false"
    "\nallow_simultaneous boolean default=false\njob_slice_count integer default=1\nwebhook_service choice:|github|gitlab default="
    "\nwebhook_credential id\nprevent_instance_group_fallback boolean default=false",
    "workflow_job_templates": f"{_NAMED}\n{_VARIABLES}\norganization id\nsurvey_enabled boolean default=false"
    "\nallow_simultaneous boolean default=false\nask_variables_on_launch boolean default=false\ninventory id\nlimit string"
    "\nscm_branch string"
    "\nask_inventory_on_launch boolean default=false\nask_scm_branch_on_launch boolean default=false"
    "\nask_limit_on_launch boolean default=false"
    "\nask_labels_on_launch boolean default=false\nask_skip_tags_on_launch boolean default=false"
    "\nask_tags_on_launch boolean default=false"
    "\nskip_tags string\njob_tags string\nwebhook_service choice:|github|gitlab default=\nwebhook_credential id",
    "workflow_job_template_nodes": "extra_data json default={}\ninventory id\nscm_branch string\njob_type string"
    "\njob_tags string\nskip_tags string"
    "\nlimit string\ndiff_mode boolean\nverbosity integer\nexecution_environment id\nforks integer\njob_slice_count integer"
    "\ntimeout integer"
    "\nworkflow_job_template id required\nunified_job_template id\nall_parents_must_converge boolean default=false\nidentifier string",
    "workflow_approval_templates": f"{_NAMED}\ntimeout integer default=0",
    "schedules": f"{_NAMED}\nrrule string required\nextra_data json default={{}}\ninventory id\nscm_branch string"
    f"\njob_type string\njob_tags string"
    "\nskip_tags string\nlimit string\ndiff_mode boolean\nverbosity integer\nunified_job_template id required"
    "\nenabled boolean default=true",
}

TARGETS = {
    "organization": "organizations",
    "default_environment": "execution_environments",
    "execution_environment": "execution_environments",
    "credential": "credentials",
    "credential_type": "credential_types",
    "project": "projects",
    "source_project": "projects",
    "inventory": "inventories",
    "workflow_job_template": "workflow_job_templates",
    "unified_job_template": "*",
    "webhook_credential": "credentials",
    "signature_validation_credential": "credentials",
    "user": "users",
    "team": "teams",
}
"""The kind that a field of type id holds; "*" is anything that can be launched."""

LAUNCHED = {
    "job_templates": "job",
    "workflow_job_templates": "workflow_job",
    "projects": "project_update",
    "inventory_sources": "inventory_update",
    "workflow_approval_templates": "workflow_approval",
}

UNIQUE = {
    "organizations": ("name",),
    "labels": ("organization", "name"),
    "credential_types": ("name", "kind"),
    "credentials": ("organization", "name", "credential_type"),
    "execution_environments": ("name",),
    "notification_templates": ("organization", "name"),
    "projects": ("organization", "name"),
    "inventories": ("organization", "name"),
    "inventory_sources": ("inventory", "name"),
    "job_templates": ("organization", "name"),
    "workflow_job_templates": ("organization", "name"),
    "workflow_job_template_nodes": ("workflow_job_template", "identifier"),
    "schedules": ("unified_job_template", "name"),
}

LINKS = {
    "credentials": "credentials",
    "labels": "labels",
    "instance_groups": "instance_groups",
    "notification_templates_started": "notification_templates",
    "notification_templates_success": "notification_templates",
    "notification_templates_error": "notification_templates",
    "notification_templates_approvals": "notification_templates",
    "success_nodes": "workflow_job_template_nodes",
    "failure_nodes": "workflow_job_template_nodes",
    "always_nodes": "workflow_job_template_nodes",
}

LINKED = {
    "job_templates": (
        "credentials",
        "labels",
        "instance_groups",
        *(name for name in LINKS if name.endswith(("_started", "_success", "_error"))),
    ),
    "workflow_job_templates": ("labels", *(name for name in LINKS if name.startswith("notification"))),
    "workflow_job_template_nodes": ("credentials", "labels", "success_nodes", "failure_nodes", "always_nodes"),
    "projects": tuple(name for name in LINKS if name.endswith(("_started", "_success", "_error"))),
    "inventory_sources": tuple(name for name in LINKS if name.endswith(("_started", "_success", "_error"))),
    "inventories": ("instance_groups",),
}


def _default(word: str, kind: str) -> Any:
    text = word.removeprefix("default=")
    if kind == "boolean":
        return text == "true"
    if kind == "integer":
        return int(text)
    return {} if kind == "json" else text


def _fields(text: str) -> dict[str, dict[str, Any]]:
    found = {}
    for line in text.splitlines():
        name, kind, *words = line.split(" ")
        base, _, choices = kind.partition(":")
        field: dict[str, Any] = {"type": base, "required": "required" in words, "label": name, "read_only": False}
        if base == "choice":
            field["choices"] = [[choice, choice] for choice in choices.split("|")]
        defaults = [word for word in words if word.startswith("default=")]
        if defaults:
            field["default"] = _default(defaults[0], base)
        found[name] = field
    return found


FIELDS: dict[str, dict[str, dict[str, Any]]] = {kind: _fields(text) for kind, text in _TEXT.items()}
TYPES = {"inventories": "inventory", "workflow_job_template_nodes": "workflow_job_template_node"}


def type_of(kind: str) -> str:
    """The API's word for one object of a list."""
    return TYPES.get(kind, kind.removesuffix("s"))
