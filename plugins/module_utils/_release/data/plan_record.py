# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as plain, stable records, and those records as text. Pure. docs/how-up-works.md documents the keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..._objects import ObjectRef
from .record import OwnedObject
from .steps import Gate, Step

Kept = tuple[str, OwnedObject, str]
"""(instance, object, why) of what is no longer wanted but stays, and stays in the record."""


def plan_record(steps: Iterable[Step], gates: Iterable[Gate], kept: Iterable[Kept], notices: Iterable[str]) -> dict[str, Any]:
    """A plan as a JSON-ready dict: `steps`, `gates`, `kept`, `notices`. The same plan always gives the same record."""
    return {
        "steps": [
            {
                "id": step.id,
                "instance": step.instance,
                "action": step.action,
                **_object(step.ref),
                "cause": step.cause,
                "after": sorted(step.after),
                "hook": step.hook.moment if step.hook else "",
            }
            for step in steps
        ],
        "gates": [
            {
                "id": gate.id,
                "instance": gate.instance,
                "condition": gate.condition,
                "required": gate.required,
                "objects": [_object(ref) for ref in gate.objects],
                "after": sorted(gate.after),
            }
            for gate in gates
        ],
        "kept": [{"instance": instance, **_object(owned.ref), "why": why} for instance, owned, why in kept],
        "notices": list(notices),
    }


def plan_text(record: Mapping[str, Any]) -> str:
    """A plan's record for reading and for tests, a line each: `#3 create ConfigMap shop/settings <- #1: no existing object`."""
    lines: list[tuple[int, str]] = []
    for step in record["steps"]:
        lines.append((step["id"], f"#{step['id']} {step['action']} {_name(step)}{_after(step['after'])}: {step['cause']}"))
    for gate in record["gates"]:
        optional = "" if gate["required"] else " (optional)"
        what = ", ".join(map(_name, gate["objects"])) if gate["condition"] == "established" else gate["instance"]
        lines.append((gate["id"], f"#{gate['id']} gate {what} {gate['condition']}{optional}{_after(gate['after'])}"))
    told = [line for _, line in sorted(lines, key=lambda pair: pair[0])]
    told += [f"keep {_name(kept)}: {kept['why']}" for kept in record["kept"]]
    return "\n".join([*told, *(f"notice: {notice}" for notice in record["notices"])])


def _object(ref: ObjectRef) -> dict[str, str]:
    return {"apiVersion": ref.api_version, "kind": ref.kind, "namespace": ref.namespace or "", "name": ref.name}


def _name(item: Mapping[str, Any]) -> str:
    return str(ObjectRef(item["apiVersion"], item["kind"], item["namespace"] or None, item["name"]))


def _after(ids: Iterable[int]) -> str:
    told = " ".join(f"#{number}" for number in ids)
    return f" <- {told}" if told else ""
