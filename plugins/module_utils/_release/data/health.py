# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever asks health checks, as far as a run knows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..._model import Instance


class CheckWord(Protocol):
    """What one health check has found. passed: it will not be asked again. final: asking again does not help. reason: for machines."""

    @property
    def name(self) -> str: ...
    @property
    def passed(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def final(self) -> bool: ...


class HealthAsker(Protocol):
    """Whoever asks the health checks of instances."""

    def begin(self, instance: Instance, tell: Callable[[Any], None]) -> Callable[[], None]:
        """Ask each check of the instance until it passed; `tell` gets each new CheckWord, from any thread. Returns what ends it."""
