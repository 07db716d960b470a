# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes of the graph while it is made, and their names for messages."""

from __future__ import annotations

from typing import Any

Node = tuple[Any, ...]
"""("object", identity), ("delete", identity), ("hook", identity, moment), ("namespace", name), ("gate", instance, condition, required),
("ready", identity), ("ready for hooks", instance)."""


def describe(node: Node) -> str:
    """A node as cycle messages name it."""
    if node[0] == "gate":
        return f"instance {node[1]} ({node[2]})"
    if node[0] == "namespace":
        return f"Namespace {node[1]}"
    if node[0] == "ready for hooks":
        return f"instance {node[1]} (healthy)"
    _, kind, namespace, name = node[1]
    if node[0] == "hook":
        return f"hook {kind} {namespace}/{name} ({node[2]})"
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
