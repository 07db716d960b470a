# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One object ready to be sent. Made by `planning.wanted`."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..._model import Instance
from ..._objects import KubeObject, ObjectRef
from ..._render import Manifest
from ..fields.controllers import Left
from .hook import Hook


@dataclass(frozen=True)
class Wanted:
    """One object ready to be sent. applied: its digest, with what is left out. manifest: where it comes from. hook: what it is
    as one, if it is one. left: what of it is not sent; whole: the object with it."""

    instance: Instance
    ref: ObjectRef
    object: KubeObject
    applied: str
    manifest: Manifest
    hook: Hook | None = None
    left: Left = field(default_factory=Left)
    whole: KubeObject | None = None
