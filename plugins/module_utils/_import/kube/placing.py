# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pods run: platform and placement. Pure."""

from __future__ import annotations

import re
from typing import Any

from .app import App

_CONSTRAINT = re.compile(r"\s*([\w./-]+)\s*(==|!=)\s*(.+?)\s*")
_KEYS = {"node.hostname": "kubernetes.io/hostname", "node.platform.os": "kubernetes.io/os", "node.platform.arch": "kubernetes.io/arch"}
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def placing(app: App) -> dict[str, Any]:
    """`nodeSelector`, `affinity` and `topologySpreadConstraints` of the pod."""
    found: dict[str, Any] = {}
    chosen: dict[str, str] = _platform(str(app.said.get("platform") or ""))
    avoided: list[dict[str, Any]] = []
    placement = (app.said.get("deploy") or {}).get("placement") or {}
    for constraint in placement.get("constraints") or ():
        key, sign, value = _constraint(constraint)
        if not key:
            app.tell(
                ("deploy", "placement", "constraints", constraint),
                f"{constraint} has no equivalent",
                "label the nodes, and use node.labels.NAME",
            )
        elif sign == "==":
            chosen[key] = value
        else:
            avoided.append({"key": key, "operator": "NotIn", "values": [value]})
    if chosen:
        found["nodeSelector"] = chosen
    if avoided:
        terms = {"nodeSelectorTerms": [{"matchExpressions": avoided}]}
        found["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    spread = []
    for preference in placement.get("preferences") or ():
        key = _key(str(preference.get("spread") or ""))
        if key:
            selector = {"matchLabels": app.selector()}
            spread.append({"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": selector})
    if spread:
        found["topologySpreadConstraints"] = spread
    return found


def _platform(text: str) -> dict[str, str]:
    system, _, rest = text.partition("/")
    architecture = rest.partition("/")[0]
    found = {"kubernetes.io/os": system} if architecture else {}
    if architecture or system:
        name = architecture or system
        found["kubernetes.io/arch"] = _ARCHITECTURES.get(name, name)
    return found


def _constraint(text: str) -> tuple[str, str, str]:
    match = _CONSTRAINT.fullmatch(text)
    return (_key(match.group(1)), match.group(2), match.group(3)) if match else ("", "", "")


def _key(text: str) -> str:
    return _KEYS.get(text) or (text.removeprefix("node.labels.") if text.startswith("node.labels.") else "")
