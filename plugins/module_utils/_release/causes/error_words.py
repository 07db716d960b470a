# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An error in words, for a result."""

from __future__ import annotations

from ..._errors import ReleaseError, RoroError


def reason_of(error: BaseException | None) -> str:
    """One word for machines."""
    if isinstance(error, ReleaseError):
        return error.reason or "Refused"
    return type(error).__name__


def hint_of(error: BaseException | None) -> str:
    """What the error says is to be done, or ""."""
    return next((problem.hint for problem in error.problems if problem.hint), "") if isinstance(error, RoroError) else ""


def words_of(error: BaseException | None, *, hints: bool = True) -> str:
    """One line for a result: what happened, and with hints what to do."""
    if isinstance(error, RoroError):
        return "; ".join(problem.message + (f" ({problem.hint})" if hints and problem.hint else "") for problem in error.problems)
    return f"{type(error).__name__}: {error}"
