# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was last seen of each environment: for when its cluster is away, and for shells that complete names.

One private file a workspace folder and environment, which can be thrown away at any time. It is never believed for a write.

Front door: `remember(place, seen)`, `recall(place)`, `forget(place)`.
"""

from __future__ import annotations

from .seen import Place, Seen
from .store import forget, recall, remember

__all__ = ["Place", "Seen", "forget", "recall", "remember"]
