# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LIST in pages: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .._errors import ApiError
from .types import ObjectList

PAGE_SIZE = 500
RESTARTS = 2


@dataclass(frozen=True)
class Page:
    """One answer. next: the token of the next page, "" on the last."""

    items: list[Any]
    next: str
    resource_version: str

    @classmethod
    def of(cls, document: dict[str, Any]) -> Page:
        """From a decoded list."""
        metadata = document.get("metadata") or {}
        return cls(document.get("items") or [], metadata.get("continue") or "", str(metadata.get("resourceVersion") or ""))


def list_all(page: Callable[[dict[str, str]], Page]) -> ObjectList:
    """All pages. A token that expired (410) starts anew, at last without pages. Raises what `page` raises."""
    for _ in range(RESTARTS):
        try:
            return _pages(page, {"limit": str(PAGE_SIZE)})
        except ApiError as error:
            if error.status != 410:
                raise
    return _pages(page, {})


def _pages(page: Callable[[dict[str, str]], Page], query: dict[str, str]) -> ObjectList:
    current = page(query)
    items, version = current.items, current.resource_version
    while current.next:
        current = page({**query, "continue": current.next})
        items += current.items
    return ObjectList(items, version)
