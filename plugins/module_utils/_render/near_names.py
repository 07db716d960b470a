# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


def nearest(name: str, names: Iterable[Any]) -> str | None:
    """The name that was probably meant, or None. Case, `-` and `_` count little."""
    texts = [text for text in names if isinstance(text, str)]
    folded = {text.lower().replace("-", "").replace("_", ""): text for text in texts}
    same = folded.get(name.lower().replace("-", "").replace("_", ""))
    if same:
        return same
    close = difflib.get_close_matches(name, texts, n=1, cutoff=0.6)
    return close[0] if close else None
