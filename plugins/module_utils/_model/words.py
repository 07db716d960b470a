# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small words for messages: the nearest right name, and how a found value is shown. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, or None when none is close."""
    import difflib  # here, as it loads slowly and names are mostly right

    choices = {item.lower(): item for item in sorted(known)}
    found = difflib.get_close_matches(name[:100].lower(), choices, n=1, cutoff=0.55)
    return choices[found[0]] if found else None


def suggest(name: str, known: Iterable[str], *, what: str = "known") -> str | None:
    """A hint: the nearest name, else the names there are."""
    names = sorted(known)
    found = nearest(name, names)
    if found is not None:
        return f'did you mean "{found}"?'
    return f"{what}: {listed(names)}" if names else None


def listed(names: Iterable[str], limit: int = 20) -> str:
    """Names for a sentence, cut after `limit`."""
    shown = list(names)
    return ", ".join(shown[:limit]) + (f" and {len(shown) - limit} more" if len(shown) > limit else "")


def found(value: Any) -> str:
    """A value as a message shows it: short, on one line."""
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:57] + '..."'
