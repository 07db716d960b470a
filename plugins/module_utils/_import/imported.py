# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an import comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Remark:
    """Something that is not carried over, or only in part. where: `file:line:column`, or "". path: in the file, such as
    `services.web.cap_add`. lost: whether something is missing; else it is only different. hint: what to do, or ""."""

    where: str
    path: str
    message: str
    hint: str
    lost: bool


@dataclass(frozen=True)
class Imported:
    """kind: of what was imported. workspace: its name. files: path below the workspace -> content. private: those that only their owner
    may read. apps: app -> the kind of what runs it. remarks: in the order of the files that were read."""

    kind: str
    workspace: str
    files: Mapping[str, str | bytes]
    private: frozenset[str]
    apps: Mapping[str, str]
    remarks: tuple[Remark, ...]
