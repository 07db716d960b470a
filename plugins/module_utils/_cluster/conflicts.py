# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Status of a refused write names: its causes, and whose fields a server-side apply ran into. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_MANAGER = re.compile(r'conflict with "(?P<manager>[^"]*)"')


def manager_conflicts(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(manager, field) of each FieldManagerConflict of a refused server-side apply."""
    for cause in causes(body):
        if cause.get("reason") == "FieldManagerConflict":
            match = _MANAGER.search(str(cause.get("message") or ""))
            yield (match["manager"] if match else "another manager", str(cause.get("field") or ""))


def causes(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """`details.causes` of a Status."""
    details = body.get("details")
    found = details.get("causes") if isinstance(details, Mapping) else None
    return [cause for cause in found if isinstance(cause, Mapping)] if isinstance(found, list) else []
