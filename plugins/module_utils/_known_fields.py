# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that another version of this project may have written, as the dataclasses of this one. Pure; imports nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any

_KINDS: Mapping[str, tuple[type[Any], ...]] = {"str": (str,), "int": (int,), "str | None": (str, type(None))}


def known_fields(kind: type[Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a record that `kind`, a dataclass, has fields for: what another version added is dropped."""
    known = _names(kind)  # type: ignore[arg-type]
    return {key: value for key, value in record.items() if key in known}


@cache
def _names(kind: type[Any]) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))


def check_kinds(kind: type[Any], record: Mapping[str, Any]) -> None:
    """Raise TypeError where a text or a number of the dataclass is something else in the record, which somebody else may have written."""
    for field in fields(kind):
        wanted = _KINDS.get(str(field.type))
        if wanted is not None and field.name in record and type(record[field.name]) not in wanted:
            raise TypeError(f"{field.name} is {type(record[field.name]).__name__}, not {' or '.join(kind.__name__ for kind in wanted)}")
