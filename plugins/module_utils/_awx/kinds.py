# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX keeps, as far as definitions may name it: one row a kind. Pure data.

A row says where the objects of a kind are found, what makes one of them unique, which fields name other objects, and which sets hang on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    """One kind of object.

    name: of the list in definitions, and of the endpoint below the API's root. type: the word of the API for one of them.
    scope: the field that makes a name unique together with it, "" where names are unique everywhere. name_field: where the name is.
    references: fields that hold the id of an object of that kind; "*" is any that can be launched. links: related sets that are attached.
    texts: fields whose text is YAML or JSON. shared: others may have made it, and then it is used as it is.
    secrets: field whose parts come back as `$encrypted$`. inside: the kind whose object it belongs to and goes with.
    """

    name: str
    type: str
    scope: str = ""
    name_field: str = "name"
    references: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    shared: bool = False
    secrets: str = ""
    survey: bool = False
    described: bool = True
    inside: str = ""


_ORGANIZATION = {"organization": "organizations"}
_NOTIFIED = {f"notification_templates_{when}": "notification_templates" for when in ("started", "success", "error")}
_WORKFLOW_NOTIFIED = {**_NOTIFIED, "notification_templates_approvals": "notification_templates"}
_NEXT = {f"{when}_nodes": "workflow_nodes" for when in ("success", "failure", "always")}

_ROWS = (
    Kind("organizations", "organization", shared=True),
    Kind("labels", "label", scope="organization", references=_ORGANIZATION, shared=True, described=False),
    Kind("instance_groups", "instance_group", shared=True, described=False),
    Kind("credential_types", "credential_type"),
    Kind(
        "credentials",
        "credential",
        scope="organization",
        references={**_ORGANIZATION, "credential_type": "credential_types"},
        secrets="inputs",
    ),
    Kind("execution_environments", "execution_environment", references={**_ORGANIZATION, "credential": "credentials"}),
    Kind(
        "notification_templates",
        "notification_template",
        scope="organization",
        references=_ORGANIZATION,
        secrets="notification_configuration",
    ),
    Kind(
        "projects",
        "project",
        scope="organization",
        references={**_ORGANIZATION, "credential": "credentials", "default_environment": "execution_environments"},
        links=_NOTIFIED,
    ),
    Kind(
        "inventories",
        "inventory",
        scope="organization",
        references=_ORGANIZATION,
        links={"instance_groups": "instance_groups"},
        texts=("variables",),
    ),
    Kind(
        "inventory_sources",
        "inventory_source",
        scope="inventory",
        references={
            "inventory": "inventories",
            "source_project": "projects",
            "credential": "credentials",
            "execution_environment": "execution_environments",
        },
        links=_NOTIFIED,
        texts=("source_vars",),
    ),
    Kind(
        "job_templates",
        "job_template",
        scope="organization",
        references={"inventory": "inventories", "project": "projects", "execution_environment": "execution_environments"},
        links={"credentials": "credentials", "labels": "labels", "instance_groups": "instance_groups", **_NOTIFIED},
        texts=("extra_vars",),
        survey=True,
    ),
    Kind(
        "workflow_job_templates",
        "workflow_job_template",
        scope="organization",
        references={**_ORGANIZATION, "inventory": "inventories"},
        links={"labels": "labels", **_WORKFLOW_NOTIFIED},
        texts=("extra_vars",),
        survey=True,
    ),
    Kind(
        "workflow_nodes",
        "workflow_job_template_node",
        scope="workflow_job_template",
        name_field="identifier",
        references={"workflow_job_template": "workflow_job_templates", "unified_job_template": "*", "inventory": "inventories"},
        links={**_NEXT, "credentials": "credentials", "labels": "labels"},
        described=False,
        inside="workflow_job_templates",
    ),
    Kind("schedules", "schedule", scope="unified_job_template", references={"unified_job_template": "*", "inventory": "inventories"}),
)

KINDS: dict[str, Kind] = {row.name: row for row in _ROWS}
"""In the order of creation: what is named stands before what names it. Removal goes backwards."""

WRITABLE: tuple[str, ...] = tuple(name for name in KINDS if name not in ("labels", "instance_groups"))
"""Kinds that definitions may list. Labels come into being where they are attached; instance groups belong to the installation."""

ENDPOINTS: dict[str, str] = {"workflow_nodes": "workflow_job_template_nodes"}
"""Where the endpoint has another name than the list."""

LAUNCHED: dict[str, str] = {
    "job": "job_templates",
    "workflow_job": "workflow_job_templates",
    "project_update": "projects",
    "inventory_update": "inventory_sources",
    "workflow_approval": "workflow_approval_templates",
}
"""The kind behind the API's `unified_job_type`."""


def endpoint(kind: str) -> str:
    """The list of a kind, below the API's root."""
    return f"{ENDPOINTS.get(kind, kind)}/"
