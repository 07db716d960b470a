# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that another version of this project may have written, as the dataclasses of this one. Pure; imports nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any


def known_fields(kind: type[Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a record that `kind`, a dataclass, has fields for: what another version added is dropped."""
    known = {field.name for field in fields(kind)}
    return {key: value for key, value in record.items() if key in known}
