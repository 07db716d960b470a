# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of which instances a status is wanted: those of the documents, or those named, which the cluster alone may know."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .._errors import UsageError
from .._model import Selection, load_workspace, select, suggest
from .._release.data.result import InstanceStatus
from .request import Request


def status_selection(request: Request) -> Selection:
    """The environment's instances, with their own rules. Where some are named, of every profile: a name asks for it. A name is not looked
    up in the documents, which it may have left. Raises DocumentError, UsageError."""
    return select(
        request.documents or load_workspace(request.workspace),
        request.environment,
        profiles=["*"] if request.instances else request.profiles,
        system_environment=None,
        with_dependencies=False,
    )


def require_named(found: Iterable[InstanceStatus], names: Collection[str], selection: Selection) -> None:
    """Raise UsageError for a name that neither documents nor cluster have."""
    known = {item.instance for item in found} if names else set()
    for name in names:
        if name not in known:
            place = f"environment {selection.environment.name}, neither in its documents nor in the cluster"
            words = f'there is no instance "{name}" in {place}'
            raise UsageError(words, hint=suggest(name, known.union(item.id for item in selection.instances), what="instances"))
