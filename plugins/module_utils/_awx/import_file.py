# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions as a file for `awx import`, the format of AWX's own client awxkit. Pure.

Names stand for numbers there too, as natural keys. Secrets are not in it: an input that is secret is left out, and given in AWX. Nor are
labels: awxkit attaches only one that it has just made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .compare import written
from .definitions import Item, Ref
from .kinds import KINDS

_LISTS = {"inventories": "inventory"}


def import_file(items: Iterable[Item]) -> dict[str, list[dict[str, Any]]]:
    """The document, a list for each kind; nodes stand with their workflow."""
    items = list(items)
    by_ref = {item.ref: item for item in items}
    document: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        if not item.kind.inside:
            document.setdefault(_LISTS.get(item.ref.kind, item.ref.kind), []).append(_asset(item, by_ref))
    for workflow in document.get("workflow_job_templates", []):
        ref = next(item.ref for item in items if item.ref.kind == "workflow_job_templates" and item.ref.name == workflow["name"])
        nodes = [_node(item, by_ref) for item in items if item.kind.inside and item.ref.scope == ref]
        if nodes:
            workflow.setdefault("related", {})["workflow_nodes"] = nodes
    return document


def natural_key(ref: Ref, by_ref: dict[Ref, Item]) -> dict[str, Any]:
    """How awxkit finds an object."""
    kind = KINDS[ref.kind]
    key: dict[str, Any] = {kind.name_field: ref.name, "type": kind.type}
    if kind.scope:
        key[kind.scope] = natural_key(ref.scope, by_ref) if ref.scope is not None else None
    item = by_ref.get(ref)
    if ref.kind == "credentials" and item is not None and "credential_type" in item.references:
        key["credential_type"] = natural_key(item.references["credential_type"], by_ref)
    if ref.kind == "credential_types":
        key["kind"] = str(item.fields.get("kind", "cloud")) if item is not None else "cloud"
    return key


def _asset(item: Item, by_ref: dict[Ref, Item]) -> dict[str, Any]:
    asset: dict[str, Any] = {name: written(value) if name in item.kind.texts else value for name, value in item.fields.items()}
    asset.update({name: natural_key(ref, by_ref) for name, ref in item.references.items()})
    asset[item.kind.name_field] = item.ref.name
    asset["natural_key"] = natural_key(item.ref, by_ref)
    related: dict[str, Any] = {}
    if item.survey:
        related["survey_spec"] = item.survey
    for name, refs in item.links.items():
        if refs and name != "labels":
            related[name] = [natural_key(ref, by_ref) for ref in refs]
    if related:
        asset["related"] = related
    return asset


def _node(item: Item, by_ref: dict[Ref, Item]) -> dict[str, Any]:
    asset = _asset(item, by_ref)
    if item.approval is not None:
        asset.setdefault("related", {})["create_approval_template"] = dict(item.approval)
    return asset
