# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mark at the end of a description, by which an object is known as one of ours. Pure.

`Brings an environment up. [roro.kube]`: `roro.kube` is the mark of a set of definitions. A credential's mark also holds which secrets it
was given (`[roro.kube secrets:2026-12]`), a word that the person chose: the API never tells a secret, so a new one can only be known by it.
"""

from __future__ import annotations

import re


def marked(description: str, mark: str, secrets: str = "") -> str:
    """The description as it is written."""
    return f"{description} {_end(mark, secrets)}".lstrip()


def is_marked(description: str, mark: str) -> bool:
    """Whether an object with this description belongs to the set."""
    return re.search(rf"\[{re.escape(mark)}( secrets:[^\]]*)?\]$", description.rstrip()) is not None


def secrets_of(description: str, mark: str) -> str:
    """Which secrets it was given, "" where nothing is said."""
    found = re.search(rf"\[{re.escape(mark)} secrets:([^\]]*)\]$", description.rstrip())
    return found[1] if found else ""


def _end(mark: str, secrets: str) -> str:
    return f"[{mark} secrets:{secrets}]" if secrets else f"[{mark}]"
