# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What documents say about drift, from all of their layers. Pure.

`mode`, `suspend` and `windows` are merged like everything else; the rules of `ignore` add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .merge import Layer, merge_settings, normalise
from .template import substitute
from .types import Drift, DriftIgnore, Environment, Place, Workspace
from .windows import window, written_window


def drift_of(layers: Sequence[Layer], computed: Mapping[str, str] | None = None) -> Drift:
    """`drift` of documents that were checked, weakest first. computed: variables for the names of objects; None leaves those as they are
    written."""
    if not any("drift" in layer.data for layer in layers):
        return Drift()
    said = merge_settings(layers).get("drift") or {}
    return Drift(
        mode=said.get("mode") or "report",
        ignore=_ignored(layers, computed),
        suspend=said.get("suspend") or False,
        windows=tuple(window(item) for item in said.get("windows") or ()),
    )


def environment_drift(workspace: Workspace, environment: Environment) -> Drift:
    """What holds for all of an environment, such as for what left its documents."""
    documents = (("workspace", workspace), ("environment", environment))
    return drift_of([Layer(name, normalise(item.raw), Place(item.document)) for name, item in documents])


def written_drift(drift: Drift) -> dict[str, Any]:
    """The same as documents have it."""
    rules = [{"kind": rule.kind, **({"name": rule.name} if rule.name is not None else {}), "path": rule.path} for rule in drift.ignore]
    windows = [written_window(item) for item in drift.windows]
    return {"mode": drift.mode, "ignore": rules, "suspend": drift.suspend, "windows": windows}


def _ignored(layers: Sequence[Layer], computed: Mapping[str, str] | None) -> tuple[DriftIgnore, ...]:
    """Every rule once. null takes away what weaker layers said, as everywhere."""
    found: dict[DriftIgnore, DriftIgnore] = {}
    for layer in layers:
        said = layer.data.get("drift", {})
        rules = [] if said is None else said.get("ignore", [])
        if said is None or rules is None:
            found.clear()
        for number, raw in enumerate(rules or ()):
            place = Place(layer.place.document, (*layer.place.path, "drift", "ignore", number)) if layer.place else None
            name = raw.get("name")
            rule = DriftIgnore(raw["kind"], substitute(name, computed) if name and computed is not None else name, raw["path"], place)
            found.setdefault(rule, rule)
    return tuple(found)
