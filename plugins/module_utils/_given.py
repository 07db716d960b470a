# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known to be there although its type allows None. Imports nothing; any room may use it."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def given(value: T | None, what: str) -> T:
    """The value. Raises AssertionError naming `what` where it is None, which is a defect of ours and never of the input."""
    if value is None:
        raise AssertionError(f"{what} is not given")
    return value
