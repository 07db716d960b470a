# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a terminal may be shown. Pure; for both faces of the engine."""

from __future__ import annotations


def harmless(words: str) -> str:
    """Without control characters, but for ends of lines: containers, nodes and registries have their say in messages."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in words)
