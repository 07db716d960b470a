# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents -> Workspace, App, Environment, Instance.

Reads `workspace.json`, `apps/*/app.json` and `environments/*/environment.json` (or .yaml, .yml), checks them against the
one schema and merges them. Reading files happens in one module; the rest is pure. May import `_errors`; no other room.

Front door:
    load_workspace(start) -> Workspace
    select(workspace, environment, instances, variables, profiles, system_environment) -> Selection
"""

from __future__ import annotations

from .types import (
    MISSING,
    App,
    AppDependency,
    Environment,
    Forward,
    HealthCheck,
    Instance,
    InstanceDependency,
    InstanceEntry,
    ManifestSource,
    Origin,
    Position,
    ReadinessRule,
    Selection,
    SystemVariable,
    ValueSource,
    Variable,
    Workspace,
)

__all__ = [
    "MISSING",
    "App",
    "AppDependency",
    "Environment",
    "Forward",
    "HealthCheck",
    "Instance",
    "InstanceDependency",
    "InstanceEntry",
    "ManifestSource",
    "Origin",
    "Position",
    "ReadinessRule",
    "Selection",
    "SystemVariable",
    "ValueSource",
    "Variable",
    "Workspace",
]
