# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents -> Workspace, App, Environment, Instance.

Reads `workspace.json`, `apps/*/app.json` and `environments/*/environment.json` (or .yaml, .yml), checks them against the
one schema and merges them. Reading files happens in one module; the rest is pure. May import `_errors`; no other room.

Front door:
    load_workspace(start) -> Workspace
    prepare(): before processes are forked that load one each
    select(workspace, environment, instances, variables, profiles, system_environment, with_dependencies) -> Selection
    choose_environment(workspace, name) -> Environment
    explain(instance) -> the instance's variables with line and column; locate(origin) -> the same for one
    told_below(root): errors that pass name their files relative to the workspace's folder; below(root, text) -> a text that does
    without_secrets(name, value) -> the value of a variable as it may be shown
    read_duration(text, option) -> seconds, for whatever is no document; duration_text(seconds) -> as documents write it
    written_instance(instance, apps) -> the instance as an environment's `instances` may say it; written_drift(drift) -> its `drift`
    environment_drift(workspace, environment) -> the drift settings that hold for all of an environment
    is_open(windows, now), next_change(windows, now): whether something may be changed now, and when that changes
    merge(base, over) -> one map on top of another, as documents are merged
    merge_documents(base, ours, theirs, settled) -> three versions of a document as one, by key, and what both sides changed
    is_document_name(path), parse_bytes(name, content)     documents that are not on disk
    compose_yaml(text, most) -> the node trees of a YAML text, within bounds; PLAIN: the tag of a scalar that is not quoted
    value_at(document, conflict.path)                      the value there in any version
    same(one, other)                                       whether two values of documents are the same
    rewrite(text, data, yaml_text) -> the text of a document that says `data`, the rest as somebody wrote it
    with_removed(variables, instance.removed) -> the variables with null where one was removed
    suggest(name, known) -> a hint with the nearest name
    find_cycle(graph), in_order(graph)                     a small graph: name -> the names it needs
    filled(template, computed, git), names_git(image)      templates in `build`, where `git.` variables may be used
    looks_secret(name), is_callers_credential(name)        what a variable's name says of it
    document_schema(kind), DOCUMENT_KINDS: the JSON Schema of the documents
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazily import lazily
from .builds import filled, names_git
from .drift import environment_drift, written_drift
from .duration import duration_text, read_duration
from .files import is_document_name
from .graph import find_cycle, in_order
from .load import load_workspace, prepare
from .locate import below, explain, locate, told_below
from .merge import merge, with_removed
from .parse import PLAIN, Malformed, compose_yaml, parse_bytes
from .schema import DEFAULT_INCLUDE, DOCUMENT_KINDS, document_schema
from .select import choose_environment, select
from .sensitive import is_callers_credential, looks_secret, without_secrets
from .template import substitute
from .types import (
    MISSING,
    Adoption,
    App,
    AppDependency,
    BuildSecret,
    Drift,
    DriftIgnore,
    DriftMode,
    Environment,
    Forward,
    HealthCheck,
    ImageBuild,
    Instance,
    InstanceDependency,
    InstanceEntry,
    ManifestSource,
    Origin,
    Place,
    Position,
    ReadinessRule,
    Selection,
    SystemVariable,
    ValuesFile,
    ValueSource,
    Variable,
    Window,
    Workspace,
    json_path,
)
from .windows import is_open, next_change
from .words import suggest

if TYPE_CHECKING:
    from .instance_as_document import written_instance
    from .rewriting import rewrite
    from .three_way import Conflict, MergedDocument, merge_documents, same, value_at

__all__ = [
    "DEFAULT_INCLUDE",
    "DOCUMENT_KINDS",
    "MISSING",
    "PLAIN",
    "Adoption",
    "App",
    "AppDependency",
    "BuildSecret",
    "Conflict",
    "Drift",
    "DriftIgnore",
    "DriftMode",
    "Environment",
    "Forward",
    "HealthCheck",
    "ImageBuild",
    "Instance",
    "InstanceDependency",
    "InstanceEntry",
    "Malformed",
    "ManifestSource",
    "MergedDocument",
    "Origin",
    "Place",
    "Position",
    "ReadinessRule",
    "Selection",
    "SystemVariable",
    "ValueSource",
    "ValuesFile",
    "Variable",
    "Window",
    "Workspace",
    "below",
    "choose_environment",
    "compose_yaml",
    "document_schema",
    "duration_text",
    "environment_drift",
    "explain",
    "filled",
    "find_cycle",
    "in_order",
    "is_callers_credential",
    "is_document_name",
    "is_open",
    "json_path",
    "load_workspace",
    "locate",
    "looks_secret",
    "merge",
    "merge_documents",
    "names_git",
    "next_change",
    "parse_bytes",
    "prepare",
    "read_duration",
    "rewrite",
    "same",
    "select",
    "substitute",
    "suggest",
    "told_below",
    "value_at",
    "with_removed",
    "without_secrets",
    "written_drift",
    "written_instance",
]

_FILES = {
    "instance_as_document": ("written_instance",),
    "rewriting": ("rewrite",),
    "three_way": ("Conflict", "MergedDocument", "merge_documents", "same", "value_at"),
}
"""What bringing up has no use for."""

__getattr__ = lazily(__name__, _FILES)
