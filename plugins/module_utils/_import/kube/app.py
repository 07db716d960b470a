# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one app of the new workspace will be, filled step by step by the files of this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..compose.project import Project
from .notices import Notices
from .templates import Template


@dataclass
class Shared:
    """What several apps use: volumes -> the services that have them, claims by their name, the app that holds these; names of Services
    and local ports that are taken; values that nobody may see, with a name for each; volumes -> the names of their claims."""

    volumes: dict[str, set[str]] = field(default_factory=dict)
    claims: dict[str, dict[str, Any]] = field(default_factory=dict)
    app: str = "shared"
    hosts: set[str] = field(default_factory=set)
    local_ports: set[int] = field(default_factory=set)
    hidden: dict[str, str] = field(default_factory=dict)
    claim_names: dict[str, str] = field(default_factory=dict)


@dataclass
class App:
    """One service or job. name: of the app. path: in the model. said: what the project says of it, typed. kind: of its workload.
    document: its app.json. objects: its manifests besides the workload. secrets: variables of secrets.env."""

    project: Project
    notices: Notices
    shared: Shared
    name: str
    path: tuple[str, str]
    said: Mapping[str, Any]
    names: Mapping[str, str]
    kind: str = "Deployment"
    template: Template = field(default_factory=Template)
    document: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    objects: list[dict[str, Any]] = field(default_factory=list)
    volumes: list[dict[str, Any]] = field(default_factory=list)
    claim_templates: list[dict[str, Any]] = field(default_factory=list)
    config: dict[str, bytes] = field(default_factory=dict)
    secret_files: dict[str, str] = field(default_factory=dict)

    @property
    def instance(self) -> str:
        """The name of its objects, as a stand-in."""
        return self.template.text("instance")

    def selector(self) -> dict[str, str]:
        """The labels that its pods are found by."""
        return {"app.kubernetes.io/name": self.name, "app.kubernetes.io/instance": self.instance}

    def tell(self, key: str | tuple[Any, ...], message: str, hint: str = "", *, lost: bool = True) -> None:
        """A notice about a key of it."""
        keys = (key,) if isinstance(key, str) else key
        self.notices.add((*self.path, *keys), message, hint, lost=lost)
